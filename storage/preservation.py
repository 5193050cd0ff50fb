"""The queue of copies that want a higher signature level, or a new archive time stamp.

A row belongs to one version of a copy, of a dossier's document or under a number of the register, and
is written in the same transaction. Only the newest version of a copy that still holds is ever due; a
raised or renewed one comes with a row of its own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    func,
    insert,
    select,
    update,
)

from dossiers.certification import EntryState
from dossiers.errors import SohoaError
from dossiers.states import DocumentState
from storage import tables
from storage.database import Database

_P = tables.preservation
_C = tables.copies
_D = tables.documents
_V = tables.certified_versions
_E = tables.register_entries

_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Protection:
    """The level a copy has, the one it should have, and how long what it has will stand.

    ``protected_since`` is the moment of its newest archive time stamp, where that is known.
    """

    level: str
    wanted: str
    protected_until: dt.datetime | None
    protected_since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CertifiedId:
    """A certified copy: the line of the register, and which of the copies that share its number."""

    entry_id: int
    sequence: int


@dataclass(frozen=True, slots=True)
class DueCopy:
    """A copy that has something coming: where it lies, what it has, and how often it was tried.

    ``copy`` is the code of a document, or a certified copy; ``name`` is what people know it by.
    """

    copy: str | CertifiedId
    name: str
    version: int
    key: str
    sha256: str
    protection: Protection
    attempts: int
    next_try: dt.datetime | None
    error_code: str | None
    message: str | None


class PreservationQueue:
    """What is due, who has taken it, and what failed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def upgrades(self, now: dt.datetime | None = None) -> list[DueCopy]:
        """Copies below the level they should have; with ``now`` only those whose turn it is."""
        return self._newest(now, lambda t: t.c.level != t.c.wanted)

    def renewals(self, before: dt.datetime, now: dt.datetime | None = None) -> list[DueCopy]:
        """Archived copies whose protection ends before a moment, the most urgent first."""
        return self._newest(
            now,
            lambda t: and_(
                t.c.level == t.c.wanted, t.c.level == "B-LTA", t.c.protected_until < before
            ),
        )

    def stuck(self) -> list[DueCopy]:
        """Copies whose last failure no retry can mend."""
        return self._newest(None, lambda t: t.c.next_try.is_(None))

    def of(self, copy: str | CertifiedId) -> list[DueCopy]:
        """The rows of a copy, oldest version first."""
        table = _table(copy)
        query = _rows(table).where(*_same(copy)).order_by(table.c.version)
        with self._database.reading() as connection:
            return [_due(row) for row in connection.execute(query)]

    def take(self, due: DueCopy, until: dt.datetime) -> bool:
        """Keep others away from a copy until a moment; ``False`` if one of them was faster."""
        table = _table(due.copy)
        # Whoever takes it counts one attempt, so of two only one finds the count unchanged.
        same = (*_same(due.copy), table.c.version == due.version, table.c.attempts == due.attempts)
        with self._database.writing() as connection:
            if connection.scalar(_newest_version(due.copy)) != due.version:
                return False
            taken = connection.execute(
                update(table).where(*same).values(attempts=due.attempts + 1, next_try=until)
            )
        return taken.rowcount == 1

    def failed(self, due: DueCopy, error: SohoaError, next_try: dt.datetime | None) -> None:
        """Record why nothing came of it, and when to try again (``None``: a person has to act)."""
        table = _table(due.copy)
        with self._database.writing() as connection:
            connection.execute(
                update(table)
                .where(*_same(due.copy), table.c.version == due.version)
                .values(error_code=error.code, message=error.message(), next_try=next_try)
            )

    def _newest(self, now: dt.datetime | None, which: Any) -> list[DueCopy]:
        found: list[DueCopy] = []
        with self._database.reading() as connection:
            for table, holds in ((_P, _newest_of_documents()), (_V, _newest_of_certified())):
                query = _rows(table).where(holds, which(table))
                if now is not None:
                    query = query.where(table.c.next_try <= now)
                found += [_due(row) for row in connection.execute(query)]
        return sorted(found, key=lambda due: (due.protection.protected_until or _LAST, due.name))


def add_protection(
    connection: Connection, document_code: str, version: int, protection: Protection
) -> None:
    """The row of a version of a document's copy just recorded, in its transaction; due at once."""
    values = {"document_code": document_code, "version": version}
    connection.execute(insert(_P).values(**values, **_fresh(protection)))


def add_certified(
    connection: Connection,
    copy: CertifiedId,
    version: int,
    key: str,
    sha256: str,
    size: int,
    protection: Protection,
) -> None:
    """The row of a version of a certified copy; due at once."""
    connection.execute(
        insert(_V).values(
            entry_id=copy.entry_id,
            sequence=copy.sequence,
            version=version,
            key=key,
            sha256=sha256,
            size=size,
            **_fresh(protection),
        )
    )


def _fresh(protection: Protection) -> dict[str, Any]:
    return {
        "level": protection.level,
        "wanted": protection.wanted,
        "protected_until": protection.protected_until,
        "protected_since": protection.protected_since,
        "attempts": 0,
        "next_try": dt.datetime.now(dt.UTC),
    }


def _table(copy: str | CertifiedId) -> Table:
    return _P if isinstance(copy, str) else _V


def _same(copy: str | CertifiedId) -> tuple[ColumnElement[bool], ...]:
    if isinstance(copy, str):
        return (_P.c.document_code == copy,)
    return _V.c.entry_id == copy.entry_id, _V.c.sequence == copy.sequence


def _newest_version(copy: str | CertifiedId) -> Select[Any]:
    if isinstance(copy, str):
        return select(func.max(_C.c.version)).where(_C.c.document_code == copy)
    return select(func.max(_V.c.version)).where(*_same(copy))


def _rows(table: Table) -> Select[Any]:
    if table is _P:
        return select(_P, _C.c.key, _C.c.sha256).join(
            _C, and_(_C.c.document_code == _P.c.document_code, _C.c.version == _P.c.version)
        )
    names = (_E.c.agency_code, _E.c.year, _E.c.symbol, _E.c.number)
    return select(_V, *names).join(_E, _E.c.id == _V.c.entry_id)


def _newest_of_documents() -> ColumnElement[bool]:
    other = _C.alias()
    newest = (
        select(func.max(other.c.version))
        .where(other.c.document_code == _P.c.document_code)
        .scalar_subquery()
    )
    standing = select(_D.c.code).where(_D.c.state == DocumentState.STORED)
    return and_(_P.c.version == newest, _P.c.document_code.in_(standing))


def _newest_of_certified() -> ColumnElement[bool]:
    other = _V.alias()
    newest = (
        select(func.max(other.c.version))
        .where(other.c.entry_id == _V.c.entry_id, other.c.sequence == _V.c.sequence)
        .scalar_subquery()
    )
    return and_(_V.c.version == newest, _E.c.state == EntryState.ISSUED)


def _due(row: Row[Any]) -> DueCopy:
    of_document = "document_code" in row._mapping  # noqa: SLF001 - public, for all its underscore
    return DueCopy(
        row.document_code if of_document else CertifiedId(row.entry_id, row.sequence),
        row.document_code if of_document else _name(row),
        row.version,
        row.key,
        row.sha256,
        Protection(row.level, row.wanted, row.protected_until, row.protected_since),
        row.attempts,
        row.next_try,
        row.error_code,
        row.message,
    )


def _name(row: Row[Any]) -> str:
    which = f" ({row.sequence})" if row.sequence > 1 else ""
    return f"{row.agency_code} {row.number}/{row.year}/{row.symbol}{which}"
