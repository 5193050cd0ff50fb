"""Which printed form of its type a paper is: forms of before and after a reform lie side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.dates import parse_date
from dossiers.text import letters_of
from extractors.fields.frame import frame_of
from extractors.rows import Row
from extractors.types import DocumentType, Layout, Zone
from extractors.vocabulary import Text


def as_printed(kind: DocumentType, rows: Sequence[Row]) -> tuple[DocumentType, tuple[str, ...]]:
    """The type with the fields of the layout that the paper has, and the evidence for that.

    A layout is told by most of the ``marks`` that only it has; where no mark tells, by the day the
    paper was issued. Where neither does, the type stays whole.
    """
    if not kind.layouts:
        return kind, ()
    layout, why = _by_marks(kind, rows), "a phrase that only it has"
    if layout is None:
        layout, why = _by_day(kind, rows), "issued while it was in use"
    if layout is None:
        return kind, ()
    return _with_fields_of(kind, layout.code), (f"layout {layout.code!r}: {why}",)


def _by_marks(kind: DocumentType, rows: Sequence[Row]) -> Layout | None:
    text = Text(rows)
    counts = [
        sum(letters_of(mark) in text.letters for mark in layout.marks) for layout in kind.layouts
    ]
    most = max(counts)
    return kind.layouts[counts.index(most)] if most and counts.count(most) == 1 else None


def _by_day(kind: DocumentType, rows: Sequence[Row]) -> Layout | None:
    if not any(field.zone is Zone.ISSUE_DATE for field in kind.fields):
        return None
    frame = frame_of(rows, kind.titles)
    if frame is None or frame.dated is None:
        return None
    try:
        day = parse_date(frame.dated.text)
    except InvalidIdentifier:
        return None
    fitting = [
        layout
        for layout in kind.layouts
        if (layout.since or dt.date.min) <= day <= (layout.until or dt.date.max)
    ]
    return fitting[0] if len(fitting) == 1 else None


@lru_cache(maxsize=256)
def _with_fields_of(kind: DocumentType, layout: str) -> DocumentType:
    fields = tuple(f for f in kind.fields if not f.layouts or layout in f.layouts)
    content = {name: getattr(kind, name) for name in DocumentType.model_fields}
    return DocumentType.model_construct(**{**content, "fields": fields})
