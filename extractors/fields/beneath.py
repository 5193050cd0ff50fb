"""What somebody has entered beneath a heading, in a table or not: entries after a paper was issued."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from dossiers.reading import Word
from dossiers.text import fold, letters_of
from extractors.fields.label_hits import Hit, label_hits, labels_of
from extractors.fields.labels import Found
from extractors.patterns import compiled
from extractors.rows import Row, value_text
from extractors.types import DocumentType, FieldType

# What an entry has at least; less is what recognisers read of rules, seals and dust.
_WORDS, _LETTERS = 2, 2
# Labels of so many letters end the room, shorter ones may stand in an entry (“CMND số”).
_LONG = 12
_SAME = 90.0
_NOTHING = frozenset({"khong", "khong co", "khong thay doi"})


def find_beneath(kind: DocumentType, rows: Sequence[Row]) -> list[Found]:
    """The entries, page by page: all that stands below a field's labels, down to the next label.

    The labels of the field are its heading and the heads of the table below it; they are no entry.
    """
    fields = [field for field in kind.every_field if field.beneath]
    if not fields:
        return []
    hits = label_hits(labels_of(kind), rows)
    return [found for field in fields for found in _entries(kind, field, rows, hits)]


def _entries(
    kind: DocumentType, field: FieldType, rows: Sequence[Row], hits: Sequence[Hit]
) -> Iterator[Found]:
    own = [hit for hit in hits if field.name in hit.label.heads]
    heads = {hit.row for hit in own}
    for page in sorted({rows[index].page for index in heads}):
        here = [hit for hit in own if rows[hit.row].page == page]
        top = min(rows[hit.row].box.y0 for hit in here)
        ends = [
            rows[hit.row].box.y0
            for hit in hits
            if hit.row not in heads and rows[hit.row].page == page and _ends(hit)
        ]
        floor = min((y for y in ends if y > top), default=float("inf"))
        words = [
            word
            for index, row in enumerate(rows)
            if row.page == page and top <= row.box.y0 < floor and not _is_shape(kind, row)
            for word in _rest(row, field, [hit for hit in here if hit.row == index])
        ]
        if _is_entry(words):
            yield Found(field, tuple(words), page, max(hit.fit for hit in here))


def _ends(hit: Hit) -> bool:
    return hit.start <= 1 and len(hit.label.text) >= _LONG


def _rest(row: Row, field: FieldType, heads: Sequence[Hit]) -> Iterator[Word]:
    """The words of a line that are no head: heads of a table may run over several lines."""
    for piece in row.pieces():
        if _is_of_a_head(letters_of(piece.text), field):
            continue
        for word in piece.words:
            at = row.words.index(word)
            headed = any(hit.start <= at < hit.end for hit in heads)
            # The ordinal before a heading, and what a rule left beside it.
            if not headed and not (heads and len(value_text([word])) < _LETTERS):
                yield word


def _is_of_a_head(letters: str, field: FieldType) -> bool:
    labels = [letters_of(label) for label in field.labels]
    return any(
        len(letters) <= len(label) and fuzz.partial_ratio(letters, label) >= _SAME
        for label in labels
    )


def _is_shape(kind: DocumentType, row: Row) -> bool:
    """Whether a line is another field by its shape, such as the serial at the foot of the page."""
    return any(
        field.pattern and compiled(field.pattern).fullmatch(row.text) for field in kind.every_field
    )


def _is_entry(words: Sequence[Word]) -> bool:
    said = [word for word in words if sum(map(str.isalpha, word.text)) >= _LETTERS]
    return len(said) >= _WORDS and fold(value_text(words)).strip(" .-") not in _NOTHING
