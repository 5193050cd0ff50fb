"""Review: who looks at what, what they answered, and what follows for the document's fields.

An answer, the field's new version, the document's need of a person, the labelled example and the
audit entry are one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, update

from dossiers.errors import ItemNotOpen, ItemTaken, NotFound, SecondPersonNeeded
from dossiers.reading import Candidate, Field, FieldSource
from dossiers.review import SETTLED, WAITING, Doubt, ItemKind, ReviewState
from dossiers.states import DocumentState
from storage import tables
from storage.audit import AuditTrail
from storage.database import Database
from storage.field_versions import FieldVersion, corners, newest, note_fields, version_of
from storage.review_items import ReviewItem, add_item, item_of, waiting_count

_D = tables.documents
_F = tables.fields
_I = tables.review_items
_V = tables.field_versions
_L = tables.labelled_values

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items are meant; what is ``None`` does not matter."""

    dossier: str | None = None
    document: str | None = None
    type_code: str | None = None
    field: str | None = None
    states: Collection[ReviewState] = WAITING


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's answer: the value in both forms, or that the paper has none.

    ``two`` asks for a second person; ``kind`` is the kind of the field, ``collect`` keeps the answer
    as labelled material.
    """

    value: str
    display: str = ""
    absent: bool = False
    note: str | None = None
    two: bool = False
    kind: str = ""
    collect: bool = False

    @property
    def words(self) -> dict[str, Any]:
        """What a second person's answer is compared with."""
        return {"value": self.value, "display": self.display, "absent": self.absent}


@dataclass(frozen=True, slots=True)
class LabelledValue:
    """A value as read beside the value a person settled; the picture is in the original."""

    document_code: str
    original_sha256: str
    type_code: str
    field: str
    kind: str
    page: int | None
    value_read: str
    value_settled: str
    confidence: float
    settled_at: dt.datetime


