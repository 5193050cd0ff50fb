"""From pages as read to a document as understood: type, fields, what a person must see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dossiers.clock import VIETNAM
from dossiers.reading import (
    UNKNOWN_TYPE,
    DocumentReading,
    Field,
    PageOutcome,
    PageReading,
    Problem,
    TypeMatch,
)
from extractors.card_sides import card_sight
from extractors.classify import classify
from extractors.declared import Declared
from extractors.fields.checks import cross_check
from extractors.fields.codes import card_of, coded, merged
from extractors.fields.confidence import ConfidenceModel, is_shaky, load_confidence
from extractors.fields.evidence import Evidence, Finding
from extractors.fields.gathering import gather
from extractors.fields.located import located
from extractors.fields.namesakes import check_namesakes
from extractors.fields.peers import KnownPerson, check_people
from extractors.fields.tabled import find_tabled, gaps_of
from extractors.fields.written import written
from extractors.layouts import as_printed
from extractors.rows import rows_of
from extractors.types import ON_ARRIVAL, DocumentType, DocumentTypes

# What the steps from pages to fields are; a new version reads anew.
STEP_VERSION = "2026.11.4"

_SURE_TYPE = 0.9
# Words on both sides of an identity card, badly read ones among them.
_MOST_ON_A_CARD = 120


@dataclass(frozen=True, slots=True)
class Examined:
    """A document as understood, and the evidence of each field."""

    reading: DocumentReading
    evidence: Mapping[str, Evidence]


def understand(
    file: str,
    pages: Sequence[PageReading],
    types: DocumentTypes,
    *,
    hints: Mapping[str, str] | None = None,
    accept: float | None = None,
    today: dt.date | None = None,
    given: str | None = None,
    others: Sequence[KnownPerson] = (),
    declared: Declared | None = None,
) -> DocumentReading:
    """Type and fields of a document from its pages. Pure: the same pages give the same fields.

    Args:
        file: name of the original, for messages.
        pages: as read, in order.
        types: the document types known.
        hints: values known from elsewhere, by field name; they confirm or deny, and fill nothing
            in. Those of :mod:`extractors.fields.written` bound what is written by hand.
        accept: fields below this confidence are for a person; ``None``: what the fitted model holds
            for the type.
        today: the day no date on a paper may lie after; the current day in Vietnam.
        given: the type that a person gave the document; nothing is classified then.
        others: people on the other papers of the dossier.
        declared: what the dossier's manifest says the document is.
    """
    return examine(
        file,
        pages,
        types,
        hints=hints,
        accept=accept,
        today=today,
        given=given,
        others=others,
        declared=declared,
    ).reading


def examine(
    file: str,
    pages: Sequence[PageReading],
    types: DocumentTypes,
    *,
    hints: Mapping[str, str] | None = None,
    accept: float | None = None,
    today: dt.date | None = None,
    given: str | None = None,
    others: Sequence[KnownPerson] = (),
    declared: Declared | None = None,
) -> Examined:
    """What :func:`understand` gives, with the evidence that the confidences come from."""
    rows = rows_of(pages)
    card = card_of(pages)
    match = TypeMatch(given, 1.0, ("given by a person",)) if given else classify(rows, types)
    if not given and card and _is_a_card(match, pages, types):
        code = next((kind.code for kind in types if kind.card), UNKNOWN_TYPE)
        match = TypeMatch(code, 0.99, ("QR code of an identity card", *match.evidence))
    elif match.code == UNKNOWN_TYPE:
        match = _by_its_side(pages, types) or match
    kind = types.get(match.code)
    problems = [problem for page in pages for problem in page.problems]
    if kind is None:
        problems.append(_unknown(file))
        return Examined(DocumentReading(file, tuple(pages), match, problems=tuple(problems)), {})
    if declared and not given and (denied := declared.denies(kind, types)):
        problems.append(denied)
    kind, layout = as_printed(kind, rows)
    match = replace(match, evidence=(*match.evidence, *layout))
    tabled = find_tabled(kind, pages)
    problems += gaps_of(kind, rows, tabled)
    findings = merged(kind, gather(kind, pages, rows, match, tabled), coded(kind, pages, rows))
    findings = written(kind, findings, pages, match.confidence, hints or {})
    placed = located(kind, {name: finding.field for name, finding in findings.items()})
    findings = {name: replace(found, field=placed[name]) for name, found in findings.items()}
    findings = cross_check(
        kind, findings, rows, hints or {}, today or dt.datetime.now(VIETNAM).date()
    )
    check_namesakes(kind, findings)
    check_people(kind, findings, others)
    model = load_confidence()
    fields = _fields(kind, findings, model)
    shaky = {name for name, found in findings.items() if is_shaky(found.evidence)}
    doubtful, more = _doubts(kind, fields, pages, model, accept, tabled.missing)
    doubtful = tuple(sorted({*doubtful, *shaky}))
    reading = DocumentReading(file, tuple(pages), match, fields, doubtful, (*problems, *more))
    return Examined(reading, {name: finding.evidence for name, finding in findings.items()})


def _is_a_card(match: TypeMatch, pages: Sequence[PageReading], types: DocumentTypes) -> bool:
    """Whether a card's code stands on a card: other papers may bear the code of somebody's card."""
    kind = types.get(match.code)
    if kind is not None:
        return kind.card and match.confidence < _SURE_TYPE
    if sum(len(page.words) for page in pages) <= _MOST_ON_A_CARD:
        return True
    return any(card_sight(page, rows_of([page])) for page in pages)


def _by_its_side(pages: Sequence[PageReading], types: DocumentTypes) -> TypeMatch | None:
    """The card of which every page shows a side: a back has no title of its own."""
    sights = [card_sight(page, rows_of([page])) for page in pages if page.words]
    cards = {sight.card if sight else None for sight in sights}
    kind = types.get(cards.pop()) if len(cards) == 1 else None
    return TypeMatch(kind.code, 0.9, ("a side of a card",)) if kind else None


def _fields(
    kind: DocumentType, findings: Mapping[str, Finding], model: ConfidenceModel
) -> dict[str, Field]:
    """Fields in the order the type lists them; codes may add some it does not list."""
    listed_first = [field.name for field in kind.every_field if field.name in findings]
    return {
        name: replace(findings[name].field, confidence=model.confidence(findings[name].evidence))
        for name in [*listed_first, *findings]
    }


def _doubts(
    kind: DocumentType,
    fields: Mapping[str, Field],
    pages: Sequence[PageReading],
    model: ConfidenceModel,
    accept: float | None,
    of_rows: Sequence[str],
) -> tuple[tuple[str, ...], list[Problem]]:
    key = {field.name for field in kind.every_field if field.key or field.required} | set(
        ON_ARRIVAL
    )

    def limit(name: str) -> float:
        return model.thresholds.of(kind.code, key=name in key) if accept is None else accept

    doubtful = [name for name, field in fields.items() if field.confidence < limit(name)]
    problems = []
    asked = [field.name for field in kind.fields if field.required]
    for wanted in map(kind.field, [*asked, *of_rows]):
        if wanted is not None and wanted.name not in fields:
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


def _unknown(file: str) -> Problem:
    return Problem(
        "unknown_type",
        f"Chưa nhận ra loại giấy tờ của {file}. Hãy chọn loại giấy tờ.",
        f"The document type of {file} was not recognised. Choose the type.",
    )
