"""Papers that come with signatures: judged on arrival, kept byte for byte, never broken by ours.

Our copy-signature is added to the file itself, as an incremental update, where that leaves every
signature in it as it was and the file is PDF/A before and after. Else the file goes, whole, as an
attachment into a PDF/A-3 copy of its pages. Either way the original lies in the store as it came.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf

from dossiers.clock import VIETNAM
from dossiers.errors import (
    CopyNotConforming,
    DamagedFile,
    PasswordProtected,
    SignatureRejected,
)
from extractors.fields.written import SIGNED_AT
from flows.sealing import seal
from flows.services import Services
from signing.appearance import Appearance
from signing.levels import Level
from signing.pades import OWN, SigningReport
from signing.validation import Outcome, SignatureVerdict, VerificationReport
from signing.validation.outcomes import GOOD, worst
from storage.documents import DocumentRecord

log = logging.getLogger(__name__)

ACTOR = "digitise"
# A file whose signatures are broken is no original to put our signature on: it is only kept.
_BROKEN = (Outcome.INVALID_CHANGED, Outcome.INVALID_CERT)


@dataclass(frozen=True, slots=True)
class Countersigned:
    """The original with our signatures appended; ``pdfa`` is the flavour it was found to have."""

    path: Path
    pdfa: str
    page_count: int
    report: SigningReport


def judge_arrival(services: Services, doc: DocumentRecord, source: Path) -> VerificationReport:
    """Judge the signatures that a paper came with, and record what was found."""
    report = services.judge(source)
    noted = [_note(signature) for signature in report.signatures]
    # A file too damaged to list its signatures still has a verdict.
    services.ledger.documents.note_signatures(doc.code, noted or [_whole(report)])
    services.ledger.audit.append(
        ACTOR, "input.judged", doc.code, outcome=report.outcome, signatures=len(report.signatures)
    )
    return report


def signing_hints(services: Services, doc: DocumentRecord) -> dict[str, str]:
    """When the paper was first signed, as a hint for the day that it bears; empty if it was not.

    A claimed time proves nothing (decision 8), but it is a hint only: it weighs how ink may be read.
    """
    noted = services.ledger.documents.get(doc.code).input_signatures or []
    times = [
        note["proven_at"] or note["signed_at"]
        for note in noted
        if note["outcome"] not in {outcome.value for outcome in _BROKEN}
    ]
    known = [dt.datetime.fromisoformat(time) for time in times if time]
    return {SIGNED_AT: min(known).astimezone(VIETNAM).isoformat()} if known else {}


def _note(signature: SignatureVerdict) -> dict[str, Any]:
    return {
        "field": signature.field,
        "signer": signature.signer,
        "issuer": signature.issuer,
        "signed_at": signature.signed_at.isoformat() if signature.signed_at else None,
        "proven_at": signature.proven_at.isoformat() if signature.proven_at else None,
        "outcome": signature.outcome.value,
        "vi": signature.vi,
        "reason": signature.en,
        "reasons": [reason.code for reason in signature.reasons],
        "level": signature.level,
    }


def _whole(report: VerificationReport) -> dict[str, Any]:
    return {
        "field": None,
        "signer": "?",
        "issuer": "?",
        "signed_at": None,
        "proven_at": None,
        "outcome": report.outcome.value,
        "vi": report.vi,
        "reason": report.en,
        "reasons": [reason.code for reason in report.reasons],
        "level": None,
    }


def countersign(
    services: Services,
    doc: DocumentRecord,
    source: Path,
    appearance: Appearance,
    type_code: str,
    folder: Path,
) -> Countersigned | None:
    """Add our signatures to a signed original; ``None``, with the reason on record, if that fails."""
    before = _judged(services, source)
    out = folder / f"{doc.code}.pdf"
    try:
        _unbroken(before, doc.original_name)
        _conforming(services, source, doc.original_name)
        report = seal(services, source, out, appearance, type_code=type_code, countersign=True)
        flavour = check_countersigned(
            services, source, out, doc.original_name, report.level, before
        )
    except (CopyNotConforming, SignatureRejected, DamagedFile, PasswordProtected) as error:
        out.unlink(missing_ok=True)
        log.info("document %s is attached whole: %s", doc.code, error)
        services.ledger.audit.append(ACTOR, "input.attached", doc.code, reason=str(error)[:500])
        return None
    services.ledger.audit.append(ACTOR, "input.countersigned", doc.code, pdfa=flavour)
    with pikepdf.open(out) as pdf:
        return Countersigned(out, flavour, len(pdf.pages), report)


def check_countersigned(
    services: Services,
    source: Path,
    out: Path,
    name: str,
    level: Level,
    before: VerificationReport | None = None,
    *,
    raised: bool = False,
) -> str:
    """As :func:`check_kept`, and whether ``out`` is PDF/A; its flavour.

    Raises:
        SignatureRejected: a signature is not what it has to be.
        CopyNotConforming: it is no longer PDF/A.
    """
    before = before or _judged(services, source)
    check_kept(services, source, out, name, level, before, raised=raised)
    return _conforming(services, out, name)


def check_kept(
    services: Services,
    source: Path,
    out: Path,
    name: str,
    level: Level,
    before: VerificationReport,
    *,
    raised: bool = False,
) -> None:
    """Whether ``out`` goes on where a signed file ends, and what is ours in it is good.

    Ours are valid and at the level at least; those of others are all there, and not worse than before.
    ``before`` is the verdict on that file, which revocation data may be missing for; with ``raised``
    it had ours already.

    Raises:
        SignatureRejected: it is not so.
    """
    if not extends(source, out):
        raise SignatureRejected(file=name, detail="the original's bytes were changed")
    theirs = {
        verdict.field: verdict
        for verdict in before.signatures
        if not (raised and verdict.field in OWN)
    }
    after = _judged(services, out)
    ours = [verdict for verdict in after.signatures if verdict.field not in theirs]
    for verdict in after.signatures:
        was = theirs.pop(verdict.field, None)
        if was is not None and not (
            _as_good(verdict.outcome, was.outcome) and verdict.intact == was.intact
        ):
            detail = f"{verdict.field}: {was.outcome} → {verdict.outcome}: {verdict.detail}"
            raise SignatureRejected(file=name, detail=detail)
        if was is None and verdict.outcome not in GOOD:
            raise SignatureRejected(file=name, detail=f"{verdict.field}: {verdict.detail}")
    if theirs or not ours or not _as_good(after.outcome, before.outcome):
        raise SignatureRejected(file=name, detail=f"signatures are missing, or worse: {after.en}")
    check_levels(ours, name, level)


def check_levels(signatures: Iterable[SignatureVerdict], name: str, level: Level) -> None:
    """Whether every signature is at a level at least.

    Raises:
        SignatureRejected: one is not.
    """
    for signature in signatures:
        if signature.level is None or Level(signature.level).rank < level.rank:
            detail = f"{signature.field}: {signature.level or 'no level'}, not {level}"
            raise SignatureRejected(file=name, detail=detail)


def _as_good(after: Outcome, before: Outcome) -> bool:
    return worst([after, before]) is before


def _unbroken(report: VerificationReport, name: str) -> None:
    if not report.signatures or report.outcome in _BROKEN:
        raise SignatureRejected(file=name, detail=report.en)
    if known := [signature.field for signature in report.signatures if signature.field in OWN]:
        # Years on nobody could tell which of them are ours to be renewed.
        raise SignatureRejected(file=name, detail=f"has fields of our names: {', '.join(known)}")


def _judged(services: Services, path: Path) -> VerificationReport:
    """Before and after are compared, and ours may be at level B-B: revocation data may be missing."""
    return services.judge(path, require_revocation=False)


def extends(original: Path, file: Path) -> bool:
    """Whether a file begins with all the bytes of the original, and goes on."""
    size = original.stat().st_size
    if file.stat().st_size <= size:
        return False
    with file.open("rb") as grown, original.open("rb") as first:
        return _digest(grown.read(size)) == _digest(first.read())


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _conforming(services: Services, path: Path, name: str) -> str:
    conformance = services.check_pdfa(path)
    if not conformance.compliant or conformance.flavour is None:
        detail = "; ".join(conformance.failures[:3]) or "no PDF/A flavour claimed"
        raise CopyNotConforming(file=name, detail=detail)
    return str(conformance.flavour)
