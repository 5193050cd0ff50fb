"""The register of certified copies: numbers without a gap, whatever dies in between.

A number is given by the transaction that writes its line, and never outside of one: a process killed
before the commit has taken none. A line under way is resumed by the next run for the same original
on the same day; one that failed stays, cancelled, with the reason. Triggers refuse anything else.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from dossiers.certification import (
    CertificationNumber,
    CertifiedCopy,
    EntryState,
    NewEntry,
    RegisterEntry,
    RegisterKey,
)
from dossiers.errors import NotFound, NumberCancelled, RegisterOutOfOrder
from storage import tables
from storage.audit import AuditTrail
from storage.database import Database
from storage.preservation import CertifiedId, Protection, add_certified

_T = tables.register_entries
_C = tables.certified_copies
_V = tables.certified_versions
_NUMBERS = 0x536F6436


class CertificationRegister:
    """Gives numbers, records what was certified under them, and reads the book."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audit = AuditTrail(database)

    def reserve(self, new: NewEntry, actor: str, volume_size: int = 0) -> RegisterEntry:
        """The line for a paper: the next number, or the one its copies of that day have already.

        A line left under way by another run is taken over. The line and its audit entry are of one
        transaction.

        Args:
            new: what is to be certified.
            actor: who, for the audit trail.
            volume_size: numbers in a volume; 0 for one volume a year.

        Raises:
            RegisterOutOfOrder: the book holds a later date.
        """
        with self._database.writing() as connection:
            self._database.lock(connection, _NUMBERS)
            shared = connection.execute(_shared(new)).first()
            if shared is not None:
                if shared.state == EntryState.RESERVED:
                    _change(connection, shared.id, holder=new.holder)
                return self._entry(connection, shared.id)
            number = _next(connection, new)
            volume = (number - 1) // volume_size + 1 if volume_size else 1
            key = new.key
            made = connection.execute(
                insert(_T)
                .values(
                    agency_code=key.agency_code,
                    year=key.year,
                    symbol=key.symbol,
                    number=number,
                    volume=volume,
                    certified_on=new.certified_on,
                    paper=new.paper,
                    original_sha256=new.original_sha256,
                    original_name=new.original_name,
                    page_count=new.page_count,
                    requester=new.requester,
                    certifier=new.certifier,
                    received_at=new.received_at,
                    due_on=new.due_on,
                    state=EntryState.RESERVED,
                    holder=new.holder,
                    reserved_at=dt.datetime.now(dt.UTC),
                )
                .returning(_T.c.id)
            ).scalar_one()
            self._audit.append_in(
                connection,
                actor,
                "certification.reserved",
                _target(key, number),
                original=new.original_sha256,
            )
            return self._entry(connection, made)

    def issue(
        self, entry_id: int, copy: CertifiedCopy, protection: Protection, actor: str
    ) -> RegisterEntry:
        """Record a signed copy under its number; the same object again is the same copy.

        ``protection`` puts it into the queue of what is raised or renewed later.

        Raises:
            NumberCancelled: the number was cancelled meanwhile.
        """
        with self._database.writing() as connection:
            self._database.lock(connection, _NUMBERS)
            entry = self._entry(connection, entry_id)
            if entry.state is EntryState.CANCELLED:
                raise NumberCancelled(number=str(entry.number), reason=entry.reason)
            if copy.object_key in {known.object_key for known in entry.copies}:
                return entry
            sequence = len(entry.copies) + 1
            connection.execute(
                insert(_C).values(
                    entry_id=entry_id,
                    sequence=sequence,
                    sha256=copy.sha256,
                    size=copy.size,
                    object_key=copy.object_key,
                    signers=list(copy.signers),
                    signed_at=copy.signed_at,
                )
            )
            which = CertifiedId(entry_id, sequence)
            add_certified(connection, which, 1, copy.object_key, copy.sha256, copy.size, protection)
            if entry.state is EntryState.RESERVED:
                now = dt.datetime.now(dt.UTC)
                _change(connection, entry_id, state=EntryState.ISSUED, closed_at=now)
            self._audit.append_in(
                connection,
                actor,
                "certification.issued",
                _target(entry.number.key, entry.number.number),
                sha256=copy.sha256,
                copy=sequence,
            )
            return self._entry(connection, entry_id)

    def give_up(self, entry_id: int, holder: str, reason: str, actor: str) -> None:
        """Cancel a number under way, unless another run holds or has issued it."""
        with self._database.writing() as connection:
            self._database.lock(connection, _NUMBERS)
            entry = self._entry(connection, entry_id)
            if entry.state is EntryState.RESERVED and entry.holder == holder:
                self._cancel(connection, entry, reason, actor)

    def cancel(self, key: RegisterKey, number: int, reason: str, actor: str) -> RegisterEntry:
        """Cancel a number, also one issued; the line stays, with the reason.

        Raises:
            NotFound: no such number.
            NumberCancelled: it was cancelled before.
        """
        with self._database.writing() as connection:
            self._database.lock(connection, _NUMBERS)
            entry = self._numbered(connection, key, number)
            if entry.state is EntryState.CANCELLED:
                raise NumberCancelled(number=str(entry.number), reason=entry.reason)
            self._cancel(connection, entry, reason, actor)
            return self._entry(connection, entry.id)

    def entry(self, key: RegisterKey, number: int) -> RegisterEntry:
        """The line of a number.

        Raises:
            NotFound: no such number.
        """
        with self._database.reading() as connection:
            return self._numbered(connection, key, number)

    def entries(self, key: RegisterKey) -> list[RegisterEntry]:
        """The book, by number."""
        query = select(_T).where(*_of(key)).order_by(_T.c.number)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            copies = _copies(connection, [row.id for row in rows])
        return [_read(row, copies[row.id]) for row in rows]

    def books(self, agency_code: str, year: int) -> list[RegisterKey]:
        """The books that an agency has of a year."""
        query = select(_T.c.symbol).where(_T.c.agency_code == agency_code, _T.c.year == year)
        with self._database.reading() as connection:
            symbols = connection.scalars(query.distinct().order_by(_T.c.symbol)).all()
        return [RegisterKey(agency_code, year, symbol) for symbol in symbols]

    def all_copies(self) -> list[tuple[str, str]]:
        """Key and hash of every version of every certified copy, for integrity checks."""
        query = select(_C.c.object_key, _C.c.sha256).union(select(_V.c.key, _V.c.sha256))
        with self._database.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(query)]

    def copy(self, which: CertifiedId) -> tuple[RegisterEntry, CertifiedCopy]:
        """A certified copy as it was issued, and its line."""
        with self._database.reading() as connection:
            entry = self._entry(connection, which.entry_id)
        return entry, entry.copies[which.sequence - 1]

    def add_version(
        self,
        which: CertifiedId,
        version: int,
        key: str,
        sha256: str,
        size: int,
        protection: Protection,
    ) -> None:
        """Record a version of a copy: raised, renewed, or the first of one of an older ledger."""
        with self._database.writing() as connection:
            add_certified(connection, which, version, key, sha256, size, protection)

    def without_protection(self) -> list[CertifiedId]:
        """Issued copies whose level nobody has recorded: those of a ledger from before."""
        known = select(_V.c.version).where(
            _V.c.entry_id == _C.c.entry_id, _V.c.sequence == _C.c.sequence
        )
        query = (
            select(_C.c.entry_id, _C.c.sequence)
            .join(_T, _T.c.id == _C.c.entry_id)
            .where(_T.c.state == EntryState.ISSUED, ~known.exists())
            .order_by(_C.c.entry_id, _C.c.sequence)
        )
        with self._database.reading() as connection:
            return [CertifiedId(row[0], row[1]) for row in connection.execute(query)]

    def _cancel(
        self, connection: Connection, entry: RegisterEntry, reason: str, actor: str
    ) -> None:
        now = dt.datetime.now(dt.UTC)
        _change(connection, entry.id, state=EntryState.CANCELLED, reason=reason, closed_at=now)
        target = _target(entry.number.key, entry.number.number)
        self._audit.append_in(connection, actor, "certification.cancelled", target, reason=reason)

    def _numbered(self, connection: Connection, key: RegisterKey, number: int) -> RegisterEntry:
        found = connection.scalar(select(_T.c.id).where(*_of(key), _T.c.number == number))
        if found is None:
            raise NotFound(kind="số chứng thực", value=_target(key, number))
        return self._entry(connection, found)

    def _entry(self, connection: Connection, entry_id: int) -> RegisterEntry:
        row = connection.execute(select(_T).where(_T.c.id == entry_id)).one()
        return _read(row, _copies(connection, [entry_id])[entry_id])


