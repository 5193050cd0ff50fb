"""Fields in the rows of ruled tables, by the heads of their columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rapidfuzz import fuzz

from dossiers.reading import Cell, PageReading, Word
from dossiers.text import letters_of
from extractors.fields.labels import Found
from extractors.rows import says_something
from extractors.types import DocumentType, FieldType, Group

_SAME_HEAD = 82.0
#: Of the columns a group describes, so many must have been found, or it is another table.
_ENOUGH = 0.6
_UNREAD_HEAD = 0.8


@dataclass(frozen=True, slots=True)
class _Grid:
    """One ruled table: the words of its cells by row and column."""

    page: int
    rows: Sequence[Mapping[int, tuple[Word, ...]]]


def find_tabled(kind: DocumentType, pages: Sequence[PageReading]) -> list[Found]:
    """Values in the tables of a type's groups, row after row; rows without the first column count not.

    A table that runs on over a page without its heads keeps those of the page before.
    """
    groups = [group for group in kind.groups if group.table]
    if not groups:
        return []
    grids = [grid for page in pages for grid in _grids(page)]
    return [found for group in groups for found in _of_group(group, grids)]


def _grids(page: PageReading) -> Iterator[_Grid]:
    for _, together in groupby(page.cells, key=lambda cell: cell.table):
        cells = list(together)
        rows: dict[int, dict[int, tuple[Word, ...]]] = defaultdict(dict)
        for cell in cells:
            words = tuple(word for word in page.words if _holds(cell, word))
            rows[cell.row][cell.column] = words
        yield _Grid(page.number, [rows[index] for index in sorted(rows)])


def _holds(cell: Cell, word: Word) -> bool:
    x, y = word.box.centre
    return cell.box.x0 <= x < cell.box.x1 and cell.box.y0 <= y < cell.box.y1


def _of_group(group: Group, grids: Sequence[_Grid]) -> Iterator[Found]:
    number = 0
    columns: dict[int, tuple[FieldType, float]] = {}
    for grid in grids:
        for row in grid.rows:
            if heads := _heads(group, row):
                columns = heads
                continue
            first = next((at for at, (one, _) in columns.items() if one is group.fields[0]), None)
            if first is None or not says_something(row.get(first, ())):
                continue
            number += 1
            if number > group.most:
                return
            for at, (one, fit) in columns.items():
                words = row.get(at, ())
                if says_something(words):
                    yield Found(group.field(one, number), words, grid.page, fit)


def _heads(group: Group, row: Mapping[int, tuple[Word, ...]]) -> dict[int, tuple[FieldType, float]]:
    """Which column holds which field and how well its head fits; nothing where a row is no head."""
    fits = sorted(
        (
            (fit, column, index)
            for column, words in row.items()
            for index, one in enumerate(group.fields)
            if (fit := _fit(one, words))
        ),
        reverse=True,
    )
    columns: dict[int, tuple[FieldType, float]] = {}
    taken: set[int] = set()
    for fit, column, index in fits:
        if column not in columns and index not in taken:
            columns[column] = group.fields[index], fit
            taken.add(index)
    if len(columns) < _ENOUGH * len(group.fields) or 0 not in taken:
        return {}
    return columns | _between(group, row, columns)


def _between(
    group: Group,
    row: Mapping[int, tuple[Word, ...]],
    columns: Mapping[int, tuple[FieldType, float]],
) -> dict[int, tuple[FieldType, float]]:
    """Columns whose heads were not read, where their neighbours leave only one field for them."""
    of_field = {one.name: column for column, (one, _) in columns.items()}
    order = [of_field.get(one.name) for one in group.fields]
    found: dict[int, tuple[FieldType, float]] = {}
    for index in range(1, len(order) - 1):
        before, own, after = order[index - 1 : index + 2]
        if own is None and before is not None and after is not None:
            free = [column for column in row if before < column < after]
            if len(free) == 1 and free[0] not in columns:
                found[free[0]] = group.fields[index], _UNREAD_HEAD
    return found


def _fit(field: FieldType, words: Sequence[Word]) -> float:
    """How well a cell fits one of the heads of a field, 0 to 1."""
    text = letters_of(" ".join(word.text for word in words))
    ratios = (
        fuzz.ratio(letters_of(label), text, score_cutoff=_SAME_HEAD) for label in field.labels
    )
    return max(ratios, default=0.0) / 100 if text else 0.0
