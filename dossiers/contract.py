"""The ``--json`` contract: what other programs may rely on, as models that give the JSON schemas.

``python -m dossiers.contract docs/schema`` writes the schemas; a test keeps them true.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from dossiers.evaluation_contract import EvaluationReport
from dossiers.evidence_contract import EvidenceExport, EvidenceStatus, EvidenceVerdict
from dossiers.identifiers.place import Place
from dossiers.parts import Division, FileReading, LeftOutReason, Part
from dossiers.reading import (
    UNKNOWN_TYPE,
    Box,
    Candidate,
    DocumentReading,
    FieldSource,
    Mark,
    PageOutcome,
    PageReading,
    Problem,
    Slot,
    SlotKind,
    Symbology,
    Word,
)
from dossiers.reuse_contract import FactsReport, FormsReport, PrefilledForm
from dossiers.review_contract import ReviewAnswered, ReviewList, ReviewShown
from dossiers.states import DocumentState, DossierState

Corners = Annotated[
    tuple[float, float, float, float],
    Field(description="[x0, y0, x1, y1] in PDF points from the top left of the page as displayed"),
]
Confidence = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WordReport(_Model):
    """One printed word; ``line`` counts lines in reading order, ``looks`` are further readings."""

    text: str
    box: Corners
    confidence: Confidence
    line: int
    looks: tuple[str, ...] = ()


class MarkReport(_Model):
    """A QR code or barcode and what it says."""

    symbology: Symbology
    text: str
    box: Corners


class ProblemReport(_Model):
    """Something a person should know; ``code`` is stable."""

    code: str
    vi: str
    en: str
    page: int | None = None


class CandidateReport(_Model):
    """One way to read a value, and which reading says so."""

    value: str
    confidence: Confidence
    source: str


class SlotReport(_Model):
    """Handwriting in a printed frame, and what it may say, likeliest first."""

    kind: SlotKind
    box: Corners
    candidates: tuple[CandidateReport, ...] = ()
    empty: bool = False


class PageReport(_Model):
    """One page; width and height in points as displayed, rotation in degrees clockwise."""

    number: Annotated[int, Field(ge=1)]
    width: float
    height: float
    dpi: float
    rotation: int
    skew: float
    outcome: PageOutcome
    engine: str
    text: str
    words: tuple[WordReport, ...] = ()
    marks: tuple[MarkReport, ...] = ()
    problems: tuple[ProblemReport, ...] = ()
    slots: tuple[SlotReport, ...] = ()


class TypeReport(_Model):
    """The document type; ``unknown`` is an answer."""

    code: str
    confidence: Confidence
    evidence: tuple[str, ...] = ()


class PlaceNowReport(_Model):
    """A unit since 1 July 2025; without a ward where only the province is told."""

    province_code: Annotated[str, Field(pattern=r"^\d{2}$")]
    ward_code: Annotated[str, Field(pattern=r"^\d{5}$")] | None = None


class PlaceReport(_Model):
    """Administrative units by code, valid on ``as_of``, and what they belong to now.

    Several ``now`` mean that the unit was split and the address tells which.
    """

    province_code: Annotated[str, Field(pattern=r"^\d{2}$")]
    district_code: Annotated[str, Field(pattern=r"^\d{3}$")] | None = None
    ward_code: Annotated[str, Field(pattern=r"^\d{5}$")] | None = None
    as_of: dt.date
    now: tuple[PlaceNowReport, ...] = ()


class FieldReport(_Model):
    """One value; page and box are null only for values that do not stand on the paper."""

    value: str
    raw: str
    confidence: Confidence
    page: int | None
    box: Corners | None
    source: FieldSource
    reasons: tuple[str, ...] = ()
    display: str = Field(default="", description="as people write it; empty where that is value")
    candidates: tuple[CandidateReport, ...] = ()
    place: PlaceReport | None = Field(
        default=None, description="units a place names, or that an agency is of"
    )
    agency_code: str = Field(default="", description="where it is known for certain")


class PartReport(_Model):
    """One of several papers in a file; pages, also of its fields and problems, are the file's."""

    pages: tuple[int, ...]
    component_code: str | None = Field(description="what a separator sheet before it says it is")
    confidence: Confidence = Field(description="how sure it is that a paper begins here")
    evidence: tuple[str, ...]
    type: TypeReport
    fields: dict[str, FieldReport]
    doubtful: tuple[str, ...] = ()
    problems: tuple[ProblemReport, ...] = ()


