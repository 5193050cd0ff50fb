"""What people answer to review items, and what follows at once: values checked, links re-made.

The new version of the copy follows when nothing is left to answer: by the next run of
:mod:`flows.digitise`, or by :func:`finish`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import unicodedata
from dataclasses import dataclass, replace

from dossiers.contract import DossierReport
from dossiers.errors import (
    CopyUnderWay,
    DossierUnderWay,
    NotFound,
    NothingToAccept,
    PageHasNoValue,
    ReviewUnfinished,
    TypeIsGiven,
    ValueRefused,
)
from dossiers.reading import DocumentReading, PageReading, TypeMatch
from dossiers.review import ItemKind, ReviewState
from dossiers.text import fold
from extractors.fields.grammars.value import Value
from extractors.fields.located import made_out_on
from extractors.fields.values import normalise
from extractors.types import DocumentTypes, FieldKind, FieldType
from flows.digitise import digitise_dossier, understood
from flows.holding import held
from flows.linking import link_subjects
from flows.page_readings import pages_of, read_now
from flows.peers import people_kept
from flows.progress import Progress
from flows.services import Services
from storage.answers import Verdict
from storage.documents import DocumentRecord
from storage.review import Wanted
from storage.review_items import ReviewItem

# Below this validity a text cannot be a value of its kind (extractors.fields.grammars).
_LEAST = 0.5


@dataclass(frozen=True, slots=True)
class Answered:
    """An item after an answer, and how many items of its document still wait for a person."""

    item: ReviewItem
    waiting: int


def item_of(services: Services, reference: str, who: str) -> ReviewItem:
    """The item of a number, or of ``DOCUMENT/FIELD`` (asked about now if it was not before).

    Raises:
        NotFound: there is neither.
    """
    document, slash, field = reference.rpartition("/")
    if slash:
        return services.ledger.review.ask(document, field, who)
    try:
        return services.ledger.review.get(int(reference.lstrip("#")))
    except ValueError:
        raise NotFound(kind="mục cần xem / review item", value=reference) from None


def accept(services: Services, reference: str, who: str, *, absent: bool = False) -> Answered:
    """The value is as read; or, with ``absent``, the paper has none.

    Raises:
        NothingToAccept, TypeIsGiven, PageHasNoValue: that is no answer to what is asked.
        ItemTaken, SecondPersonNeeded, NotFound: see :meth:`storage.review.Review.settle`.
    """
    item = item_of(services, reference, who)
    if item.doubt.kind is ItemKind.TYPE:
        raise TypeIsGiven(item=item.id, document=item.document_code)
    if absent and item.doubt.kind is ItemKind.PAGE:
        raise PageHasNoValue(item=item.id)
    if item.doubt.kind is ItemKind.FIELD and not absent and not item.doubt.value:
        raise NothingToAccept(item=item.id)
    if absent or item.doubt.kind is ItemKind.PAGE:
        return _settle(services, item, who, Value("", 1.0), absent=absent)
    kept = services.ledger.documents.fields(item.document_code).get(item.doubt.name)
    value = Value(item.doubt.value, 1.0, display=item.doubt.display)
    if kept is not None and kept.field.value == value.text:
        value = replace(value, place=kept.field.place, agency_code=kept.field.agency_code)
    return _settle(services, item, who, value)


def correct(
    services: Services, reference: str, text: str, who: str, force: str | None = None
) -> Answered:
    """The value is another; it is held against the grammar of its field.

    Args:
        services: the rooms.
        reference: which item.
        text: as a person writes it.
        who: who says so.
        force: why a text is right that cannot be a value of its kind; it is kept as written.

    Raises:
        ValueRefused: the text cannot be such a value, and nobody forces it.
        TypeIsGiven, PageHasNoValue: the item asks for no value.
        ItemTaken, SecondPersonNeeded, NotFound: see :meth:`storage.review.Review.settle`.
    """
    item = item_of(services, reference, who)
    if item.doubt.kind is ItemKind.TYPE:
        raise TypeIsGiven(item=item.id, document=item.document_code)
    if item.doubt.kind is ItemKind.PAGE:
        raise PageHasNoValue(item=item.id)
    kind = services.types.get(services.ledger.documents.get(item.document_code).type_code)
    as_of = made_out_on(_as_kept(services, item.document_code).fields)
    declared = kind.field(item.doubt.name) if kind else None
    value = checked(declared, item.doubt.name, text, as_of, forced=force is not None)
    return _settle(services, item, who, value, note=force)


def checked(
    declared: FieldType | None,
    name: str,
    text: str,
    as_of: dt.date | None = None,
    *,
    forced: bool = False,
) -> Value:
    """What a person entered, normalised; ``as_of`` is the paper's day.

    Raises:
        ValueRefused: it cannot be such a value, or holds what nobody can type.
    """
    text = unicodedata.normalize("NFC", text.strip())
    title = declared.title.vi if declared else name
    if not text or any(unicodedata.category(letter) == "Cc" for letter in text):
        reason = "empty, or with characters nobody can type"
        raise ValueRefused(value=text, field=title, reason=reason)
    if declared is None or forced:
        return Value(text, 1.0)
    value = normalise(declared, text, as_of)
    if value.validity < _LEAST or _padded(declared, text, value.text):
        reason = value.reason or "not a value of its kind"
        raise ValueRefused(value=text, field=title, reason=reason)
    return value


def _padded(declared: FieldType, text: str, value: str) -> bool:
    """A missing nought may be guessed while reading; a person is asked to type it."""
    if declared.kind not in (FieldKind.PERSONAL_NUMBER, FieldKind.IDENTITY_DOCUMENT):
        return False
    return sum(c.isdigit() for c in value) > sum(c.isdigit() for c in text)


def _declared(services: Services, item: ReviewItem) -> FieldType | None:
    document = services.ledger.documents.get(item.document_code)
    kind = services.types.get(document.type_code)
    return kind.field(item.doubt.name) if kind else None


def _settle(
    services: Services,
    item: ReviewItem,
    who: str,
    value: Value,
    *,
    absent: bool = False,
    note: str | None = None,
) -> Answered:
    document = services.ledger.documents.get(item.document_code)
    declared = _declared(services, item)
    review = services.settings.review
    verdict = Verdict(
        value.text,
        value.display,
        absent,
        note,
        two=bool(declared and declared.key and review.two_people(document.type_code)),
        kind=declared.kind if declared else "",
        collect=review.collect,
        place=value.place,
        agency_code=value.agency_code,
    )
    settled = services.ledger.review.settle(item.id, who, verdict)
    if settled.state not in (ReviewState.OPEN, ReviewState.SECOND):
        relink(services, document)
    return Answered(settled, len(waiting(services, document.code)))


def waiting(services: Services, document_code: str) -> list[ReviewItem]:
    """The items of a document that wait for a person."""
    return services.ledger.review.items(Wanted(document=document_code))


def relink(services: Services, document: DocumentRecord) -> None:
    """Link a document anew by the values that hold now."""
    dossier = services.ledger.dossiers.get(document.dossier_code)
    link_subjects(services, dossier, document, _as_kept(services, document.code))


def _as_kept(services: Services, code: str) -> DocumentReading:
    """Type and fields of a document as the ledger has them, without its pages."""
    document = services.ledger.documents.get(code)
    kept = services.ledger.documents.fields(code)
    return DocumentReading(
        document.original_name,
        (),
        TypeMatch(document.type_code or "", document.type_confidence or 0.0),
        {name: own.field for name, own in kept.items()},
        tuple(name for name, own in kept.items() if own.doubtful),
    )


def give_type(services: Services, document_code: str, named: str, who: str) -> list[ReviewItem]:
    """The document is of this type: it is understood anew, and linked by what that finds.

    Args:
        services: the rooms.
        document_code: which document.
        named: the type's code, its name or an alias.
        who: who says so.

    Returns:
        What now waits for a person.

    Raises:
        NotFound: no such document or type.
        ItemTaken: somebody else has the question in hand.
        DossierUnderWay: the dossier is being digitised, by what was known before.
    """
    ledger = services.ledger
    document = ledger.documents.get(document_code)
    type_code = _type_code(services.types, named)
    with held(services, document.dossier_code, "reviewing") as free:
        if not free:
            raise DossierUnderWay(document=document_code, dossier=document.dossier_code)
        ledger.review.give_type(document_code, type_code, who)
        dossier = ledger.dossiers.get(document.dossier_code)
        peers = people_kept(services, document.dossier_code, [document])
        others = [person for people in peers.values() for person in people]
        reading = understood(services, dossier, document, _pages(services, document), others)
        ledger.documents.save_reading(document_code, reading, move=False)
        relink(services, document)
    return waiting(services, document_code)


def _type_code(types: DocumentTypes, named: str) -> str:
    wanted = fold(named)
    found = [
        kind.code
        for kind in types
        if named == kind.code
        or wanted in (fold(name) for name in (kind.name.vi, kind.name.en, *kind.aliases))
    ]
    if len(found) != 1:
        raise NotFound(kind="loại giấy tờ / document type", value=named)
    return found[0]


def _pages(services: Services, document: DocumentRecord) -> list[PageReading]:
    """The original's pages as they were read; read again where another version of the reader has."""
    from extractors.sources import inspect

    pages = pages_of(services, document.original_sha256)
    if pages:
        return pages
    with services.store.fetched(document.original_key) as source:
        sizes = inspect(source, services.settings.intake, decode=False).page_pixels
        return read_now(services, document.original_sha256, source, sizes)


def finish(services: Services, document_code: str, progress: Progress) -> DossierReport:
    """Make the new version of a document's copy now.

    Raises:
        ReviewUnfinished: items still wait for a person.
        CopyUnderWay: another run has the dossier; it makes the copy, or the next one does.
        NotFound: no such document.
    """
    document = services.ledger.documents.get(document_code)
    left = waiting(services, document_code)
    if left:
        numbers = ", ".join(f"#{item.id}" for item in left)
        raise ReviewUnfinished(document=document_code, count=len(left), items=numbers)
    report = asyncio.run(digitise_dossier(services, document.dossier_code, progress))
    if document_code in services.ledger.review.awaiting_copy():
        raise CopyUnderWay(document=document_code, dossier=document.dossier_code)
    return report
