"""Text lines by our own layout: Tesseract reads single lines well and loses whole tables itself.

On a levelled, straight page of about 150 dpi: rules and leader dots are set aside, letter-sized marks
are joined into runs by the middle of the letters, and each run gets its baseline and x-height, which
is all the recogniser needs. Small marks only tell how far a line reaches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from extractors.check_boxes import CheckBox, find_check_boxes
from extractors.cleanup import INK_BELOW
from extractors.combs import find_combs
from extractors.connected import Array, Grey, connected
from extractors.copied_seals import drop_copied_seals
from extractors.dark_bands import dark_bands
from extractors.order import reading_order
from extractors.strips import ABOVE, BELOW
from extractors.tables import Mask, Rules, TableCell, block, find_cells, find_rules

Floats = npt.NDArray[np.float64]

# A tone mark below a letter is this many times as large as the leader dots around it.
_BIGGER_DOT = 1.6
# A page of close-set small print, cell by cell, stays below this.
_MOST_RUNS = 1000
# Letters this much taller than the median of a run may belong to two lines.
_BRIDGE, _FEWEST_OF_A_LEVEL = 1.5, 4
# A tone mark stands this close (inches) above a letter that is this many times as tall.
_TONE_GAP, _TALLER = 0.03, 1.5
# x-height as a share of the height of capitals and figures (Times, Arial).
_OF_CAPITALS = 0.68


@dataclass(frozen=True, slots=True)
class Line:
    """A run of text, in pixels of the straight page; ``row`` counts lines in reading order.

    ``left`` and ``right`` are the baseline's y at ``x0`` and ``x1``, ``sag`` how far its middle
    hangs below their connection. ``reversed`` print is light on dark.
    """

    x0: float
    x1: float
    left: float
    right: float
    x_height: float
    sag: float = 0.0
    reversed: bool = False
    row: int = 0

    @property
    def baseline(self) -> float:
        """The baseline's middle height."""
        return (self.left + self.right) / 2

    @property
    def top(self) -> float:
        """As far up as stacked marks of capitals reach."""
        return min(self.left, self.right) - ABOVE * self.x_height

    @property
    def bottom(self) -> float:
        """As far down as tails reach."""
        return max(self.left, self.right) + BELOW * self.x_height

    @property
    def length(self) -> float:
        """Along the page's width."""
        return self.x1 - self.x0

    def scaled(self, factor: float) -> Line:
        """The same on the page ``factor`` times as large."""
        return replace(
            self,
            x0=self.x0 * factor,
            x1=self.x1 * factor,
            left=self.left * factor,
            right=self.right * factor,
            x_height=self.x_height * factor,
            sag=self.sag * factor,
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """Lines in reading order, cells of tables, and a mask of what is rule or leader, not text.

    ``squares`` is the mask of what is drawn around single figures and of check boxes with what is
    in them, if there are any; ``boxes`` are the check boxes.
    """

    lines: tuple[Line, ...]
    cells: tuple[TableCell, ...]
    aside: Mask
    squares: Mask | None = None
    boxes: tuple[CheckBox, ...] = ()


@dataclass(frozen=True, slots=True)
class _Marks:
    """Connected runs of ink: left, top, width, height, area; an array each.

    ``above`` tells marks that stand close above something taller, as tone marks do.
    """

    x: Floats
    y: Floats
    w: Floats
    h: Floats
    area: Floats
    above: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.x)

    def only(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> _Marks:
        return _Marks(
            self.x[chosen],
            self.y[chosen],
            self.w[chosen],
            self.h[chosen],
            self.area[chosen],
            self.above[chosen],
        )


def find_lines(levelled: Grey, dpi: float) -> Layout:
    """The text lines of a straight page."""
    ink = (levelled < INK_BELOW).astype(np.uint8)
    rules = find_rules(ink, dpi)
    thick = rules.both
    cells = find_cells(rules, dpi)
    dark = dark_bands(ink, dpi)
    combs = find_combs(ink, rules, dpi)
    if combs is not None:
        thick = cv2.bitwise_or(thick, combs)
    ink[thick > 0] = 0
    for x, y, w, h in dark:
        ink[y : y + h, x : x + w] = 0
    names, stats, _ = connected(ink)
    if drop_copied_seals(ink, levelled, stats[1:], dpi):
        names, stats, _ = connected(ink)
    boxes, ticked = find_check_boxes(ink, names, stats, dpi)
    if ticked is not None:
        names, stats = _with_plain(boxes, ink, ticked)
        thick = cv2.bitwise_or(thick, ticked)
    marks, leaders = _marks(names, stats, dpi)
    lines = _lines(marks, ink.shape, rules, dpi)
    if dark:
        lines += _reversed_lines(levelled, dark, dpi)
    aside: Mask = cv2.bitwise_or(thick, leaders)
    squares = (
        combs if ticked is None else ticked if combs is None else cv2.bitwise_or(combs, ticked)
    )
    return Layout(tuple(reading_order(lines, cells)), tuple(cells), aside, squares, boxes)


def _with_plain(boxes: tuple[CheckBox, ...], ink: Mask, ticked: Mask) -> tuple[Array, Array]:
    """The runs of ink with each box as plain as a letter, whatever a pen did to it."""
    ink[ticked > 0] = 0
    for box in boxes:
        cv2.rectangle(ink, (box.x0, box.y0), (box.x1 - 1, box.y1 - 1), 1)
    names, stats, _ = connected(ink)
    return names, stats


def _marks(names: Array, stats: Array, dpi: float) -> tuple[_Marks, Mask]:
    """All marks but leader dots; and the leader dots as a mask."""
    x, y, w, h, area = stats[1:].astype(np.float64).T  # the first is the paper
    marks = _Marks(x, y, w, h, area, _above(names, stats, dpi))
    leaders = _leaders(marks, dpi)
    mask: Mask = np.zeros(names.shape, np.uint8)
    for left, top, width, height in stats[1:, :4][leaders].tolist():
        mask[top : top + height, left : left + width] = 1
    return marks.only(~leaders), mask


def _above(names: Array, stats: Array, dpi: float) -> npt.NDArray[np.bool_]:
    """Which marks have a taller one so close below them that they are its tone marks."""
    x, y, w, h, _ = stats[1:].T
    columns = x + w // 2
    found = np.zeros(len(x), bool)
    for step in range(1, max(2, round(dpi * _TONE_GAP)) + 1):
        below = names[np.minimum(y + h - 1 + step, names.shape[0] - 1), columns]
        found |= stats[below, cv2.CC_STAT_HEIGHT] * (below > 0) > _TALLER * h
    return found


def _leaders(marks: _Marks, dpi: float) -> npt.NDArray[np.bool_]:
    """Dots of fill-in lines: small marks in long level rows."""
    leaders = np.zeros(len(marks), bool)
    small = np.flatnonzero((marks.h <= dpi * 0.034) & (marks.w <= dpi * 0.05))
    feet = (marks.y + marks.h)[small]
    level = max(2.0, dpi * 0.02)
    # Dots of one row may fall on two sides of a border between levels; then not of the other set's.
    for shift in (0.0, 0.5):
        row = np.floor(feet / level + shift)
        order = small[np.lexsort((marks.x[small], row))]
        row = np.sort(row)
        left, right = marks.x[order], (marks.x + marks.w)[order]
        parted = (np.diff(row) > 0) | (left[1:] - right[:-1] > dpi * 0.06)
        chain = np.concatenate([[0], np.cumsum(parted)]) if len(order) else order
        starts = np.flatnonzero(np.diff(chain, prepend=-1))
        if len(starts):
            long = np.maximum.reduceat(right, starts) - left[starts] >= dpi * 0.24
            leaders[order[long[chain]]] = True
    if leaders.any():
        # A tone mark below a letter (ạ, ệ, ị) may lie among them; it is a bigger dot than they are.
        leaders &= marks.area <= _BIGGER_DOT * float(np.median(marks.area[leaders])) + 2
    return leaders


def _lines(marks: _Marks, shape: tuple[int, ...], rules: Rules, dpi: float) -> list[Line]:
    solid = (marks.area >= (dpi / 90) ** 2) & (marks.w <= dpi * 0.9)
    marks = marks.only(solid)
    common = _common_height(marks, dpi)
    if common is None:
        return []
    usual = (marks.h >= max(dpi * 0.03, 0.55 * common)) & (marks.h <= 2.8 * common)
    # Words whose letters touch are wide and full; strokes of a pen are wide and empty.
    usual &= (marks.w <= 6 * common) | (marks.area > 0.15 * marks.w * marks.h)
    runs = list(_runs(marks.only(usual), shape, rules.upright, 1.9 * common))
    if len(runs) > _MOST_RUNS:  # noise or halftone, in which only long runs can be print
        runs = sorted(runs, key=len, reverse=True)[:_MOST_RUNS]
    found = [(line, run) for run in runs if (line := _line(run, common))]
    lines = _without_strays(found)
    large = (marks.h > 2.2 * common) & (marks.h <= min(9 * common, dpi * 0.7))
    large &= ~_covered(marks, lines)
    for run in _runs(marks.only(large), shape, rules.upright, 2.4 * common):
        line = _line(run, common)
        if line and len(run) >= 3 and line.x_height > 1.5 * common:
            lines.append(line)
    lines = [_reaching(line, marks) for line in lines]
    return [line for line in _joined(lines) if line.x_height >= dpi * 0.024]


def _common_height(marks: _Marks, dpi: float) -> float | None:
    """The x-height of most of the page's text: the lowest height that many letters share."""
    letters = (marks.h >= dpi * 0.035) & (marks.w >= dpi * 0.02) & (marks.h <= dpi * 0.27)
    # Vietnamese has so many tone marks that they would outnumber the small letters.
    letters &= ~marks.above
    if letters.sum() < 2:
        return None
    counts = np.bincount(marks.h[letters].astype(int), minlength=4).astype(float)
    counts = np.convolve(counts, [1, 1, 1], "same")
    # Letters with marks, and capitals, may together outnumber the small ones.
    peaks = (counts >= 0.4 * counts.max()) & (counts >= np.roll(counts, 1))
    peaks &= counts >= np.roll(counts, -1)
    return float(np.flatnonzero(peaks)[0])


def _runs(marks: _Marks, shape: tuple[int, ...], upright: Mask, gap: float) -> Iterator[_Marks]:
    """Letters whose middles lie side by side, joined over gaps of up to a wide blank."""
    if not len(marks):
        return
    # Half as wide as the page: only the gaps between letters matter across.
    bands: Mask = np.zeros((shape[0], shape[1] // 2 + 1), np.uint8)
    corners = np.stack(
        [marks.x / 2, marks.y + 0.25 * marks.h, (marks.x + marks.w) / 2, marks.y + 0.75 * marks.h]
    )
    for x0, y0, x1, y1 in corners.T.astype(int).tolist():
        bands[y0 : y1 + 1, x0 : x1 + 1] = 1
    bands = cv2.morphologyEx(bands, cv2.MORPH_CLOSE, block(gap / 2, 1))
    ruled = cv2.findNonZero(upright)
    if ruled is not None:
        x, y = ruled.reshape(-1, 2).T
        bands[y, x // 2] = 0
    _, names = cv2.connectedComponents(bands, connectivity=4)
    rows = np.minimum(marks.y + marks.h // 2, shape[0] - 1).astype(int)
    columns = ((marks.x + marks.w // 2) / 2).astype(int)
    name = names[rows, columns]
    order = np.argsort(name, kind="stable")
    order = order[name[order] > 0]
    if not len(order):
        return
    for own in np.split(order, np.flatnonzero(np.diff(name[order])) + 1):
        yield from _levels(marks.only(own))


def _levels(run: _Marks) -> Iterator[_Marks]:
    """A run's lines: letters that touch the next line's join two or more into one run."""
    if len(run) < 2 * _FEWEST_OF_A_LEVEL:
        yield run
        return
    usual = float(np.median(run.h))
    single = run.only(run.h <= _BRIDGE * usual)
    order = np.argsort(single.y + single.h / 2)
    jumps = np.diff((single.y + single.h / 2)[order])
    # From one end to the other a bent line has no jump; two lines have one between them.
    cuts = np.flatnonzero(jumps > 0.6 * usual) + 1
    levels = np.split(order, cuts)
    if len(cuts) == 0 or min(map(len, levels)) < _FEWEST_OF_A_LEVEL:
        yield run
        return
    for level in levels:
        yield single.only(level)


def _line(run: _Marks, common: float) -> Line | None:
    """Baseline by the letters' feet, x-height by the letters that stand on it."""
    middle = run.x + run.w / 2
    feet = run.y + run.h
    size = float(np.median(run.h))
    slope, height, sag = _baseline(middle, feet, size)
    at = height + slope * middle
    standing = np.abs(feet - at) <= 0.18 * size + 1
    tall = at[standing] - run.y[standing]
    tall = tall[tall > 0.3 * size]
    if not len(tall):
        return None
    tails = float(np.mean((feet - at > 0.2 * size) & (at - run.y > 0.4 * size)))
    x_height = _x_height(tall, common, tails)
    x0, x1 = float(run.x.min()), float((run.x + run.w).max())
    return Line(x0, x1, height + slope * x0, height + slope * x1, x_height, sag)


def _baseline(x: Floats, feet: Floats, size: float) -> tuple[float, float, float]:
    """Slope, height at x = 0, and sag of the baseline that most feet stand on."""
    height = float(np.median(feet))
    near = np.abs(feet - height) <= 0.35 * size + 1
    if len(x) < 6 or np.ptp(x) < 6 * size:
        on = feet[np.abs(feet - height) <= 0.18 * size + 1]
        return 0.0, float(np.mean(on)) if len(on) else height, 0.0
    slope, level = 0.0, height
    for reach in (0.35, 0.2, 0.14):
        if near.sum() < 4 or np.ptp(x[near]) < 4 * size:
            break
        slope, height = _straight(x[near], feet[near])
        near = np.abs(feet - (slope * x + height)) <= reach * size + 0.7
    if abs(slope) > 0.06:  # no page leans so after straightening: tails and marks misled
        return 0.0, level, 0.0
    if near.sum() >= 25 and np.ptp(x[near]) > 12 * size:
        bend = np.polyfit(x[near], feet[near], 2)
        span = float(np.ptp(x[near]))
        sag = -float(bend[0]) * span**2 / 4
        if 0.08 * size < abs(sag) < 1.5 * size:
            x0, x1 = float(x.min()), float(x.max())
            y0, y1 = (float(np.polyval(bend, end)) for end in (x0, x1))
            slope = (y1 - y0) / (x1 - x0)
            return slope, y0 - slope * x0, sag
    return slope, height, 0.0


def _straight(x: Floats, y: Floats) -> tuple[float, float]:
    """Slope and height at x = 0 of the straight line nearest to the points."""
    middle_x, middle_y = float(x.mean()), float(y.mean())
    away = x - middle_x
    slope = float(away @ (y - middle_y)) / float(away @ away)
    return slope, middle_y - slope * middle_x


def _x_height(tall: Floats, common: float, tails: float) -> float:
    """From heights above the baseline: small letters, or capitals and figures alone.

    ``tails`` is the share of letters that reach below the baseline, as g, p and y do.
    """
    low = _lowest_shared(tall)
    if 0.8 * common <= low <= 1.22 * common:
        return low
    if low < 0.8 * common:
        # Small print, or a line of punctuation and broken letters.
        return low if len(tall) >= 5 else max(low, 0.6 * float(np.median(tall)))
    return _OF_CAPITALS * low if tails < 0.1 or low < 1.75 * common else low


def _lowest_shared(tall: Floats) -> float:
    """The lowest height that a fair part of the letters have."""
    ordered = np.sort(tall)
    need = max(1, round(0.2 * len(ordered)))
    for height in ordered:
        near = np.abs(ordered - height) <= 0.1 * height + 0.8
        if near.sum() >= need:
            return float(np.median(ordered[near]))
    return float(np.median(ordered))


def _covered(marks: _Marks, lines: list[Line]) -> npt.NDArray[np.bool_]:
    """Marks whose middle lies in a line already found."""
    covered = np.zeros(len(marks), bool)
    x, y = marks.x + marks.w / 2, marks.y + marks.h / 2
    for line in lines:
        inside = (x >= line.x0) & (x <= line.x1)
        covered |= inside & (y >= line.top) & (y <= line.bottom)
    return covered


def _without_strays(found: list[tuple[Line, _Marks]]) -> list[Line]:
    """Lines made of another's tone marks or tails are no lines."""
    kept = []
    for line, run in found:
        sparse = len(run) <= 2 or float(run.w.sum()) < 0.6 * line.length
        if not (sparse and any(_belongs(line, other) for other, _ in found if other is not line)):
            kept.append(line)
    return kept


def _belongs(line: Line, other: Line) -> bool:
    """Whether ``line`` lies where ``other`` has its marks or tails."""
    if line.x_height > 0.95 * other.x_height or line.length > 0.7 * other.length:
        return False
    shared = min(line.x1, other.x1) - max(line.x0, other.x0)
    if shared < 0.7 * line.length:
        return False
    # Lines of their own stand some two and a half x-heights apart.
    rise = (other.baseline - line.baseline) / other.x_height
    return 0.85 <= rise <= 2.1 or -0.75 <= rise <= -0.2


def _reaching(line: Line, marks: _Marks) -> Line:
    """The line up to its last comma, dash or letter that touches a neighbour."""
    size = line.x_height
    middle_y = marks.y + marks.h / 2
    baseline = line.baseline
    beside = (middle_y > baseline - 1.7 * size) & (middle_y < baseline + 0.45 * size)
    beside &= (marks.h <= 3.2 * size) & (marks.w <= 5 * size)
    # What hangs in from the lines around is theirs.
    beside &= (marks.y + marks.h > baseline - 1.15 * size) & (marks.y < baseline + 0.15 * size)
    left, right = marks.x[beside], (marks.x + marks.w)[beside]
    x0, x1 = line.x0, line.x1
    for _ in range(4):
        grown_0 = left[(left < x0) & (right > x0 - 1.1 * size)].min(initial=x0)
        grown_1 = right[(right > x1) & (left < x1 + 1.1 * size)].max(initial=x1)
        if grown_0 == x0 and grown_1 == x1:
            break
        x0, x1 = float(grown_0), float(grown_1)
    slope = (line.right - line.left) / max(line.length, 1)
    return replace(
        line,
        x0=x0,
        x1=x1,
        left=line.left + slope * (x0 - line.x0),
        right=line.right + slope * (x1 - line.x1),
    )


def _joined(lines: list[Line]) -> list[Line]:
    """Pieces of one line that were found twice or grew into each other are one."""
    joined: list[Line] = []
    for line in sorted(lines, key=lambda own: own.length, reverse=True):
        for index, other in enumerate(joined):
            size = min(line.x_height, other.x_height)
            overlap = min(line.x1, other.x1) - max(line.x0, other.x0)
            level = abs(line.baseline - other.baseline) < 0.35 * size
            if level and overlap > 0 and max(line.x_height, other.x_height) < 1.35 * size:
                joined[index] = replace(
                    other,
                    x0=min(line.x0, other.x0),
                    x1=max(line.x1, other.x1),
                    left=line.left if line.x0 < other.x0 else other.left,
                    right=line.right if line.x1 > other.x1 else other.right,
                )
                break
        else:
            joined.append(line)
    return joined


def _reversed_lines(
    levelled: Grey, bands: list[tuple[int, int, int, int]], dpi: float
) -> list[Line]:
    found = []
    for x, y, w, h in bands:
        inner = 255 - levelled[y : y + h, x : x + w]
        ink = (inner < INK_BELOW).astype(np.uint8)
        none = np.zeros_like(ink)
        names, stats, _ = connected(ink)
        marks, _ = _marks(names, stats, dpi)
        # The band's own rim is no letter.
        marks = marks.only((marks.h < 0.9 * h) & (marks.w < 0.5 * w))
        found += [
            replace(
                line,
                x0=line.x0 + x,
                x1=line.x1 + x,
                left=line.left + y,
                right=line.right + y,
                reversed=True,
            )
            for line in _lines(marks, ink.shape, Rules(none, none), dpi)
        ]
    return found
