"""The queue of copies that want a higher signature level, or a new archive time stamp.

A row belongs to one version of a copy and is written in the same transaction. Only the newest version
of a copy that still holds is ever due; a raised or renewed one comes with a row of its own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select, update

from dossiers.errors import SohoaError
from dossiers.states import DocumentState
from storage import tables
from storage.database import Database

_P = tables.preservation
_C = tables.copies
_D = tables.documents


@dataclass(frozen=True, slots=True)
class Protection:
    """The level a copy has, the one it should have, and how long what it has will stand."""

    level: str
    wanted: str
    protected_until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class DueCopy:
    """A copy that has something coming: where it lies, what it has, and how often it was tried."""

    document_code: str
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
        query = _newest().where(_P.c.level != _P.c.wanted)
        return self._found(query, now)

    def renewals(self, before: dt.datetime, now: dt.datetime | None = None) -> list[DueCopy]:
        """Archived copies whose protection ends before a moment, the most urgent first."""
        query = _newest().where(
            _P.c.level == _P.c.wanted, _P.c.level == "B-LTA", _P.c.protected_until < before
        )
        return self._found(query, now)

    def _found(self, query: Select[Any], now: dt.datetime | None) -> list[DueCopy]:
        if now is not None:
            query = query.where(_P.c.next_try <= now)
        query = query.order_by(_P.c.protected_until, _P.c.document_code)
        with self._database.reading() as connection:
            return [_due(row) for row in connection.execute(query)]

    def take(self, copy: DueCopy, until: dt.datetime) -> bool:
        """Keep others away from a copy until a moment; ``False`` if one of them was faster."""
        # Whoever takes it counts one attempt, so of two only one finds the count unchanged.
        same = (
            _P.c.document_code == copy.document_code,
            _P.c.version == copy.version,
            _P.c.attempts == copy.attempts,
        )
        with self._database.writing() as connection:
            newest = select(func.max(_C.c.version)).where(_C.c.document_code == copy.document_code)
            if connection.scalar(newest) != copy.version:
                return False
            taken = connection.execute(
                update(_P).where(*same).values(attempts=copy.attempts + 1, next_try=until)
            )
        return taken.rowcount == 1

    def failed(self, copy: DueCopy, error: SohoaError, next_try: dt.datetime | None) -> None:
        """Record why nothing came of it, and when to try again (``None``: a person has to act)."""
        with self._database.writing() as connection:
            connection.execute(
                update(_P)
                .where(_P.c.document_code == copy.document_code, _P.c.version == copy.version)
                .values(error_code=error.code, message=error.message(), next_try=next_try)
            )

    def stuck(self) -> list[DueCopy]:
        """Copies whose last failure no retry can mend."""
        query = _newest().where(_P.c.next_try.is_(None))
        return self._found(query, None)

    def of(self, document_code: str) -> list[DueCopy]:
        """The rows of a document, oldest version first."""
        query = _rows().where(_P.c.document_code == document_code).order_by(_P.c.version)
        with self._database.reading() as connection:
            return [_due(row) for row in connection.execute(query)]


def add_protection(
    connection: Connection, document_code: str, version: int, protection: Protection
) -> None:
    """The row of a version just recorded, in its transaction; due at once."""
    connection.execute(
        insert(_P).values(
            document_code=document_code,
            version=version,
            level=protection.level,
            wanted=protection.wanted,
            protected_until=protection.protected_until,
            attempts=0,
            next_try=dt.datetime.now(dt.UTC),
        )
    )


def _rows() -> Select[Any]:
    return select(_P, _C.c.key, _C.c.sha256).join(
        _C, and_(_C.c.document_code == _P.c.document_code, _C.c.version == _P.c.version)
    )


def _newest() -> Select[Any]:
    other = _C.alias()
    newest = (
        select(func.max(other.c.version))
        .where(other.c.document_code == _P.c.document_code)
        .scalar_subquery()
    )
    standing = select(_D.c.code).where(_D.c.state == DocumentState.STORED)
    return _rows().where(_P.c.version == newest, _P.c.document_code.in_(standing))


def _due(row: Row[Any]) -> DueCopy:
    return DueCopy(
        row.document_code,
        row.version,
        row.key,
        row.sha256,
        Protection(row.level, row.wanted, row.protected_until),
        row.attempts,
        row.next_try,
        row.error_code,
        row.message,
    )
