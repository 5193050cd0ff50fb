"""Archive evidence, night by night: one time stamp over all that is new, one over all that is due.

A tree is planned in the ledger, its leaves are written to the object store, its root is stamped, the
time stamp is written to the store and then to the ledger. A run that is killed anywhere is finished
by the next: the leaves of a planned tree are fixed, and a time stamp that reached the store is
adopted instead of a second one taken.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import logging
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dossiers.errors import (
    EvidenceStampFailed,
    IntegrityFailure,
    Language,
    NotFound,
    SohoaError,
    WriteOnceViolation,
)
from flows.evidence_records import Records
from flows.services import Services
from signing.evidence.hash_tree import HashTree, digest
from signing.evidence.record import rehash
from signing.evidence.stamping import Stamped, check_stamp, take_stamp
from signing.renewal import renew_at
from storage.audit import canonical
from storage.evidence import Leaf, Stamp, TreeKind, TreeRecord
from storage.objects.keys import anchor_key, leaves_key, time_stamp_key

log = logging.getLogger(__name__)

ACTOR = "evidence"
# Run twice in one night, the audit trail is still anchored once.
_ANCHOR_EVERY = dt.timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class EvidenceNight:
    """What a run did: objects newly proved, time stamps renewed, objects hashed again, stamps taken.

    ``left_out`` are keys of objects that are no longer what was stored; ``faults`` are sentences in
    Vietnamese and English about what could not be done and will be tried again.
    """

    proved: int = 0
    renewed: int = 0
    rehashed: int = 0
    taken: int = 0
    left_out: tuple[str, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all that was to be done was done."""
        return not (self.faults or self.left_out)


async def keep_evidence(services: Services, damaged: Collection[str] = ()) -> EvidenceNight:
    """Finish what was planned, prove what is new, renew what is due.

    Args:
        services: the rooms.
        damaged: keys of objects found damaged; they are left for when they are whole again.

    Nothing raises that has a name: it is a fault of the report, and the next run goes on from there.
    A silent authority ends the run; what is wrong with one tree does not keep the others waiting.
    """
    run = _Run(services)
    await run.finish(services.ledger.evidence.planned())
    await run.finish(await run.planned(_plan_objects, frozenset(damaged)))
    await run.finish(await run.planned(_plan_renewals))
    return run.report()


async def renew_hash_trees(services: Services) -> EvidenceNight:
    """Prove all objects again by the hash algorithm of the settings (RFC 4998, 5.3).

    Needed before an algorithm becomes weak; reads every object of evidence by another algorithm.
    """
    run = _Run(services)
    await run.finish(services.ledger.evidence.planned())
    await run.finish(await run.planned(_plan_rehash))
    return run.report()


class _Run:
    """One run: goes through trees, counts, and remembers what went wrong."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._finished: list[TreeRecord] = []
        self._faults: list[SohoaError] = []
        self._left_out: list[str] = []
        self._taken = 0
        self._silent = False

    async def planned(self, plan: Callable[..., _Plan], *arguments: object) -> list[TreeRecord]:
        """What a function plans; nothing once the authority was silent."""
        if self._silent:
            return []
        try:
            made = await asyncio.to_thread(plan, self._services, *arguments)
        except SohoaError as error:
            self._note(error)
            return []
        self._left_out.extend(made.left_out)
        return made.trees

    async def finish(self, trees: Iterable[TreeRecord]) -> None:
        """Stamp trees, one after the other."""
        for tree in trees:
            if self._silent:
                return
            try:
                self._taken += await _finish(self._services, tree)
                self._finished.append(tree)
            except EvidenceStampFailed as error:
                self._silent = True
                self._note(error)
            except SohoaError as error:
                self._note(error)

    def report(self) -> EvidenceNight:
        """What was done."""
        count = Counter[TreeKind]()
        for tree in self._finished:
            count[tree.kind] += tree.leaf_count
        return EvidenceNight(
            proved=count[TreeKind.OBJECTS],
            renewed=count[TreeKind.TIME_STAMPS],
            rehashed=count[TreeKind.REHASH],
            taken=self._taken,
            left_out=tuple(self._left_out),
            faults=tuple(
                (error.message(), error.message(Language.ENGLISH)) for error in self._faults
            ),
        )

    def _note(self, error: SohoaError) -> None:
        log.warning("%s", error)
        self._faults.append(error)


def due(services: Services, now: dt.datetime | None = None) -> list[TreeRecord]:
    """Trees whose time stamp has to be renewed."""
    moment = now or dt.datetime.now(dt.UTC)
    return [t for t in services.ledger.evidence.heads() if next_renewal(services, t) <= moment]


def next_renewal(services: Services, tree: TreeRecord) -> dt.datetime:
    """When a stamped tree's time stamp is due for renewal."""
    if tree.stamp is None:
        raise ValueError("a planned tree has no time stamp to renew")
    before = dt.timedelta(days=services.settings.evidence.renew_before_days)
    return renew_at(tree.stamp.at, tree.stamp.valid_until, before)


