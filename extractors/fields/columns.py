"""Blocks of labels side by side (wife and husband), which a reading may have run into each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from extractors.rows import Row

Starts = Callable[[Row], Sequence[float]]
"""Where, in a row, labels stand that open blocks: the x of their first words, in points."""


def one_by_one(rows: Sequence[Row], starts: Starts) -> list[Row]:
    """The rows with blocks side by side put one after another.

    A row in which two labels open blocks begins two columns; they go on until a row that stands in
    neither, such as one over the whole width.
    """
    ordered: list[Row] = []
    index = 0
    while index < len(rows):
        row = rows[index]
        edges = starts(row)
        if len(edges) < 2 or _cut(row, edges[1]) is None:
            ordered.append(row)
            index += 1
            continue
        columns: tuple[list[Row], list[Row]] = ([], [])
        while index < len(rows) and rows[index].page == row.page:
            sides = _cut(rows[index], edges[1])
            if sides is None:
                break
            for column, side in zip(columns, sides, strict=True):
                column += side
            index += 1
        ordered += [*columns[0], *columns[1]]
    return ordered


def _cut(row: Row, edge: float) -> tuple[list[Row], list[Row]] | None:
    """What of a row stands left and right of an edge; ``None`` where it runs across."""
    edge -= 0.3 * row.height
    left = tuple(word for word in row.words if word.box.x0 < edge)
    right = tuple(word for word in row.words if word.box.x0 >= edge)
    if left and left[-1].box.x1 > edge:
        return None
    if left and right and right[0].box.x0 - left[-1].box.x1 < 0.6 * row.height:
        return None
    return (
        [replace(row, words=left)] if left else [],
        [replace(row, words=right)] if right else [],
    )
