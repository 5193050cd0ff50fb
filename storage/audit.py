"""The audit trail: a hash chain that nobody can quietly rewrite.

Each entry's hash covers its own content and the hash of the one before, over canonical JSON (keys
sorted, no blanks, UTF-8; the subset of RFC 8785 that strings and integers need). Whoever keeps a
head, ``(seq, hash)``, can later prove that nothing up to it was changed, removed or reordered.
Entries name documents and subjects, never the values read from a paper.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, select

from storage import tables
from storage.database import Database

_T = tables.audit
_CHAIN = 0x536F6434
_BATCH = 5_000

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry: its number (0 for an empty trail) and its hash in hexadecimal."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, when (ISO 8601, UTC)."""

    seq: int
    at: str
    actor: str
    action: str
    target: str
    details: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Outcome of a verification: the head reached, or the first entry that is wrong and why."""

    entries: int
    head: AuditHead
    first_bad: int | None = None
    reason: str | None = None

    @property
    def ok(self) -> bool:
        """Whether every entry is as it was written."""
        return self.first_bad is None


class AuditTrail:
    """Appends to the chain and verifies it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, actor: str, action: str, target: str, **details: str | int) -> AuditHead:
        """Add one entry; processes take turns."""
        with self._database.writing() as connection:
            return self.append_in(connection, actor, action, target, **details)

    def append_in(
        self, connection: Connection, actor: str, action: str, target: str, **details: str | int
    ) -> AuditHead:
        """Add one entry in a transaction of the caller's; others wait until that ends."""
        at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        content = canonical(details)
        self._database.lock(connection, _CHAIN)
        last = connection.execute(
            select(_T.c.seq, _T.c.hash).order_by(_T.c.seq.desc()).limit(1)
        ).first()
        seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
        own = entry_hash(seq, at, actor, action, target, content, previous)
        connection.execute(
            insert(_T).values(
                seq=seq,
                at=at,
                actor=actor,
                action=action,
                target=target,
                details=content,
                previous=previous,
                hash=own,
            )
        )
        return AuditHead(seq, own)

    def head(self) -> AuditHead:
        """The newest entry."""
        query = select(_T.c.seq, _T.c.hash).order_by(_T.c.seq.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return AuditHead(row.seq, row.hash) if row else AuditHead(0, GENESIS)

    def verify(self, *kept: AuditHead) -> AuditReport:
        """Walk the whole chain; with heads that were ``kept``, also prove that it still holds them."""
        count, previous = 0, GENESIS
        wanted: dict[int, set[str]] = {}
        for head in kept:
            wanted.setdefault(head.seq, set()).add(head.hash)
        for row in self._rows():
            reason = _fault(row, count + 1, previous)
            if reason:
                return AuditReport(count, AuditHead(count, previous), row.seq, reason)
            count, previous = row.seq, row.hash
            if wanted.pop(count, {previous}) != {previous}:
                reason = "differs from the head that was kept"
                return AuditReport(count, AuditHead(count, previous), count, reason)
        head = AuditHead(count, previous)
        if wanted.pop(0, {GENESIS}) != {GENESIS} or wanted:
            reason = f"the trail ends before entry {max(wanted, default=0)}, which was kept"
            return AuditReport(count, head, count + 1, reason)
        return AuditReport(count, head)

    def entries(self, target: str | None = None, limit: int = 100) -> list[AuditEntry]:
        """The newest entries, newest first, of one target or of all."""
        query = select(_T).order_by(_T.c.seq.desc()).limit(limit)
        if target is not None:
            query = query.where(_T.c.target == target)
        with self._database.reading() as connection:
            return [
                AuditEntry(r.seq, r.at, r.actor, r.action, r.target, json.loads(r.details))
                for r in connection.execute(query)
            ]

    def _rows(self) -> Iterator[Row[tuple[object, ...]]]:
        after = 0
        while True:
            query = select(_T).where(_T.c.seq > after).order_by(_T.c.seq).limit(_BATCH)
            with self._database.reading() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            yield from rows
            after = rows[-1].seq


def canonical(details: Mapping[str, object]) -> str:
    """JSON in one form only."""
    return json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def entry_hash(
    seq: int, at: str, actor: str, action: str, target: str, details: str, previous: str
) -> str:
    """SHA-256, in hexadecimal, over an entry and the hash before it."""
    content = canonical(
        {
            "seq": seq,
            "at": at,
            "actor": actor,
            "action": action,
            "target": target,
            "details": details,
            "previous": previous,
        }
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _fault(row: Row[tuple[object, ...]], expected_seq: int, previous: str) -> str | None:
    if row.seq != expected_seq:
        return f"entry {expected_seq} is missing"
    if row.previous != previous:
        return "does not follow the entry before it"
    own = entry_hash(row.seq, row.at, row.actor, row.action, row.target, row.details, previous)
    return None if own == row.hash else "content was changed"
