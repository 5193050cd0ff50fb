"""The rows of a table without rules: which lines are one row, by what they hold and their spaces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from extractors.fields.tabled.doubts import doubt_rows
from extractors.fields.tabled.grid import GridRow
from extractors.fields.tabled.record import (
    CLEARLY,
    Border,
    Record,
    Wanted,
    begins_row,
    number_of,
)
from extractors.fields.tabled.white import Split

# Lines of a cell lie further apart than so many heights of words.
_HALF_WAY = 0.75
# What is this much wider than the spaces between rows does not go on with the last one.
_STILL = 1.1


def in_lines(levels: Sequence[Split], height: float) -> list[Split]:
    """Levels as lines: what is centred beside two lines stands half-way between them."""
    lines: list[Split] = []
    for level in levels:
        near = lines and level.bottom - lines[-1].top < _HALF_WAY * height
        both = lines[-1].beside(level) if near else None
        if both is None:
            lines.append(level)
        else:
            lines[-1] = both
    return lines


def rows_of_lines(
    lines: Sequence[Split], top: float, wanted: Wanted, below: Split | None = None
) -> tuple[list[GridRow], int]:
    """Lines put together to rows, and how many levels they took: behind the last row stand no more.

    A row begins with a line that has its number or most of its columns; the others go on with the
    row that is clearly nearer. Where none is, the rows around them are in doubt.

    Args:
        lines: under the heads, from top to bottom.
        top: where the last line of the heads stands.
        wanted: what the columns hold.
        below: the line after them, which looks like none of the table's.
    """
    starts = _starts(lines, wanted)
    if not starts:
        return [], 0
    records = [Record(lines[start], [lines[start]]) for start in starts]
    borders: list[Border] = []
    _lead(records[0], lines[: starts[0]], top)
    for index, (start, end) in enumerate(pairwise(starts)):
        between = lines[start : end + 1]
        borders.append(_part(records[index], records[index + 1], between))
    doubt_rows(records, borders, wanted)
    clear = [border.space for border in borders if border.clear]
    usual = median(clear) if clear else lines[starts[0]].top - top
    within = [border.inner for border in borders if border.clear and border.inner]
    pitch = wanted.pitch or max(within, default=0.0)
    taken = starts[-1] + 1
    taken += _trail(records[-1], lines[taken:], usual, pitch)
    near = below is not None and below.top - lines[taken - 1].bottom <= _STILL * usual
    # What begins left of all is a paragraph; else it may be a cell that runs into the next.
    if below is not None and near and taken == len(lines) and min(below.cells, default=0) > 0:
        records[-1].doubt(below.unclear)
    return [record.row() for record in records], sum(line.levels for line in lines[:taken])


def _starts(lines: Sequence[Split], wanted: Wanted) -> list[int]:
    """Where rows begin: without a number only where one is missing in turn."""
    starts = [index for index, line in enumerate(lines) if begins_row(line, wanted)]
    numbers = {index: n for index in starts if (n := number_of(lines[index], wanted)) is not None}
    numbered = sorted(numbers)
    between = {
        index
        for one, other in pairwise(numbered)
        if numbers[other] == numbers[one] + 1
        for index in range(one + 1, other)
    }
    return [index for index in starts if index not in between]


def _part(above: Record, below: Record, lines: Sequence[Split]) -> Border:
    """Gives the lines between the beginnings of two rows to them."""
    spaces = [after.top - before.bottom for before, after in pairwise(lines)]
    widest = max(range(len(spaces)), key=lambda index: spaces[index])
    others = [space for index, space in enumerate(spaces) if index != widest]
    clear = all(spaces[widest] >= CLEARLY * space for space in others)
    cut = widest if clear else len(spaces) - 1
    inner = lines[1:-1]
    above.lines += inner[:cut]
    below.lines[:0] = inner[cut:]
    if not clear:
        columns = {column for line in inner for column in line.cells}
        above.doubt(columns)
        below.doubt(columns)
    return Border(spaces[cut], max(spaces[:cut], default=None), not others, clear)


def _lead(first: Record, lines: Sequence[Split], top: float) -> None:
    """Lines between the heads and the first row are its own where they are clearly nearer to it."""
    following = [*lines, first.lines[0]]
    spaces = [lines[0].top - top] if lines else []
    spaces += [after.top - before.bottom for before, after in pairwise(following)]
    if lines and all(spaces[0] >= CLEARLY * space for space in spaces[1:]):
        first.lines[:0] = lines
    else:
        first.doubt({column for line in lines for column in line.cells})


def _trail(last: Record, lines: Sequence[Split], usual: float, pitch: float) -> int:
    """Adds lines below the beginning of the last row as long as they may go on with it; how many."""
    before, sure = last.lines[-1].bottom, True
    for index, line in enumerate(lines):
        space, before = line.top - before, line.bottom
        if space > _STILL * usual:
            return index
        last.lines.append(line)
        sure = sure and usual >= CLEARLY * space and space <= CLEARLY * pitch
        if not sure:
            last.doubt(line.cells)
    return len(lines)
