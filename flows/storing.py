"""The signed copy on its way into the store: made, verified in the same run, stored once, recorded.

A run that is killed between storing and recording leaves an object without a record. The next run
finds it under the same key, verifies it and records it, instead of signing the paper a second time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from copies.archival import make_copy
from copies.payload import read_payload
from dossiers.clock import VIETNAM
from dossiers.dossier import CopyMetadata, ElectronicCopy, FormOfCopy
from dossiers.errors import CopyNotConforming, NotFound, SignatureRejected
from dossiers.reading import DocumentReading
from dossiers.states import DocumentState
from flows.acts import record_acts
from flows.sealing import seal, wanted_level
from flows.services import Services
from flows.signed_input import check_countersigned, check_levels, countersign, extends
from signing.appearance import Appearance
from signing.levels import Level, judge_level
from signing.pades import OWN, SigningReport
from signing.validation import VerificationReport, verify
from signing.validation.outcomes import GOOD
from storage.documents import DocumentRecord
from storage.dossiers import DossierRecord
from storage.objects.keys import copy_key
from storage.preservation import Protection


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A signed copy on the local disk that has passed every check."""

    path: Path
    pdfa: str
    page_count: int
    signers: tuple[str, ...]
    signed_at: dt.datetime
    reencoded: tuple[tuple[int, str], ...]
    protection: Protection


def make_signed_copy(
    services: Services,
    dossier: DossierRecord,
    doc: DocumentRecord,
    source: Path,
    reading: DocumentReading,
    folder: Path,
    *,
    signed_input: bool = False,
) -> SignedFile:
    """Archival copy, two signatures, then both validators; nothing is stored yet.

    A ``signed_input`` gets them itself where its own signatures stay what they are
    (:mod:`flows.signed_input`).

    Raises:
        CopyNotConforming: veraPDF refuses the signed file.
        SignatureRejected: a signature just made does not validate.
        SohoaError: the source cannot be carried over, or a key cannot be used.
    """
    now = dt.datetime.now(VIETNAM).replace(microsecond=0)
    appearance = Appearance(FormOfCopy.TRUE_COPY, dossier.head.agency.name, now)
    if signed_input:
        own = countersign(services, doc, source, appearance, reading.type.code, folder)
        if own is not None:
            record_acts(
                services, doc.code, doc.original_sha256, own.report.sha256, reading.type.code
            )
            return _signed_file(own.path, own.pdfa, own.page_count, own.report)
    kind = services.types.get(reading.type.code)
    metadata = CopyMetadata(
        document_code=doc.code,
        dossier=dossier.head,
        form=FormOfCopy.TRUE_COPY,
        original_name=doc.original_name,
        original_sha256=doc.original_sha256,
        created_at=now,
        role=doc.role,
        type_name=kind.name.vi if kind else None,
        original_pages=None if doc.whole else doc.pages,
    )
    unsigned, signed = folder / f"{doc.code}.unsigned.pdf", folder / f"{doc.code}.pdf"
    made = make_copy(source, reading, metadata, unsigned)
    report = seal(services, unsigned, signed, appearance, type_code=reading.type.code)
    check_signed(services, signed, doc.original_name, report.level)
    presented = hashlib.sha256(unsigned.read_bytes()).hexdigest()
    record_acts(services, doc.code, presented, report.sha256, reading.type.code)
    return _signed_file(signed, made.flavour, made.page_count, report, made.reencoded)


def _signed_file(
    path: Path,
    pdfa: str,
    pages: int,
    report: SigningReport,
    reencoded: tuple[tuple[int, str], ...] = (),
) -> SignedFile:
    return SignedFile(
        path,
        pdfa,
        pages,
        report.signers,
        report.signed_at,
        reencoded,
        protection_of(report),
    )


def protection_of(report: SigningReport) -> Protection:
    """What the ledger says of how long a file just signed will stand."""
    return Protection(report.level, report.wanted, report.protected_until, report.protected_since)


def check_signed(services: Services, path: Path, name: str, level: Level) -> None:
    """Both validators on a file that we signed, and the second judge of the level it is to have.

    Raises:
        CopyNotConforming, SignatureRejected: what they found.
    """
    check_signatures(services, path, name, level)
    _check_pdfa(services, path, name)


def check_signatures(services: Services, path: Path, name: str, level: Level) -> None:
    """The second judge on a file that only we have signed; offline, with what is in the file.

    Raises:
        SignatureRejected: a signature is not valid, or below the level it is to have.
    """
    _check_ours(verify(path, services.trust), name, level)