def _next(connection: Connection, new: NewEntry) -> int:
    # A cancelled line may bear the date of a clock that was wrong.
    standing = _T.c.state != EntryState.CANCELLED
    last_day = connection.scalar(select(func.max(_T.c.certified_on)).where(*_of(new.key), standing))
    if last_day is not None and last_day > new.certified_on:
        raise RegisterOutOfOrder(
            register=f"{new.key.symbol}/{new.key.year}",
            last=f"{last_day:%d/%m/%Y}",
            day=f"{new.certified_on:%d/%m/%Y}",
        )
    highest = connection.scalar(select(func.max(_T.c.number)).where(*_of(new.key)))
    return int(highest or 0) + 1


def _of(key: RegisterKey) -> tuple[Any, ...]:
    return _T.c.agency_code == key.agency_code, _T.c.year == key.year, _T.c.symbol == key.symbol


def _shared(new: NewEntry) -> Any:
    """The line of the same original, asked for by the same person on the same day."""
    return (
        select(_T.c.id, _T.c.state)
        .where(
            *_of(new.key),
            _T.c.original_sha256 == new.original_sha256,
            _T.c.certified_on == new.certified_on,
            _T.c.requester == new.requester,
            _T.c.state != EntryState.CANCELLED,
        )
        .order_by(_T.c.number.desc())
        .limit(1)
    )


