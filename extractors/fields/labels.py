"""Fields by their printed label, with tolerance for what recognisers do to labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from dossiers.reading import Word
from dossiers.text import fold
from extractors.rows import Row, value_text
from extractors.types import DocumentType, FieldType

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_EXACT = 0.97
# A list number before a label: "1.", "a)", "2.1".
_ORDINAL = re.compile(r"(?:[0-9]{1,2}(?:\.[0-9]{1,2})*|[a-zđ])[.)]$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """The words of a value as they stand, how well its label fitted (0 to 1), and on which page."""

    field: FieldType
    words: tuple[Word, ...]
    page: int
    fit: float

    @property
    def raw(self) -> str:
        """The value as read."""
        return value_text(self.words)


@dataclass(frozen=True, slots=True)
class _Label:
    text: str
    fields: tuple[FieldType, ...]


@dataclass(frozen=True, slots=True)
class _Hit:
    label: _Label
    row: int
    start: int
    end: int
    fit: float


def find_labelled(kind: DocumentType, rows: Sequence[Row]) -> list[Found]:
    """Values that follow a printed label, in reading order; the first place of a field counts."""
    labels = _labels(kind)
    hits = [hit for index, row in enumerate(rows) for hit in _hits(labels, index, row)]
    found: list[Found] = []
    done: set[str] = set()
    section: str | None = None
    for position, hit in enumerate(hits):
        field = _field_of(hit, section, done)
        if field is None:
            continue
        if field.opens:
            section = field.opens
        following = hits[position + 1] if position + 1 < len(hits) else None
        words = _value(field, hit, following, rows, hits)
        if not value_text(words):
            continue
        done.add(field.name)
        found.append(Found(field, words, rows[hit.row].page, hit.fit))
    return found


def _labels(kind: DocumentType) -> list[_Label]:
    """All labels of a type, longest first, each with the fields it may introduce."""
    by_text: dict[str, list[FieldType]] = {}
    for field in kind.fields:
        for label in field.labels:
            by_text.setdefault(_bare(label), []).append(field)
    for stop in kind.stops:
        by_text.setdefault(_bare(stop), [])
    return [
        _Label(text, tuple(fields))
        for text, fields in sorted(by_text.items(), key=lambda item: -len(item[0]))
    ]


def _bare(text: str) -> str:
    return _NOT_LETTERS.sub("", fold(text))


def _field_of(hit: _Hit, section: str | None, done: set[str]) -> FieldType | None:
    """Which of the fields that share a label is meant here."""
    left = [field for field in hit.label.fields if field.name not in done]
    for field in left:
        if field.opens or field.section == section:
            return field
    return None


def _hits(labels: Iterable[_Label], index: int, row: Row) -> list[_Hit]:
    """Labels in a row that do not overlap; a better fit, then a longer label, wins."""
    bare = [_bare(word.text) for word in row.words]
    candidates: list[_Hit] = []
    for label in labels:
        candidates.extend(_places(label, index, row, bare))
    # A label that fits to the letter beats a longer one that nearly fits.
    candidates.sort(key=lambda hit: (hit.fit < _EXACT, -len(hit.label.text) * hit.fit, hit.start))
    chosen: list[_Hit] = []
    for hit in candidates:
        if all(hit.end <= other.start or hit.start >= other.end for other in chosen):
            chosen.append(hit)
    return sorted(chosen, key=lambda hit: hit.start)


def _places(label: _Label, index: int, row: Row, bare: Sequence[str]) -> Iterable[_Hit]:
    size = len(label.text)
    for start in range(len(bare)):
        if not bare[start]:
            continue
        joined = ""
        for end in range(start, len(bare)):
            joined += bare[end]
            if end > start and row.words[end - 1].text.endswith(":"):
                break  # what follows a colon is the value
            if len(joined) < 0.8 * size:
                continue
            if len(joined) > 1.2 * size + 1:
                break
            fit = fuzz.ratio(label.text, joined) / 100
            if fit >= _needed(size) and _may_stand(row, start, end, size):
                yield _Hit(label, index, start, end + 1, fit)


def _needed(size: int) -> float:
    """Short labels are words that occur anywhere: no error is allowed in them."""
    return 1.0 if size <= 5 else 0.87 if size <= 12 else 0.82


def _may_stand(row: Row, start: int, end: int, size: int) -> bool:
    """Labels start a line, follow a value after a gap, or end in a colon."""
    before = row.words[start - 1] if start else None
    ends_in_colon = row.words[end].text.rstrip().endswith((":", ";", "："))
    begins = (
        before is None
        or _ORDINAL.match(before.text) is not None
        or row.words[start].box.x0 - before.box.x1 > 0.9 * row.height
    )
    if size <= 5:
        return ends_in_colon and begins
    return ends_in_colon or begins


def _value(
    field: FieldType,
    hit: _Hit,
    following: _Hit | None,
    rows: Sequence[Row],
    hits: Sequence[_Hit],
) -> tuple[Word, ...]:
    """Words up to the next label on the line; then, for long values, further lines without one."""
    row = rows[hit.row]
    same_row = following is not None and following.row == hit.row
    end = following.start if following is not None and same_row else len(row.words)
    words = list(row.words[hit.end : end])
    words = _until_ordinal(words) if same_row else words
    if same_row and value_text(words):
        return tuple(words)
    labelled = {other.row for other in hits}
    allowed = field.lines - 1 if value_text(words) else field.lines
    for index in range(hit.row + 1, min(hit.row + 1 + allowed, len(rows))):
        after = rows[index]
        if index in labelled or not _continues(row, rows[index - 1], after, first=not words):
            break
        words.extend(after.words)
        if field.lines == 1:
            break
    return tuple(words)


def _until_ordinal(words: list[Word]) -> list[Word]:
    return words[:-1] if words and _ORDINAL.match(words[-1].text) else words


def _continues(label_row: Row, before: Row, after: Row, *, first: bool) -> bool:
    """Whether a line belongs to the value above it: next to it, not a heading, not indented away."""
    if after.page != before.page or after.box.y0 - before.box.y1 > 1.3 * max(6.0, before.height):
        return False
    if after.box.x0 > label_row.box.x0 + 0.35 * label_row.page_width:
        return False
    if first:
        return True
    # A line that ended early has no continuation.
    full = before.box.x1 > 0.72 * before.page_width
    return full and not (after.in_capitals and not before.in_capitals and len(after.words) > 2)
