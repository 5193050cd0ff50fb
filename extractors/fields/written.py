"""Fields that a pen filled in: number and day of a paper, number and day of its arrival.

What is written comes from the slots of a page, what is printed beside it (symbol, month, year) from
its words; the calendar, the time of a digital signature and the register bound what it can be.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.document_number import DocumentNumber
from dossiers.reading import Candidate, Field, FieldSource, PageReading, Slot, SlotKind
from extractors.fields.evidence import Evidence, Finding
from extractors.handwriting.blanks import HANDWRITING, Blank, find_blanks
from extractors.types import DocumentType, FieldKind, Zone

SIGNED_AT = "signed_at"
"""Hint: when the paper was first signed digitally (ISO 8601); it was issued then or before."""
NUMBER_FROM, NUMBER_TO = "number_from", "number_to"
"""Hints: the register's numbers between which this one must lie, both included."""
INCOMING_NUMBER, INCOMING_DATE = "incoming_number", "incoming_date"

_MOST_CANDIDATES = 5
# Where nothing is to be read, or figures are missing, a person must look.
_UNREAD = 0.1
# Guesses worse than this are no help to anybody; nobody asks for the stamp's number.
_WORTH_SHOWING = 0.3
# Papers are signed on the day they are numbered, or within some days; scans of old ones at any time.
_LAGS = ((0, 0.5), (1, 0.25), (2, 0.12), (3, 0.08), (7, 0.05), (14, 0.02), (31, 0.006))
_ANY_LAG, _BEFORE_ISSUE = 0.002, 2e-5
_OUT_OF_ORDER = 0.02
# What is known from elsewhere takes away at most this share of the doubt.
_BELIEF = 0.65
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class _Place:
    page: PageReading
    slots: Mapping[SlotKind, Slot]
    blanks: Mapping[SlotKind, Blank]


def written(
    kind: DocumentType,
    findings: Mapping[str, Finding],
    pages: Sequence[PageReading],
    sure_of_type: float,
    hints: Mapping[str, str],
) -> dict[str, Finding]:
    """The findings, those a pen filled in taken from the slots of the pages.

    Args:
        kind: the type of the paper.
        findings: as found in print; for what was written they hold what print made of ink.
        pages: as read.
        sure_of_type: confidence of the type, 0 to 1.
        hints: may hold :data:`SIGNED_AT`, :data:`NUMBER_FROM`, :data:`NUMBER_TO`.
    """
    merged = dict(findings)
    share = 0.7 + 0.3 * sure_of_type
    for place in map(_place, (page for page in pages if page.slots)):
        for name, field in _read(kind, place, hints).items():
            if name in merged and merged[name].field.source is FieldSource.CODE:
                continue
            merged[name] = _finding(kind, field, round(field.confidence * share, 4), sure_of_type)
    return merged


def _finding(kind: DocumentType, field: Field, sure: float, sure_of_type: float) -> Finding:
    """A field with the probability that the reader of handwriting gave it."""
    declared = kind.field(field.name)
    evidence = Evidence(
        kind=declared.kind if declared else FieldKind.TEXT,
        source=FieldSource.PEN,
        mean=sure,
        worst=sure,
        fit=1.0,
        validity=1.0,
        type=sure_of_type,
        letters=sum(letter.isalnum() for letter in field.value),
        given=sure,
    )
    return Finding(field, evidence)


def _place(page: PageReading) -> _Place:
    slots: dict[SlotKind, Slot] = {}
    for slot in page.slots:
        slots.setdefault(slot.kind, slot)
    blanks = find_blanks(page.words, page.height, page.skew)
    return _Place(page, slots, {blank.kind: blank for blank in blanks})