def _change(connection: Connection, entry_id: int, **values: object) -> None:
    connection.execute(update(_T).where(_T.c.id == entry_id).values(**values))


def _target(key: RegisterKey, number: int) -> str:
    return f"{key.agency_code} {number}/{key.year}/{key.symbol}"


def _copies(
    connection: Connection, entry_ids: Sequence[int]
) -> defaultdict[int, tuple[CertifiedCopy, ...]]:
    found: defaultdict[int, tuple[CertifiedCopy, ...]] = defaultdict(tuple)
    # Databases bound the number of parameters of a statement.
    for start in range(0, len(entry_ids), 500):
        part = entry_ids[start : start + 500]
        query = select(_C).where(_C.c.entry_id.in_(part)).order_by(_C.c.entry_id, _C.c.sequence)
        for row in connection.execute(query):
            copy = CertifiedCopy(
                row.sha256, row.size, row.object_key, tuple(row.signers), row.signed_at
            )
            found[row.entry_id] += (copy,)
    return found


def _read(row: Row[tuple[Any, ...]], copies: tuple[CertifiedCopy, ...]) -> RegisterEntry:
    key = RegisterKey(row.agency_code, row.year, row.symbol)
    return RegisterEntry(
        row.id,
        CertificationNumber(key, row.number, row.volume),
        EntryState(row.state),
        row.certified_on,
        row.paper,
        row.original_sha256,
        row.original_name,
        row.page_count,
        row.requester,
        row.certifier,
        row.received_at,
        row.due_on,
        row.holder,
        row.reason,
        copies,
    )
