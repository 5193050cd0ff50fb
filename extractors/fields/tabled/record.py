"""A row of a table without rules while it is put together: its lines, its number, its doubts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from extractors.fields.tabled.grid import GridCell, GridRow
from extractors.fields.tabled.heads import ENOUGH
from extractors.fields.tabled.levels import Seen
from extractors.fields.tabled.white import Split, is_row_number

WHICH_COLUMN = "it is not clear to which column of the table the words belong"
WHICH_ROW = "it is not clear where the row of the table ends"
#: A space is clearly wider than another when it is so many times as wide.
CLEARLY = 1.2


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns that hold fields, the one of the group's first field, and that of row numbers.

    ``pitch`` is how far apart the lines of the heads lie, if there are several.
    """

    fields: Collection[int]
    first: int
    number: int | None
    pitch: float | None = None


@dataclass(slots=True)
class Record:
    """A row being put together: the line it begins with, and all of them from top to bottom.

    ``doubted`` are columns that may have words of another row, or too few; ``unsure`` tells that it
    may be more rows than one, or none.
    """

    start: Split
    lines: list[Split]
    doubted: set[int] = field(default_factory=set)
    unsure: bool = False

    def doubt(self, columns: Collection[int]) -> None:
        """Tells that it may end elsewhere in some columns; in several, another row may lie hidden."""
        self.doubted.update(columns)
        self.unsure |= len(columns) > 1

    def number(self, wanted: Wanted) -> int | None:
        """Its number, if it has one."""
        return next((n for line in self.lines if (n := number_of(line, wanted)) is not None), None)

    def row(self) -> GridRow:
        """Its cells, each with the doubts that there are about it."""
        row = {}
        for column in {column for line in self.lines for column in line.cells}:
            lines = [line.cells[column] for line in self.lines if column in line.cells]
            doubt = WHICH_ROW if self.unsure or column in self.doubted else ""
            if any(column in line.unclear for line in self.lines) or not _below_each_other(lines):
                doubt = doubt or WHICH_COLUMN
            row[column] = GridCell(tuple(seen.word for line in lines for seen in line), doubt)
        return row


@dataclass(frozen=True, slots=True)
class Border:
    """The space between two rows; the widest between lines of the upper one, if there are several.

    ``clear`` tells whether it is clearly wider than those on both its sides.
    """

    space: float
    inner: float | None
    adjoining: bool
    clear: bool


def begins_row(line: Split, wanted: Wanted) -> bool:
    """Whether a row begins with a line, as far as what stands in it tells."""
    if is_numbered(line, wanted):
        return True
    filled = [column for column in wanted.fields if says(line, column)]
    return says(line, wanted.first) and len(filled) >= ENOUGH * len(wanted.fields)


def is_numbered(line: Split, wanted: Wanted) -> bool:
    """Whether the number of a row stands in a line, by itself."""
    number = line.cells.get(-1 if wanted.number is None else wanted.number, ())
    return is_row_number(number) and wanted.number not in line.unclear


def number_of(line: Split, wanted: Wanted) -> int | None:
    """The number of the row that begins with a line."""
    if not is_numbered(line, wanted):
        return None
    words = line.cells[-1 if wanted.number is None else wanted.number]
    return int("".join(c for seen in words for c in seen.word.text if c.isdecimal()))


def _below_each_other(lines: Sequence[Sequence[Seen]]) -> bool:
    """Whether the lines of a cell share some of its width, as those of one column do."""
    spans = [(line[0].x0, line[-1].x1) for line in lines]
    return max(x0 for x0, _ in spans) < min(x1 for _, x1 in spans)


def says(line: Split, column: int) -> bool:
    """Whether a letter or figure stands in a column."""
    return any(seen.says for seen in line.cells.get(column, ()))
