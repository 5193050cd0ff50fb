"""What makes it doubtful that lines of a table without rules are one row, and a row of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from extractors.fields.tabled.record import CLEARLY, Border, Record, Wanted, says


def doubt_rows(records: Sequence[Record], borders: Sequence[Border], wanted: Wanted) -> None:
    """Tells the rows that may be several, or none; ``borders`` are those between them."""
    _doubt_close(records, borders, wanted)
    _doubt_out_of_turn(records, wanted)
    _doubt_poor(records, borders, wanted)


def _doubt_close(records: Sequence[Record], borders: Sequence[Border], wanted: Wanted) -> None:
    """Rows that lie closer than most others may be lines of one, unless they are numbered in turn."""
    ordered = sorted(border.space for border in borders)
    usual = ordered[len(ordered) * 3 // 4] if ordered else 0.0
    for (above, below), border in zip(pairwise(records), borders, strict=True):
        close = border.adjoining and usual >= CLEARLY * border.space
        if close and not _in_turn(above, below, wanted):
            above.unsure = True
            below.unsure = True


def _in_turn(above: Record, below: Record, wanted: Wanted) -> bool:
    one, other = above.number(wanted), below.number(wanted)
    return one is not None and other == one + 1


def _doubt_out_of_turn(records: Sequence[Record], wanted: Wanted) -> None:
    """A number that does not follow: a row before it is hidden, or it is none of the table's.

    Unless it was but read wrong, and the next one follows the one before.
    """
    firsts = _firsts(records, wanted)
    told: int | None = None
    for record, first, after in zip(records, firsts, [*firsts[1:], None], strict=True):
        if told is None:
            told = first
        elif first not in (None, told) and after != told:
            record.unsure = True
            told = first


def _doubt_poor(records: Sequence[Record], borders: Sequence[Border], wanted: Wanted) -> None:
    """What lacks a column that others fill, or the number that others have, may be no row of its own.

    Unless a number is missing just there, or the space before it is wider than that of lines.
    """
    firsts = _firsts(records, wanted)
    numbered = any(first is not None for first in firsts)
    counts = [sum(says(r.start, column) for r in records) for column in wanted.fields]
    usual = [c for c, n in zip(wanted.fields, counts, strict=True) if 2 * n >= len(records)]
    for index, (record, first) in enumerate(zip(records, firsts, strict=True)):
        if first is not None or (numbered and _is_missing(firsts, index)):
            continue
        full = all(says(record.start, column) for column in usual)
        space = borders[index - 1].space if index else 0.0
        wide = wanted.pitch is not None and space >= CLEARLY * wanted.pitch
        if (full and wide) if numbered else (full or wide):
            continue
        record.unsure = True
        if len(records) > 1:
            records[index - 1 if index else 1].unsure = True


def _firsts(records: Sequence[Record], wanted: Wanted) -> list[int | None]:
    """What the number of the first row would be, by that of each."""
    return [
        None if (number := record.number(wanted)) is None else number - index
        for index, record in enumerate(records)
    ]


def _is_missing(firsts: Sequence[int | None], index: int) -> bool:
    """Whether the numbers before and after leave one for a row without."""
    before = next((first for first in reversed(firsts[:index]) if first is not None), 1)
    after = next((first for first in firsts[index + 1 :] if first is not None), None)
    return before == after
