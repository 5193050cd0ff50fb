"""Documents in the ledger: registration, states, readings, fields, copies, attempts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from dossiers.dossier import ElectronicCopy, Role
from dossiers.errors import NotFound, SohoaError
from dossiers.identifiers.place import Place
from dossiers.reading import Box, Candidate, DocumentReading, Field, FieldSource
from dossiers.states import DOCUMENT_MOVES, DocumentState, check_move
from storage import tables
from storage.database import Database
from storage.field_versions import corners, newest, note_fields
from storage.preservation import Protection, add_protection
from storage.review_items import keep_doubts, waiting_count

_D = tables.documents
_C = tables.copies
_F = tables.fields
_R = tables.readings
_A = tables.attempts
# Document numbers of a dossier are given out one transaction at a time.
NUMBERS = 0x536F6433


@dataclass(frozen=True, slots=True)
class NewDocument:
    """An original that is durable in the object store and wants to become a document.

    ``pages`` (from 1) are given where the document is some of the original's pages only;
    ``declared_name`` is what the one-stop system calls it.
    """

    dossier_code: str
    original_sha256: str
    original_name: str
    original_key: str
    original_size: int
    page_count: int
    role: Role
    component_code: str | None = None
    pages: tuple[int, ...] | None = None
    declared_name: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document as the ledger has it.

    ``pages`` are the original's pages (from 1) that it is, ``whole`` where it is all of them.
    ``other_side`` is the document that holds the other side of the same card; ``declared_name`` is
    what the one-stop system calls the original.
    """

    code: str
    dossier_code: str
    number: int
    original_sha256: str
    original_name: str
    original_key: str
    original_size: int
    page_count: int
    role: Role
    component_code: str | None
    state: DocumentState
    type_code: str | None
    type_confidence: float | None
    needs_person: bool
    input_signatures: list[dict[str, Any]] | None
    created_at: dt.datetime
    pages: tuple[int, ...]
    whole: bool
    other_side: str | None
    declared_name: str | None


@dataclass(frozen=True, slots=True)
class KeptField:
    """A field of a document with whether a person has to see it first."""

    field: Field
    doubtful: bool


@dataclass(frozen=True, slots=True)
class CopyRecord:
    """A stored version of a copy, and the pages whose image had to be encoded again."""

    copy: ElectronicCopy
    version: int
    reencoded: list[tuple[int, str]]
    stored_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """A failure that was recorded."""

    at: dt.datetime
    error_code: str
    message: str
    retryable: bool
    next_try: dt.datetime | None


