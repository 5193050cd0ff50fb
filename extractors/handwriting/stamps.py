"""The receiver's stamp ``CÔNG VĂN ĐẾN``: found, kept out of the page's text, its blanks read.

┌──────────────────────┐
│ UBND XÃ …            │     NĐ 30/2020/NĐ-CP, Phụ lục IV: name of the receiver,
│ CÔNG VĂN ĐẾN         │     „ĐẾN“, number, day, and to whom it was passed on
│ Số: ...2352......... │
│ Ngày: ..21./.3./.18. │
│ Chuyển: ............ │
└──────────────────────┘
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dossiers.reading import Box, Candidate, Slot, SlotKind, Word
from dossiers.text import fold
from extractors.connected import Grey
from extractors.handwriting.blanks import HANDWRITING, Blank, Spelled
from extractors.handwriting.model import PenReader
from extractors.handwriting.reading import candidates_of, judge
from extractors.handwriting.strip import cut

_SO = re.compile(r"[sS5]\s?[oO0]\s?[:;.,]")
_NGAY = re.compile(r"[nN]g.[yv]\s?[:;.,]*")
_CHUYEN = re.compile(r"[cC]h[uo]y[eêé]n|[cC]huy.n")
_DEN = re.compile(r"(?:cong van |cv )?den\W*|c[vy]\W*")

# In x-heights of the stamp's print.
_ALIGNED, _ROW, _ROWS = 2.6, (1.6, 7.0), 14.0
_REACH, _LEAST_REACH, _ABOVE = 26.0, 7.0, 9.0
# Letters read worse than this inside a stamp are its own, whatever line they were read into.
_ITS_OWN = 0.6
_DARK, _RULED = 150, 0.55
# Blanks of stamps are crossed by leaders and pressed over print: nothing in them passes unseen.
_MOST_SURE = 0.8


@dataclass(frozen=True, slots=True)
class Stamp:
    """An incoming stamp: around it, and where its number and day are filled in, in points."""

    box: Box
    number: Blank | None
    day: Blank

    def left_out(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """The words of a page without the stamp's."""
        inside: dict[int, list[bool]] = {}
        for word in words:
            inside.setdefault(word.line, []).append(self._holds(word))
        return tuple(
            word
            for word in words
            if not self._holds(word)
            or (2 * sum(inside[word.line]) < len(inside[word.line]) and word.confidence >= _ITS_OWN)
        )

    def _holds(self, word: Word) -> bool:
        x, y = word.box.centre
        return self.box.x0 <= x <= self.box.x1 and self.box.y0 <= y <= self.box.y1


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A printed label: its left edge, the end of it, the baseline and the x-height of its print."""

    x0: float
    x1: float
    y: float
    x_height: float


def find_stamps(
    words: Sequence[Word], regions: Iterable[Box], look: Callable[[Box], Sequence[Word]]
) -> list[Stamp]:
    """Incoming stamps of a page.

    Args:
        words: of the page, seals dropped: a black or blue stamp is among them.
        regions: where wide red stamps lie, whose print was dropped.
        look: reads a region as it is.
    """
    found = []
    for region in regions:
        stamp = _stamp_of(look(region), region)
        if stamp:
            found.append(stamp)
    if not found:
        stamp = _stamp_of(words, None)
        if stamp:
            found.append(stamp)
    return found


def _stamp_of(words: Sequence[Word], region: Box | None) -> Stamp | None:
    days = list(_anchors(words, _NGAY, capital=True))
    passed = list(_anchors(words, _CHUYEN, capital=True))
    numbers = list(_anchors(words, _SO, capital=True))
    titles = [word for word in words if word.text.isupper() and _DEN.fullmatch(fold(word.text))]
    for day in days:
        unit = day.x_height
        below = next((a for a in passed if _under(day, a)), None)
        above = next((a for a in numbers if _under(a, day)), None)
        heads = [
            word.box
            for word in titles
            if abs(day.y - word.box.centre[1]) < _ROWS * unit
            and abs(word.box.x0 - day.x0) < _REACH * unit
        ]
        # Two of the three that make it an incoming stamp; dates of a page have one at most.
        if (below is not None) + (above is not None) + bool(heads) < 2:
            continue
        pitch = day.y - above.y if above else below.y - day.y if below else 2.8 * unit
        return _built(day, above, pitch, region, heads)
    return None


def _anchors(words: Sequence[Word], label: re.Pattern[str], *, capital: bool) -> Iterable[_Anchor]:
    for word in words:
        spelled = Spelled.of([word])
        match = label.match(spelled.folded)
        if match is None or (capital and not word.text[0].isupper() and word.text[0] != "5"):
            continue
        x_height = word.box.height / 1.97
        yield _Anchor(
            spelled.edges[0][0], spelled.edges[match.end() - 1][1],
            word.box.y1 - 0.42 * x_height, x_height,
        )  # fmt: skip


def _under(upper: _Anchor, lower: _Anchor) -> bool:
    unit = (upper.x_height + lower.x_height) / 2
    apart = (lower.y - upper.y) / unit
    return abs(upper.x0 - lower.x0) < _ALIGNED * unit and _ROW[0] < apart < _ROW[1]


def _built(
    day: _Anchor,
    number: _Anchor | None,
    pitch: float,
    region: Box | None,
    heads: Sequence[Box],
) -> Stamp:
    unit = day.x_height
    right = region.x1 - unit if region else day.x1 + _REACH * unit
    # „CV ĐẾN“ may stand in a column of its own, left of the rows.
    left = min([day.x0 - 2 * unit, *(head.x0 for head in heads)]) - 2 * unit
    top = day.y - pitch - _ABOVE * unit
    box = region or Box(left, top, right, day.y + pitch + 1.5 * unit)
    # Where its label was not read, the number stands a row above the day.
    above = number or _Anchor(day.x0, day.x0 + (day.x1 - day.x0) * 0.7, day.y - pitch, unit)
    return Stamp(
        box,
        Blank(SlotKind.INCOMING_NUMBER, (above.x1, above.y), (right, above.y), above.x_height),
        Blank(SlotKind.INCOMING_DAY, (day.x1, day.y), (right, day.y), unit),
    )


def read_stamp(stamp: Stamp, raw: Grey, dpi: float, reader: PenReader) -> tuple[Slot, ...]:
    """The slots of a stamp: number, day, month and year of arrival.

    Args:
        stamp: as found.
        raw: the upright page, its stamps on it.
        dpi: its resolution.
        reader: of handwriting.
    """
    blanks = [_up_to_rule(blank, stamp, raw, dpi) for blank in (stamp.number, stamp.day) if blank]
    found = reader.read([cut(raw, blank.frame(dpi)) for blank in blanks])
    slots: list[Slot] = []
    for blank, written in zip(blanks, found, strict=True):
        candidates = [
            replace(c, confidence=min(c.confidence, _MOST_SURE))
            for c in candidates_of(judge(blank, written), reader)
        ]
        if blank.kind is SlotKind.INCOMING_NUMBER:
            slots.append(Slot(blank.kind, blank.box, tuple(candidates)))
        else:
            slots += _dated(blank, candidates)
    return tuple(slots)


def _up_to_rule(blank: Blank, stamp: Stamp, raw: Grey, dpi: float) -> Blank:
    """A blank that ends where the stamp's frame stands, if that is found: a line over several rows."""
    scale = dpi / 72
    number, unit = stamp.number or stamp.day, blank.x_height
    top, bottom = number.start[1] - 2 * unit, stamp.day.start[1] + 3 * unit
    left = max(0, round((blank.start[0] + _LEAST_REACH * unit) * scale))
    rows = raw[max(0, round(top * scale)) : round(bottom * scale)]
    columns = rows[:, left : round(blank.end[0] * scale)]
    if not columns.size:
        return blank
    ruled = np.flatnonzero((columns < _DARK).mean(axis=0) > _RULED)
    if not len(ruled):
        return blank
    end = (left + int(ruled[0]) - 2) / scale
    return Blank(blank.kind, blank.start, (end, blank.end[1]), unit)


def _dated(blank: Blank, dates: Sequence[Candidate]) -> list[Slot]:
    """Day, month and year of dates (ISO 8601), each with what all dates say of it."""
    slots = []
    kinds = (SlotKind.INCOMING_YEAR, SlotKind.INCOMING_MONTH, SlotKind.INCOMING_DAY)
    for place, kind in enumerate(kinds):
        chances: dict[str, float] = {}
        for date in dates:
            part = date.value.split("-")[place]
            chances[part] = chances.get(part, 0.0) + date.confidence
        ordered = sorted(chances.items(), key=lambda item: -item[1])
        candidates = tuple(
            Candidate(value, round(min(_MOST_SURE, chance), 4), HANDWRITING)
            for value, chance in ordered
        )
        slots.append(Slot(kind, blank.box, candidates))
    return slots[::-1]


def upright_box(
    box: tuple[float, float, float, float], size: tuple[float, float], rotation: int
) -> tuple[float, float, float, float]:
    """A box of a picture of this (width, height) once it is turned clockwise."""
    x0, y0, x1, y1 = box
    width, height = size
    for _ in range(rotation % 360 // 90):
        x0, y0, x1, y1 = height - y1, x0, height - y0, x1
        width, height = height, width
    return x0, y0, x1, y1
