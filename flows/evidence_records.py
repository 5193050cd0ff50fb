"""The evidence record of one object, put together from the trees that the ledger knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dossiers.errors import NotFound
from flows.services import Services
from signing.evidence.hash_tree import HashTree, digest_file
from signing.evidence.record import ArchiveTimeStamp, EvidenceRecord
from storage.evidence import Evidence, Leaf, TreeKind, TreeRecord

# A tree of a million leaves takes some hundred megabytes.
_KEPT_TREES = 4


@dataclass(frozen=True, slots=True)
class _Grown:
    """A tree with its inner nodes, and the leaf of each item."""

    record: TreeRecord
    tree: HashTree
    leaves: dict[str, bytes]


class Records:
    """Makes records; the trees of the last few are kept, so that a batch costs each tree once."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._grown: dict[str, _Grown] = {}

    def of(self, sha256: str) -> EvidenceRecord:
        """The record of an object as far as it is stamped.

        Raises:
            NotFound: no tree holds it, or its first time stamp is still to come.
        """
        return self.along(*self._evidence.origin(sha256))

    def along(self, origin: TreeRecord, leaf: Leaf) -> EvidenceRecord:
        """The same, where the tree and the leaf are known.

        Raises:
            NotFound: the tree is not stamped yet.
        """
        first = self._stamp(self._grow(origin), leaf.hash)
        if first is None:
            raise NotFound(kind="time stamp", value=leaf.key)
        record, current = EvidenceRecord.begun(first), origin
        while current.renewed_by is not None:
            following = self._grow(self._evidence.tree(current.renewed_by))
            rehash = following.record.kind is TreeKind.REHASH
            own = following.leaves.get(leaf.item if rehash else current.root)
            stamp = self._stamp(following, own) if own else None
            if stamp is None:  # planned only, or an object that was damaged when it was rehashed
                break
            record = record.rehashed(stamp) if rehash else record.renewed(stamp)
            current = following.record
        return record

    def _grow(self, record: TreeRecord) -> _Grown:
        found = self._grown.get(record.root)
        if found is None or (found.record.stamp is None and record.stamp is not None):
            leaves = self._evidence.leaves(record.root)
            tree = HashTree((leaf.hash for leaf in leaves), record.algorithm)
            found = _Grown(record, tree, {leaf.item: leaf.hash for leaf in leaves})
            while len(self._grown) >= _KEPT_TREES:
                self._grown.pop(next(iter(self._grown)))
            self._grown[record.root] = found
        return found

    @staticmethod
    def _stamp(grown: _Grown, leaf: bytes) -> ArchiveTimeStamp | None:
        if grown.record.stamp is None:
            return None
        reduced = grown.tree.reduced(leaf)
        return ArchiveTimeStamp.made(grown.record.algorithm, reduced, grown.record.stamp.token)


def record_of_file(services: Services, path: Path) -> EvidenceRecord:
    """The record of an object that has the bytes of a file.

    Raises:
        NotFound: no object of these bytes was proved.
    """
    try:
        return Records(services.ledger.evidence).of(digest_file(path, "sha256").hex())
    except NotFound as error:
        raise NotFound(kind="chứng cứ / evidence", value=path.name) from error


@contextmanager
def object_of_name(services: Services, name: str) -> Iterator[Path]:
    """An object as a local file: a file, the newest copy of a document's code, or a store key.

    Raises:
        NotFound: nothing goes by that name.
    """
    if Path(name).is_file():
        yield Path(name)
        return
    copies = services.ledger.documents.copies(name)
    with services.store.fetched(copies[-1].copy.key if copies else name) as path:
        yield path