class Documents:
    """Documents and all that belongs to one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, new: NewDocument) -> tuple[DocumentRecord, bool]:
        """The document for an original in a dossier, and whether it is new.

        The code is the dossier's with a running number (``H31-261123-0001-01``).
        """
        same = (_D.c.dossier_code == new.dossier_code, _D.c.original_sha256 == new.original_sha256)
        now = dt.datetime.now(dt.UTC)
        with self._database.writing() as connection:
            self._database.lock(connection, NUMBERS)
            first = select(_D).where(*same).order_by(_D.c.number)
            row = connection.execute(first).first()
            if row is not None:
                return document_of(row), False
            count = select(func.max(_D.c.number)).where(_D.c.dossier_code == new.dossier_code)
            number = (connection.scalar(count) or 0) + 1
            connection.execute(
                insert(_D).values(
                    code=f"{new.dossier_code}-{number:02d}",
                    dossier_code=new.dossier_code,
                    number=number,
                    original_sha256=new.original_sha256,
                    original_name=new.original_name,
                    original_key=new.original_key,
                    original_size=new.original_size,
                    page_count=len(new.pages) if new.pages else new.page_count,
                    first_page=new.pages[0] if new.pages else 1,
                    pages=list(new.pages) if new.pages else None,
                    role=new.role,
                    component_code=new.component_code,
                    declared_name=new.declared_name,
                    state=DocumentState.RECEIVED,
                    needs_person=False,
                    created_at=now,
                    updated_at=now,
                )
            )
            return document_of(connection.execute(select(_D).where(*same)).one()), True

    def get(self, code: str) -> DocumentRecord:
        """One document.

        Raises:
            NotFound: no such code.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(_D).where(_D.c.code == code)).first()
        if row is None:
            raise NotFound(kind="document", value=code)
        return document_of(row)

    def of_dossier(self, dossier_code: str) -> list[DocumentRecord]:
        """The documents of a dossier, in the order they were taken in."""
        query = select(_D).where(_D.c.dossier_code == dossier_code).order_by(_D.c.number)
        with self._database.reading() as connection:
            return [document_of(row) for row in connection.execute(query)]

    def with_original(self, sha256: str) -> list[DocumentRecord]:
        """Documents made from the same bytes, oldest first, in whatever dossier."""
        query = select(_D).where(_D.c.original_sha256 == sha256).order_by(_D.c.created_at)
        with self._database.reading() as connection:
            return [document_of(row) for row in connection.execute(query)]

    def unfinished(self) -> list[DocumentRecord]:
        """Documents without a stored copy whose next try is due, oldest first."""
        now = dt.datetime.now(dt.UTC)
        open_states = [DocumentState.RECEIVED, DocumentState.READ, DocumentState.SIGNED]
        with self._database.reading() as connection:
            rows = connection.execute(
                select(_D)
                .where(_D.c.state.in_([*open_states, DocumentState.FAILED]))
                .order_by(_D.c.created_at)
            ).all()
        records = [document_of(row) for row in rows]
        return [
            record
            for record in records
            if record.state is not DocumentState.FAILED or self._due(record.code, now)
        ]

    def failed(self) -> list[DocumentRecord]:
        """Documents that ended in an error, whether or not they are tried again, oldest first."""
        failed = _D.c.state == DocumentState.FAILED
        with self._database.reading() as connection:
            rows = connection.execute(select(_D).where(failed).order_by(_D.c.created_at)).all()
        return [document_of(row) for row in rows]

    def _due(self, code: str, now: dt.datetime) -> bool:
        last = self.attempts(code)[-1:]
        return bool(last and last[0].retryable and (last[0].next_try or now) <= now)

    def move(self, code: str, target: DocumentState) -> None:
        """Change the state.

        Raises:
            IllegalMove: the table of moves does not have it.
        """
        with self._database.writing() as connection:
            _move(connection, code, target)

    def note_signatures(self, code: str, signatures: Sequence[Mapping[str, Any]]) -> None:
        """Record the state of the signatures that the original came with."""
        with self._database.writing() as connection:
            connection.execute(
                update(_D).where(_D.c.code == code).values(input_signatures=list(signatures))
            )

    # --- readings ----------------------------------------------------------------------------

    def save_pages(self, original_sha256: str, step_version: str, pages: Any) -> None:
        """Keep what reading the original's pages gave, once for each version of the reader."""
        key = (_R.c.original_sha256 == original_sha256, _R.c.step_version == step_version)
        with self._database.writing() as connection:
            if connection.execute(select(_R.c.read_at).where(*key)).first() is None:
                connection.execute(
                    insert(_R).values(
                        original_sha256=original_sha256,
                        step_version=step_version,
                        pages=pages,
                        read_at=dt.datetime.now(dt.UTC),
                    )
                )

    def pages(self, original_sha256: str, step_version: str) -> Any | None:
        """What an earlier run, or another dossier with the same paper, has read."""
        query = select(_R.c.pages).where(
            _R.c.original_sha256 == original_sha256, _R.c.step_version == step_version
        )
        with self._database.reading() as connection:
            return connection.scalar(query)

    def save_reading(
        self, code: str, reading: DocumentReading, *, move: bool = True, given: str | None = None
    ) -> DocumentReading:
        """Keep type, fields and what a person must see, and move the document to ``read``.

        One transaction. Without ``move`` the document stays where it is: its copy still stands, and
        what people have settled waits for the next. ``given`` is the type a person had given when
        the reading was made.

        Returns:
            The reading with what people have settled before.
        """
        with self._database.writing() as connection:
            held = keep_doubts(connection, code, reading, copied=move, given=given)
            _put_reading(connection, code, held)
            if move:
                _move(connection, code, DocumentState.READ)
        return held

    def fields(self, code: str) -> dict[str, KeptField]:
        """The fields of a document by name, in the order they were read."""
        query = select(_F).where(_F.c.document_code == code).order_by(_F.c.position)
        with self._database.reading() as connection:
            return {row.name: _field(row) for row in connection.execute(query)}

    # --- copies ------------------------------------------------------------------------------

    def save_copy(
        self,
        copy: ElectronicCopy,
        version: int,
        reencoded: Sequence[tuple[int, str]],
        protection: Protection | None = None,
    ) -> None:
        """Record a stored copy and move the document to ``stored``; in one transaction.

        ``protection`` puts it into the queue of what is raised or renewed later. A version beyond
        the first supersedes the one before; both stay in the store.
        """
        with self._database.writing() as connection:
            connection.execute(
                insert(_C).values(
                    document_code=copy.document_code,
                    version=version,
                    key=copy.key,
                    sha256=copy.sha256,
                    size=copy.size,
                    page_count=copy.page_count,
                    pdfa=copy.pdfa,
                    signature_level=copy.signature_level,
                    signers=list(copy.signers),
                    signed_at=copy.signed_at,
                    reencoded=[list(item) for item in reencoded],
                    stored_at=dt.datetime.now(dt.UTC),
                )
            )
            if protection is not None:
                add_protection(connection, copy.document_code, version, protection)
            _move(connection, copy.document_code, DocumentState.STORED)

    def copies(self, code: str) -> list[CopyRecord]:
        """The versions of a document's copy, oldest first; the last one holds."""
        query = select(_C).where(_C.c.document_code == code).order_by(_C.c.version)
        with self._database.reading() as connection:
            return [_copy(row) for row in connection.execute(query)]

    def all_copies(self) -> list[CopyRecord]:
        """Every copy recorded, for integrity checks."""
        with self._database.reading() as connection:
            return [_copy(row) for row in connection.execute(select(_C).order_by(_C.c.stored_at))]

    def all_originals(self) -> list[tuple[str, str]]:
        """Key and hash of every original recorded, for integrity checks."""
        query = select(_D.c.original_key, _D.c.original_sha256).distinct()
        with self._database.reading() as connection:
            return [(row.original_key, row.original_sha256) for row in connection.execute(query)]

    # --- attempts ----------------------------------------------------------------------------

    def save_failure(self, code: str, error: SohoaError, next_try: dt.datetime | None) -> None:
        """Record a failure and move the document to ``failed``; in one transaction.

        One whose copy is stored stays so: its copy holds, whatever failed afterwards.
        """
        with self._database.writing() as connection:
            connection.execute(
                insert(_A).values(
                    document_code=code,
                    at=dt.datetime.now(dt.UTC),
                    error_code=error.code,
                    message=error.message(),
                    retryable=error.retryable,
                    next_try=next_try,
                )
            )
            state = select(_D.c.state).where(_D.c.code == code)
            if connection.scalar(state) != DocumentState.STORED:
                _move(connection, code, DocumentState.FAILED)

    def attempts(self, code: str) -> list[Attempt]:
        """Failures recorded for a document, oldest first."""
        query = select(_A).where(_A.c.document_code == code).order_by(_A.c.id)
        with self._database.reading() as connection:
            return [
                Attempt(row.at, row.error_code, row.message, row.retryable, row.next_try)
                for row in connection.execute(query)
            ]


