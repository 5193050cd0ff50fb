"""Which papers an original holds: found once, corrected by people, every page accounted for.

A document of an original is known by the page it begins on. What was found is recorded in one
transaction with the documents, so that a run killed anywhere finds all of it or nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from dossiers.dossier import Role
from dossiers.parts import CardSide, Division, LeftOut, LeftOutReason, Part
from dossiers.reading import Problem
from dossiers.states import DOCUMENT_MOVES, DocumentState, check_move
from storage import tables
from storage.audit import AuditTrail
from storage.database import Database
from storage.documents import NUMBERS, DocumentRecord, document_of, forget_fields
from storage.review_items import drop_items

_D = tables.documents
_V = tables.divisions
_L = tables.subject_documents
_RESULTS = "KQ."


@dataclass(frozen=True, slots=True)
class DivisionRecord:
    """How an original was divided in a dossier, by whom (``digitise``, or a person), and when.

    ``evidence`` says for the first page of each part why a paper begins there.
    """

    decided_by: str
    decided_at: dt.datetime
    left_out: tuple[LeftOut, ...]
    evidence: Mapping[int, tuple[str, ...]]
    problems: tuple[Problem, ...]


class Divisions:
    """Originals and the documents they hold."""

    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    def of(self, dossier_code: str, original_sha256: str) -> DivisionRecord | None:
        """How an original was divided; ``None`` before anybody looked."""
        with self._database.reading() as connection:
            row = connection.execute(_one(dossier_code, original_sha256)).first()
        return _record(row) if row else None

    def record(self, document_code: str, division: Division, by: str) -> list[DocumentRecord]:
        """Divide the original of a document just taken in; all its documents, by first page.

        The document keeps its code and becomes the first part. An original that is divided already
        stays as it is.
        """
        with self._database.writing() as connection:
            self._database.lock(connection, NUMBERS)
            row = connection.execute(select(_D).where(_D.c.code == document_code)).one()
            key = row.dossier_code, row.original_sha256
            if connection.execute(_one(*key)).first() is None:
                first, *others = division.parts
                _narrow(connection, row, first)
                for part in others:
                    _add(connection, row, part)
                _keep(connection, row, division, by)
                if others or division.left_out:
                    self._tell(connection, row, by, division)
            return _all(connection, *key)

    def redraw(
        self,
        dossier_code: str,
        original_sha256: str,
        parts: Sequence[Part],
        left_out: Sequence[LeftOut],
        by: str,
    ) -> list[DocumentRecord]:
        """A person's division of an original: what changes is digitised anew, as a new version.

        A document whose first page no longer begins one is superseded; should a later correction
        begin one there again, it comes back under its code. Links to citizens of what changes go,
        since they were read from other pages.

        Returns:
            All documents of the original, by first page.
        """
        with self._database.writing() as connection:
            self._database.lock(connection, NUMBERS)
            rows = {
                row.first_page: row
                for row in connection.execute(_documents(dossier_code, original_sha256))
            }
            model = next(iter(rows.values()))
            wanted = {part.pages[0]: part for part in parts}
            for page, row in rows.items():
                part = wanted.get(page)
                superseded = row.state == DocumentState.SUPERSEDED
                if part is None and not superseded:
                    _move(connection, row, DocumentState.SUPERSEDED)
                elif part is not None and (superseded or _pages(row) != part.pages):
                    _narrow(connection, row, part)
                    _move(connection, row, DocumentState.RECEIVED)
            for page in wanted.keys() - rows.keys():
                _add(connection, model, wanted[page])
            connection.execute(delete(_V).where(_is(dossier_code, original_sha256)))
            division = Division(tuple(parts), tuple(left_out))
            _keep(connection, model, division, by)
            self._tell(connection, model, by, division)
            return _all(connection, dossier_code, original_sha256)

    def join_sides(self, code: str, other: str, sides: Mapping[str, CardSide]) -> bool:
        """Record that two documents are the two sides of one card; whether that is new."""
        with self._database.writing() as connection:
            known = connection.scalar(select(_D.c.other_side).where(_D.c.code == code))
            for own, its in ((code, other), (other, code)):
                connection.execute(update(_D).where(_D.c.code == own).values(other_side=its))
            if known != other:
                detail = {f"{side}": own for own, side in sides.items()}
                self._audit.append_in(connection, "digitise", "card.sides", code, **detail)
            return known != other

    def _tell(
        self, connection: Connection, row: Row[tuple[object, ...]], by: str, division: Division
    ) -> None:
        begins = ",".join(str(part.pages[0]) for part in division.parts)
        self._audit.append_in(
            connection, by, "original.divided", row.dossier_code,
            sha256=row.original_sha256, begins=begins, left_out=len(division.left_out),
        )  # fmt: skip


def _is(dossier_code: str, sha256: str) -> ColumnElement[bool]:
    return and_(_V.c.dossier_code == dossier_code, _V.c.original_sha256 == sha256)


def _one(dossier_code: str, sha256: str) -> Select[tuple[Any, ...]]:
    return select(_V).where(_is(dossier_code, sha256))


def _documents(dossier_code: str, sha256: str) -> Select[tuple[Any, ...]]:
    same = _D.c.dossier_code == dossier_code, _D.c.original_sha256 == sha256
    return select(_D).where(*same).order_by(_D.c.first_page)


def _all(connection: Connection, dossier_code: str, sha256: str) -> list[DocumentRecord]:
    return [document_of(row) for row in connection.execute(_documents(dossier_code, sha256))]


def _pages(row: Row[tuple[object, ...]]) -> tuple[int, ...]:
    return document_of(row).pages


def _narrow(connection: Connection, row: Row[tuple[object, ...]], part: Part) -> None:
    """A document becomes these pages; one of all its original's pages says nothing of pages."""
    if part.pages == _pages(row):
        return
    connection.execute(update(_D).where(_D.c.code == row.code).values(**_of_part(row, part)))


