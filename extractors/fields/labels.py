"""Fields by their printed label, with tolerance for what recognisers do to labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dossiers.reading import Box, Word
from dossiers.text import fold
from extractors.fields.columns import one_by_one
from extractors.fields.label_hits import ORDINAL, Hit, Label, label_hits, labels_of, weak_hits
from extractors.rows import Row, says_something, value_text
from extractors.types import DocumentType, FieldKind, FieldType

# Values that are not whole before a figure stands in them.
_FIGURES = frozenset({
    FieldKind.DATE, FieldKind.DATE_TIME, FieldKind.YEAR, FieldKind.PERSONAL_NUMBER,
    FieldKind.IDENTITY_DOCUMENT, FieldKind.DOCUMENT_NUMBER, FieldKind.PHONE, FieldKind.MONEY,
})  # fmt: skip
# ``Hưng Yên, ngày/date 26 tháng/month 06 năm/year 2025``, set in from the text.
_PLACE_AND_DATE = re.compile(r"[^\d,]{2,40}, ?ngay\b.{0,20}\bthang\b.{0,20}\bnam\b")


@dataclass(frozen=True, slots=True)
class Found:
    """The words of a value as they stand, how well its label fitted (0 to 1), and on which page.

    ``doubt`` tells why they may not be the whole value and nothing else.
    ``others`` is what stands behind the same label elsewhere; ``cut`` tells that the value seems to go
    on below the lines it may have.
    """

    field: FieldType
    words: tuple[Word, ...]
    page: int
    fit: float
    doubt: str = ""
    others: tuple[str, ...] = ()
    cut: bool = False

    @property
    def raw(self) -> str:
        """The value as read."""
        return value_text(self.words)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of labels that is open: its section, and where its first label stands."""

    section: str
    page: int
    spot: Box


def find_labelled(kind: DocumentType, rows: Sequence[Row]) -> list[Found]:
    """Values that follow a printed label, in reading order.

    The first place of a field counts, of places with and without a colon the first that has one; what
    a label that is only this field's says at further places is told too.
    """
    labels = labels_of(kind)
    if not labels:
        return []
    if sum(field.opens is not None for field in kind.every_field) > 1:
        rows = one_by_one(rows, lambda row: _opening(labels, row))
    hits = label_hits(labels, rows)
    frames = _frames(rows)
    labelled = {hit.row for hit in hits}
    weak = weak_hits(hits)
    found: dict[str, Found] = {}
    done: set[str] = set()
    blocks: list[_Block] = []
    for position, hit in enumerate(hits):
        spot = rows[hit.row].words[hit.start].box
        section = _section(blocks, spot)
        field = _field_of(hit, section, done) if position not in weak else None
        again = _again(hit, section, found) if field is None and position not in weak else None
        field = field or again
        if field is None:
            continue
        if field.opens:
            blocks = _opened(blocks, _Block(field.opens, rows[hit.row].page, spot))
            if _opens_more(hit, field, done):
                done.add(field.name)  # the next such label opens the next block
        following = hits[position + 1] if position + 1 < len(hits) else None
        words, cut = _value(field, hit, following, rows, hits, frames)
        if words and len(blocks) < 2:
            words = (*words, *_beside(words[-1], hit.row, rows, labelled))
        if not says_something(words):
            continue
        done.add(field.name)
        if again:
            first = found[again.name]
            found[again.name] = replace(first, others=(*first.others, value_text(words)))
            continue
        found[field.name] = Found(field, words, rows[hit.row].page, hit.fit, cut=cut)
    return [*found.values(), *_within(kind, list(found.values()))]


def _opened(blocks: Sequence[_Block], new: _Block) -> list[_Block]:
    """The blocks open once a new one begins: those beside it stay open, as columns do."""
    beside = [
        block
        for block in blocks
        if block.page == new.page
        and abs(block.spot.centre[1] - new.spot.centre[1]) < 1.5 * new.spot.height
        and abs(block.spot.x0 - new.spot.x0) > 5 * new.spot.height
    ]
    return sorted([*beside, new], key=lambda block: block.spot.x0)


def _section(blocks: Sequence[_Block], spot: Box) -> str | None:
    """The section of a label by the block it stands in: of columns, the one it stands below."""
    if not blocks:
        return None
    left = [block for block in blocks if block.spot.x0 <= spot.x0 + 2 * spot.height]
    return (left or blocks)[-1 if left else 0].section


