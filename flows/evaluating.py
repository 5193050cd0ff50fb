"""Labelled material put before the readings: as they were read then, or as types read them now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from dossiers.reading import DocumentReading
from extractors.evaluation import FieldScore, Labelled, evaluate
from extractors.reader import understand
from extractors.types import DocumentTypes, load_types
from flows.dividing import pages_of_document
from flows.page_readings import pages_of
from flows.services import Services
from storage.review import LabelledValue


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores, of how many values, and how many could not be tried (their pages are not kept)."""

    scores: list[FieldScore]
    count: int
    left_out: int


def evaluate_types(
    services: Services,
    precision: float,
    since: dt.datetime | None = None,
    types_folder: Path | None = None,
) -> Evaluation:
    """Score what people have settled.

    Args:
        services: the rooms.
        precision: what passes unseen should be right so often, 0 to 1.
        since: only what was settled from then on.
        types_folder: read the kept pages again by these types, beside the built-in ones; without it
            the values count as they were read at the time.

    Raises:
        InvalidDocumentType: a file of the folder breaks the schema.
    """
    labelled = services.ledger.review.labelled(since)
    if types_folder is None:
        material = [
            Labelled(v.type_code, v.field, v.value_read, v.value_settled, v.confidence)
            for v in labelled
        ]
        return Evaluation(evaluate(material, precision), len(material), 0)
    types = load_types(types_folder)
    readings: dict[str, DocumentReading | None] = {}
    material = []
    for value in labelled:
        code = value.document_code
        if code not in readings:
            readings[code] = _read_anew(services, value, types)
        reading = readings[code]
        if reading is not None:
            field = reading.fields.get(value.field)
            read, sure = (field.value, field.confidence) if field else ("", 0.0)
            material.append(Labelled(value.type_code, value.field, read, value.value_settled, sure))
    scores = evaluate(material, precision)
    return Evaluation(scores, len(material), len(labelled) - len(material))


def _read_anew(
    services: Services, value: LabelledValue, types: DocumentTypes
) -> DocumentReading | None:
    document = services.ledger.documents.get(value.document_code)
    pages = pages_of(services, document.original_sha256, document.pages)
    if not pages or types.get(value.type_code) is None:
        return None
    head = services.ledger.dossiers.get(document.dossier_code).head
    return understand(
        document.original_name,
        pages_of_document(document, pages),
        types,
        hints=services.hints_of(head),
        accept=services.settings.reading.accept_confidence,
        given=value.type_code,
    )
