"""Headings of a paper: lines in capitals or by themselves, taken together as they were set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from extractors.rows import Row

NATION = "conghoaxahoichunghiavietnam"
_MOTTO = "doclaptudohanhphuc"
_PARTY = "dangcongsanvietnam"

_UPPER_PART = 0.62
_LONGEST = 18
_MOST_LINES = 4
_MOST = 40


@dataclass(frozen=True)
class Heading:
    """Lines set one below the other about one middle, from ``rows[0]`` down.

    ``first`` tells that nothing in capitals stands right above it; ``after`` is the line in capitals
    right below it, if there is one; ``depth`` is how far down the text of its page it begins, 0 to 1.
    """

    rows: tuple[Row, ...]
    first: bool
    after: Row | None
    depth: float

    @cached_property
    def letters(self) -> str:
        """Folded letters and figures of all lines."""
        return "".join(row.letters for row in self.rows)

    @property
    def text(self) -> str:
        """As printed, on one line."""
        return " ".join(row.text for row in self.rows)

    @property
    def page(self) -> int:
        """The page it stands on."""
        return self.rows[0].page

    @property
    def in_capitals(self) -> bool:
        """Whether all of it is."""
        return all(row.in_capitals for row in self.rows)


def is_national(row: Row) -> bool:
    """Whether a line is the national heading, its motto, or the Party's heading."""
    letters = row.letters
    return 15 <= len(letters) <= 36 and (
        fuzz.ratio(NATION, letters) >= 85
        or fuzz.ratio(_MOTTO, letters) >= 85
        or fuzz.ratio(_PARTY, letters) >= 90
    )


def headings(pieces: Sequence[Row]) -> list[Heading]:
    """What may be a title: from every line, the runs of up to four lines, the longest first.

    Args:
        pieces: lines cut into columns, in reading order.
    """
    lines = [row for row in pieces if _may_head(row)][:_MOST]
    blocks: list[list[Row]] = []
    for row in lines:
        if blocks and _below(blocks[-1][-1], row):
            blocks[-1].append(row)
        else:
            blocks.append([row])
    extents: dict[int, tuple[float, float]] = {}
    for row in pieces:
        top, bottom = extents.get(row.page, (row.box.y0, row.box.y1))
        extents[row.page] = min(top, row.box.y0), max(bottom, row.box.y1)
    return [heading for block in blocks for heading in _runs(block, *extents[block[0].page])]


def _may_head(row: Row) -> bool:
    if len(row.words) > _LONGEST or row.box.y0 > _UPPER_PART * row.page_height:
        return False
    return row.text[0].isupper() and len(row.letters) >= 3 and not is_national(row)


def _below(upper: Row, lower: Row) -> bool:
    """Whether a line goes on with the heading above it."""
    return (
        upper.page == lower.page
        and upper.in_capitals
        and lower.in_capitals
        and -0.5 * upper.height < lower.box.y0 - upper.box.y1 < 1.3 * max(upper.height, 6.0)
        and (
            abs(upper.box.centre[0] - lower.box.centre[0]) < 0.1 * upper.page_width
            or abs(upper.box.x0 - lower.box.x0) < upper.height
        )
    )


def _runs(block: Sequence[Row], top: float, bottom: float) -> Iterator[Heading]:
    for start in range(len(block)):
        depth = (block[start].box.y0 - top) / max(1.0, bottom - top)
        for end in range(min(start + _MOST_LINES, len(block)), start, -1):
            after = block[end] if end < len(block) else None
            yield Heading(tuple(block[start:end]), start == 0, after, depth)