class LeftOutPage(_Model):
    """A page that belongs to no paper: blank, a separator or a cover sheet."""

    page: Annotated[int, Field(ge=1)]
    why: LeftOutReason


class ReadingReport(_Model):
    """What ``sohoa extract --json`` prints for each file.

    Type and fields are those of the file's one paper. A file of several has the type ``unknown``, no
    fields, the problem ``several_papers``, and its papers in ``parts``.
    """

    file: str
    pages: tuple[PageReport, ...]
    type: TypeReport
    fields: dict[str, FieldReport]
    doubtful: tuple[str, ...] = Field(default=(), description="fields a person must see first")
    problems: tuple[ProblemReport, ...] = ()
    parts: tuple[PartReport, ...] = Field(default=(), description="papers, where there are several")
    left_out: tuple[LeftOutPage, ...] = ()


class CopyReport(_Model):
    """A stored signed copy."""

    key: str
    sha256: Sha256
    size: int
    version: int
    pdfa: str
    signature_level: str
    signers: tuple[str, ...]
    signed_at: dt.datetime


class ValueReport(_Model):
    """A field in short; ``doubtful`` ones are not to be reused unseen."""

    value: str
    confidence: Confidence
    doubtful: bool
    display: str = Field(default="", description="as people write it; empty where that is value")


class DocumentReport(_Model):
    """A document of a dossier and what became of it."""

    code: str
    file: str
    sha256: Sha256
    role: str
    state: DocumentState
    type: str | None
    needs_person: bool
    pages: int
    original_pages: tuple[int, ...] = Field(
        default=(), description="pages of the file that the document is; its own pages count from 1"
    )
    other_side: str | None = Field(
        default=None, description="the document that holds the other side of the same card"
    )
    fields: dict[str, ValueReport]
    copy_: CopyReport | None = Field(alias="copy")
    problems: tuple[ProblemReport, ...] = ()

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RefusedReport(_Model):
    """A file that was not taken in; it is kept at ``moved_to``."""

    file: str
    code: str
    message: str
    moved_to: str | None = None


class DuplicateReport(_Model):
    """A file whose bytes are already there; ``document`` is the one made from them."""

    file: str
    sha256: Sha256
    document: str


class LeftOutReport(_Model):
    """A page of a file that belongs to no document: blank, a separator or a cover sheet."""

    file: str
    sha256: Sha256
    page: Annotated[int, Field(ge=1)]
    why: LeftOutReason


class DossierReport(_Model):
    """What ``sohoa ingest --json`` and ``sohoa find --json`` print for each dossier."""

    code: str
    agency: str
    state: DossierState
    applicant: str | None = None
    procedure: str | None = None
    documents: tuple[DocumentReport, ...] = ()
    rejected: tuple[RefusedReport, ...] = ()
    duplicates: tuple[DuplicateReport, ...] = ()
    left_out: tuple[LeftOutReport, ...] = ()


def report_of(reading: DocumentReading) -> ReadingReport:
    """The reading of a file that is one document, under the contract."""
    whole = Division((Part(tuple(page.number for page in reading.pages)),))
    return file_report(FileReading(reading.file, reading.pages, whole, (reading,)))


def file_report(reading: FileReading) -> ReadingReport:
    """A file's reading under the contract."""
    parts = [
        _part(part, found)
        for part, found in zip(reading.division.parts, reading.readings, strict=True)
    ]
    several = len(parts) > 1
    count = len(parts)
    problem = ProblemReport(
        code="several_papers",
        vi=f"Tệp có {count} giấy tờ; xem từng giấy tờ trong “parts”.",
        en=f"The file holds {count} papers; see each of them in 'parts'.",
    )
    unknown = TypeReport(code=UNKNOWN_TYPE, confidence=0.0, evidence=(f"{count} papers",))
    return ReadingReport(
        file=reading.file,
        pages=tuple(page_report(page) for page in reading.pages),
        type=unknown if several else parts[0].type,
        fields={} if several else parts[0].fields,
        doubtful=() if several else parts[0].doubtful,
        problems=(problem,) if several else parts[0].problems,
        parts=tuple(parts) if several else (),
        left_out=tuple(LeftOutPage(page=p.page, why=p.why) for p in reading.division.left_out),
    )