def forget_fields(connection: Connection, code: str) -> None:
    """Take a document's values from it, being those of other pages; all their versions stay."""
    mine = _F.c.document_code == code
    kept = {row.name: _field(row).field for row in connection.execute(select(_F).where(mine))}
    known = newest(connection, code)
    # Those read before values had versions get theirs.
    note_fields(connection, code, {n: field for n, field in kept.items() if n not in known})
    connection.execute(delete(_F).where(mine))


def _put_reading(connection: Connection, code: str, reading: DocumentReading) -> None:
    rows = [
        {
            "document_code": code,
            "name": name,
            "position": position,
            "value": field.value,
            "raw": field.raw,
            "confidence": field.confidence,
            "page": field.page,
            "box": corners(field.box),
            "source": field.source,
            "doubtful": name in reading.doubtful,
            "reasons": list(field.reasons),
            "display": field.display,
            "candidates": [[c.value, c.confidence, c.source] for c in field.candidates],
            "place": field.place.as_json() if field.place else None,
            "agency_code": field.agency_code,
        }
        for position, (name, field) in enumerate(reading.fields.items())
    ]
    connection.execute(delete(_F).where(_F.c.document_code == code))
    if rows:
        connection.execute(insert(_F), rows)
    note_fields(connection, code, reading.fields)
    connection.execute(
        update(_D)
        .where(_D.c.code == code)
        .values(
            type_code=reading.type.code,
            type_confidence=reading.type.confidence,
            needs_person=waiting_count(connection, code) > 0,
        )
    )


def _move(connection: Connection, code: str, target: DocumentState) -> None:
    source = connection.scalar(select(_D.c.state).where(_D.c.code == code).with_for_update())
    if source is None:
        raise NotFound(kind="document", value=code)
    check_move(DOCUMENT_MOVES, DocumentState(source), target)
    connection.execute(
        update(_D).where(_D.c.code == code).values(state=target, updated_at=dt.datetime.now(dt.UTC))
    )


def document_of(row: Row[tuple[Any, ...]]) -> DocumentRecord:
    """A row of the table as a record."""
    return DocumentRecord(
        row.code,
        row.dossier_code,
        row.number,
        row.original_sha256,
        row.original_name,
        row.original_key,
        row.original_size,
        row.page_count,
        Role(row.role),
        row.component_code,
        DocumentState(row.state),
        row.type_code,
        row.type_confidence,
        row.needs_person,
        row.input_signatures,
        row.created_at,
        tuple(row.pages) if row.pages else tuple(range(1, row.page_count + 1)),
        row.pages is None,
        row.other_side,
        row.declared_name,
    )


def _field(row: Row[tuple[Any, ...]]) -> KeptField:
    box = Box(*row.box) if row.box else None
    field = Field(
        row.name,
        row.value,
        row.raw,
        row.confidence,
        row.page,
        box,
        FieldSource(row.source),
        tuple(row.reasons),
        row.display,
        tuple(Candidate(*candidate) for candidate in row.candidates),
        Place.from_json(row.place) if row.place else None,
        row.agency_code,
    )
    return KeptField(field, row.doubtful)


def _copy(row: Row[tuple[Any, ...]]) -> CopyRecord:
    copy = ElectronicCopy(
        row.document_code,
        row.key,
        row.sha256,
        row.size,
        row.page_count,
        row.pdfa,
        row.signature_level,
        tuple(row.signers),
        row.signed_at,
    )
    return CopyRecord(copy, row.version, [(p, r) for p, r in row.reencoded], row.stored_at)
