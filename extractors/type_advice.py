"""What is worth telling of a type file that is not wrong: clashes, dead parts, weak bindings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from dossiers.text import fold, letters_of
from extractors.bindings import (
    AmountWordsCheck,
    DateWordsCheck,
    OrderCheck,
    PersonCheck,
    SumCheck,
)
from extractors.checked_toml import Fault, Located
from extractors.checked_toml.tables import Place
from extractors.types import DocumentType, DocumentTypes, FieldKind, locate

# The national catalogue of results: KQ, the field of the procedure, a running number.
_RESULT = re.compile(r"KQ\.[A-Y]\d{2}\.\d{5,7}")
_DAYS = {"date", "date_time", "year"}
_NUMBERS = {"personal_number", "identity_document", "text"}
_AMOUNTS = {"money", "number", "area", "percentage", "text"}

_Remark = tuple[Place, str, str]


def advise(file: Path, known: DocumentTypes) -> list[Fault]:
    """Remarks on the types of a file, beside those known already.

    Raises:
        InvalidDocumentType: the file is not a type at all.
    """
    found = locate(file)
    own = {located.made.code for located in found}
    others = [kind for kind in known if kind.code not in own]
    others += [located.made for located in found]
    remarks: list[Fault] = []
    for located in found:
        kind = located.made
        rivals = [other for other in others if other.code != kind.code]
        told = [_told(located, remark) for remark in _remarks(kind, rivals)]
        remarks += [remark for remark in told if remark not in remarks]
    return sorted(remarks, key=lambda remark: (remark.line, remark.key))


def _told(located: Located[DocumentType], remark: _Remark) -> Fault:
    place, vi, en = remark
    return located.told(place, vi, en)


def _remarks(kind: DocumentType, others: Iterable[DocumentType]) -> Iterator[_Remark]:
    yield from _clashes(kind, others)
    yield from _dead_parts(kind)
    yield from _weak_checks(kind)
    for index, code in enumerate(kind.results):
        if not _RESULT.fullmatch(code):
            yield (
                ("results", index),
                f"“{code}” không có dạng mã kết quả, ví dụ KQ.G15.000123",
                f"“{code}” is not like a result's code, for example KQ.G15.000123",
            )
    if not any(field.key for field in kind.fields):
        yield (
            ("fields",),
            "không có trường nào là trường chính (key = true)",
            "no field is a key field (key = true)",
        )


def _clashes(kind: DocumentType, others: Iterable[DocumentType]) -> Iterator[_Remark]:
    """What another type says of itself too, so that only phrases can tell them apart."""
    for other in others:
        # HĐ and HD are two symbols; a title is read whatever its diacritics.
        for key, form in (("titles", letters_of), ("symbols", str.casefold), ("aliases", fold)):
            theirs = {form(text) for text in getattr(other, key)}
            for index, text in enumerate(getattr(kind, key)):
                if form(text) in theirs:
                    yield (
                        (key, index),
                        f"“{text}” cũng là của loại {other.code} ({other.name.vi})",
                        f"“{text}” is also of type {other.code} ({other.name.en})",
                    )


def _dead_parts(kind: DocumentType) -> Iterator[_Remark]:
    """What can never be found, or never be told apart."""
    for index, field in enumerate(kind.fields):
        for at, label in enumerate(field.labels):
            if len(letters_of(label)) < 2:
                yield (
                    ("fields", index, "labels", at),
                    f"nhãn “{label}” quá ngắn nên không tìm được trên giấy",
                    f"label “{label}” is too short to be found on paper",
                )
        if field.section and field.section not in {f.opens for f in kind.fields}:
            yield (
                ("fields", index, "section"),
                f"không trường nào mở phần “{field.section}” (opens) nên không bao giờ tìm thấy",
                f"no field opens the section “{field.section}”: it is never found",
            )
    for index, layout in enumerate(kind.layouts):
        if not (layout.marks or layout.since or layout.until):
            yield (
                ("layouts", index),
                "mẫu không có marks, since hay until nên không phân biệt được với mẫu khác",
                "neither marks nor since nor until tell this layout from another",
            )
        for other in kind.layouts:
            for at, mark in enumerate(layout.marks if other is not layout else ()):
                if letters_of(mark) in {letters_of(theirs) for theirs in other.marks}:
                    yield (
                        ("layouts", index, "marks", at),
                        f"“{mark}” cũng có trên mẫu {other.code}",
                        f"“{mark}” is on layout {other.code} too",
                    )


def _weak_checks(kind: DocumentType) -> Iterator[_Remark]:
    """Checks of fields whose kind cannot be compared so."""
    for index, check in enumerate(kind.checks):
        wanted: dict[str, set[str]] = {}
        if isinstance(check, PersonCheck):
            wanted = {"number": _NUMBERS, "birth_date": _DAYS, "sex": {"sex"}}
        elif isinstance(check, OrderCheck):
            wanted = {"earlier": _DAYS, "later": _DAYS}
        elif isinstance(check, DateWordsCheck):
            wanted = {"field": _DAYS}
        elif isinstance(check, AmountWordsCheck):
            wanted = {"field": _AMOUNTS}
        elif isinstance(check, SumCheck):
            wanted = {"parts": _AMOUNTS, "total": _AMOUNTS}
        for place, name in check.named():
            field = kind.field(name)
            allowed = wanted.get(str(place[0]))
            if field and allowed and field.kind not in allowed:
                kinds = ", ".join(sorted(allowed - {FieldKind.TEXT}))
                yield (
                    ("checks", index, *place),
                    f"trường {name} có kind = “{field.kind}”, không so được (cần {kinds})",
                    f"field {name} is of kind “{field.kind}”, which cannot be compared ({kinds})",
                )
