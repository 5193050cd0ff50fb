"""Review as data: what of a reading a person must see, and how a person's answers hold over readings.

Pure: :func:`doubts_of` says what is to be asked of a person, :func:`hold` lays the answers over a
reading. Both work on the same names, so an answer is found again whatever is read anew.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from dossiers.identifiers.place import Place
from dossiers.reading import (
    ASK_A_PERSON,
    TYPE_DENIED,
    UNKNOWN_TYPE,
    Box,
    Candidate,
    DocumentReading,
    Field,
    FieldSource,
    PageOutcome,
)

MISSING = "required but not found on the paper"
_CONTRADICTED = 0.35
_UNREAD = {
    PageOutcome.DOUBTFUL: "the page was read badly",
    PageOutcome.FAILED: "the page could not be read",
}


class ItemKind(StrEnum):
    """What a person is asked about: a value, the document's type, or how a page was read."""

    FIELD = "field"
    TYPE = "type"
    PAGE = "page"


class ReviewState(StrEnum):
    """Where an item stands; ``second`` waits for a second pair of eyes, ``dropped`` needs nobody."""

    OPEN = "open"
    SECOND = "second"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    DROPPED = "dropped"


WAITING = frozenset({ReviewState.OPEN, ReviewState.SECOND})
SETTLED = frozenset({ReviewState.ACCEPTED, ReviewState.CORRECTED})

Key = tuple[ItemKind, str]


@dataclass(frozen=True, slots=True)
class Doubt:
    """One question for a person.

    ``name`` is the field's name, the page's number, or empty for the type. ``page`` and ``box`` (in
    points of the page as displayed) say where to look; ``rotation`` is the clockwise turn that puts
    the original's page upright.
    """

    kind: ItemKind
    name: str
    value: str = ""
    display: str = ""
    confidence: float = 0.0
    page: int | None = None
    box: Box | None = None
    rotation: int = 0
    candidates: tuple[Candidate, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What it is found again by within its document."""
        return self.kind, self.name


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person settled: the value, or that the paper does not have it (``absent``).

    ``seen`` is the value that was read when the person answered, ``type_code`` the document's type.
    """

    kind: ItemKind
    name: str
    value: str
    display: str
    seen: str
    type_code: str
    absent: bool = False
    page: int | None = None
    box: Box | None = None
    place: Place | None = None
    agency_code: str = ""


def doubts_of(reading: DocumentReading) -> list[Doubt]:
    """Everything of a reading that a person must see: the type, pages, fields, in this order."""
    turns = {page.number: page.rotation for page in reading.pages}
    doubts = []
    denied = tuple(problem.en for problem in reading.problems if problem.code == TYPE_DENIED)
    if reading.type.code == UNKNOWN_TYPE:
        denied = ("the document type was not recognised",)
    if denied:
        doubts.append(_type_doubt(reading, turns, denied))
    for page in reading.pages:
        if page.outcome in _UNREAD:
            words = [word.confidence for word in page.words]
            mean = sum(words) / len(words) if words else 0.0
            reasons = (_UNREAD[page.outcome], *(problem.en for problem in page.problems))
            doubts.append(
                Doubt(
                    ItemKind.PAGE,
                    str(page.number),
                    confidence=round(mean, 4),
                    page=page.number,
                    rotation=page.rotation,
                    reasons=reasons,
                )
            )
    doubts += _doubtful_cuts(reading, turns, {doubt.name for doubt in doubts})
    for name in reading.doubtful:
        field = reading.fields.get(name)
        doubts.append(_missing(name) if field is None else _field_doubt(field, turns))
    return doubts


def _doubtful_cuts(
    reading: DocumentReading, turns: Mapping[int, int], told: Set[str]
) -> Iterator[Doubt]:
    """Pages on which another paper may begin; a page that was read badly is asked about once."""
    asked = set(told)
    for problem in reading.problems:
        page = problem.page or min(turns, default=1)
        if problem.code not in ASK_A_PERSON or str(page) in asked:
            continue
        asked.add(str(page))
        turn = turns.get(page, 0)
        yield Doubt(ItemKind.PAGE, str(page), page=page, rotation=turn, reasons=(problem.en,))


def _type_doubt(
    reading: DocumentReading, turns: Mapping[int, int], reasons: tuple[str, ...]
) -> Doubt:
    first = min(turns, default=1)
    return Doubt(
        ItemKind.TYPE,
        "",
        value=reading.type.code,
        confidence=reading.type.confidence,
        page=first,
        rotation=turns.get(first, 0),
        reasons=(*reasons, *reading.type.evidence),
    )


def _missing(name: str) -> Doubt:
    return Doubt(ItemKind.FIELD, name, reasons=(MISSING,))


def _field_doubt(field: Field, turns: Mapping[int, int]) -> Doubt:
    return Doubt(
        ItemKind.FIELD,
        field.name,
        field.value,
        field.display,
        field.confidence,
        field.page,
        field.box,
        turns.get(field.page or 0, 0),
        field.candidates,
        field.reasons or (f"read with a confidence of {int(field.confidence * 100)} %",),
    )


def hold(reading: DocumentReading, answers: Iterable[Answer]) -> DocumentReading:
    """The reading with what people have settled; their answers outlive a repeated reading.

    An answer holds while the paper reads as it did, or reads doubtfully. A reading that is sure of
    another value than a person does not win and does not lose: the field is doubtful again, with both.
    """
    fields = dict(reading.fields)
    doubtful = dict.fromkeys(reading.doubtful)
    for answer in answers:
        if answer.kind is not ItemKind.FIELD:
            continue
        name = answer.name
        known = name in fields or name in doubtful
        if not known and answer.type_code != reading.type.code:
            continue
        read = fields.get(name)
        if read and _contradicts(read, answer, sure=name not in doubtful):
            fields[name] = _both(read, answer)
            doubtful[name] = None
            continue
        doubtful.pop(name, None)
        if answer.absent:
            fields.pop(name, None)
        else:
            fields[name] = _settled(read, answer)
    problems = reading.problems
    if not any(name not in fields for name in doubtful):
        problems = tuple(problem for problem in problems if problem.code != "field_missing")
    return dataclasses.replace(reading, fields=fields, doubtful=tuple(doubtful), problems=problems)


def _contradicts(read: Field, answer: Answer, *, sure: bool) -> bool:
    return sure and read.value not in (answer.value, answer.seen)


def _both(read: Field, answer: Answer) -> Field:
    confidence = min(read.confidence, _CONTRADICTED)
    if answer.absent:
        reason = "contradiction: a person found no such value on the paper"
        return dataclasses.replace(read, confidence=confidence, reasons=(*read.reasons, reason))
    reason = "contradiction: a person said otherwise"
    person = Candidate(answer.value, 1.0, FieldSource.PERSON.value)
    return dataclasses.replace(
        read,
        confidence=confidence,
        reasons=(*read.reasons, reason),
        candidates=(person, *read.candidates),
    )


def _settled(read: Field | None, answer: Answer) -> Field:
    agreed = answer.value == answer.seen
    return Field(
        answer.name,
        answer.value,
        read.raw if read else "",
        1.0,
        read.page if read else answer.page,
        read.box if read else answer.box,
        FieldSource.PERSON,
        ("confirmed by a person" if agreed else "corrected by a person",),
        answer.display,
        place=answer.place,
        agency_code=answer.agency_code,
    )