def _read(kind: DocumentType, place: _Place, hints: Mapping[str, str]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    names = {field.zone: field.name for field in kind.fields if field.zone}
    if Zone.NUMBER in names and SlotKind.NUMBER in place.slots:
        field = _number(names[Zone.NUMBER], place, hints)
        if field:
            found[field.name] = field
    if Zone.ISSUE_DATE in names and {SlotKind.DAY, SlotKind.MONTH} & place.slots.keys():
        field = _issue_date(names[Zone.ISSUE_DATE], place, hints)
        if field:
            found[field.name] = field
    if not kind.card:
        found |= _incoming(place)
    return found


def _number(name: str, place: _Place, hints: Mapping[str, str]) -> Field | None:
    slot, blank = place.slots[SlotKind.NUMBER], place.blanks.get(SlotKind.NUMBER)
    if blank is None:
        return None
    symbol = blank.tail.lstrip("/|").strip()
    weighed = _weighed(
        [(c.value, c.confidence) for c in slot.candidates],
        lambda figures: _in_order(int(figures), hints),
    )
    values = [(_whole(figures, symbol), chance) for figures, chance in weighed]
    raw = f"{blank.text} {blank.tail}".strip()
    if slot.empty or not values:
        reason = "no number is written" if slot.empty else "the written number is not to be read"
        return _field(name, f"/{symbol}", raw, _UNREAD, place, slot, [], reason)
    # Ink that runs over the symbol spoils it, and may hide a figure behind its stroke.
    clear = blank.tail_confidence**2
    (value, valid), chance = values[0]
    sure = chance * clear * (1.0 if valid else 0.3)
    others = [(text, chance * clear) for (text, _), chance in values]
    return _field(name, value, raw, sure, place, slot, others, f"the number is {_how(slot)}")


def _how(slot: Slot) -> str:
    by_hand = not slot.candidates or slot.candidates[0].source == HANDWRITING
    return "written by hand" if by_hand else "set by the signing software"


def _whole(figures: str, symbol: str) -> tuple[str, bool]:
    """Number and symbol as one, and whether they are one by the rules."""
    text = f"{figures}/{symbol}"
    try:
        return str(DocumentNumber.parse(text)), True
    except InvalidIdentifier:
        return text, False


def _in_order(number: int, hints: Mapping[str, str]) -> float:
    low, high = int(hints.get(NUMBER_FROM, 0)), int(hints.get(NUMBER_TO, 10**9))
    return 1.0 if low <= number <= high else _OUT_OF_ORDER


def _issue_date(name: str, place: _Place, hints: Mapping[str, str]) -> Field | None:
    written = place.slots.get(SlotKind.DAY) or place.slots[SlotKind.MONTH]
    blanks = place.blanks
    year = blanks.get(SlotKind.YEAR)
    printed_year = _YEAR.fullmatch(year.text) if year else None
    if year is None or printed_year is None:
        return None
    days, months = (_of_calendar(place, kind) for kind in (SlotKind.DAY, SlotKind.MONTH))
    dates = []
    for day, day_sure in days:
        for month, month_sure in months:
            try:
                date = dt.date(int(printed_year[0]), int(month), int(day))
            except ValueError:
                continue  # no day of the calendar
            dates.append((date.isoformat(), day_sure * month_sure * year.confidence))
    signed = _signed(hints)
    weighed = _weighed(
        dates,
        lambda iso: 1.0 if signed is None else _lag((signed - dt.date.fromisoformat(iso)).days),
    )
    raw = " ".join(
        f"{label} {blanks[kind].text}".strip()
        for label, kind in (("ngày", SlotKind.DAY), ("tháng", SlotKind.MONTH), ("năm", SlotKind.YEAR))
        if kind in blanks
    )  # fmt: skip
    if not weighed:
        reason = "no day is written" if written.empty else "the written day is not to be read"
        return _field(name, raw, raw, _UNREAD, place, written, [], reason)
    value, sure = weighed[0]
    reason = f"the {written.kind} is {_how(written)}"
    if signed is not None:
        reason += f"; the paper was signed on {signed.isoformat()}"
    return _field(name, value, raw, sure, place, written, weighed, reason)


def _of_calendar(place: _Place, kind: SlotKind) -> list[tuple[str, float]]:
    """Values of a part of the date and how sure each is: as written, or as printed."""
    slot = place.slots.get(kind)
    if slot is not None:
        return [(c.value, c.confidence) for c in slot.candidates]
    blank = place.blanks.get(kind)
    digits = re.sub(r"\D", "", blank.text) if blank else ""
    most = 12 if kind is SlotKind.MONTH else 31
    if blank and digits and len(digits) <= 2 and 1 <= int(digits) <= most:
        return [(digits, blank.confidence)]
    return []


def _signed(hints: Mapping[str, str]) -> dt.date | None:
    try:
        return dt.datetime.fromisoformat(hints[SIGNED_AT]).date()
    except (KeyError, ValueError):
        return None


def _lag(days: int) -> float:
    """How likely a paper was signed so many days after the date it bears."""
    if days < 0:
        return _BEFORE_ISSUE
    return next((weight for most, weight in _LAGS if days <= most), _ANY_LAG)


def _weighed(
    values: Sequence[tuple[str, float]], weight_of: Callable[[str], float]
) -> list[tuple[str, float]]:
    """Probabilities weighed by what else is known (Bayes), likeliest first.

    What the reader holds for none of the values keeps the middle weight of them all: it may be any.
    """
    if not values:
        return []
    weights = [weight_of(value) for value, _ in values]
    middle = sum(weights) / len(weights)
    rest = max(0.0, 1 - sum(chance for _, chance in values)) * middle
    whole = rest + sum(w * chance for w, (_, chance) in zip(weights, values, strict=True))
    if whole <= 0:
        return list(values)
    weighed = [
        (value, min(w * chance / whole, 1 - (1 - chance) * (1 - _BELIEF)))
        for w, (value, chance) in zip(weights, values, strict=True)
    ]
    return sorted(weighed, key=lambda item: -item[1])


def _incoming(place: _Place) -> dict[str, Field]:
    found: dict[str, Field] = {}
    number = place.slots.get(SlotKind.INCOMING_NUMBER)
    if number and number.candidates and number.candidates[0].confidence >= _WORTH_SHOWING:
        values = [(c.value, c.confidence) for c in number.candidates]
        value, sure = values[0]
        found[INCOMING_NUMBER] = _field(
            INCOMING_NUMBER, value, value, sure, place, number, values, "of the incoming stamp"
        )
    kinds = (SlotKind.INCOMING_DAY, SlotKind.INCOMING_MONTH, SlotKind.INCOMING_YEAR)
    parts = [place.slots.get(kind) for kind in kinds]
    if all(part and part.candidates for part in parts):
        day, month, year = (part.candidates for part in parts if part)
        dates = []
        for d in day:
            for m in month[:2]:
                for y in year[:2]:
                    try:
                        date = dt.date(int(y.value), int(m.value), int(d.value))
                    except ValueError:
                        continue
                    sure = min(d.confidence, m.confidence, y.confidence)
                    dates.append((date.isoformat(), sure))
        dates.sort(key=lambda item: -item[1])
        if dates and parts[0] and dates[0][1] >= _WORTH_SHOWING:
            value, sure = dates[0]
            found[INCOMING_DATE] = _field(
                INCOMING_DATE, value, value, sure, place, parts[0], dates, "of the incoming stamp"
            )
    return found


def _field(
    name: str,
    value: str,
    raw: str,
    sure: float,
    place: _Place,
    slot: Slot,
    others: Sequence[tuple[str, float]],
    reason: str,
) -> Field:
    # The slot's own reading first; all that may stand there is for the reviewer.
    source = slot.candidates[0].source if slot.candidates else ""
    candidates = tuple(
        Candidate(text, round(chance, 4), source) for text, chance in others[:_MOST_CANDIDATES]
    )
    return Field(
        name, value, raw, sure, place.page.number, slot.box, FieldSource.PEN, (reason,),
        candidates=candidates,
    )  # fmt: skip
