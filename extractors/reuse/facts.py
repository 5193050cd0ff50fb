"""The best current value of each thing that a person's papers say, and what speaks against it.

Wrong reuse is worse than none. So only papers that surely are the person's are asked, a doubtful value
comes last and is marked, and where papers differ it is said.
"""

from __future__ import annotations

import calendar
import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dossiers.reading import Field, FieldSource
from extractors.reuse.vocabulary import Meaning, Vocabulary
from extractors.types import DocumentType, Validity

_STRENGTH = {
    FieldSource.PERSON: 3,
    FieldSource.CODE: 2,
    FieldSource.MANIFEST: 1,
    FieldSource.LABEL: 0,
    FieldSource.PEN: 0,
    FieldSource.ZONE: 0,
}
# Since then communes and provinces are others (NQ 202/2025/QH15, NQ 1655/NQ-UBTVQH15 and others).
_REFORM = dt.date(2025, 7, 1)
# Grave, acute, hook above, tilde, dot below: where they stand on a syllable is custom (hòa, hoà).
_TONES = "\u0300\u0301\u0309\u0303\u0323"


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a person: its fields, those that are doubtful, and the type's rules for it."""

    document: str
    kind: DocumentType
    fields: Mapping[str, Field]
    doubtful: frozenset[str]


@dataclass(frozen=True, slots=True)
class Statement:
    """What one paper says of one thing: the value, and everything that tells how far to believe it.

    ``dated`` is the day the paper said so, ``expired`` since when the paper no longer holds,
    ``changed`` what was entered on it afterwards.
    """

    meaning: str
    document: str
    type_code: str
    field: Field
    doubtful: bool
    stated: bool
    dated: dt.date | None
    expired: dt.date | None
    changed: str = ""

    @property
    def shown(self) -> str:
        """The value as people write it."""
        if self.field.display:
            return self.field.display
        try:
            return f"{dt.date.fromisoformat(self.field.value):%d/%m/%Y}"
        except ValueError:
            return self.field.value


@dataclass(frozen=True, slots=True)
class Fact:
    """The best statement of one thing, and the others.

    ``conflicts`` differ from it and cannot be explained by having been true at another time;
    ``deceased`` that a paper says the person has died.
    """

    meaning: Meaning
    best: Statement
    others: tuple[Statement, ...]
    conflicts: tuple[Statement, ...]
    deceased: bool = False

    @property
    def reusable(self) -> bool:
        """Whether it may be filled in unseen: passed, uncontested, and as current as it must be."""
        stale = self.best.expired is not None and self.meaning.changes
        contested = self.best.doubtful or self.conflicts
        elsewhere = self.meaning.confirm or self.deceased or self.best.changed
        return not (contested or stale or self.renamed or elsewhere)

    @property
    def renamed(self) -> bool:
        """Whether an address of today is told by units that ended on 30 June 2025."""
        if not self.meaning.today:
            return False
        place = self.best.field.place
        if place is not None and place.ward_code is not None:
            return place.as_of < _REFORM
        return (self.best.dated or dt.date.min) < _REFORM


def facts_about(
    number: str, papers: Iterable[Paper], vocabulary: Vocabulary, today: dt.date
) -> dict[str, Fact]:
    """What the papers say about the person of a number, by meaning, in the vocabulary's order."""
    said: dict[str, list[Statement]] = {}
    deceased = False
    for paper in papers:
        for statement in _statements(number, paper, vocabulary, today):
            said.setdefault(statement.meaning, []).append(statement)
            deceased = deceased or paper.kind.code in vocabulary.deaths
    return {
        meaning.name: _fact(meaning, said[meaning.name], deceased=deceased)
        for meaning in vocabulary.meanings
        if meaning.name in said
    }


