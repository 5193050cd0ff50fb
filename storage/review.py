"""Review: who looks at what, and what they answer (:mod:`storage.answers`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, update

from dossiers.clock import VIETNAM
from dossiers.errors import ItemDropped, ItemTaken, NotFound, SecondPersonNeeded
from dossiers.reading import Box
from dossiers.review import SETTLED, WAITING, Doubt, ItemKind, ReviewState
from dossiers.states import DocumentState
from storage import tables
from storage.answers import Verdict, answer_first, disagree, first_words, record, refresh, settle
from storage.audit import AuditTrail
from storage.database import Database
from storage.field_versions import FieldVersion, version_of
from storage.review_items import ReviewItem, add_item, asked, item_numbered, item_of, set_item

_D = tables.documents
_F = tables.fields
_I = tables.review_items
_V = tables.field_versions
_L = tables.labelled_values


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items are meant; what is ``None`` does not matter."""

    dossier: str | None = None
    document: str | None = None
    type_code: str | None = None
    field: str | None = None
    states: Collection[ReviewState] = WAITING


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
            return item_numbered(connection, item_id)

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
            item = item_numbered(connection, item_id, lock=True)
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
            type_code = connection.scalar(select(_D.c.type_code).where(_D.c.code == document_code))
            if row is None:
                item_id = add_item(connection, document_code, type_code or "", doubt)
            else:
                item_id = row.id
                if row.page == doubt.page:
                    doubt = replace(doubt, rotation=row.rotation)
                values = asked(type_code or "", doubt)
                set_item(
                    connection, item_id, state=ReviewState.OPEN, first_by=None, first_answer=None,
                    **values,
                )  # fmt: skip
            refresh(connection, document_code)
            return item_numbered(connection, item_id)

    # --- answering --------------------------------------------------------------------------

    def settle(self, item_id: int, who: str, verdict: Verdict) -> ReviewItem:
        """Answer an item about a field or a page.

        With ``verdict.two`` the first answer only waits for the second; two that differ leave the
        item open with both as candidates.

        Raises:
            ItemTaken: somebody else has it in hand.
            SecondPersonNeeded: this person has answered it first.
            ItemDropped: nothing is asked any more.
            NotFound: no such number.
        """
        with self._database.writing() as connection:
            item = item_numbered(connection, item_id, lock=True)
            _free(item, who)
            if item.state is ReviewState.DROPPED:
                raise ItemDropped(item=item_id)
            if item.state is ReviewState.SECOND and item.first:
                if item.first.by == who:
                    raise SecondPersonNeeded(item=item_id, person=who)
                if verdict.words != first_words(item):
                    return disagree(self._audit, connection, item, who, verdict)
            elif verdict.two:
                return answer_first(self._audit, connection, item, who, verdict)
            return settle(self._audit, connection, item, who, verdict)

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
            record(
                self._audit, connection, document_code, who, "review.type", before=row.type_code or "",
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
        .where(_D.c.state != DocumentState.SUPERSEDED)
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


def _free(item: ReviewItem, who: str) -> None:
    holder = item.held_by(dt.datetime.now(dt.UTC))
    if holder not in (None, who) and item.claimed_until:
        until = item.claimed_until.astimezone(VIETNAM).strftime("%H:%M")
        raise ItemTaken(item=item.id, holder=holder, until=until)


def _claim(connection: Connection, item: ReviewItem, who: str, minutes: float) -> ReviewItem:
    if item.state not in WAITING:
        return item
    until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    set_item(connection, item.id, claimed_by=who, claimed_until=until)
    return replace(item, claimed_by=who, claimed_until=until)


def _as_it_stands(connection: Connection, document_code: str, name: str, who: str) -> Doubt:
    row = connection.execute(
        select(_F).where(_F.c.document_code == document_code, _F.c.name == name)
    ).first()
    if row is None:
        raise NotFound(kind="trường / field", value=f"{document_code}/{name}")
    return Doubt(
        ItemKind.FIELD,
        name,
        row.value,
        row.display,
        row.confidence,
        row.page,
        Box(*row.box) if row.box else None,
        reasons=(*row.reasons, f"asked for by {who}"),
    )
