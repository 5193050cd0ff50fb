"""From pages as read to a document as understood: type, fields, what a person must see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dossiers.clock import VIETNAM
from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.dates import parse_date_words
from dossiers.reading import (
    UNKNOWN_TYPE,
    Box,
    DocumentReading,
    Field,
    FieldSource,
    PageOutcome,
    PageReading,
    Problem,
    TypeMatch,
    Word,
)
from dossiers.settings import ReadingSettings
from dossiers.text import fold
from extractors.bindings import DateWordsCheck
from extractors.classify import classify
from extractors.fields.checks import cross_check
from extractors.fields.codes import card_of, coded, merged
from extractors.fields.grids import find_tabled
from extractors.fields.labels import Found, find_labelled
from extractors.fields.located import located, paper_day, run_on
from extractors.fields.shapes import find_shaped
from extractors.fields.values import normalise
from extractors.fields.written import with_written
from extractors.fields.zones import find_zoned, listed
from extractors.layouts import as_printed
from extractors.rows import Row, rows_of
from extractors.types import DocumentType, DocumentTypes

# What the steps from pages to fields are; a new version reads anew.
STEP_VERSION = "2026.11.2"

_ACCEPT = ReadingSettings().accept_confidence


def understand(
    file: str,
    pages: Sequence[PageReading],
    types: DocumentTypes,
    *,
    hints: Mapping[str, str] | None = None,
    accept: float = _ACCEPT,
    today: dt.date | None = None,
    given: str | None = None,
) -> DocumentReading:
    """Type and fields of a document from its pages. Pure: the same pages give the same fields.

    Args:
        file: name of the original, for messages.
        pages: as read, in order.
        types: the document types known.
        hints: values known from elsewhere, by field name; they may only confirm. Those of
            :mod:`extractors.fields.written` bound what is written by hand.
        accept: fields below this confidence are for a person.
        today: the day no date on a paper may lie after; the current day in Vietnam.
        given: the type that a person gave the document; nothing is classified then.
    """
    rows = rows_of(pages)
    card = card_of(pages)
    match = TypeMatch(given, 1.0, ("given by a person",)) if given else classify(rows, types)
    if not given and card and (match.code == UNKNOWN_TYPE or match.confidence < 0.9):
        code = next((kind.code for kind in types if kind.card), UNKNOWN_TYPE)
        match = TypeMatch(code, 0.99, ("QR code of an identity card", *match.evidence))
    kind = types.get(match.code)
    problems = [problem for page in pages for problem in page.problems]
    if kind is None:
        problems.append(_unknown(file))
        return DocumentReading(file, tuple(pages), match, problems=tuple(problems))
    kind, layout = as_printed(kind, rows)
    match = replace(match, evidence=(*match.evidence, *layout))
    fields = _fields(kind, pages, rows, match)
    fields = merged(fields, coded(kind, pages, rows))
    fields = with_written(kind, fields, pages, match.confidence, hints or {})
    fields = located(kind, fields)
    fields = cross_check(
        kind,
        fields,
        _dates_in_words(kind, rows),
        hints or {},
        today or dt.datetime.now(VIETNAM).date(),
    )
    doubtful, more = _doubts(kind, fields, pages, accept)
    return DocumentReading(
        file, tuple(pages), match, _in_order(kind, fields), doubtful, (*problems, *more)
    )


def _fields(
    kind: DocumentType, pages: Sequence[PageReading], rows: Sequence[Row], match: TypeMatch
) -> dict[str, Field]:
    labelled = [*find_labelled(kind, rows), *find_tabled(kind, pages)]
    found = [(hit, FieldSource.LABEL) for hit in labelled]
    found += [(hit, FieldSource.ZONE) for hit in find_zoned(kind, rows)]
    found += [(hit, FieldSource.ZONE) for hit in find_shaped(kind, rows)]
    as_of = paper_day(kind, [hit for hit, _ in found])
    fields: dict[str, Field] = {}
    for hit, source in found:
        field = _field(hit, source, match, as_of)
        if not field.value:
            continue  # nothing but what is no print
        before = fields.get(field.name)
        if before is None or field.confidence > before.confidence:
            fields[field.name] = field
    return fields


def _field(
    hit: Found, source: FieldSource, match: TypeMatch, as_of: dt.date | None = None
) -> Field:
    raw = listed(hit.field, hit.raw)
    value = normalise(hit.field, raw, as_of)
    read = _read_confidence(hit.words)
    confidence = read * (0.5 + 0.5 * hit.fit) * value.validity * (0.7 + 0.3 * match.confidence)
    reasons = (value.reason,) if value.reason else ()
    box = Box.around(word.box for word in hit.words)
    return Field(
        hit.field.name, value.text, raw, round(confidence, 4), hit.page, box, source, reasons,
        value.display, place=value.place, agency_code=value.agency_code,
    )  # fmt: skip


def _read_confidence(words: Sequence[Word]) -> float:
    """One bad word spoils a value: between the mean and the worst."""
    letters = [word for word in words if any(c.isalnum() for c in word.text)]
    if not letters:
        return 0.0
    worst = min(word.confidence for word in letters)
    weight = sum(len(word.text) for word in letters)
    mean = sum(word.confidence * len(word.text) for word in letters) / weight
    return (mean + worst) / 2


def _dates_in_words(kind: DocumentType, rows: Sequence[Row]) -> dict[str, str]:
    """Dates written out, by the field they repeat."""
    said: dict[str, str] = {}
    for check in kind.checks:
        if not isinstance(check, DateWordsCheck):
            continue
        for index, row in enumerate(rows):
            if fold(check.label) in row.folded:
                try:
                    said[check.field] = parse_date_words(run_on(rows, index)).isoformat()
                except InvalidIdentifier:
                    continue
                break
    return said


def _doubts(
    kind: DocumentType, fields: Mapping[str, Field], pages: Sequence[PageReading], accept: float
) -> tuple[tuple[str, ...], list[Problem]]:
    doubtful = [name for name, field in fields.items() if field.confidence < accept]
    problems = []
    for wanted in kind.fields:
        if wanted.required and wanted.name not in fields:
            doubtful.append(wanted.name)
            problems.append(
                Problem(
                    "field_missing",
                    f"Không tìm thấy “{wanted.title.vi}” trên giấy. Hãy nhập từ bản giấy.",
                    f"“{wanted.title.en}” was not found on the paper. Enter it from the paper.",
                )
            )
    if all(page.outcome is PageOutcome.BLANK for page in pages):
        problems.append(Problem("all_blank", "Tất cả các trang đều trắng.", "All pages are blank."))
    return tuple(sorted(set(doubtful))), problems


def _in_order(kind: DocumentType, fields: Mapping[str, Field]) -> dict[str, Field]:
    """Fields in the order the type lists them; codes may add some it does not list."""
    listed_first = [field.name for field in kind.every_field if field.name in fields]
    return {name: fields[name] for name in [*listed_first, *fields]}


def _unknown(file: str) -> Problem:
    return Problem(
        "unknown_type",
        f"Chưa nhận ra loại giấy tờ của {file}. Hãy chọn loại giấy tờ.",
        f"The document type of {file} was not recognised. Choose the type.",
    )
