"""Tables printed without upright rules, or with none: heads side by side and rows below them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from dossiers.reading import PageReading, Word
from dossiers.text import letters_of
from extractors.fields.tabled.grid import Grid, GridCell, GridRow
from extractors.fields.tabled.head_rows import HeadFinder, HeadRow
from extractors.fields.tabled.heads import says_a_head
from extractors.fields.tabled.levels import Level, Levels, Seen, levels_of
from extractors.fields.tabled.record import (
    WHICH_ROW,
    Wanted,
    begins_row,
    is_numbered,
    number_of,
)
from extractors.fields.tabled.records import in_lines, rows_of_lines
from extractors.fields.tabled.white import Columns, Span, Split, columns_by, is_row_number
from extractors.types import Group

_NUMBER_HEADS = frozenset({"stt", "tt", "sott", "sothutu"})
_PAGE_NUMBER = re.compile(r"(trang)?[0-9]{1,3}")
# A space of so many heights of words ends a table.
_FAR = 4.0
# Where so many pieces of a line lie across columns, it is none of the table's.
_RUNNING = 0.5
# Of so many levels for each row of a group, no more are looked at.
_LEVELS_OF_A_ROW = 12
# So often the columns are told anew once it is clear where the table ends.
_ATTEMPTS = 4
# A sheet may lie so far (points) from where the one before it lay on the glass.
_SHIFTS = tuple(range(-32, 33, 4))
# So many lines tell how it lies; so many may belong to the last row of the page before.
_TELLING, _LEFT_OVER = 40, 3


@dataclass(frozen=True, slots=True)
class _Table:
    """What of a table stands on one page, and whether it may run on over the next one."""

    grid: Grid
    columns: Columns
    wanted: Wanted
    end: int
    open: bool


def unruled_grids(group: Group, pages: Sequence[PageReading]) -> Iterator[Grid]:
    """The tables whose heads fit a group, wherever no rules are needed to tell their cells."""
    table: _Table | None = None
    for page in pages:
        if not page.words:
            continue
        levels = levels_of(page)
        finder = HeadFinder(group, levels)
        end = 0
        if table is not None:
            more = _going_on(group, table, levels) if table.open else None
            if more is None:
                yield table.grid
                table = None
            else:
                before, table = more
                yield before
                end = table.end
        while (head := finder.first(end)) is not None:
            if table is not None:
                yield table.grid
            table = _below(group, head, levels)
            end = table.end
    if table is not None:
        yield table.grid


def _below(group: Group, head: HeadRow, levels: Levels) -> _Table:
    """The rows below heads."""
    numbers = [c for c, words in head.words.items() if _text(words) in _NUMBER_HEADS]
    first = next(column for column, (one, _) in head.heads.items() if one is group.fields[0])
    pitch = _pitch(head.spans, levels.levels[head.start : head.end])
    wanted = Wanted(tuple(head.heads), first, numbers[0] if numbers else None, pitch)
    top = levels.levels[head.end - 1].y
    columns, rows, end = _rows_from(group, head.spans, levels, head.end, top, wanted)
    heads: GridRow = {column: GridCell(words) for column, words in head.words.items()}
    grid = Grid(levels.page, [heads, *rows])
    return _Table(grid, columns, wanted, end, _is_last(levels, end))


def _pitch(spans: Sequence[Span], window: Sequence[Level]) -> float | None:
    """How far apart the lines of heads lie; nothing where each is on one line."""
    columns = (
        [level.y for level in window if any(x0 <= seen.x0 <= x1 for seen in level.words)]
        for x0, x1 in spans
    )
    return max((below - above for ys in columns for above, below in pairwise(ys)), default=None)


def _rows_from(
    group: Group, spans: Sequence[Span], levels: Levels, start: int, top: float, wanted: Wanted
) -> tuple[Columns, list[GridRow], int]:
    """The columns below heads, the rows in them up to running text or a wide space, and their end.

    What lies between columns is told by what is of the table, and what is of it by its columns.
    """
    body: list[Level] = []
    before = top
    for level in levels.levels[start : start + _LEVELS_OF_A_ROW * group.most]:
        pieces = level.pieces(levels.apart)
        headed = any(says_a_head(group, [seen.word for seen in piece]) for piece in pieces)
        if level.y - before > _FAR * levels.height or headed or _runs_over(pieces, spans):
            break
        body.append(level)
        before = level.y
    for _ in range(_ATTEMPTS):
        columns = columns_by(spans, body, levels.apart, wanted.number)
        cut = [columns.split(level) for level in body]
        cut = list(_up_to_text(cut, group, wanted))
        below = map(columns.split, levels.levels[start + len(cut) :])
        rows, taken = rows_of_lines(in_lines(cut, levels.height), top, wanted, next(below, None))
        if taken == len(body):
            break
        body = body[:taken]
    return columns, rows, start + taken


def _runs_over(pieces: Sequence[Sequence[Seen]], spans: Sequence[Span]) -> bool:
    """Whether a level is running text: most of its pieces stand below more heads than one."""
    over = [sum(piece[0].x0 < x1 and piece[-1].x1 > x0 for x0, x1 in spans) > 1 for piece in pieces]
    running = bool(over) and sum(over) >= _RUNNING * len(over)
    return running and not is_row_number(pieces[0])


def _up_to_text(lines: Iterable[Split], group: Group, wanted: Wanted) -> Iterator[Split]:
    """Lines up to running text, the label of a form, or other heads.

    A row that is numbered in turn is none of them, however much its words run into each other.
    """
    last = 0
    for line in lines:
        number = number_of(line, wanted)
        in_turn = number == last + 1
        cells = [tuple(seen.word for seen in words) for words in line.cells.values()]
        label = any(words[-1].ends_label for words in line.cells.values())
        running = line.crossing >= _RUNNING or label
        if (running and not in_turn) or any(says_a_head(group, words) for words in cells):
            return
        last = last if number is None else number
        yield line


def _going_on(group: Group, table: _Table, levels: Levels) -> tuple[Grid, _Table] | None:
    """What stands before, and what of the same table stands on the next page; nothing where it ends.

    A row that begins on the page before and ends here is in doubt.
    """
    start = sum(1 for _ in takewhile(_is_page_number, levels.levels))
    if start == len(levels.levels):
        return None
    telling = levels.levels[start : start + _TELLING]
    columns = _moved(table.columns, telling)
    lines = in_lines([columns.split(level) for level in telling], levels.height)
    left_over = list(takewhile(lambda line: not begins_row(line, table.wanted), lines))
    first = lines[len(left_over)] if len(left_over) < len(lines) else None
    if first is None or len(left_over) > _LEFT_OVER or not _goes_on(group, table, first):
        return None
    begun = start + sum(line.levels for line in left_over)
    top = levels.levels[begun].y - levels.height
    columns, rows, end = _rows_from(group, columns.heads, levels, begun, top, table.wanted)
    more = _Table(Grid(levels.page, rows), columns, table.wanted, end, _is_last(levels, end))
    return _doubted(table.grid, left_over), more


def _moved(columns: Columns, levels: Sequence[Level]) -> Columns:
    """Columns moved so that the fewest words lie across them."""

    def amiss(by: float) -> tuple[float, float]:
        there = columns.moved(by)
        lines = [there.split(level) for level in levels]
        return sum(line.crossing + len(line.unclear) for line in lines), abs(by)

    return columns.moved(min(_SHIFTS, key=amiss))


def _goes_on(group: Group, table: _Table, line: Split) -> bool:
    """Whether the first row of a page may be one of the table before: no head, numbered if that is."""
    cells = [tuple(seen.word for seen in words) for words in line.cells.values()]
    if any(says_a_head(group, words) for words in cells):
        return False
    numbered = table.wanted.number is not None or table.columns.numbered
    return is_numbered(line, table.wanted) or not numbered


def _doubted(grid: Grid, left_over: Sequence[Split]) -> Grid:
    """A table whose last row goes on elsewhere, in the columns of these lines."""
    columns = {column for line in left_over for column in line.cells}
    if not columns or len(grid.rows) < 2:
        return grid
    last = {
        column: replace(cell, doubt=cell.doubt or WHICH_ROW) if column in columns else cell
        for column, cell in grid.rows[-1].items()
    }
    return replace(grid, rows=[*grid.rows[:-1], last])


def _is_last(levels: Levels, end: int) -> bool:
    """Whether nothing stands on a page from a level on but its number."""
    return all(_is_page_number(level) for level in levels.levels[end:])


def _is_page_number(level: Level) -> bool:
    said: list[Seen] = [seen for seen in level.words if seen.says]
    return _PAGE_NUMBER.fullmatch(_text([seen.word for seen in said])) is not None


def _text(words: Sequence[Word]) -> str:
    return letters_of(" ".join(word.text for word in words))
