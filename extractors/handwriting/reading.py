"""What the pen wrote into the frames of a page, as slots with calibrated candidates."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dossiers.reading import Box, Candidate, Slot, SlotKind, Word
from extractors.connected import Grey
from extractors.handwriting.blanks import HANDWRITING, Blank, find_blanks
from extractors.handwriting.decode import SLASHES, Written
from extractors.handwriting.model import PenReader, evidence
from extractors.handwriting.strip import cut, is_bare

_EMPTY = 0.8
# From this share of printed figures on a blank is the printer's, if the reader of print reads it well;
# from the lower one, if both readers read the same.
_PRINTED, _READ_WELL = 0.8, 0.6
_MAYBE_PRINTED, _READ_SURELY = 0.3, 0.9
# How much of the doubt it takes away that the reader of print says the same of ink.
_AGREED = 0.4
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(20\d\d|\d\d)/?")
# What is likelier than this says more than print's guess at ink.
_LIKELY = 0.5
_LEAST_CANDIDATE, _MOST_CANDIDATES = 0.002, 5


# A number ends at the stroke of its symbol; numbers and days below ten have a nought before them
# (NĐ 30/2020/NĐ-CP, Phụ lục I): else a figure may have been cut off.
_UNUSUAL = 0.3
# Where the stroke is less likely in a strip than this, it is looked for so many x-heights further.
_STROKE_SEEN, _FURTHER = 0.5, 2.5
_BARE = Written((("", 1.0),), 0.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """A blank with what may stand in it: values and probabilities, and what speaks for the first.

    ``nothing`` is the probability that it is empty, ``printed`` how much of it looks printed,
    ``usual`` tells (1) that the first is written as offices write it, or less that it may be cut off.
    """

    blank: Blank
    values: tuple[tuple[str, float], ...]
    nothing: float
    printed: float
    evidence: tuple[float, ...]
    usual: float = 1.0

    @property
    def agreed(self) -> bool:
        """Whether the reader of print says the same as the likeliest value."""
        return bool(self.values) and print_says(self.blank) == self.values[0][0]


def read_slots(
    grey: Grey,
    dpi: float,
    words: Sequence[Word],
    skew: float,
    reader: PenReader,
) -> tuple[Slot, ...]:
    """The slots of one upright page that a pen wrote into, or left empty; printed ones have none.

    Args:
        grey: the upright page, not straightened.
        dpi: its resolution.
        words: what the reader of print made of it, in points.
        skew: how far its lines fall to the right, in degrees.
        reader: of handwriting.
    """
    blanks = find_blanks(words, grey.shape[0] * 72 / dpi, skew)
    readings = read_blanks(grey, dpi, blanks, reader)
    return tuple(slot for slot in (slot_of(r, reader) for r in readings) if slot)


def rewritten(words: Sequence[Word], slots: Iterable[Slot]) -> tuple[Word, ...]:
    """The words, those that print made of ink replaced by what the pen wrote, where that is likely."""
    kept = list(words)
    for slot in slots:
        if not slot.candidates or slot.candidates[0].confidence < _LIKELY:
            continue
        box = slot.box
        inside = [
            word
            for word in kept
            if box.x0 <= word.box.centre[0] <= box.x1 and box.y0 <= word.box.centre[1] <= box.y1
        ]
        if not inside:
            continue
        first, written = inside[0], slot.candidates[0]
        around = Box.around(word.box for word in inside)
        at = kept.index(first)
        kept = [word for word in kept if word not in inside]
        kept.insert(at, Word(written.value, around, written.confidence, first.line))
    return tuple(kept)


def read_blanks(
    grey: Grey, dpi: float, blanks: Iterable[Blank], reader: PenReader
) -> list[Reading]:
    """What may stand in each of the blanks."""
    asked = [blank for blank in blanks if blank.kind in _VALUES]
    strips = [cut(grey, blank.frame(dpi)) for blank in asked]
    readings = []
    for blank, strip, written in zip(asked, strips, reader.read(strips), strict=True):
        if is_bare(strip):
            written = _BARE
        elif blank.kind is SlotKind.NUMBER and _stroked(written) < _STROKE_SEEN:
            written = _further(grey, dpi, blank, reader) or written
        readings.append(judge(blank, written))
    return readings


def _further(grey: Grey, dpi: float, blank: Blank, reader: PenReader) -> Written | None:
    """What is read if the blank reaches further: print may have taken ink for the symbol's stroke."""
    x, y = blank.end
    wider = replace(blank, end=(x + _FURTHER * blank.x_height, y))
    (written,) = reader.read([cut(grey, wider.frame(dpi))])
    return written if _stroked(written) >= _STROKE_SEEN else None


