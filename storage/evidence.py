"""Archive evidence in the ledger: hash trees, their time stamps, and what renews what.

A tree goes through two states: *planned* (its leaves are fixed) and *stamped*. It covers stored
objects, or older time stamps (renewal, RFC 4998, 5.2), or objects again by another hash algorithm
(5.3). Inner nodes are not kept: they follow from the leaves. Everything here is in the object store
too, under ``evidence/``, so that the ledger's part can be made again from there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select, update

from dossiers.errors import NotFound
from storage import tables
from storage.audit import AuditHead
from storage.database import Database
from storage.objects.keys import ANCHORS, anchor_key, anchor_of, leaves_key, time_stamp_key

_T = tables.evidence_trees
_L = tables.evidence_leaves
_N = tables.evidence_anchors
_R = tables.certified_copies
_V = tables.certified_versions
_D = tables.documents
_C = tables.copies
_PLANS = 0x536F6435
_SLICE = 20_000


class TreeKind(StrEnum):
    """What a tree's leaves are the hashes of."""

    OBJECTS = "objects"
    TIME_STAMPS = "time_stamps"
    REHASH = "rehash"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf: its hash; whose it is; under which key that lies in the object store.

    ``item`` is the SHA-256 of an object in hexadecimal, or the root of the tree whose time stamp is
    renewed.
    """

    hash: bytes
    item: str
    key: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """A verified time stamp over a root: encoded token, when, by whom, verifiable until when."""

    token: bytes
    at: dt.datetime
    valid_until: dt.datetime
    authority: str


@dataclass(frozen=True, slots=True)
class TreeRecord:
    """A tree as the ledger has it; roots are hexadecimal. ``stamp`` is ``None`` while planned."""

    root: str
    kind: TreeKind
    algorithm: str
    leaf_count: int
    leaves_sha256: str
    planned_at: dt.datetime
    renewed_by: str | None
    stamp: Stamp | None


@dataclass(frozen=True, slots=True)
class EvidenceCounts:
    """How things stand: objects under a time stamp, waiting for one, trees, time stamps taken."""

    proved: int
    waiting: int
    planned: int
    trees: int
    time_stamps: int


class Evidence:
    """Trees and their leaves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unproved(self) -> list[tuple[str, str]]:
        """Key and SHA-256 of every original, copy and certified copy that no tree holds yet."""
        held = select(_L.c.item).join(_T, _T.c.number == _L.c.tree)
        held = held.where(_T.c.kind == TreeKind.OBJECTS)
        originals = (
            select(_D.c.original_key, _D.c.original_sha256)
            .where(~held.where(_L.c.item == _D.c.original_sha256).exists())
            .distinct()
        )
        copies = select(_C.c.key, _C.c.sha256).where(~held.where(_L.c.item == _C.c.sha256).exists())
        certified = (
            select(_R.c.object_key, _R.c.sha256)
            .where(~held.where(_L.c.item == _R.c.sha256).exists())
            .union(
                select(_V.c.key, _V.c.sha256).where(~held.where(_L.c.item == _V.c.sha256).exists())
            )
        )
        with self._database.reading() as connection:
            return [
                *((row[0], row[1]) for row in connection.execute(originals)),
                *((row[0], row[1]) for row in connection.execute(copies)),
                *((row[0], row[1]) for row in connection.execute(certified)),
            ]

    def plan(
        self,
        kind: TreeKind,
        algorithm: str,
        root: bytes,
        leaves: Sequence[Leaf],
        leaves_sha256: str,
        planned_at: dt.datetime,
        covers: Iterable[str] = (),
    ) -> TreeRecord:
        """Fix a tree, and that it renews the trees of the roots ``covers``; in one transaction.

        A root that is there already is left as it is.
        """
        name = root.hex()
        with self._database.writing() as connection:
            self._database.lock(connection, _PLANS)
            if connection.execute(select(_T.c.root).where(_T.c.root == name)).first() is None:
                made = connection.execute(
                    insert(_T).values(
                        root=name,
                        kind=kind,
                        algorithm=algorithm,
                        leaf_count=len(leaves),
                        leaves_sha256=leaves_sha256,
                        planned_at=planned_at,
                    )
                )
                (number,) = made.inserted_primary_key or (0,)
                _insert_leaves(connection, number, leaves)
                if kind is TreeKind.OBJECTS:
                    _insert_anchors(connection, number, leaves)
                for covered in covers:
                    connection.execute(
                        update(_T)
                        .where(_T.c.root == covered, _T.c.renewed_by.is_(None))
                        .values(renewed_by=name)
                    )
        return self.tree(name)

    def record_stamp(self, root: str, stamp: Stamp) -> None:
        """Keep a planned tree's time stamp; one that is there already stays."""
        with self._database.writing() as connection:
            connection.execute(
                update(_T)
                .where(_T.c.root == root, _T.c.token.is_(None))
                .values(
                    token=stamp.token,
                    stamped_at=stamp.at,
                    valid_until=stamp.valid_until,
                    authority=stamp.authority,
                )
            )

    def tree(self, root: str) -> TreeRecord:
        """One tree.

        Raises:
            NotFound: no such root.
        """
        found = self._trees(select(_T).where(_T.c.root == root))
        if not found:
            raise NotFound(kind="evidence tree", value=root)
        return found[0]

    def trees(self) -> list[TreeRecord]:
        """All trees, oldest first."""
        return self._trees(select(_T).order_by(_T.c.number))

    def planned(self) -> list[TreeRecord]:
        """Trees that wait for their time stamp, oldest first."""
        return self._trees(select(_T).where(_T.c.token.is_(None)).order_by(_T.c.number))

    def heads(self) -> list[TreeRecord]:
        """Stamped trees that nothing renews yet: their time stamps have to stay valid."""
        newest = and_(_T.c.token.is_not(None), _T.c.renewed_by.is_(None))
        return self._trees(select(_T).where(newest).order_by(_T.c.number))

    def leaves(self, root: str) -> list[Leaf]:
        """The leaves of a tree, in binary order of their hashes."""
        query = select(_L).join(_T, _T.c.number == _L.c.tree).where(_T.c.root == root)
        with self._database.reading() as connection:
            return [_leaf(row) for row in connection.execute(query.order_by(_L.c.leaf))]

    def origin(self, sha256: str) -> tuple[TreeRecord, Leaf]:
        """The tree in which an object was first proved, and its leaf there.

        Raises:
            NotFound: no tree holds an object of these bytes.
        """
        query = (
            select(_L, _T.c.root)
            .join(_T, _T.c.number == _L.c.tree)
            .where(_L.c.item == sha256, _T.c.kind == TreeKind.OBJECTS)
        )
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(_T.c.number).limit(1)).first()
        if row is None:
            raise NotFound(kind="evidence", value=sha256)
        return self.tree(row.root), _leaf(row)

    def anchors(self) -> list[AuditHead]:
        """Heads of the audit trail that trees hold, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(_N).order_by(_N.c.seq)).all()
        return [AuditHead(row.seq, row.hash) for row in rows]

    def last_anchor_at(self) -> dt.datetime | None:
        """When the audit trail's head was last put into a tree."""
        query = select(func.max(_T.c.planned_at)).join(_N, _N.c.tree == _T.c.number)
        with self._database.reading() as connection:
            found: dt.datetime | None = connection.scalar(query)
        return found

    def stored_objects(self) -> list[tuple[str, str]]:
        """Key and SHA-256 of what evidence itself keeps in the object store."""
        with self._database.reading() as connection:
            anchors = connection.execute(select(_N).order_by(_N.c.seq)).all()
        found = [(anchor_key(row.seq, row.hash), row.sha256) for row in anchors]
        for tree in self.trees():
            if tree.stamp is not None:  # before that, its objects may not be there yet
                found.append((leaves_key(tree.root), tree.leaves_sha256))
                token = hashlib.sha256(tree.stamp.token).hexdigest()
                found.append((time_stamp_key(tree.root), token))
        return found

    def counts(self) -> EvidenceCounts:
        """How things stand."""
        proved = select(func.sum(_T.c.leaf_count)).where(
            _T.c.kind == TreeKind.OBJECTS, _T.c.token.is_not(None)
        )
        with self._database.reading() as connection:
            objects = connection.scalar(proved) or 0
            trees = connection.scalar(select(func.count()).select_from(_T)) or 0
            planned = (
                connection.scalar(select(func.count()).select_from(_T).where(_T.c.token.is_(None)))
                or 0
            )
        return EvidenceCounts(objects, len(self.unproved()), planned, trees, trees - planned)

    def _trees(self, query: Select[Any]) -> list[TreeRecord]:
        with self._database.reading() as connection:
            return [_tree(row) for row in connection.execute(query)]


