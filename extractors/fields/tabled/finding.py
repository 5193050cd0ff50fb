"""Fields in the rows of tables, with rules or without, by the heads of their columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from dossiers.reading import PageReading, Word
from extractors.fields.labels import Found
from extractors.fields.tabled.grid import Grid, GridCell, GridRow, ruled_grids
from extractors.fields.tabled.heads import Heads, heads_of
from extractors.fields.tabled.unruled import unruled_grids
from extractors.rows import says_something, value_text
from extractors.types import DocumentType, Group

# How well a value fits whose cell may not be told right.
_IN_DOUBT = 0.4
# What forms print below their heads to name the columns: ``(1)``, ``A``.
_COLUMN_MARK = re.compile(r"\(?([0-9]{1,2}|[A-Z])\)?")


# A row has so many cells that say something, if not one in the first field's column.
_CELLS = 2


@dataclass(slots=True)
class Tabled:
    """Values in tables, and the words of their heads and rows by page: nothing else reads them.

    ``headed`` are the groups whose heads were found, ``missing`` the names of fields that rows must
    have and in which nothing was read, ``longer`` how many rows stand behind the last one read, and
    on which page they begin, by group.
    """

    found: list[Found] = field(default_factory=list)
    words: dict[int, set[Word]] = field(default_factory=dict)
    headed: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    longer: dict[str, tuple[int, int]] = field(default_factory=dict)

    def untabled(self, pages: Sequence[PageReading]) -> list[PageReading]:
        """The pages without the tables."""
        return [
            replace(page, words=tuple(word for word in page.words if word not in taken))
            if (taken := self.words.get(page.number))
            else page
            for page in pages
        ]


def find_tabled(kind: DocumentType, pages: Sequence[PageReading]) -> Tabled:
    """Values in the tables of a type's groups, row after row, and what rows of them lack.

    A table that runs on over a page without its heads keeps those of the page before. Where rules
    tell no table of a group, white space may.
    """
    tabled = Tabled()
    for group in kind.groups:
        if group.table and not _read(group, ruled_grids(pages), tabled):
            _read(group, unruled_grids(group, pages), tabled)
    return tabled


def _read(group: Group, grids: Iterable[Grid], tabled: Tabled) -> bool:
    """Adds what the grids hold of a group; whether that is anything."""
    number = 0
    columns: Heads = {}
    for grid in grids:
        for row in grid.rows:
            if heads := heads_of(group, {column: cell.words for column, cell in row.items()}):
                columns = heads
                tabled.headed.add(group.name)
                _take(grid, row, tabled)
                continue
            if not _is_row(group, columns, row) or _names_columns(row):
                continue
            number += 1
            _take(grid, row, tabled)
            if number > group.most:
                count, page = tabled.longer.get(group.name, (0, grid.page))
                tabled.longer[group.name] = count + 1, page
                continue
            read = _row(group, number, columns, row, grid.page)
            tabled.found += read
            names = {hit.field.name for hit in read}
            tabled.missing += [
                own
                for one in group.fields
                if (one.required or one is group.fields[0])
                and (own := group.field(one, number).name) not in names
            ]
    return number > 0


def _is_row(group: Group, columns: Heads, row: GridRow) -> bool:
    """Whether somebody is told of: their name may be what was not read."""
    says = {column for column in row if _says(row[column])}
    fields = says & set(columns)
    first = any(columns[column][0] is group.fields[0] for column in fields)
    return first or (bool(fields) and len(says) >= _CELLS)


def _row(group: Group, number: int, columns: Heads, row: GridRow, page: int) -> list[Found]:
    found = []
    for at, (one, fit) in columns.items():
        cell = row.get(at)
        if cell is not None and _says(cell):
            fit = _IN_DOUBT if cell.doubt else fit
            found.append(Found(group.field(one, number), cell.words, page, fit, cell.doubt))
    return found


def _take(grid: Grid, row: GridRow, tabled: Tabled) -> None:
    words = (word for cell in row.values() for word in cell.words)
    tabled.words.setdefault(grid.page, set()).update(words)


def _says(cell: GridCell | None) -> bool:
    return cell is not None and says_something(cell.words)


def _names_columns(row: GridRow) -> bool:
    texts = [value_text(cell.words) for cell in row.values()]
    return all(_COLUMN_MARK.fullmatch(text) for text in texts if text)