def _check_ours(verdict: VerificationReport, name: str, level: Level) -> None:
    for signature in verdict.signatures:
        if signature.outcome not in GOOD:
            raise SignatureRejected(file=name, detail=f"{signature.field}: {signature.detail}")
    if not verdict.ok:
        raise SignatureRejected(file=name, detail=verdict.en)
    check_levels(verdict.signatures, name, level)


def _check_pdfa(services: Services, path: Path, name: str) -> None:
    conformance = services.check_pdfa(path)
    if not conformance.compliant:
        raise CopyNotConforming(file=name, detail="; ".join(conformance.failures[:3]))


def check_raised(services: Services, before: Path, path: Path, name: str, level: Level) -> None:
    """As :func:`check_signed` on a copy that was added to; others' signatures are what they were.

    Raises:
        CopyNotConforming, SignatureRejected: what was found.
    """
    verdict = verify(path, services.trust)
    if all(signature.field in OWN for signature in verdict.signatures):
        _check_ours(verdict, name, level)
        _check_pdfa(services, path, name)
    else:
        check_countersigned(services, before, path, name, level, raised=True)


def store_signed(
    services: Services, doc: DocumentRecord, key: str, version: int, signed: SignedFile
) -> None:
    """Put the copy into the store, then record it."""
    services.ledger.documents.move(doc.code, DocumentState.SIGNED)
    stored = services.store.put_file(key, signed.path, content_type="application/pdf")
    copy = ElectronicCopy(
        document_code=doc.code,
        key=key,
        sha256=stored.sha256,
        size=stored.size,
        page_count=signed.page_count,
        pdfa=signed.pdfa,
        signature_level=signed.protection.level,
        signers=signed.signers,
        signed_at=signed.signed_at,
    )
    services.ledger.documents.save_copy(copy, version, signed.reencoded, signed.protection)


def next_place(services: Services, dossier: DossierRecord, doc: DocumentRecord) -> tuple[str, int]:
    """Key and version of the copy that is made next."""
    version = len(services.ledger.documents.copies(doc.code)) + 1
    return copy_key(dossier.head.agency.code, dossier.head.code, doc.code, version), version


def adopt_stored(
    services: Services, doc: DocumentRecord, key: str, source: Path, folder: Path
) -> SignedFile | None:
    """The copy that a killed run has stored but not recorded, if there is one and it is good."""
    local = folder / "stored.pdf"
    try:
        with services.store.fetched(key) as stored:
            shutil.copyfile(stored, local)
    except NotFound:
        return None
    theirs: set[str] = set()
    countersigned = extends(source, local)
    roots = services.preservation_now.roots
    only = OWN if countersigned else None
    reached = judge_level(local.read_bytes(), doc.original_name, roots, only=only)
    if countersigned:
        check_countersigned(services, source, local, doc.original_name, reached.level)
        theirs = {signature.field for signature in verify(source, services.trust).signatures}
    else:
        check_signed(services, local, doc.original_name, reached.level)
        payload = read_payload(local)
        kept = payload["original"]
        if (kept["sha256"], kept.get("pages")) != (
            doc.original_sha256,
            None if doc.whole else list(doc.pages),
        ):
            raise SignatureRejected(file=doc.original_name, detail=f"{key} holds another original")
    found = verify(local, services.trust).signatures
    signatures = [signature for signature in found if signature.field not in theirs]
    with pikepdf.open(local) as pdf:
        pages = len(pdf.pages)
        flavour = services.check_pdfa(local).flavour
    return SignedFile(
        local,
        flavour,
        pages,
        tuple(s.signer for s in signatures),
        signatures[-1].signed_at or dt.datetime.now(dt.UTC),
        (),
        Protection(
            reached.level,
            wanted_level(services, doc.type_code),
            reached.protected_until,
            reached.protected_since,
        ),
    )


def holds_data(services: Services, doc: DocumentRecord) -> bool:
    """Whether a copy of the document carries its data, or there is no copy yet.

    A countersigned original is the original's bytes: it has no place for what was read.
    """
    copies = services.ledger.documents.copies(doc.code)
    if not copies:
        return True
    with services.store.fetched(copies[-1].copy.key) as stored:
        try:
            read_payload(stored)
        except NotFound:
            return False
    return True


def same_data(copy: Path, reading: DocumentReading) -> bool:
    """Whether the data inside a copy are those of a reading; true for one that has no data."""
    try:
        document = read_payload(copy)["document"]
    except NotFound:
        return True
    said = {name: (field["value"], field["source"]) for name, field in document["fields"].items()}
    wanted = {name: (field.value, field.source.value) for name, field in reading.fields.items()}
    return bool(said == wanted and document["type"]["code"] == reading.type.code)
