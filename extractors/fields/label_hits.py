"""Where the labels of a type stand on the lines of a paper, whatever recognisers did to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
from rapidfuzz import fuzz, process

from dossiers.text import letters_of
from extractors.rows import Row
from extractors.types import DocumentType, FieldType

EXACT = 0.97
# A list number or bullet before a label: "1.", "a)", "2.1", "-", "*".
ORDINAL = re.compile(r"(?:(?:[0-9]{1,2}(?:\.[0-9]{1,2})*|[a-zđ])[.)]|[-–+*•])$", re.IGNORECASE)
# Short labels are words that occur anywhere: no error is allowed in them.
_SHORT, _MIDDLE = 5, 12
_LEAST = {_SHORT: 1.0, _MIDDLE: 0.87}
_LEAST_OF_LONG = 0.82
_NEARLY = 0.88
# A line that ends right of this share of the page may go on in the next.
_RUNS_ON = 0.75
# So many places are compared with all labels at once.
_TOGETHER = 4000

# The same syllables stand on every page.
bare = lru_cache(maxsize=16_384)(letters_of)


@dataclass(frozen=True, slots=True)
class Label:
    """A printed label, folded, and the fields it may introduce (none: it only ends values).

    ``capital`` tells that forms print it with a capital. Of the fields named in ``heads`` it is the
    heading of a room for entries.
    """

    text: str
    fields: tuple[FieldType, ...]
    capital: bool = False
    heads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A label on words ``start`` to ``end`` of a row, how well it fits, and whether a colon follows."""

    label: Label
    row: int
    start: int
    end: int
    fit: float
    colon: bool


@dataclass(frozen=True, slots=True)
class _Span:
    """Words ``start`` to ``end`` of a row, where a label may stand; their letters and figures."""

    row: int
    start: int
    end: int
    text: str
    begins: bool
    ends_in_colon: bool
    alone: bool


def labels_of(kind: DocumentType) -> list[Label]:
    """All labels of a type, longest first, each with the fields it may introduce."""
    by_text: dict[str, list[FieldType]] = {}
    heads: dict[str, list[str]] = {}
    small: set[str] = set()
    tabled = {field.name for group in kind.groups if group.table for field in group.unfolded()}
    for field in kind.every_field:
        if field.name in tabled:
            continue
        for label in field.labels:
            own = by_text.setdefault(bare(label), [])
            if field.beneath:
                heads.setdefault(bare(label), []).append(field.name)
            else:
                own.append(field)
            small |= {bare(label)} if label[:1].islower() else set()
    for stop in kind.stops:
        by_text.setdefault(bare(stop), [])
        small |= {bare(stop)} if stop[:1].islower() else set()
    return [
        Label(text, tuple(fields), text not in small, tuple(heads.get(text, ())))
        for text, fields in sorted(by_text.items(), key=lambda item: -len(item[0]))
        if text
    ]


def label_hits(labels: Sequence[Label], rows: Sequence[Row]) -> list[Hit]:
    """Labels in reading order; those in a row do not overlap.

    A better fit, then a longer label, wins. What nearly says the same as a label that stands there to
    the letter with its colon is a value.
    """
    if not labels:
        return []
    longest = _longest(len(labels[0].text))
    spans = [span for index, row in enumerate(rows) for span in _spans(index, row, longest)]
    fits = [
        hit
        for at in range(0, len(spans), _TOGETHER)
        for hit in _fitting(labels, spans[at : at + _TOGETHER])
    ]
    hits = [hit for _, own in groupby(fits, key=lambda hit: hit.row) for hit in _apart(list(own))]
    hits = [hit for hit in hits if hit.colon or not _is_mention(hit, rows)]
    exact = {hit.label.text for hit in hits if hit.colon and hit.fit >= EXACT}
    return [hit for hit in hits if hit.colon or hit.fit >= EXACT or hit.label.text not in exact]


def weak_hits(hits: Sequence[Hit]) -> set[int]:
    """Which hits introduce no value, by position, though they end others.

    These have no colon where as many others that have one introduce the same fields.
    """
    firm = [hit for hit in hits if hit.colon]
    by_label = Counter(hit.label.text for hit in firm)
    own = {hit.label.fields[0].name for hit in firm if len(hit.label.fields) == 1}
    return {
        at
        for at, hit in enumerate(hits)
        if not hit.colon
        and hit.label.fields
        and (
            by_label[hit.label.text] >= len(hit.label.fields)
            or (len(hit.label.fields) == 1 and hit.label.fields[0].name in own)
        )
    }


