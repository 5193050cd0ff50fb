"""What an answer does: the item settled, the field's new version, the document's need of a person.

All of it in one transaction of the caller's, with its entry in the audit trail.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from dossiers.identifiers.place import Place
from dossiers.reading import Box, Candidate, Field, FieldSource
from dossiers.review import ItemKind, ReviewState
from storage import tables
from storage.audit import AuditTrail
from storage.field_versions import corners, newest, note_fields
from storage.review_items import ReviewItem, item_numbered, set_item, waiting_count

_D = tables.documents
_F = tables.fields
_L = tables.labelled_values

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's answer: the value in both forms, or that the paper has none.

    ``two`` asks for a second person; ``kind`` is the kind of the field, ``collect`` keeps the answer
    as labelled material; ``place`` and ``agency_code`` are what the value names, by code.
    """

    value: str
    display: str = ""
    absent: bool = False
    note: str | None = None
    two: bool = False
    kind: str = ""
    collect: bool = False
    place: Place | None = None
    agency_code: str = ""

    @property
    def words(self) -> dict[str, Any]:
        """What a second person's answer is compared with."""
        return {"value": self.value, "display": self.display, "absent": self.absent}


def answer_first(
    audit: AuditTrail, connection: Connection, item: ReviewItem, who: str, verdict: Verdict
) -> ReviewItem:
    """The first of two people has answered: a second is asked."""
    set_item(
        connection,
        item.id,
        state=ReviewState.SECOND,
        first_by=who,
        first_answer=verdict.words,
        note=verdict.note,
        claimed_by=None,
        claimed_until=None,
    )
    refresh(connection, item.document_code)
    record(audit, connection, item.document_code, who, "review.first", item=item.id)
    return item_numbered(connection, item.id)


def disagree(
    audit: AuditTrail, connection: Connection, item: ReviewItem, who: str, verdict: Verdict
) -> ReviewItem:
    """The second person answered otherwise: both answers are candidates, and nothing is settled."""
    assert item.first is not None  # noqa: S101 - the state says so
    people = (
        Candidate(item.first.value, 1.0, f"{PERSON} {item.first.by}"),
        Candidate(verdict.value, 1.0, f"{PERSON} {who}"),
    )
    others = [c for c in item.doubt.candidates if not c.source.startswith(PERSON)]
    set_item(
        connection,
        item.id,
        state=ReviewState.OPEN,
        first_by=None,
        first_answer=None,
        candidates=[[c.value, c.confidence, c.source] for c in (*people, *others)],
        reasons=[*item.doubt.reasons, "contradiction: two people read it differently"],
        claimed_by=None,
        claimed_until=None,
    )
    record(audit, connection, item.document_code, who, "review.disagreed", item=item.id)
    return item_numbered(connection, item.id)


def settle(
    audit: AuditTrail, connection: Connection, item: ReviewItem, who: str, verdict: Verdict
) -> ReviewItem:
    """The answer holds: the field has it, and the document needs nobody if it was the last."""
    as_read = verdict.value == item.doubt.value and not verdict.absent
    missing = verdict.absent and not item.doubt.value
    state = ReviewState.ACCEPTED if as_read or missing else ReviewState.CORRECTED
    set_item(
        connection,
        item.id,
        state=state,
        settled_by=who,
        settled_at=dt.datetime.now(dt.UTC),
        settled_value=verdict.value,
        settled_display=verdict.display,
        settled_place=verdict.place.as_json() if verdict.place else None,
        settled_agency_code=verdict.agency_code,
        absent=verdict.absent,
        note=verdict.note or item.note,
        claimed_by=None,
        claimed_until=None,
        carried=False,
    )
    details: dict[str, str | int] = {"item": item.id}
    if item.doubt.kind is ItemKind.FIELD:
        details |= _put_field(connection, item, who, verdict)
        if verdict.collect and not verdict.absent:
            _label(connection, item, verdict)
    if item.first:
        details["first"] = f"{PERSON}:{item.first.by}"
    refresh(connection, item.document_code)
    record(audit, connection, item.document_code, who, f"review.{state}", **details)
    return item_numbered(connection, item.id)