# --- planning --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    """Trees just planned, and keys of objects that could not be part of them."""

    trees: list[TreeRecord]
    left_out: list[str] = field(default_factory=list)


def _plan_objects(services: Services, damaged: frozenset[str]) -> _Plan:
    """A tree over what is new, and the audit trail's head with it."""
    evidence, algorithm = services.ledger.evidence, services.settings.evidence.digest
    new = [(key, sha256) for key, sha256 in evidence.unproved() if key not in damaged]
    anchored, now = evidence.last_anchor_at(), dt.datetime.now(dt.UTC)
    if new or anchored is None or now - anchored > _ANCHOR_EVERY:
        anchor = _store_anchor(services)
        if anchor is not None:
            new.append(anchor)
    leaves, left_out = [], []
    for key, sha256 in new:
        try:
            own = _object_hash(services, key, sha256, algorithm)
        except (NotFound, IntegrityFailure):
            left_out.append(key)
        else:
            leaves.append(Leaf(own, sha256, key))
    if not leaves:
        return _Plan([], left_out)
    return _Plan([_plan(services, TreeKind.OBJECTS, algorithm, leaves)], left_out)


def _plan_renewals(services: Services) -> _Plan:
    """A tree over the time stamps that are due, for each hash algorithm (RFC 4998, 5.2)."""
    trees: dict[str, list[TreeRecord]] = defaultdict(list)
    for tree in due(services):
        trees[tree.algorithm].append(tree)
    planned = []
    for algorithm, heads in trees.items():
        leaves = [
            Leaf(digest(head.stamp.token, algorithm), head.root, time_stamp_key(head.root))
            for head in heads
            if head.stamp is not None
        ]
        covers = [head.root for head in heads]
        planned.append(_plan(services, TreeKind.TIME_STAMPS, algorithm, leaves, covers))
    return _Plan(planned)


def _plan_rehash(services: Services) -> _Plan:
    """A tree over all objects whose newest chain is by another algorithm (RFC 4998, 5.3)."""
    evidence, algorithm = services.ledger.evidence, services.settings.evidence.digest
    covers = {tree.root for tree in evidence.heads() if tree.algorithm != algorithm}
    renewed_by = {tree.root: tree.renewed_by for tree in evidence.trees()}
    records = Records(evidence)
    leaves, left_out = [], []
    for tree in evidence.trees():
        head = tree.root
        while renewed_by[head] is not None:
            head = renewed_by[head] or ""
        if tree.kind is not TreeKind.OBJECTS or head not in covers:
            continue
        for leaf in evidence.leaves(tree.root):
            try:
                own = _object_hash(services, leaf.key, leaf.item, algorithm)
            except (NotFound, IntegrityFailure):
                left_out.append(leaf.key)
                continue
            bound = rehash(records.along(tree, leaf).chains, own, algorithm)
            leaves.append(Leaf(bound, leaf.item, leaf.key))
    if not leaves:
        return _Plan([], left_out)
    return _Plan([_plan(services, TreeKind.REHASH, algorithm, leaves, covers)], left_out)


def _plan(
    services: Services,
    kind: TreeKind,
    algorithm: str,
    leaves: Sequence[Leaf],
    covers: Iterable[str] = (),
) -> TreeRecord:
    unique = list({leaf.hash: leaf for leaf in reversed(leaves)}.values())
    tree = HashTree((leaf.hash for leaf in unique), algorithm)
    covers, now = sorted(covers), dt.datetime.now(dt.UTC).replace(microsecond=0)
    listed = leaves_text(kind, algorithm, now, unique, covers)
    sha256 = hashlib.sha256(listed).hexdigest()
    return services.ledger.evidence.plan(kind, algorithm, tree.root, unique, sha256, now, covers)


