"""What the ledger knows of a dossier, as the contract's report."""

from __future__ import annotations

from dossiers.contract import (
    CopyReport,
    DocumentReport,
    DossierReport,
    DuplicateReport,
    LeftOutReport,
    ProblemReport,
    RefusedReport,
    ValueReport,
    problem_report,
)
from dossiers.states import DocumentState, IntakeState
from flows.dividing import problems_of
from storage.divisions import DivisionRecord
from storage.documents import CopyRecord, DocumentRecord
from storage.ledger import Ledger

# Outcomes of signing.validation that need nobody's attention.
_GOOD = frozenset({"VALID", "VALID_CERT_EXPIRED_NOW"})


def dossier_report(ledger: Ledger, code: str) -> DossierReport:
    """One dossier with its documents and what was refused.

    Raises:
        NotFound: no such dossier.
    """
    record = ledger.dossiers.get(code)
    claims = ledger.intake.of_dossier(code)
    head = record.head
    documents = ledger.documents.of_dossier(code)
    originals = {doc.original_sha256: doc for doc in documents}
    divisions = {sha256: ledger.divisions.of(code, sha256) for sha256 in originals}
    return DossierReport(
        code=code,
        agency=head.agency.code,
        state=record.state,
        applicant=head.applicant.name if head.applicant else None,
        procedure=head.procedure.name or head.procedure.code if head.procedure else None,
        documents=tuple(
            _document(ledger, doc, divisions[doc.original_sha256]) for doc in documents
        ),
        rejected=tuple(
            RefusedReport(
                file=claim.name,
                code=claim.reason_code or "",
                message=claim.reason or "",
                moved_to=claim.moved_to,
            )
            for claim in claims
            if claim.state is IntakeState.REJECTED
        ),
        duplicates=tuple(
            DuplicateReport(
                file=claim.name, sha256=claim.sha256, document=claim.document_code or ""
            )
            for claim in claims
            if claim.state is IntakeState.DUPLICATE
        ),
        left_out=tuple(
            LeftOutReport(
                file=originals[sha256].original_name, sha256=sha256, page=left.page, why=left.why
            )
            for sha256, division in divisions.items()
            for left in (division.left_out if division else ())
        ),
    )


def _document(
    ledger: Ledger, record: DocumentRecord, division: DivisionRecord | None
) -> DocumentReport:
    problems = [problem_report(problem) for problem in problems_of(record, division)]
    if record.state is DocumentState.FAILED:
        last = ledger.documents.attempts(record.code)[-1]
        problems.append(ProblemReport(code=last.error_code, vi=last.message, en=last.error_code))
    problems.extend(
        ProblemReport(
            code="input_signature",
            vi=f"Chữ ký có sẵn của {signature['signer']}: {signature.get('vi', '')}",
            en=f"Signature that came with it, of {signature['signer']}: {signature['reason']}",
        )
        for signature in record.input_signatures or ()
        if signature["outcome"] not in _GOOD
    )
    copies = ledger.documents.copies(record.code)
    return DocumentReport(
        code=record.code,
        file=record.original_name,
        sha256=record.original_sha256,
        role=record.role,
        state=record.state,
        type=record.type_code,
        needs_person=record.needs_person,
        pages=record.page_count,
        original_pages=record.pages,
        other_side=record.other_side,
        fields={
            name: ValueReport(
                value=kept.field.value,
                confidence=kept.field.confidence,
                doubtful=kept.doubtful,
                display=kept.field.display,
            )
            for name, kept in ledger.documents.fields(record.code).items()
        },
        copy_=_copy(copies[-1]) if copies else None,
        problems=tuple(problems),
    )


def _copy(record: CopyRecord) -> CopyReport:
    copy = record.copy
    return CopyReport(
        key=copy.key,
        sha256=copy.sha256,
        size=copy.size,
        version=record.version,
        pdfa=copy.pdfa,
        signature_level=copy.signature_level,
        signers=copy.signers,
        signed_at=copy.signed_at,
    )