def _stroked(written: Written) -> float:
    """How likely a stroke stands behind the figures."""
    return sum(chance for text, chance in written.texts if SLASHES in text)


def value_of(kind: SlotKind, figures: str) -> str | None:
    """What figures mean in a slot of a kind: as written, two-digit days, ISO 8601; or nothing."""
    return _VALUES[kind](figures) if kind in _VALUES else None


def judge(blank: Blank, written: Written) -> Reading:
    """The strings read, as values that may stand in a blank."""
    chances: dict[str, float] = {}
    weighed: dict[str, float] = {}
    nothing = 0.0
    for text, chance in written.texts:
        figures, stroke, _ = text.partition(SLASHES)
        if blank.kind is not SlotKind.NUMBER:
            figures = text
        if not figures:
            nothing += chance
        elif value := value_of(blank.kind, figures):
            chances[value] = chances.get(value, 0.0) + chance
            if blank.kind is SlotKind.NUMBER and not stroke:
                chance *= _UNUSUAL
            if blank.kind in (SlotKind.NUMBER, SlotKind.DAY) and len(figures) == 1:
                chance *= _UNUSUAL
            weighed[value] = weighed.get(value, 0.0) + chance
    order = sorted(weighed, key=lambda value: -weighed[value])
    values = tuple((value, chances[value]) for value in order)
    first = values[0][1] if values else 0.0
    second = values[1][1] if len(values) > 1 else 0.0
    other = max(0.0, 1 - sum(chances.values()))
    usual = weighed[order[0]] / first if first else 1.0
    return Reading(blank, values, nothing, written.printed, evidence(first, second, other), usual)


def print_says(blank: Blank) -> str | None:
    """The value that the reader of print read into the blank, if it read figures."""
    digits = re.sub(r"\D", "", blank.text)
    return (_VALUES[blank.kind](digits) or digits) if digits else None


def slot_of(reading: Reading, reader: PenReader) -> Slot | None:
    """A reading as a slot; ``None`` where print says it all."""
    blank = reading.blank
    kind = blank.kind
    if reading.nothing >= _EMPTY and not blank.text:
        return Slot(kind, blank.box, empty=True)
    legible = print_says(blank) is not None and blank.confidence >= _READ_WELL
    if reading.printed >= _PRINTED and legible:
        return None
    surely = blank.confidence >= _READ_SURELY and reading.agreed
    if reading.printed >= _MAYBE_PRINTED and surely:
        return None
    return Slot(kind, blank.box, candidates_of(reading, reader))


def candidates_of(reading: Reading, reader: PenReader) -> tuple[Candidate, ...]:
    """Values with calibrated probabilities, likeliest first."""
    if not reading.values:
        return ()
    sure = reader.calibration(reading.blank.kind).probability(reading.evidence)
    if reading.agreed:
        sure += (1 - sure) * _AGREED
    sure *= reading.usual
    (first, _), *rest = reading.values
    left = sum(chance for _, chance in rest)
    found = [Candidate(first, round(sure, 4), HANDWRITING)]
    for value, chance in rest[: _MOST_CANDIDATES - 1]:
        share = (1 - sure) * chance / max(left, 1e-9) * 0.8
        if share >= _LEAST_CANDIDATE:
            found.append(Candidate(value, round(min(share, sure), 4), HANDWRITING))
    return tuple(found)


def _number(figures: str) -> str | None:
    """As written, a leading nought kept; registers of a year stay below 100,000."""
    return figures if re.fullmatch(r"\d{1,5}", figures) and int(figures) else None


def _below(most: int) -> Callable[[str], str | None]:
    def value(figures: str) -> str | None:
        if re.fullmatch(r"\d{1,2}", figures) and 1 <= int(figures) <= most:
            return f"{int(figures):02d}"
        return None

    return value


def _arrival(figures: str) -> str | None:
    """``21/3/18`` as ISO 8601; two figures of a year are of this century."""
    match = _DATE.fullmatch(figures)
    if match is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    try:
        return dt.date(year if year > 99 else 2000 + year, month, day).isoformat()
    except ValueError:
        return None


_VALUES: Mapping[SlotKind, Callable[[str], str | None]] = {
    SlotKind.NUMBER: _number,
    SlotKind.DAY: _below(31),
    SlotKind.MONTH: _below(12),
    SlotKind.INCOMING_NUMBER: _number,
    SlotKind.INCOMING_DAY: _arrival,
}