def _within(kind: DocumentType, found: Sequence[Found]) -> Iterator[Found]:
    """The fields that stand in the words of another."""
    whole = {hit.field.name: hit for hit in found}
    for field in kind.every_field:
        if holder := whole.get(field.within or ""):
            yield replace(holder, field=field)


def _beside(last: Word, label: int, rows: Sequence[Row], labelled: set[int]) -> tuple[Word, ...]:
    """The rest of a value whose line was cut: it begins small or with a figure, on its baseline.

    ``Số: 157 … ngày 12/4/2021``, where other lines leave a gap that looks like one of columns. What
    stands below a label of its own column is no rest.
    """
    page = rows[label].page
    heads = [rows[index].box for index in labelled if rows[index].page == page]
    for index, row in enumerate(rows):
        gap = row.box.x0 - last.box.x1
        level = abs(row.box.centre[1] - last.box.centre[1]) < 0.5 * max(row.height, last.box.height)
        if index in labelled or row.page != page or not level:
            continue
        if 0 < gap < 0.35 * row.page_width and not any(_heads(head, row) for head in heads):
            return row.words if row.text[0].islower() or row.text[0].isdigit() else ()
    return ()


def _heads(head: Box, row: Row) -> bool:
    """Whether a label stands in the column of a line, not far above it."""
    above = row.box.y0 - head.y0
    return abs(head.x0 - row.box.x0) < row.height and 0 < above < 8 * row.height


def _frames(rows: Sequence[Row]) -> dict[int, tuple[float, float]]:
    """Left and right edge of the text of each page: a card lies on a page that is much wider."""
    frames: dict[int, tuple[float, float]] = {}
    for row in rows:
        left, right = frames.get(row.page, (row.box.x0, row.box.x1))
        frames[row.page] = min(left, row.box.x0), max(right, row.box.x1)
    return frames


def _field_of(hit: Hit, section: str | None, done: set[str]) -> FieldType | None:
    """Which of the fields that share a label is meant here."""
    left = [field for field in hit.label.fields if field.name not in done]
    for field in left:
        if field.opens or field.section == section:
            return field
    return None


def _again(hit: Hit, section: str | None, found: Mapping[str, Found]) -> FieldType | None:
    """The field that was found before, where the label is that field's alone."""
    if not hit.colon or len(hit.label.fields) != 1:
        return None
    field = hit.label.fields[0]
    return None if field.opens or field.section != section or field.name not in found else field


def _opening(labels: Sequence[Label], row: Row) -> list[float]:
    """Where labels stand in a row that open blocks; most rows have no two labels at all."""
    if sum(word.text.endswith((":", ";")) for word in row.words) < 2:
        return []
    return [
        row.words[hit.start].box.x0
        for hit in label_hits(labels, [row])
        if any(field.opens for field in hit.label.fields)
    ]


def _opens_more(hit: Hit, field: FieldType, done: set[str]) -> bool:
    """Whether the label of a field that opens a block opens others too."""
    others = [f for f in hit.label.fields if f.opens and f.name not in done and f is not field]
    return bool(others)


def _value(
    field: FieldType,
    hit: Hit,
    following: Hit | None,
    rows: Sequence[Row],
    hits: Sequence[Hit],
    frames: Mapping[int, tuple[float, float]],
) -> tuple[tuple[Word, ...], bool]:
    """Words up to the next label on the line; then, for long values, further lines without one.

    And whether one more line would be the value's too, had it not as many as its field allows.
    """
    row = rows[hit.row]
    same_row = following is not None and following.row == hit.row
    end = following.start if following is not None and same_row else len(row.words)
    words = _without_strays(_without_note(row.words[hit.end : end]), row.height)
    words = _until_ordinal(words) if same_row else words
    if field.kind is FieldKind.PERSON_NAME and (about := _about(words)):
        return tuple(words[:about]), False
    if same_row and value_text(words):
        return tuple(words), False
    labelled = {other.row for other in hits}
    allowed = field.lines - 1 if value_text(words) else field.lines
    edge, before = _column_edge(row, rows), row
    for index in range(hit.row + 1, len(rows)):
        after = rows[index]
        if index not in labelled and _aside(row, before, after):
            continue
        if not words and after.page == row.page and after.box.x1 < row.words[hit.start].box.x0:
            continue  # in a column of its own, left of the label
        if index in labelled:
            break
        if not _continues(field, row, before, after, edge, words, frames):
            return tuple(words), bool(words) and _goes_on_small(row, before, after)
        if allowed <= 0:
            return tuple(words), True
        words.extend(after.words)
        before = after
        allowed -= 1 if field.lines > 1 else allowed
    return tuple(words), False