def leaves_text(
    kind: TreeKind,
    algorithm: str,
    planned_at: dt.datetime,
    leaves: Iterable[Leaf],
    covers: Iterable[str],
) -> bytes:
    """The leaves as they lie in the store: lines as ``sha256sum`` has them, under a few remarks."""
    remarks = [
        "# sohoa evidence 1",
        f"# kind {kind}",
        f"# algorithm {algorithm}",
        f"# planned {planned_at.astimezone(dt.UTC).isoformat()}",
        *(f"# renews {root}" for root in sorted(covers)),
    ]
    lines = (f"{leaf.hash.hex()}  {leaf.key}" for leaf in sorted(leaves, key=lambda x: x.hash))
    return ("\n".join([*remarks, *lines]) + "\n").encode()


def _object_hash(services: Services, key: str, sha256: str, algorithm: str) -> bytes:
    """An object's hash by an algorithm; read anew unless that is the one recorded.

    Raises:
        NotFound, IntegrityFailure: it is gone, or no longer what was stored.
    """
    if algorithm == "sha256":
        return bytes.fromhex(sha256)
    wanted, recorded = hashlib.new(algorithm), hashlib.sha256()
    for chunk in services.store.open(key):
        wanted.update(chunk)
        recorded.update(chunk)
    if recorded.hexdigest() != sha256:
        raise IntegrityFailure(key=key, detail=f"sha256 {recorded.hexdigest()}")
    return wanted.digest()


def _store_anchor(services: Services) -> tuple[str, str] | None:
    """The audit trail's head as an object of the store; ``None`` if empty or anchored already."""
    head = services.ledger.audit.head()
    if head.seq == 0 or head in services.ledger.evidence.anchors():
        return None
    content = canonical({"hash": head.hash, "seq": head.seq}).encode() + b"\n"
    key = anchor_key(head.seq, head.hash)
    _put(services, key, content, "application/json")
    return key, hashlib.sha256(content).hexdigest()


# --- finishing -------------------------------------------------------------------------------


async def _finish(services: Services, tree: TreeRecord) -> int:
    """Stamp a planned tree; how many time stamps that took."""
    if tree.stamp is not None:  # the same leaves were planned before, and finished
        return 0
    await asyncio.to_thread(_store_leaves, services, tree)
    found = await asyncio.to_thread(_stored_stamp, services, tree)
    if found is None:
        root = bytes.fromhex(tree.root)
        fresh = await take_stamp(services.time_stamps, root, tree.algorithm)
        found = await asyncio.to_thread(_store_stamp, services, tree, fresh)
        taken = 1
    else:
        taken = 0
    stamp = Stamp(found.token, found.at, found.valid_until, found.authority)
    services.ledger.evidence.record_stamp(tree.root, stamp)
    services.ledger.audit.append(
        ACTOR, f"evidence.{tree.kind}", time_stamp_key(tree.root), leaves=tree.leaf_count
    )
    return taken


def _store_leaves(services: Services, tree: TreeRecord) -> None:
    evidence = services.ledger.evidence
    covers = [other.root for other in evidence.trees() if other.renewed_by == tree.root]
    leaves = evidence.leaves(tree.root)
    content = leaves_text(tree.kind, tree.algorithm, tree.planned_at, leaves, covers)
    _put(services, leaves_key(tree.root), content, "text/plain", tree.leaves_sha256)


def _store_stamp(services: Services, tree: TreeRecord, stamped: Stamped) -> Stamped:
    """Put a time stamp into the store; the one of another run, if that was quicker."""
    try:
        _put(
            services,
            time_stamp_key(tree.root),
            stamped.token,
            "application/vnd.etsi.timestamp-token",
        )
    except WriteOnceViolation:
        return _stored_stamp(services, tree) or stamped
    return stamped


def _stored_stamp(services: Services, tree: TreeRecord) -> Stamped | None:
    """The time stamp that a killed run has stored but not recorded, if there is one."""
    try:
        content = b"".join(services.store.open(time_stamp_key(tree.root)))
    except NotFound:
        return None
    roots = services.time_stamps.trust_roots
    return check_stamp(roots, bytes.fromhex(tree.root), tree.algorithm, content)


def _put(
    services: Services, key: str, content: bytes, content_type: str, sha256: str | None = None
) -> None:
    services.settings.work_folder.mkdir(parents=True, exist_ok=True)
    path: Path = services.settings.work_folder / f"evidence-{secrets.token_hex(8)}"
    try:
        path.write_bytes(content)
        services.store.put_file(key, path, content_type=content_type, sha256=sha256)
    finally:
        path.unlink(missing_ok=True)