def _of_part(row: Row[tuple[object, ...]], part: Part) -> dict[str, object]:
    component = part.component_code or row.component_code
    result = part.component_code is not None and part.component_code.startswith(_RESULTS)
    return {
        "first_page": part.pages[0],
        "pages": list(part.pages),
        "page_count": len(part.pages),
        "component_code": component,
        "role": Role.RESULT if result else row.role,
        "updated_at": dt.datetime.now(dt.UTC),
    }


def _add(connection: Connection, row: Row[tuple[object, ...]], part: Part) -> None:
    query = select(func.max(_D.c.number)).where(_D.c.dossier_code == row.dossier_code)
    number = (connection.scalar(query) or 0) + 1
    now = dt.datetime.now(dt.UTC)
    connection.execute(
        insert(_D).values(
            code=f"{row.dossier_code}-{number:02d}",
            dossier_code=row.dossier_code,
            number=number,
            original_sha256=row.original_sha256,
            original_name=row.original_name,
            original_key=row.original_key,
            original_size=row.original_size,
            state=DocumentState.RECEIVED,
            needs_person=False,
            input_signatures=row.input_signatures,
            declared_name=row.declared_name,
            created_at=now,
            **_of_part(row, part),
        )
    )


def _move(connection: Connection, row: Row[tuple[object, ...]], target: DocumentState) -> None:
    check_move(DOCUMENT_MOVES, DocumentState(row.state), target)
    connection.execute(
        update(_D)
        .where(_D.c.code == row.code)
        .values(state=target, other_side=None, updated_at=dt.datetime.now(dt.UTC))
    )
    # What was read from other pages no longer finds it, and what people said of them is no answer.
    drop_items(connection, row.code)
    forget_fields(connection, row.code)
    connection.execute(delete(_L).where(_L.c.document_code == row.code))
    forget = text("DELETE FROM search_index WHERE document_code = :code")
    connection.execute(forget, {"code": row.code})


def _keep(
    connection: Connection, row: Row[tuple[object, ...]], division: Division, by: str
) -> None:
    connection.execute(
        insert(_V).values(
            dossier_code=row.dossier_code,
            original_sha256=row.original_sha256,
            decided_by=by,
            decided_at=dt.datetime.now(dt.UTC),
            left_out=[[left.page, left.why] for left in division.left_out],
            evidence=[[part.pages[0], list(part.evidence)] for part in division.parts],
            problems=[[p.code, p.vi, p.en, p.page] for p in division.problems],
        )
    )


def _record(row: Row[tuple[object, ...]]) -> DivisionRecord:
    return DivisionRecord(
        row.decided_by,
        row.decided_at,
        tuple(LeftOut(page, LeftOutReason(why)) for page, why in row.left_out),
        {page: tuple(reasons) for page, reasons in row.evidence},
        tuple(Problem(*problem) for problem in row.problems),
    )