def _part(part: Part, reading: DocumentReading) -> PartReport:
    """One paper; what it counts by its own pages is told by the file's."""
    return PartReport(
        pages=part.pages,
        component_code=part.component_code,
        confidence=part.confidence,
        evidence=part.evidence,
        type=TypeReport(
            code=reading.type.code,
            confidence=reading.type.confidence,
            evidence=reading.type.evidence,
        ),
        fields={
            name: FieldReport(
                value=field.value,
                raw=field.raw,
                confidence=field.confidence,
                page=part.pages[field.page - 1] if field.page else None,
                box=corners(field.box) if field.box else None,
                source=field.source,
                reasons=field.reasons,
                display=field.display,
                candidates=tuple(candidate_report(c) for c in field.candidates),
                place=place_report(field.place) if field.place else None,
                agency_code=field.agency_code,
            )
            for name, field in reading.fields.items()
        },
        doubtful=reading.doubtful,
        problems=tuple(
            problem_report(replace(p, page=part.pages[p.page - 1]) if p.page else p)
            for p in reading.problems
        ),
    )


def page_report(page: PageReading) -> PageReport:
    """A page under the contract."""
    return PageReport(
        number=page.number,
        width=page.width,
        height=page.height,
        dpi=page.dpi,
        rotation=page.rotation,
        skew=page.skew,
        outcome=page.outcome,
        engine=page.engine,
        text=page.text,
        words=tuple(
            WordReport(
                text=w.text, box=corners(w.box), confidence=w.confidence, line=w.line, looks=w.looks
            )
            for w in page.words
        ),
        marks=tuple(
            MarkReport(symbology=m.symbology, text=m.text, box=corners(m.box)) for m in page.marks
        ),
        problems=tuple(problem_report(problem) for problem in page.problems),
        slots=tuple(
            SlotReport(
                kind=slot.kind,
                box=corners(slot.box),
                candidates=tuple(candidate_report(c) for c in slot.candidates),
                empty=slot.empty,
            )
            for slot in page.slots
        ),
    )


def page_from(report: PageReport) -> PageReading:
    """The page of a report; the exact inverse of :func:`page_report`."""
    return PageReading(
        number=report.number,
        width=report.width,
        height=report.height,
        dpi=report.dpi,
        rotation=report.rotation,
        skew=report.skew,
        outcome=report.outcome,
        engine=report.engine,
        words=tuple(
            Word(w.text, Box(*w.box), w.confidence, w.line, looks=w.looks) for w in report.words
        ),
        marks=tuple(Mark(m.symbology, m.text, report.number, Box(*m.box)) for m in report.marks),
        problems=tuple(Problem(p.code, p.vi, p.en, p.page) for p in report.problems),
        slots=tuple(
            Slot(
                s.kind,
                Box(*s.box),
                tuple(Candidate(c.value, c.confidence, c.source) for c in s.candidates),
                s.empty,
            )
            for s in report.slots
        ),
    )


def place_report(place: Place) -> PlaceReport:
    """Units under the contract."""
    return PlaceReport.model_validate(place.as_json())


def candidate_report(candidate: Candidate) -> CandidateReport:
    """A candidate under the contract."""
    return CandidateReport(
        value=candidate.value, confidence=candidate.confidence, source=candidate.source
    )


def problem_report(problem: Problem) -> ProblemReport:
    """A problem under the contract."""
    return ProblemReport(code=problem.code, vi=problem.vi, en=problem.en, page=problem.page)


def corners(box: Box) -> tuple[float, float, float, float]:
    """A box as four numbers."""
    return box.x0, box.y0, box.x1, box.y1


def json_schemas() -> dict[str, dict[str, Any]]:
    """The schemas by the name of the command whose ``--json`` follows them."""
    return {
        "extract": ReadingReport.model_json_schema(mode="serialization"),
        "dossier": DossierReport.model_json_schema(mode="serialization"),
        "evidence-verify": EvidenceVerdict.model_json_schema(mode="serialization"),
        "evidence-export": EvidenceExport.model_json_schema(mode="serialization"),
        "evidence-status": EvidenceStatus.model_json_schema(mode="serialization"),
        "evaluation": EvaluationReport.model_json_schema(mode="serialization"),
        "facts": FactsReport.model_json_schema(mode="serialization"),
        "forms": FormsReport.model_json_schema(mode="serialization"),
        "prefill": PrefilledForm.model_json_schema(mode="serialization"),
        "review-list": ReviewList.model_json_schema(mode="serialization"),
        "review-item": ReviewShown.model_json_schema(mode="serialization"),
        "review-answer": ReviewAnswered.model_json_schema(mode="serialization"),
    }


def main(arguments: Sequence[str]) -> None:
    """Write the schemas to a folder."""
    folder = Path(arguments[0])
    for name, schema in json_schemas().items():
        text = json.dumps(schema, ensure_ascii=False, indent=2)
        (folder / f"{name}.schema.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
