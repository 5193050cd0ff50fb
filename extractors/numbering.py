"""The number and symbol of a document, ``Số: 15/QĐ-UBND``, also where a pen wrote the number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extractors.rows import Row

# "Số" as print and recognisers have it, then whatever was written, a stroke, the symbol.
_NUMBERED = re.compile(
    r"^\W{0,2}s[o0]\s*(?:[:.;]|\d|.{0,12}[/\\|])|^\d{1,6}\s*[a-z]?\s*/\s*[a-z0-9]"
)
_DEPARTMENT = re.compile(r"^\W{0,2}s[ởỏớ]\b", re.IGNORECASE)
_SYMBOL = re.compile(
    r"[/\\|]\s*(?:(?:19|20)\d{2}\s*/\s*)?"
    r"([A-ZĐ][A-Za-zĐđÀ-ỹ0-9&.+]*(?:\s?[-–]\s?[A-Za-zĐđÀ-ỹ0-9&.+]+)*)[\s.,;:]*$"
)
_PARTY_SYMBOL = re.compile(r"\d\s?[-–]\s?([A-ZĐ]{1,3}[a-z]?/[A-ZĐ]{2,6})[\s.,;]*$")
_BLANKS = re.compile(r"\s*([-–])\s*")
_UPPER_PART = 0.45


def is_numbered(row: Row) -> bool:
    """Whether a line is that of the number: ``Số: …``, or a number with a symbol by itself."""
    return _NUMBERED.match(row.folded) is not None and not _DEPARTMENT.match(row.text)


def symbol_in(text: str) -> str | None:
    """The symbol a number ends in, hyphens without blanks: ``QĐ-UBND`` of ``Số: 4+ /QĐ- UBND``."""
    match = _SYMBOL.search(text) or _PARTY_SYMBOL.search(text)
    return _BLANKS.sub("-", match[1]) if match else None


def number_row(pieces: Sequence[Row]) -> Row | None:
    """The line of the document's own number: high on the first page, with a symbol if any has."""
    rows = [
        row
        for row in pieces
        if row.page == pieces[0].page
        and row.box.y0 < _UPPER_PART * row.page_height
        and len(row.words) <= 8
        and is_numbered(row)
    ]
    whole = [_with_symbol(row, pieces) for row in rows]
    return next((row for row in whole if symbol_in(row.text)), whole[0] if whole else None)


def _with_symbol(row: Row, pieces: Sequence[Row]) -> Row:
    """The line with what stands behind the gap that was left for a number."""
    if symbol_in(row.text):
        return row
    for piece in pieces:
        level = abs(piece.box.centre[1] - row.box.centre[1]) < 0.6 * row.height
        if (
            piece.page == row.page
            and level
            and 0 < piece.box.x0 - row.box.x1 < 0.2 * row.page_width
            and len(piece.words) <= 3
            and symbol_in(piece.text)
        ):
            return replace(row, words=(*row.words, *piece.words))
    return row