def _is_mention(hit: Hit, rows: Sequence[Row]) -> bool:
    """Whether a sentence says the words of a label: small where forms print a capital, and amid it.

    ``… về việc cấp Giấy xác nhận`` / ``tình trạng hôn nhân,``
    """
    row = rows[hit.row]
    first = next((c for c in row.words[hit.start].text if c.isalpha()), "")
    if not hit.label.capital or not first.islower():
        return False
    last = row.words[hit.end - 1].text
    if last.endswith(",") or (last.endswith(".") and not last.endswith("..")):
        return True
    before = rows[hit.row - 1] if hit.row and not hit.start else None
    return (
        before is not None
        and before.page == row.page
        and 0 < row.box.y0 - before.box.y0 < 2.5 * max(6.0, before.height)
        and before.box.x1 > _RUNS_ON * before.page_width
        and not before.text.endswith((".", ":", ";"))
    )


def _fitting(labels: Sequence[Label], spans: Sequence[_Span]) -> Iterator[Hit]:
    """Every label that fits a place well enough for its length, place by place."""
    alike = process.cdist(
        [span.text for span in spans],
        [label.text for label in labels],
        scorer=fuzz.ratio,
        score_cutoff=100 * _LEAST_OF_LONG,
        dtype=np.float32,
    )
    for at, which in np.argwhere(alike).tolist():
        span, label = spans[at], labels[which]
        size, fit = len(label.text), float(alike[at, which]) / 100
        if not 0.8 * size <= len(span.text) <= _longest(size) or fit < _needed(size):
            continue
        if size <= _SHORT and not (span.begins and (span.ends_in_colon or span.alone)):
            continue
        yield Hit(label, span.row, span.start, span.end, fit, span.ends_in_colon)


def _apart(candidates: list[Hit]) -> list[Hit]:
    """Those of a row that do not overlap, from left to right."""
    # The end of a label (NĂM SINH) is none where the whole of it nearly fits (NGÀY, THẢNG, NĂM SINH);
    # else one that fits to the letter beats a longer one that nearly does.
    whole = [hit for hit in candidates if not any(_ends(hit, other) for other in candidates)]
    whole.sort(key=lambda hit: (hit.fit < EXACT, -len(hit.label.text) * hit.fit, hit.start))
    chosen: list[Hit] = []
    for hit in whole:
        if all(hit.end <= other.start or hit.start >= other.end for other in chosen):
            chosen.append(hit)
    return sorted(chosen, key=lambda hit: hit.start)


def _ends(hit: Hit, other: Hit) -> bool:
    """Whether a label is but the end of another that stands there."""
    longer = len(other.label.text) > len(hit.label.text)
    return longer and other.start < hit.start and other.end == hit.end and other.fit >= _NEARLY


def _spans(index: int, row: Row, longest: float) -> Iterator[_Span]:
    """Where labels may stand: they begin a line, follow a value after a gap, or end in a colon."""
    letters = [bare(word.text) for word in row.words]
    # Leader dots may be glued to a colon.
    colons = [word.text.rstrip(" .…_,").endswith((":", ";", "：")) for word in row.words]
    last_colon = max((at for at, colon in enumerate(colons) if colon), default=-1)
    for start, first in enumerate(letters):
        begins = first != "" and _begins(row, start)
        if not first or not (begins or start <= last_colon):
            continue
        text = ""
        for end in range(start, len(letters)):
            text += letters[end]
            if len(text) > longest:
                break
            if begins or colons[end]:
                alone = start == 0 and end + 1 == len(letters)
                yield _Span(index, start, end + 1, text, begins, colons[end], alone)
            if row.words[end].text.rstrip(" .…_,").endswith(":"):
                break  # what follows a colon is the value


def _begins(row: Row, start: int) -> bool:
    if not start:
        return True
    before = row.words[start - 1]
    gap = row.words[start].box.x0 - before.box.x1
    return gap > 0.9 * row.height or ORDINAL.match(before.text) is not None


def _longest(size: int) -> float:
    """How many letters may be read for a label of ``size``."""
    return 1.2 * size + 1


def _needed(size: int) -> float:
    """How alike a label of ``size`` letters must be."""
    return next((least for limit, least in _LEAST.items() if size <= limit), _LEAST_OF_LONG)
