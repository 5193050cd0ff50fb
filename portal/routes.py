"""The routes of the fetch API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from dossiers.contract import place_report
from dossiers.errors import InvalidIdentifier, NotFound
from dossiers.identifiers.personal import OldCardNumber, PersonalNumber
from dossiers.identifiers.tax import TaxCode
from portal.access import CopyReader, FieldReader, Reader, Searcher, SubjectReader
from portal.delivery import deliver
from portal.models import CopyOut, DocumentOut, DossierOut, FieldOut, HitOut, LinkedOut, SubjectOut
from storage.documents import DocumentRecord

router = APIRouter(prefix="/api/v1")

_BASE = "/api/v1"
Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0)]


@router.get("/dossiers/{code}", summary="A dossier with its documents", tags=["dossiers"])
def dossier(code: str, reader: CopyReader) -> DossierOut:
    """Head and state of a dossier, and its documents with links to their copies and fields."""
    ledger = reader.rooms.ledger
    record = ledger.dossiers.get(code)
    reader.record("dossier.read", code)
    head = record.head
    return DossierOut(
        code=head.code,
        agency={"code": head.agency.code, "name": head.agency.name},
        procedure=(
            {"code": head.procedure.code, "name": head.procedure.name} if head.procedure else None
        ),
        applicant=(
            {
                "kind": head.applicant.kind.value,
                "identifier": head.applicant.identifier,
                "name": head.applicant.name,
            }
            if head.applicant
            else None
        ),
        received_on=head.received_on,
        state=record.state.value,
        documents=[_document(reader, doc) for doc in ledger.documents.of_dossier(code)],
    )


@router.get("/documents/{code}", summary="A document", tags=["documents"])
def document(code: str, reader: CopyReader) -> DocumentOut:
    """What is known of a document, and the versions of its signed copy."""
    found = reader.rooms.ledger.documents.get(code)
    reader.record("document.read", code)
    return _document(reader, found)


@router.head("/documents/{code}/copy", include_in_schema=False)
@router.get(
    "/documents/{code}/copy",
    summary="The signed copy (PDF/A-3)",
    tags=["documents"],
    response_class=Response,
    responses={
        200: {"content": {"application/pdf": {}}, "description": "The whole copy"},
        206: {"content": {"application/pdf": {}}, "description": "The range asked for"},
        304: {"description": "The copy you have (If-None-Match) is the one that holds"},
        416: {"description": "The range lies outside the copy"},
    },
)
def copy(
    request: Request,
    code: str,
    reader: CopyReader,
    version: Annotated[int | None, Query(ge=1, description="the newest by default")] = None,
) -> Response:
    """The bytes as signed. ETag is the SHA-256; Range and If-None-Match are honoured."""
    reader.rooms.ledger.documents.get(code)
    copies = reader.rooms.ledger.documents.copies(code)
    wanted = [c for c in copies if version in (None, c.version)]
    if not wanted:
        raise NotFound(kind="copy", value=code if version is None else f"{code} v{version}")
    reader.record("copy.read", code, version=wanted[-1].version)
    return deliver(request, reader.rooms.store, wanted[-1].copy, f"{code}.pdf")


@router.get("/documents/{code}/fields", summary="The fields of a document", tags=["documents"])
def fields(
    code: str,
    reader: FieldReader,
    accepted: Annotated[
        bool, Query(description="only fields that may be reused without a person looking")
    ] = False,
) -> list[FieldOut]:
    """Values with confidence, page, box and source, in the order of the form."""
    ledger = reader.rooms.ledger
    kind = reader.rooms.types.get(ledger.documents.get(code).type_code)
    reader.record("fields.read", code)
    rows = []
    for name, kept in ledger.documents.fields(code).items():
        if accepted and kept.doubtful:
            continue
        declared = kind.field(name) if kind else None
        box = kept.field.box
        rows.append(
            FieldOut(
                name=name,
                title=declared.title.vi if declared else name,
                value=kept.field.value,
                raw=kept.field.raw,
                confidence=kept.field.confidence,
                doubtful=kept.doubtful,
                page=kept.field.page,
                box=[box.x0, box.y0, box.x1, box.y1] if box else None,
                source=kept.field.source.value,
                reasons=list(kept.field.reasons),
                display=kept.field.shown,
                place=place_report(kept.field.place) if kept.field.place else None,
                agency_code=kept.field.agency_code or None,
            )
        )
    return rows


@router.get(
    "/subjects/{identifier}/documents",
    summary="The documents of a citizen or organisation",
    tags=["subjects"],
)
def subject(
    identifier: str, reader: SubjectReader, limit: Limit = 50, offset: Offset = 0
) -> SubjectOut:
    """By personal number, older card number or tax code: look here before asking for a paper."""
    number = _identifier(identifier)
    ledger = reader.rooms.ledger
    known = ledger.citizens.subject(number)
    links = ledger.citizens.documents(number)[offset : offset + limit]
    reader.record("subject.read", number, documents=len(links))
    rows = []
    for link in links:
        doc = ledger.documents.get(link.document_code)
        kind = reader.rooms.types.get(doc.type_code)
        rows.append(
            LinkedOut(
                document=doc.code,
                dossier=doc.dossier_code,
                type=doc.type_code,
                type_name=kind.name.vi if kind else None,
                role=link.role,
                linked_by=link.how.value,
                confidence=link.confidence,
                href=f"{_BASE}/documents/{doc.code}",
            )
        )
    return SubjectOut(identifier=number, name=known.name if known else None, documents=rows)


@router.get("/search", summary="Full-text search", tags=["search"])
def search(
    q: Annotated[str, Query(min_length=1, max_length=200)], reader: Searcher, limit: Limit = 50
) -> list[HitOut]:
    """Documents that hold all words; without diacritics in the query they do not matter."""
    hits = reader.rooms.ledger.search.find(q, limit)
    reader.record("search", "text", hits=len(hits))
    return [
        HitOut(
            document=hit.document_code,
            snippet=hit.snippet,
            href=f"{_BASE}/documents/{hit.document_code}",
        )
        for hit in hits
    ]


def _document(reader: Reader, doc: DocumentRecord) -> DocumentOut:
    kind = reader.rooms.types.get(doc.type_code)
    return DocumentOut(
        code=doc.code,
        dossier=doc.dossier_code,
        type=doc.type_code,
        type_name=kind.name.vi if kind else None,
        role=doc.role.value,
        component_code=doc.component_code,
        state=doc.state.value,
        needs_person=doc.needs_person,
        original_name=doc.original_name,
        original_sha256=doc.original_sha256,
        original_pages=list(doc.pages),
        page_count=doc.page_count,
        other_side=doc.other_side,
        copies=[
            CopyOut(
                version=record.version,
                sha256=record.copy.sha256,
                size=record.copy.size,
                page_count=record.copy.page_count,
                pdfa=record.copy.pdfa,
                signature_level=record.copy.signature_level,
                signers=list(record.copy.signers),
                signed_at=record.copy.signed_at,
                href=f"{_BASE}/documents/{doc.code}/copy?version={record.version}",
            )
            for record in reader.rooms.ledger.documents.copies(doc.code)
        ],
        fields_href=f"{_BASE}/documents/{doc.code}/fields",
    )


def _identifier(text: str) -> str:
    """A number that obeys its rules, in the form it is kept in.

    Raises:
        InvalidIdentifier: neither a personal number, an older card number nor a tax code.
    """
    for parse in (PersonalNumber.parse, TaxCode.parse, OldCardNumber.parse):
        try:
            return str(parse(text))
        except InvalidIdentifier:
            continue
    raise InvalidIdentifier(
        kind="Số định danh / mã số thuế",
        value=text,
        detail="12, 10, 13 hoặc 9 chữ số / digits",
    )