def _aside(label_row: Row, before: Row, after: Row) -> bool:
    """Whether a line stands right of where the value goes on, and as high: what a seal leaves."""
    right = after.box.x0 > label_row.box.x0 + 0.35 * label_row.page_width
    return (
        right and after.page == before.page and after.box.y0 < before.box.y1 + 0.3 * before.height
    )


def _without_strays(words: list[Word], height: float) -> list[Word]:
    """Without single letters far behind a value: what is read of borders and seals."""
    while len(words) > 1:
        gap = words[-1].box.x0 - words[-2].box.x1
        if gap < 3 * height or sum(letter.isalnum() for letter in words[-1].text) > 1:
            break
        words = words[:-1]
    return words


def _without_note(words: Sequence[Word]) -> list[Word]:
    """Without a printed note between label and colon: ``Vị trí (ghi rõ lô đất, địa chỉ): …``."""
    if words and words[0].text.startswith("("):
        for index, word in enumerate(words):
            if word.text.endswith("):"):
                return list(words[index + 1 :])
    return list(words)


def _about(words: Sequence[Word]) -> int | None:
    """Where the sentence goes on behind a name: ``Trần Thị Mẫu, về việc cấp …``."""
    folded = [fold(word.text) for word in words]
    return next((at for at, pair in enumerate(pairwise(folded)) if pair == ("ve", "viec")), None)


def _until_ordinal(words: list[Word]) -> list[Word]:
    return words[:-1] if words and ORDINAL.match(words[-1].text) else words


def _continues(
    field: FieldType,
    label_row: Row,
    before: Row,
    after: Row,
    edge: float,
    words: Sequence[Word],
    frames: Mapping[int, tuple[float, float]],
) -> bool:
    """Whether a line belongs to the value above it: next to it, not a heading, not indented away."""
    if after.page != before.page or after.box.y0 - before.box.y1 > 1.3 * max(6.0, before.height):
        return False
    if after.box.x0 > label_row.box.x0 + 0.35 * label_row.page_width or after.box.x0 >= edge:
        return False
    if after.box.x0 > label_row.box.x0 + after.height and _PLACE_AND_DATE.match(after.folded):
        return False
    if not words or (field.kind in _FIGURES and not re.search(r"\d", value_text(words))):
        return True
    # A line that ended early has no continuation. It ends where its column does, or the text of
    # its page: a card lies on a page that is much wider.
    left, right = frames[before.page]
    column = edge < before.page_width or label_row.box.x0 > left + 0.25 * (right - left)
    if column:
        left, right = label_row.box.x0, min(edge, right)
    listed = before.text.endswith(",") and field.kind is not FieldKind.PERSON_NAME
    full = listed or before.box.x1 > left + (0.67 if column else 0.76) * (right - left)
    heads = after.in_capitals and (len(after.words) > 2 or after.text.endswith(":"))
    heading = heads and not _in_capitals(words)
    # The first line of the next paragraph is a sentence of its own.
    sentence = before.text.endswith((".", ";")) and after.text[0].isupper()
    return full and not heading and not (sentence and after.box.x0 > left + after.height)


def _goes_on_small(label_row: Row, before: Row, after: Row) -> bool:
    """Whether a line may go on though the one above ended early: it begins small, below its label."""
    below = after.page == before.page and after.box.y0 - before.box.y1 <= max(6.0, before.height)
    aligned = abs(after.box.x0 - label_row.box.x0) < after.height
    ended = before.text.endswith((".", ";"))
    return below and aligned and not ended and after.text[:2].islower()


def _in_capitals(words: Sequence[Word]) -> bool:
    letters = [letter for word in words for letter in word.text if letter.isalpha()]
    return bool(letters) and sum(letter.isupper() for letter in letters) >= 0.8 * len(letters)


def _column_edge(row: Row, rows: Sequence[Row]) -> float:
    """Where the column of a line ends: where lines beside it begin; else the page's right edge."""
    beside = [
        other.box.x0
        for other in rows
        if other.page == row.page
        and other.box.x0 > row.box.x1
        and min(other.box.y1, row.box.y1) - max(other.box.y0, row.box.y0) > 0.4 * row.height
    ]
    return min(beside, default=row.page_width)