def record(
    audit: AuditTrail,
    connection: Connection,
    target: str,
    who: str,
    action: str,
    **details: str | int,
) -> None:
    """An entry of the audit trail under the person's name."""
    audit.append_in(connection, f"{PERSON}:{who}", action, target, **details)


def first_words(item: ReviewItem) -> dict[str, Any]:
    """What the first person answered, as :attr:`Verdict.words`."""
    first = item.first
    assert first is not None  # noqa: S101 - the caller has looked
    return {"value": first.value, "display": first.display, "absent": first.absent}


def _put_field(
    connection: Connection, item: ReviewItem, who: str, verdict: Verdict
) -> dict[str, str | int]:
    """The document's field as settled, as a new version; how the audit trail names both values."""
    code, name = item.document_code, item.doubt.name
    same = (_F.c.document_code == code, _F.c.name == name)
    row = connection.execute(select(_F).where(*same)).first()
    before = newest(connection, code).get(name)
    if before is None and row is not None:
        # Read before values had versions: what is about to be replaced is the first.
        note_fields(connection, code, {name: _as_read(row)})
        before = newest(connection, code).get(name)
    reason = (
        "confirmed by a person" if verdict.value == item.doubt.value else "corrected by a person"
    )
    field = Field(
        name, verdict.value, row.raw if row else "", 1.0, item.doubt.page, item.doubt.box,
        FieldSource.PERSON, (reason,), verdict.display,
    )  # fmt: skip
    note_fields(connection, code, {name: field}, f"{PERSON}:{who}", verdict.note)
    values = {
        "value": field.value,
        "display": field.display,
        "confidence": 1.0,
        "source": field.source,
        "doubtful": False,
        "reasons": list(field.reasons),
        "candidates": [],
        "place": verdict.place.as_json() if verdict.place else None,
        "agency_code": verdict.agency_code,
    }
    if verdict.absent:
        connection.execute(delete(_F).where(*same))
    elif row is not None:
        connection.execute(update(_F).where(*same).values(**values))
    else:
        last = select(func.max(_F.c.position)).where(_F.c.document_code == code)
        position = connection.scalar(last)
        connection.execute(
            insert(_F).values(
                document_code=code,
                name=name,
                position=0 if position is None else position + 1,
                raw="",
                page=field.page,
                box=corners(field.box),
                **values,
            )
        )
    details: dict[str, str | int] = {"field": name}
    if before:
        details["before"] = before.fingerprint
    details["after"] = newest(connection, code)[name].fingerprint
    return details


def _as_read(row: Row[Any]) -> Field:
    box = Box(*row.box) if row.box else None
    source = FieldSource(row.source)
    return Field(
        row.name, row.value, row.raw, row.confidence, row.page, box, source, display=row.display
    )


def _label(connection: Connection, item: ReviewItem, verdict: Verdict) -> None:
    connection.execute(delete(_L).where(_L.c.item_id == item.id))
    sha256 = select(_D.c.original_sha256).where(_D.c.code == item.document_code)
    connection.execute(
        insert(_L).values(
            item_id=item.id,
            document_code=item.document_code,
            original_sha256=connection.scalar(sha256),
            type_code=item.type_code,
            field=item.doubt.name,
            kind=verdict.kind,
            page=item.doubt.page,
            box=corners(item.doubt.box),
            value_read=item.doubt.value,
            value_settled=verdict.value,
            confidence=item.doubt.confidence,
            settled_at=dt.datetime.now(dt.UTC),
        )
    )


def refresh(connection: Connection, document_code: str) -> None:
    """Whether the document needs a person follows from its items."""
    waiting = waiting_count(connection, document_code) > 0
    connection.execute(update(_D).where(_D.c.code == document_code).values(needs_person=waiting))