def _statements(
    number: str, paper: Paper, vocabulary: Vocabulary, today: dt.date
) -> Iterable[Statement]:
    dated = next((day for name in vocabulary.dates if (day := _day(paper, name))), None)
    ended = _ended(paper, today)
    for person in vocabulary.people_on(paper.kind):
        named = paper.fields.get(person.number)
        # A number in doubt may be somebody else's.
        if named is None or named.value != number or person.number in paper.doubtful:
            continue
        entry = paper.fields.get(vocabulary.entries.get(paper.kind.code, ""))
        for meaning, names in person.fields.items():
            itself = paper.kind.code in vocabulary.by_name[meaning].of_type
            for name in names:
                field = paper.fields.get(name)
                if field is not None and field.value:
                    yield Statement(
                        meaning,
                        paper.document,
                        paper.kind.code,
                        field,
                        name in paper.doubtful,
                        paper.kind.code in vocabulary.statements,
                        dated,
                        ended,
                        entry.shown if entry and itself else "",
                    )
                    break


def _fact(meaning: Meaning, said: list[Statement], *, deceased: bool) -> Fact:
    ordered = sorted(said, key=lambda one: _rank(meaning, one), reverse=True)
    best, others = ordered[0], tuple(ordered[1:])
    conflicts = tuple(other for other in others if _against(meaning, best, other))
    return Fact(meaning, best, others, conflicts, deceased)


def _rank(meaning: Meaning, one: Statement) -> tuple[object, ...]:
    """The higher, the more to be believed; the document's code last, so that the order is fixed."""
    strength = _STRENGTH[one.field.source], one.field.confidence
    dated = one.dated or dt.date.min
    confirmed = meaning.stated or not one.stated
    first = (not one.doubtful, confirmed)
    if meaning.changes:
        return (*first, one.expired is None, dated, *strength, one.document)
    return (*first, *strength, dated, one.document)


def _against(meaning: Meaning, best: Statement, other: Statement) -> bool:
    if same_value(best.field, other.field):
        return False
    if not meaning.changes:
        # Somebody has looked at the paper; what was only read differs from that.
        settled = best.field.source is FieldSource.PERSON
        return not other.doubtful and not (settled and other.field.source is not best.field.source)
    if other.stated and not meaning.stated:
        return False
    # What was true earlier is no conflict; what may be newer is, even if it was read badly.
    return (other.dated or dt.date.max) >= (best.dated or dt.date.min)


def same_value(one: Field, other: Field) -> bool:
    """Whether two fields say the same, capitals and the place of tone marks aside."""
    if _canonical(one.value) == _canonical(other.value):
        return True
    here, there = one.place, other.place
    if here is None or there is None or len(here.now) != 1 or here.now != there.now:
        return False
    if here.now[0].ward_code is None:
        return False
    # One unit under its old and its new name; what stands before it must be the same.
    return _canonical(one.value.partition(",")[0]) == _canonical(other.value.partition(",")[0])


def _canonical(text: str) -> tuple[tuple[str, str], ...]:
    words = unicodedata.normalize("NFD", text.casefold().replace(",", " ")).split()
    return tuple(
        (
            "".join(letter for letter in word if letter not in _TONES),
            "".join(sorted(letter for letter in word if letter in _TONES)),
        )
        for word in words
    )


def _day(paper: Paper, name: str) -> dt.date | None:
    field = paper.fields.get(name)
    if field is None or name in paper.doubtful:
        return None
    try:
        return dt.date.fromisoformat(field.value)
    except ValueError:
        return None


def _ended(paper: Paper, today: dt.date) -> dt.date | None:
    """Since when a paper no longer holds; ``None`` while it does, or where nothing says so."""
    validity = paper.kind.validity
    if validity is None:
        return None
    end = _end(validity, paper)
    return end if end and end < today else None


def _end(validity: Validity, paper: Paper) -> dt.date | None:
    if validity.ended is not None:
        return validity.ended
    if validity.until is not None:
        return _day(paper, validity.until)
    begin = _day(paper, validity.after or "")
    return _months_later(begin, validity.months or 0) if begin else None


def _months_later(day: dt.date, months: int) -> dt.date:
    """The same day some months on, or the month's last (BLDS 2015, Điều 148)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
