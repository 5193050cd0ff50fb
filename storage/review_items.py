"""Review items as rows: opened, kept or dropped in the transaction that keeps a reading."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from dossiers.errors import NotFound
from dossiers.identifiers.place import Place
from dossiers.reading import Box, Candidate, DocumentReading
from dossiers.review import (
    SETTLED,
    WAITING,
    Answer,
    Doubt,
    ItemKind,
    ReviewState,
    doubts_of,
    hold,
)
from storage import tables
from storage.field_versions import corners

_I = tables.review_items


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What the first of two people answered."""

    by: str
    value: str
    display: str
    absent: bool


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A question for a person, who has it in hand, and how it was settled."""

    id: int
    document_code: str
    doubt: Doubt
    type_code: str
    state: ReviewState
    claimed_by: str | None
    claimed_until: dt.datetime | None
    first: FirstAnswer | None
    settled_by: str | None
    settled_at: dt.datetime | None
    settled_value: str | None
    settled_display: str | None
    settled_place: Place | None
    settled_agency_code: str
    absent: bool
    note: str | None
    carried: bool
    opened_at: dt.datetime

    def held_by(self, now: dt.datetime) -> str | None:
        """Who has it in hand at a moment."""
        until = self.claimed_until
        return self.claimed_by if until and until > now else None

    @property
    def answer(self) -> Answer | None:
        """The answer, once it is settled."""
        if self.state not in SETTLED:
            return None
        return Answer(
            self.doubt.kind,
            self.doubt.name,
            self.settled_value or "",
            self.settled_display or "",
            self.doubt.value,
            self.type_code,
            self.absent,
            self.doubt.page,
            self.doubt.box,
            self.settled_place,
            self.settled_agency_code,
        )


def items_of(connection: Connection, document_code: str) -> list[ReviewItem]:
    """All items of a document, locked until the transaction ends."""
    query = select(_I).where(_I.c.document_code == document_code).order_by(_I.c.id)
    return [item_of(row) for row in connection.execute(query.with_for_update())]


def keep_doubts(
    connection: Connection,
    document_code: str,
    reading: DocumentReading,
    *,
    copied: bool = True,
    given: str | None = None,
) -> DocumentReading:
    """Lay what people have settled over a reading, and make its remaining doubts items.

    A doubt that was answered stays answered; one that a later reading no longer has is dropped; one
    that comes back is open again. What is settled is counted as carried where a copy follows
    (``copied``); a type, only if the reading knew of it: by its own type, or as ``given``.
    """
    before = {item.doubt.key: item for item in items_of(connection, document_code)}
    answers = [item.answer for item in before.values() if item.answer]
    held = hold(reading, answers)
    doubts = {doubt.key: doubt for doubt in doubts_of(held)}
    for key, doubt in doubts.items():
        item = before.get(key)
        if item is None:
            add_item(connection, document_code, reading.type.code, doubt)
        elif item.state in WAITING | {ReviewState.DROPPED} or key[0] is ItemKind.FIELD:
            _ask(connection, item, reading.type.code, doubt)
    for key, item in before.items():
        if key not in doubts and item.state in WAITING:
            set_item(connection, item.id, state=ReviewState.DROPPED, claimed_by=None)
    settled = update(_I).where(_I.c.document_code == document_code, _I.c.state.in_(SETTLED))
    connection.execute(settled.values(carried=copied))
    known = {reading.type.code, given} - {None}
    late = (_I.c.kind == ItemKind.TYPE, _I.c.settled_value.not_in(known))
    connection.execute(settled.where(*late).values(carried=False))
    return held


def add_item(
    connection: Connection,
    document_code: str,
    type_code: str,
    doubt: Doubt,
    state: ReviewState = ReviewState.OPEN,
) -> int:
    """A new item; its number."""
    made = connection.execute(
        insert(_I).values(
            document_code=document_code,
            kind=doubt.kind,
            name=doubt.name,
            state=state,
            absent=False,
            carried=False,
            opened_at=dt.datetime.now(dt.UTC),
            **asked(type_code, doubt),
        )
    )
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101 - an insert of one row has one
    return int(key[0])


def _ask(connection: Connection, item: ReviewItem, type_code: str, doubt: Doubt) -> None:
    """The same question after another reading; what was asked of a second person stays asked."""
    same = item.doubt.value == doubt.value and item.state is ReviewState.SECOND
    state = ReviewState.SECOND if same else ReviewState.OPEN
    values = asked(type_code, doubt)
    if item.state is ReviewState.OPEN and item.doubt.value == doubt.value:
        # Two people disagreed: what they said is worth more than what is read again.
        people = [c for c in item.doubt.candidates if c.source.startswith("person")]
        values["candidates"] = _plain((*people, *doubt.candidates))
    if item.state in SETTLED:
        values |= {"settled_by": None, "settled_at": None, "carried": False}
    set_item(connection, item.id, state=state, **values)


def set_item(connection: Connection, item_id: int, **values: Any) -> None:
    """Change an item."""
    connection.execute(update(_I).where(_I.c.id == item_id).values(**values))


def asked(type_code: str, doubt: Doubt) -> dict[str, Any]:
    """What an item asks, as columns."""
    return {
        "type_code": type_code,
        "page": doubt.page,
        "box": corners(doubt.box),
        "rotation": doubt.rotation,
        "value": doubt.value,
        "display": doubt.display,
        "confidence": doubt.confidence,
        "candidates": _plain(doubt.candidates),
        "reasons": list(doubt.reasons),
    }


def _plain(candidates: tuple[Candidate, ...]) -> list[list[Any]]:
    return [[c.value, c.confidence, c.source] for c in candidates]


def drop_items(connection: Connection, document_code: str) -> None:
    """Ask nothing of a document any more, and forget what was answered: it is of other pages now.

    The versions of its fields stay; what is doubtful on its new pages is asked when they are read.
    """
    connection.execute(
        update(_I)
        .where(_I.c.document_code == document_code)
        .values(
            state=ReviewState.DROPPED,
            absent=False,
            carried=False,
            **dict.fromkeys(
                ("claimed_by", "claimed_until", "first_by", "settled_by", "settled_at"), None
            ),
        )
    )
    connection.execute(
        update(tables.documents)
        .where(tables.documents.c.code == document_code)
        .values(needs_person=False)
    )


def waiting_count(connection: Connection, document_code: str) -> int:
    """How many items of a document wait for a person."""
    query = select(func.count()).where(_I.c.document_code == document_code, _I.c.state.in_(WAITING))
    return connection.scalar(query) or 0


def item_of(row: Row[Any]) -> ReviewItem:
    """A row as an item."""
    doubt = Doubt(
        ItemKind(row.kind),
        row.name,
        row.value,
        row.display,
        row.confidence,
        row.page,
        Box(*row.box) if row.box else None,
        row.rotation,
        tuple(Candidate(*candidate) for candidate in row.candidates),
        tuple(row.reasons),
    )
    first = FirstAnswer(row.first_by, **row.first_answer) if row.first_by else None
    return ReviewItem(
        row.id,
        row.document_code,
        doubt,
        row.type_code,
        ReviewState(row.state),
        row.claimed_by,
        row.claimed_until,
        first,
        row.settled_by,
        row.settled_at,
        row.settled_value,
        row.settled_display,
        Place.from_json(row.settled_place) if row.settled_place else None,
        row.settled_agency_code,
        row.absent,
        row.note,
        row.carried,
        row.opened_at,
    )


def item_numbered(connection: Connection, item_id: int, *, lock: bool = False) -> ReviewItem:
    """The item of a number.

    Raises:
        NotFound: no such number.
    """
    query = select(_I).where(_I.c.id == item_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(kind="mục cần xem / review item", value=item_id)
    return item_of(row)
