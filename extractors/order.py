"""Reading order: rows from top to bottom, side-by-side columns one by one, tables cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from extractors.lines import Line
    from extractors.tables import TableCell

Row = list["Line"]


class Levelled(Protocol):
    """What stands on a baseline, in any unit: its ends, the baseline's y at them, its x-height."""

    @property
    def x0(self) -> float:
        """Left end."""
        ...

    @property
    def x1(self) -> float:
        """Right end."""
        ...

    @property
    def left(self) -> float:
        """The baseline's y at ``x0``."""
        ...

    @property
    def right(self) -> float:
        """The baseline's y at ``x1``."""
        ...

    @property
    def baseline(self) -> float:
        """The baseline's middle height."""
        ...

    @property
    def x_height(self) -> float:
        """How tall its small letters are."""
        ...


_On = TypeVar("_On", bound=Levelled)

# A gutter is at least this wide, in x-heights.
_GUTTER = 1.5


def reading_order(lines: Sequence[Line], cells: Sequence[TableCell]) -> list[Line]:
    """The lines as a person would read them; ``row`` of each counts lines of text.

    Lines on one baseline share a row, unless a column or a cell parts them.
    """
    loose, tables = _by_table(lines, cells)
    parts: list[tuple[float, list[Row]]] = []
    start = float("-inf")
    for top, rows in sorted(tables, key=lambda table: table[0]):
        above = [line for line in loose if start <= line.baseline < top]
        parts += [(start, _columns(on_levels(above))), (top, rows)]
        start = top
    parts.append((start, _columns(on_levels([line for line in loose if line.baseline >= start]))))
    ordered = []
    number = 0
    for _, rows in parts:
        for row in rows:
            ordered += [replace(line, row=number) for line in row]
            number += 1
    return ordered


def _by_table(
    lines: Sequence[Line], cells: Sequence[TableCell]
) -> tuple[list[Line], list[tuple[float, list[Row]]]]:
    """Lines in no cell; and for each table its top and its rows, cell after cell."""
    within: dict[TableCell, list[Line]] = {cell: [] for cell in cells}
    loose = []
    for line in lines:
        middle = (line.x0 + line.x1) / 2, line.baseline - 0.5 * line.x_height
        holder = next((cell for cell in cells if cell.holds(*middle)), None)
        if holder is None:
            loose.append(line)
        else:
            within[holder].append(line)
    tables: dict[int, list[Row]] = {}
    tops: dict[int, float] = {}
    for cell in cells:
        rows = on_levels(within[cell])
        tables.setdefault(cell.table, []).extend(rows)
        tops[cell.table] = min(tops.get(cell.table, cell.y0), cell.y0)
    return loose, [(tops[number], rows) for number, rows in tables.items()]


def on_levels(lines: Sequence[_On]) -> list[list[_On]]:
    """Lines on about one baseline, left to right; rows from top to bottom."""
    rows: list[list[_On]] = []
    for line in sorted(lines, key=lambda own: own.baseline):
        for row in reversed(rows[-4:]):
            near = min(row, key=lambda other: abs(other.x0 - line.x0))
            reach = 0.55 * min(line.x_height, near.x_height)
            apart = all(_beside(line, other) for other in row)
            if apart and abs(_level(line, near)) <= reach:
                row.append(line)
                break
        else:
            rows.append([line])
    for row in rows:
        row.sort(key=lambda own: own.x0)
    return sorted(rows, key=lambda row: min(own.baseline for own in row))


def _beside(line: Levelled, other: Levelled) -> bool:
    """Whether two lines do not overlap sideways, or hardly."""
    slack = 0.5 * other.x_height
    return line.x0 >= other.x1 - slack or line.x1 <= other.x0 + slack


def _level(line: Levelled, other: Levelled) -> float:
    """How much lower ``line`` stands than ``other`` where they face each other."""
    if line.x0 >= other.x1:
        return line.left - other.right
    return line.right - other.left


def _columns(rows: list[Row]) -> list[Row]:
    """The rows, with columns side by side (headers, sign-offs) read one by one."""
    ordered: list[Row] = []
    index = 0
    while index < len(rows):
        end, gutter = _columns_from(rows, index)
        if gutter is None:
            ordered.append(rows[index])
            index += 1
            continue
        lines = [line for row in rows[index:end] for line in row]
        left = [line for line in lines if (line.x0 + line.x1) / 2 < gutter]
        right = [line for line in lines if (line.x0 + line.x1) / 2 >= gutter]
        ordered += [*on_levels(left), *on_levels(right)]
        index = end
    return ordered


def _columns_from(rows: list[Row], start: int) -> tuple[int, float | None]:
    """How far from ``start`` the rows keep one gutter free; ``None`` where there are no columns."""
    gap = next((gap for row in rows[start : start + 3] if (gap := _gap(row))), None)
    if gap is None:
        return start, None
    low, high = gap
    end = start
    sides = []
    for row in rows[start:]:
        x_height, middle = row[0].x_height, (low + high) / 2
        if any(line.x0 < low - x_height and line.x1 > high + x_height for line in row):
            break
        left = [line for line in row if (line.x0 + line.x1) / 2 < middle]
        right = [line for line in row if (line.x0 + line.x1) / 2 >= middle]
        new_low = max([low, *(line.x1 for line in left)])
        new_high = min([high, *(line.x0 for line in right)])
        if new_high - new_low < _GUTTER * x_height:
            break
        low, high = new_low, new_high
        sides.append((bool(left), bool(right)))
        end += 1
    both = sum(left and right for left, right in sides)
    lefts, rights = (sum(side) for side in zip(*sides, strict=True)) if sides else (0, 0)
    if len(sides) < 3 or not both or min(lefts, rights) < 2:
        return start, None
    return end, (low + high) / 2


def _gap(row: Row) -> tuple[float, float] | None:
    """The widest gap of a row that could be a gutter."""
    gaps = [
        (right.x0 - left.x1, left.x1, right.x0)
        for left, right in pairwise(row)
        if right.x0 - left.x1 >= 2.5 * left.x_height
    ]
    if not gaps:
        return None
    _, low, high = max(gaps)
    return low, high
