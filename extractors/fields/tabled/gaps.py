"""What of a paper's tables did not become fields, so that a person enters it from the paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from dossiers.reading import Problem
from dossiers.text import letters_of
from extractors.fields.tabled.finding import Tabled
from extractors.rows import Row
from extractors.types import DocumentType, Group

_SAME = 88.0
_NONE = ("khong", "khongco")


def gaps_of(kind: DocumentType, rows: Sequence[Row], tabled: Tabled) -> list[Problem]:
    """Tables that the paper announces and that were not read, and rows beyond those that are."""
    return [problem for group in kind.groups if group.table for problem in _of(group, rows, tabled)]


def _of(group: Group, rows: Sequence[Row], tabled: Tabled) -> Iterator[Problem]:
    name = group.title.vi
    if group.name in tabled.longer:
        more, page = tabled.longer[group.name]
        yield Problem(
            "table_too_long",
            f"Bảng “{name}” có {group.most + more} dòng, chỉ đọc {group.most} dòng đầu. "
            "Hãy xem các dòng còn lại trên giấy.",
            f"the table “{name}” has {group.most + more} rows, of which {group.most} are read",
            page,
        )
    elif group.name not in tabled.headed and (page := _announced(group, rows)):
        yield Problem(
            "table_not_read",
            f"Giấy có bảng “{name}” nhưng không đọc được bảng. Hãy xem bảng trên giấy.",
            f"the paper has a table “{name}”, which could not be read",
            page,
        )


def _announced(group: Group, rows: Sequence[Row]) -> int:
    """The page on which a table is announced, and not said to be empty; nought if there is none."""
    for index, row in enumerate(rows):
        text = letters_of(row.text)
        for phrase in map(letters_of, group.announced):
            if len(text) >= 0.9 * len(phrase) and fuzz.partial_ratio(phrase, text) >= _SAME:
                rest = text[text.find(phrase) + len(phrase) :] if phrase in text else ""
                after = letters_of(rows[index + 1].text) if index + 1 < len(rows) else ""
                return 0 if rest in _NONE or after in _NONE else row.page
    return 0