class Review:
    """The items of all documents."""

    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    # --- looking ----------------------------------------------------------------------------

    def items(self, wanted: Wanted, limit: int | None = None) -> list[ReviewItem]:
        """The items meant, those of the oldest documents first."""
        with self._database.reading() as connection:
            return [item_of(row) for row in connection.execute(_query(wanted).limit(limit))]

    def get(self, item_id: int) -> ReviewItem:
        """One item.

        Raises:
            NotFound: no such number.
        """
        with self._database.reading() as connection:
            return _get(connection, item_id)

    def versions(self, document_code: str, name: str) -> list[FieldVersion]:
        """Every value a field had, oldest first."""
        query = select(_V).where(_V.c.document_code == document_code, _V.c.name == name)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_V.c.version))
            return [version_of(row) for row in rows]

    # --- taking -----------------------------------------------------------------------------

    def take(self, item_id: int, who: str, minutes: float) -> ReviewItem:
        """Have an item in hand for some minutes.

        Raises:
            ItemTaken: somebody else has it.
            NotFound: no such number.
        """
        with self._database.writing() as connection:
            item = _get(connection, item_id, lock=True)
            _free(item, who)
            return _claim(connection, item, who, minutes)

    def take_next(self, who: str, minutes: float, wanted: Wanted) -> ReviewItem | None:
        """The next item that nobody has in hand and this person may answer, taken."""
        now = dt.datetime.now(dt.UTC)
        free = or_(_I.c.claimed_until.is_(None), _I.c.claimed_until <= now, _I.c.claimed_by == who)
        mine = or_(_I.c.first_by.is_(None), _I.c.first_by != who)
        query = _query(wanted).where(free, mine).limit(1)
        with self._database.writing() as connection:
            row = connection.execute(query.with_for_update(of=_I, skip_locked=True)).first()
            return _claim(connection, item_of(row), who, minutes) if row else None

    def ask(self, document_code: str, name: str, who: str) -> ReviewItem:
        """The item of a field, made if nobody was asked about it yet.

        Raises:
            NotFound: the document has no such field and no such item.
        """
        with self._database.writing() as connection:
            mine = (_I.c.document_code == document_code, _I.c.kind == ItemKind.FIELD)
            row = connection.execute(select(_I).where(*mine, _I.c.name == name)).first()
            if row is not None and row.state != ReviewState.DROPPED:
                return item_of(row)
            doubt = _as_it_stands(connection, document_code, name, who)
            if row is not None:
                connection.execute(update(_I).where(_I.c.id == row.id).values(state="open"))
                return _get(connection, row.id)
            type_code = connection.scalar(select(_D.c.type_code).where(_D.c.code == document_code))
            item_id = add_item(connection, document_code, type_code or "", doubt)
            return _get(connection, item_id)

    # --- answering --------------------------------------------------------------------------

    def settle(self, item_id: int, who: str, verdict: Verdict) -> ReviewItem:
        """Answer an item about a field or a page.

        With ``verdict.two`` the first answer only waits for the second; two that differ leave the
        item open with both as candidates.

        Raises:
            ItemTaken: somebody else has it in hand.
            SecondPersonNeeded: this person has answered it first.
            ItemNotOpen: nothing is asked any more.
            NotFound: no such number.
        """
        with self._database.writing() as connection:
            item = _get(connection, item_id, lock=True)
            _free(item, who)
            if item.state is ReviewState.DROPPED:
                raise ItemNotOpen(
                    item=item_id,
                    detail_vi="lần đọc sau không còn nghi ngờ",
                    detail="a later reading no longer doubts it",
                )
            if item.state is ReviewState.SECOND and item.first:
                if item.first.by == who:
                    raise SecondPersonNeeded(item=item_id, person=who)
                if verdict.words != _words(item):
                    return self._disagreed(connection, item, who, verdict)
            elif verdict.two:
                return self._first(connection, item, who, verdict)
            return self._settled(connection, item, who, verdict)

    def give_type(self, document_code: str, type_code: str, who: str) -> None:
        """Record the type a person gives a document; the item about it is settled."""
        now = dt.datetime.now(dt.UTC)
        mine = (_I.c.document_code == document_code, _I.c.kind == ItemKind.TYPE)
        with self._database.writing() as connection:
            row = connection.execute(select(_D).where(_D.c.code == document_code)).one()
            item = connection.execute(select(_I).where(*mine).with_for_update()).first()
            if item is None:
                doubt = Doubt(
                    ItemKind.TYPE,
                    "",
                    value=row.type_code or "",
                    confidence=row.type_confidence or 0.0,
                    page=1,
                    reasons=(f"asked for by {who}",),
                )
                add_item(connection, document_code, row.type_code or "", doubt)
            else:
                _free(item_of(item), who)
            connection.execute(
                update(_I)
                .where(*mine)
                .values(
                    state=ReviewState.CORRECTED,
                    settled_by=who,
                    settled_at=now,
                    settled_value=type_code,
                    settled_display="",
                    claimed_by=None,
                    claimed_until=None,
                    carried=False,
                )
            )
            connection.execute(
                update(_D).where(_D.c.code == document_code).values(type_code=type_code)
            )
            self._record(
                connection, document_code, who, "review.type", before=row.type_code or "",
                after=type_code,
            )  # fmt: skip

    def given_type(self, document_code: str) -> str | None:
        """The type a person has given a document."""
        query = select(_I.c.settled_value).where(
            _I.c.document_code == document_code,
            _I.c.kind == ItemKind.TYPE,
            _I.c.state.in_(SETTLED),
        )
        with self._database.reading() as connection:
            return connection.scalar(query) or None

    def _first(
        self, connection: Connection, item: ReviewItem, who: str, verdict: Verdict
    ) -> ReviewItem:
        _set(
            connection,
            item.id,
            state=ReviewState.SECOND,
            first_by=who,
            first_answer=verdict.words,
            note=verdict.note,
            claimed_by=None,
            claimed_until=None,
        )
        _refresh(connection, item.document_code)
        self._record(connection, item.document_code, who, "review.first", item=item.id)
        return _get(connection, item.id)

    def _disagreed(
        self, connection: Connection, item: ReviewItem, who: str, verdict: Verdict
    ) -> ReviewItem:
        assert item.first is not None  # noqa: S101 - the state says so
        people = (
            Candidate(item.first.value, 1.0, f"{PERSON} {item.first.by}"),
            Candidate(verdict.value, 1.0, f"{PERSON} {who}"),
        )
        others = [c for c in item.doubt.candidates if not c.source.startswith(PERSON)]
        _set(
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
        self._record(connection, item.document_code, who, "review.disagreed", item=item.id)
        return _get(connection, item.id)

    def _settled(
        self, connection: Connection, item: ReviewItem, who: str, verdict: Verdict
    ) -> ReviewItem:
        as_read = verdict.value == item.doubt.value and not verdict.absent
        missing = verdict.absent and not item.doubt.value
        state = ReviewState.ACCEPTED if as_read or missing else ReviewState.CORRECTED
        _set(
            connection,
            item.id,
            state=state,
            settled_by=who,
            settled_at=dt.datetime.now(dt.UTC),
            settled_value=verdict.value,
            settled_display=verdict.display,
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
        _refresh(connection, item.document_code)
        self._record(connection, item.document_code, who, f"review.{state}", **details)
        return _get(connection, item.id)

    def _record(
        self,
        connection: Connection,
        target: str,
        who: str,
        action: str,
        **details: str | int,
    ) -> None:
        self._audit.append_in(connection, f"{PERSON}:{who}", action, target, **details)

    # --- what follows -----------------------------------------------------------------------

    def awaiting_copy(self) -> list[str]:
        """Stored documents whose answers are complete but not yet in a copy, oldest answer first."""
        waiting = select(_I.c.document_code).where(_I.c.state.in_(WAITING))
        query = (
            select(_I.c.document_code)
            .join(_D, _D.c.code == _I.c.document_code)
            .where(
                _D.c.state == DocumentState.STORED,
                _I.c.state.in_(SETTLED),
                _I.c.carried.is_(False),
                _I.c.document_code.not_in(waiting),
            )
            .group_by(_I.c.document_code)
            .order_by(func.min(_I.c.settled_at))
        )
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def recall(self, document_code: str) -> None:
        """The copy made last does not hold all answers: it is to be made again."""
        mine = (_I.c.document_code == document_code, _I.c.state.in_(SETTLED))
        with self._database.writing() as connection:
            connection.execute(update(_I).where(*mine).values(carried=False))

    def labelled(self, since: dt.datetime | None = None) -> list[LabelledValue]:
        """The labelled material that was collected, oldest first."""
        query = select(_L).order_by(_L.c.settled_at, _L.c.item_id)
        if since is not None:
            query = query.where(_L.c.settled_at >= since)
        with self._database.reading() as connection:
            return [
                LabelledValue(
                    r.document_code,
                    r.original_sha256,
                    r.type_code,
                    r.field,
                    r.kind,
                    r.page,
                    r.value_read,
                    r.value_settled,
                    r.confidence,
                    r.settled_at,
                )
                for r in connection.execute(query)
            ]


def _query(wanted: Wanted) -> Select[Any]:
    query = (
        select(_I)
        .join(_D, _D.c.code == _I.c.document_code)
        .order_by(_D.c.created_at, _D.c.code, _I.c.id)
    )
    if wanted.states:
        query = query.where(_I.c.state.in_(wanted.states))
    for column, value in (
        (_D.c.dossier_code, wanted.dossier),
        (_D.c.code, wanted.document),
        (_D.c.type_code, wanted.type_code),
        (_I.c.name, wanted.field),
    ):
        if value is not None:
            query = query.where(column == value)
    return query


def _get(connection: Connection, item_id: int, *, lock: bool = False) -> ReviewItem:
    query = select(_I).where(_I.c.id == item_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(kind="mục cần xem / review item", value=item_id)
    return item_of(row)


def _set(connection: Connection, item_id: int, **values: Any) -> None:
    connection.execute(update(_I).where(_I.c.id == item_id).values(**values))


def _free(item: ReviewItem, who: str) -> None:
    holder = item.held_by(dt.datetime.now(dt.UTC))
    if holder not in (None, who) and item.claimed_until:
        until = item.claimed_until.astimezone().strftime("%H:%M")
        raise ItemTaken(item=item.id, holder=holder, until=until)


def _claim(connection: Connection, item: ReviewItem, who: str, minutes: float) -> ReviewItem:
    if item.state not in WAITING:
        return item
    until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    _set(connection, item.id, claimed_by=who, claimed_until=until)
    return replace(item, claimed_by=who, claimed_until=until)


def _words(item: ReviewItem) -> dict[str, Any]:
    first = item.first
    assert first is not None  # noqa: S101 - the caller has looked
    return {"value": first.value, "display": first.display, "absent": first.absent}


def _as_it_stands(connection: Connection, document_code: str, name: str, who: str) -> Doubt:
    row = connection.execute(
        select(_F).where(_F.c.document_code == document_code, _F.c.name == name)
    ).first()
    if row is None:
        raise NotFound(kind="trường / field", value=f"{document_code}/{name}")
    known = newest(connection, document_code)
    box = known[name].box if name in known else None
    return Doubt(
        ItemKind.FIELD,
        name,
        row.value,
        row.display,
        row.confidence,
        row.page,
        box,
        reasons=(*row.reasons, f"asked for by {who}"),
    )


def _put_field(
    connection: Connection, item: ReviewItem, who: str, verdict: Verdict
) -> dict[str, str | int]:
    """The document's field as settled, as a new version; how the audit trail names both values."""
    code, name = item.document_code, item.doubt.name
    before = newest(connection, code).get(name)
    same = (_F.c.document_code == code, _F.c.name == name)
    row = connection.execute(select(_F).where(*same)).first()
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


def _refresh(connection: Connection, document_code: str) -> None:
    waiting = waiting_count(connection, document_code) > 0
    connection.execute(update(_D).where(_D.c.code == document_code).values(needs_person=waiting))
