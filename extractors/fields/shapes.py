"""Fields by the shape of their line: numbers that stand alone, dates in a frame of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dossiers.reading import Box, Word
from dossiers.text import fold
from extractors.fields.labels import Found
from extractors.patterns import compiled
from extractors.rows import Row
from extractors.types import DocumentType, FieldType

# Lines of one shape that say different things: the first may be the wrong one.
_RIVALS = 0.4


def find_shaped(kind: DocumentType, rows: Sequence[Row]) -> list[Found]:
    """Values of the fields whose type gives a ``pattern``; the first line that fits counts."""
    found = []
    for field in kind.fields:
        if field.pattern is None:
            continue
        hits = list(_hits(field, compiled(field.pattern), rows))
        if not hits:
            continue
        said = {fold(hit.raw).replace(" ", "") for hit in hits}
        found.append(hits[0] if len(said) == 1 else replace(hits[0], fit=_RIVALS))
    return found


def _hits(field: FieldType, pattern: re.Pattern[str], rows: Sequence[Row]) -> Iterator[Found]:
    for row in rows:
        pieces = row.pieces()
        for piece in [row, *pieces] if len(pieces) > 1 else pieces:
            match = pattern.fullmatch(piece.text)
            if match is None:
                continue
            group = "value" if "value" in pattern.groupindex else 0
            words = tuple(_words(piece, *match.span(group)))
            if words:
                yield Found(field, words, piece.page, 1.0)
                break


def _words(row: Row, start: int, end: int) -> Iterator[Word]:
    """The words of a row's text from ``start`` to ``end``, cut where the value begins inside one."""
    at = 0
    for word in row.words:
        first, last = max(start - at, 0), min(end - at, len(word.text))
        if first < last:
            yield word if (first, last) == (0, len(word.text)) else _part(word, first, last)
        at += len(word.text) + 1


def _part(word: Word, first: int, last: int) -> Word:
    step = word.box.width / len(word.text)
    box = Box(word.box.x0 + first * step, word.box.y0, word.box.x0 + last * step, word.box.y1)
    return replace(word, text=word.text[first:last], box=box, edges=())
