"""The data of a copy as an attached file, so that one signature covers the paper and its data.

The file is ``sohoa.json`` (ISO 19005-3, 6.8; AFRelationship Data); its schema is
``docs/schema/copy-payload.schema.json``. A signed original is attached whole beside it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from dossiers.dossier import CopyMetadata, DossierHead
from dossiers.errors import DamagedFile, NotFound
from dossiers.reading import Box, DocumentReading, Field, PageReading, Problem

PAYLOAD_NAME = "sohoa.json"
PAYLOAD_VERSION = 1


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to embed; ``relationship`` is its AFRelationship (ISO 32000-2, 7.11.3)."""

    name: str
    data: bytes
    mime: str
    relationship: str
    description: str


def payload(reading: DocumentReading, metadata: CopyMetadata) -> dict[str, Any]:
    """The attached data, as JSON types."""
    return {
        "version": PAYLOAD_VERSION,
        "dossier": _dossier(metadata.dossier),
        "document": {
            "code": metadata.document_code,
            "role": metadata.role.value,
            "form": metadata.form.value,
            "type": {
                "code": reading.type.code,
                "name": metadata.type_name,
                "confidence": _share(reading.type.confidence),
            },
            "fields": {name: _field(value) for name, value in sorted(reading.fields.items())},
            "doubtful": list(reading.doubtful),
            "problems": [_problem(problem) for problem in reading.problems],
        },
        "pages": [_page(page) for page in reading.pages],
        "original": _original(metadata),
        "created": metadata.created_at.isoformat(timespec="seconds"),
    }


def payload_attachment(reading: DocumentReading, metadata: CopyMetadata) -> Attachment:
    """``sohoa.json``, the same bytes for the same reading."""
    text = json.dumps(payload(reading, metadata), ensure_ascii=False, indent=1, sort_keys=True)
    return Attachment(
        PAYLOAD_NAME, text.encode(), "application/json", "Data", "Dữ liệu trích xuất từ giấy tờ"
    )


def attach(pdf: pikepdf.Pdf, files: list[Attachment], moment: dt.datetime) -> None:
    """Embed files, associated with the whole document; ``moment`` is their date."""
    date = String(pdf_date(moment))
    specs: dict[str, pikepdf.Object] = {}
    for file in files:
        stream = pdf.make_stream(
            file.data,
            Type=Name.EmbeddedFile,
            Subtype=Name("/" + file.mime),
            Params=Dictionary(
                Size=len(file.data),
                CreationDate=date,
                ModDate=date,
                # ISO 32000-1, table 46 asks for MD5; it guards nothing here.
                CheckSum=hashlib.md5(file.data, usedforsecurity=False).digest(),
            ),
        )
        specs[file.name] = pdf.make_indirect(
            Dictionary(
                Type=Name.Filespec,
                F=String(file.name),
                UF=String(file.name),
                Desc=String(file.description),
                AFRelationship=Name("/" + file.relationship),
                EF=Dictionary(F=stream, UF=stream),
            )
        )
    # A name tree is sorted by the bytes of its keys (ISO 32000-1, 7.9.6).
    ordered = sorted(specs.items(), key=lambda item: bytes(String(item[0])))
    names = [part for name, spec in ordered for part in (String(name), spec)]
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array(names)))
    pdf.Root.AF = Array([spec for _, spec in ordered])


def read_payload(path: Path) -> dict[str, Any]:
    """The attached data of a copy.

    Raises:
        NotFound: the PDF has no ``sohoa.json``.
        DamagedFile: the PDF or the data cannot be read.
    """
    try:
        with pikepdf.open(path) as pdf:
            if PAYLOAD_NAME not in pdf.attachments:
                raise NotFound(kind="tệp đính kèm", value=PAYLOAD_NAME)
            data = json.loads(pdf.attachments[PAYLOAD_NAME].get_file().read_bytes())
    except (pikepdf.PdfError, ValueError) as error:
        raise DamagedFile(file=path.name, detail=str(error)) from error
    if not isinstance(data, dict):
        raise DamagedFile(file=path.name, detail=f"{PAYLOAD_NAME} is no object")
    return data


def pdf_date(moment: dt.datetime) -> str:
    """A PDF date (ISO 32000-1, 7.9.4); ``moment`` has its time zone."""
    offset = moment.strftime("%z") or "+0000"
    return moment.strftime("D:%Y%m%d%H%M%S") + f"{offset[:3]}'{offset[3:5]}'"


def _original(metadata: CopyMetadata) -> dict[str, Any]:
    """Name and hash; and the pages, where the copy is not of all of them."""
    whole = {"name": metadata.original_name, "sha256": metadata.original_sha256}
    pages = metadata.original_pages
    return whole if pages is None else {**whole, "pages": list(pages)}


def _dossier(head: DossierHead) -> dict[str, Any]:
    procedure, applicant = head.procedure, head.applicant
    return {
        "code": head.code,
        "agency": {"code": head.agency.code, "name": head.agency.name},
        "procedure": procedure and {"code": procedure.code, "name": procedure.name},
        "applicant": applicant
        and {
            "kind": applicant.kind.value,
            "identifier": applicant.identifier,
            "name": applicant.name,
        },
        "received_on": head.received_on and head.received_on.isoformat(),
    }


def _field(field: Field) -> dict[str, Any]:
    return {
        "value": field.value,
        "raw": field.raw,
        "confidence": _share(field.confidence),
        "page": field.page,
        "box": _box(field.box),
        "source": field.source.value,
        "reasons": list(field.reasons),
        "display": field.shown,
        "place": field.place.as_json() if field.place else None,
        "agency_code": field.agency_code or None,
    }


def _page(page: PageReading) -> dict[str, Any]:
    return {
        "number": page.number,
        "width": round(page.width, 2),
        "height": round(page.height, 2),
        "rotation": page.rotation,
        "outcome": page.outcome.value,
        "engine": page.engine,
        "problems": [_problem(problem) for problem in page.problems],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "vi": problem.vi, "en": problem.en, "page": problem.page}


def _box(box: Box | None) -> list[float] | None:
    if box is None:
        return None
    return [round(value, 2) for value in (box.x0, box.y0, box.x1, box.y1)]


def _share(value: float) -> float:
    return round(value, 4)