def _insert_leaves(connection: Connection, number: int, leaves: Sequence[Leaf]) -> None:
    # In the order of the primary key, a slice at a time: a million at once fill the memory.
    ordered = sorted(leaves, key=lambda leaf: leaf.hash)
    for start in range(0, len(ordered), _SLICE):
        rows = [
            {"tree": number, "leaf": leaf.hash, "item": leaf.item, "key": leaf.key}
            for leaf in ordered[start : start + _SLICE]
        ]
        connection.execute(insert(_L), rows)


def _insert_anchors(connection: Connection, number: int, leaves: Sequence[Leaf]) -> None:
    for leaf in leaves:
        if leaf.key.startswith(ANCHORS):
            seq, digest = anchor_of(leaf.key)
            connection.execute(
                insert(_N).values(seq=seq, hash=digest, sha256=leaf.item, tree=number)
            )


def _leaf(row: Row[Any]) -> Leaf:
    return Leaf(bytes(row.leaf), row.item, row.key)


def _tree(row: Row[Any]) -> TreeRecord:
    stamp = (
        Stamp(row.token, row.stamped_at, row.valid_until, row.authority)
        if row.token is not None
        else None
    )
    return TreeRecord(
        row.root,
        TreeKind(row.kind),
        row.algorithm,
        row.leaf_count,
        row.leaves_sha256,
        row.planned_at,
        row.renewed_by,
        stamp,
    )
