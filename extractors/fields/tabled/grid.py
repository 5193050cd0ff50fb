"""A table as its rows and columns of words, however they were told apart; here, by printed rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from dossiers.reading import Cell, PageReading, Word


@dataclass(frozen=True, slots=True)
class GridCell:
    """The words of a cell, and why they may not be all of it and nothing else (empty: they are)."""

    words: tuple[Word, ...] = ()
    doubt: str = ""


GridRow = Mapping[int, GridCell]


@dataclass(frozen=True, slots=True)
class Grid:
    """One table, or what of it stands on a page: its rows from top to bottom, their cells by column."""

    page: int
    rows: Sequence[GridRow]


def ruled_grids(pages: Sequence[PageReading]) -> Iterator[Grid]:
    """The tables whose cells have rules around them."""
    for page in pages:
        for _, together in groupby(page.cells, key=lambda cell: cell.table):
            rows: dict[int, dict[int, GridCell]] = defaultdict(dict)
            for cell in together:
                words = tuple(word for word in page.words if _holds(cell, word))
                rows[cell.row][cell.column] = GridCell(words)
            yield Grid(page.number, [rows[index] for index in sorted(rows)])


def _holds(cell: Cell, word: Word) -> bool:
    x, y = word.box.centre
    return cell.box.x0 <= x < cell.box.x1 and cell.box.y0 <= y < cell.box.y1
