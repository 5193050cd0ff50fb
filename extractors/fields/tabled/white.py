"""Columns that white space keeps apart, by the places of their heads and of what stands below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from extractors.fields.tabled.levels import Level, Seen

# A gap wider than this many of :attr:`Columns.apart` does not occur within a value.
_NO_BLANK = 1.5
_REACH = 1.0  # how far (points) words may reach over an edge between columns

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Split:
    """Levels cut into columns, and the columns of which it is not clear whose words they hold.

    ``crossing`` is the share of its pieces that lie across columns; ``top`` and ``bottom`` are about
    the baselines of what stands highest and lowest in it, ``levels`` how many it is of.
    """

    cells: Mapping[int, tuple[Seen, ...]]
    unclear: frozenset[int]
    crossing: float
    top: float
    bottom: float
    levels: int = 1

    def beside(self, other: Split) -> Split | None:
        """Both as one line, where they have no column in common."""
        if self.cells.keys() & other.cells.keys():
            return None
        return Split(
            {**self.cells, **other.cells},
            self.unclear | other.unclear,
            max(self.crossing, other.crossing),
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            self.levels + other.levels,
        )


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of a table lie on a straight page.

    ``heads`` are the ends of their heads, ``edges`` between them, ``bodies`` the ends of what surely
    stands in each; gaps up to ``apart`` are blanks between words. Words that stand by themselves left
    of the first column are in column -1.
    """

    heads: tuple[Span, ...]
    edges: tuple[float, ...]
    bodies: tuple[Span, ...]
    apart: float
    numbered: bool = False

    def split(self, level: Level) -> Split:
        """The words of a level by column."""
        cells: dict[int, list[Seen]] = {}
        for seen in level.spoken(self.apart):
            cells.setdefault(self._column(seen), []).append(seen)
        unclear = {
            column
            for column, words in cells.items()
            if column >= 0 and self._is_unclear(column, words)
        }
        pieces = level.pieces(self.apart)
        crossed = [self.crossed(piece) for piece in pieces]
        for edges in crossed:
            unclear.update(side for edge in edges for side in (edge, edge + 1))
        share = sum(map(bool, crossed)) / len(pieces) if pieces else 0.0
        return Split(
            {column: tuple(words) for column, words in cells.items()},
            frozenset(unclear),
            share,
            level.y,
            level.y,
        )

    def moved(self, by: float) -> Columns:
        """The same columns on a sheet that lies elsewhere on the glass."""
        return Columns(
            tuple((x0 + by, x1 + by) for x0, x1 in self.heads),
            tuple(edge + by for edge in self.edges),
            tuple((x0 + by, x1 + by) for x0, x1 in self.bodies),
            self.apart,
            self.numbered,
        )

    def _column(self, seen: Seen) -> int:
        if self.numbered and seen.x1 < self.bodies[0][0]:
            return -1
        return sum(edge <= seen.middle for edge in self.edges)

    def crossed(self, piece: Sequence[Seen]) -> list[int]:
        """The edges that a piece lies across."""
        x0, x1 = piece[0].x0 + _REACH, piece[-1].x1 - _REACH
        return [index for index, edge in enumerate(self.edges) if x0 < edge < x1]

    def _is_unclear(self, column: int, words: Sequence[Seen]) -> bool:
        """Whether words stand by themselves in a column, or in more pieces than one."""
        said = [seen for seen in words if seen.says]
        low, high = self.bodies[column]
        aside = any(seen.x1 < low or seen.x0 > high for seen in said)
        widest = _NO_BLANK * self.apart
        return aside or any(other.x0 - one.x1 > widest for one, other in pairwise(said))


def columns_by(
    heads: Sequence[Span], body: Sequence[Level], apart: float, number: int | None = None
) -> Columns:
    """The columns whose edges lie where, between two heads, the fewest levels have words.

    A head lies in its column: so the edge between two lies between their heads. ``number`` is the
    column with the numbers of rows, if there is one.
    """
    pieces = [piece for level in body for piece in level.pieces(apart)]
    spans = [(piece[0].x0, piece[-1].x1) for piece in pieces]
    edges = [
        _edge((left[1], right[0]), spans, apart, beside_numbers=index == number)
        for index, (left, right) in enumerate(pairwise(heads))
    ]
    columns = Columns(tuple(heads), tuple(edges), tuple(heads), apart)
    whole = [span for span, piece in zip(spans, pieces, strict=True) if not columns.crossed(piece)]
    sides = list(pairwise((float("-inf"), *edges, float("inf"))))
    bodies = tuple(
        _around(head, [span for span in whole if low < sum(span) / 2 <= high], apart)
        for head, (low, high) in zip(heads, sides, strict=True)
    )
    columns = replace(columns, bodies=bodies)
    aside = [piece for piece in pieces if piece[-1].x1 < bodies[0][0]]
    return replace(columns, numbered=bool(aside) and all(map(is_row_number, aside)))


def is_row_number(words: Sequence[Seen]) -> bool:
    """Whether words are the number of a row: ``1``, ``02.``."""
    said = [seen.word.text for seen in words if seen.says]
    text = said[0].strip(" .)(") if len(said) == 1 else ""
    return text.isdecimal() and len(text) <= 4


def _edge(between: Span, spans: Sequence[Span], apart: float, *, beside_numbers: bool) -> float:
    """The middle of the widest stretch that the fewest spans lie across.

    Numbers of rows are narrow: beside them it is the first that is no blank.
    """
    low, high = between
    turns = sorted(
        [(max(low, x0), 1) for x0, x1 in spans if x1 > low and x0 < high]
        + [(min(high, x1), -1) for x0, x1 in spans if x1 > low and x0 < high]
    )
    stretches: list[tuple[int, float, float]] = []
    start, covered = low, 0
    for x, step in (*turns, (high, 0)):
        if x > start:
            stretches.append((covered, start, x))
        start, covered = x, covered + step
    if not stretches:
        return (low + high) / 2
    least = min(covered for covered, _, _ in stretches)
    free = [(start, end) for covered, start, end in stretches if covered == least]
    if beside_numbers:
        free = [one for one in free if one[1] - one[0] > apart][:1] or free
    start, end = max(free, key=lambda one: one[1] - one[0])
    return (start + end) / 2


def _around(head: Span, spans: Sequence[Span], apart: float) -> Span:
    """The ends of a head and of all that stands above or below each other with it."""
    low, high = head
    # From the head outwards, over gaps no wider than a blank.
    for x0, x1 in sorted(spans):
        if x0 <= high + apart and x1 >= low - apart:
            low, high = min(low, x0), max(high, x1)
    for x0, x1 in sorted(spans, key=lambda span: -span[1]):
        if x0 <= high + apart and x1 >= low - apart:
            low, high = min(low, x0), max(high, x1)
    return low, high
