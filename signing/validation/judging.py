"""The verdict on one signature, from its integrity, its time, its certificate then and now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pyhanko.pdf_utils.generic import parse_pdf_date
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter, message_imprint_checker
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.validation import algorithms, integrity
from signing.validation.levels import level_reached, stamps_over
from signing.validation.material import Material, material_in
from signing.validation.outcomes import (
    SENTENCES,
    CertificateState,
    Outcome,
    Reason,
    Revocation,
    TimeSource,
    reason,
    worst,
)
from signing.validation.paths import PathVerdict, Usage, certificate_at
from signing.validation.stamps import Token, awaits_status, judge_stamp
from signing.validation.trust import Trust
from signing.validation.verdicts import SignatureVerdict, TimeStampVerdict
from signing.validation.words import certificate_info, clock, day, span

# A signer's clock may be this wrong before the report says so.
_CLOCK = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class DocumentStamp:
    """A document time stamp with the revision that it covers."""

    revision: int
    verdict: TimeStampVerdict


@dataclass(frozen=True, slots=True)
class Case:
    """What every signature of a file is judged by."""

    around: integrity.Surroundings
    trust: Trust
    in_file: Material
    fetched: Material
    stamps: tuple[DocumentStamp, ...]
    now: dt.datetime
    require_revocation: bool


async def judge(signature: EmbeddedPdfSignature, case: Case) -> SignatureVerdict:
    """The verdict on a signature.

    Raises:
        SignatureValidationError, ValueError: its structure is broken (the caller's verdict).
    """
    whole = integrity.check(signature, case.around, stamp=False)
    stamps = await _stamps(signature, case)
    claimed = _claimed(signature)
    proven = _proven(signature, case, stamps)
    moment = proven[0] if proven else claimed or case.now
    material = case.in_file + case.fetched + material_in(signature.signed_data)
    certificate = signature.signer_cert
    then = await certificate_at(certificate, case.trust, material, moment, Usage.SIGN)
    today = await certificate_at(certificate, case.trust, material, case.now, Usage.SIGN)

    reasons: list[Reason] = []
    if whole.fault is not None:
        outcome = Outcome.INVALID_CHANGED
        reasons.append(whole.fault)
    else:
        reasons.append(reason("WHOLE"))
        reasons.extend(whole.later)
        waiting = [s for s in (*stamps, *stamps_over(signature, case)) if awaits_status(s)]
        time_outcome = _time(claimed, proven, stamps, waiting, case, reasons)
        standing = _standing(then, today, case, reasons, proven=proven is not None)
        weak = _weakness(signature, then, proven, reasons)
        outcome = worst([time_outcome, standing, weak])
        if refused := algorithms.refused(signature.signer_info, certificate):
            reasons.append(reason("CERT_WEAK", refused))
            outcome = Outcome.INVALID_CERT
    level = None
    if whole.fault is None:
        level, lacking = await level_reached(
            signature, case, stamps, then, proven[0] if proven else None
        )
        if lacking:
            reasons.append(reason("NOT_PADES", lacking))
    info = certificate_info(certificate)
    decisive = then if proven else today
    vi, en = SENTENCES[outcome]
    return SignatureVerdict(
        field=str(signature.field_name),
        signer=info.subject,
        organisation=info.organisation,
        issuer=info.issuer,
        certificate=info,
        signed_at=claimed,
        proven_at=proven[0] if proven else None,
        time_source=proven[2] if proven else TimeSource.CLAIMED,
        outcome=outcome,
        vi=vi,
        en=en,
        reasons=tuple(reasons),
        intact=whole.fault is None,
        whole_document=whole.whole_document,
        certifies=_certifies(signature),
        certificate_then=then.state,
        certificate_now=today.state,
        revoked_at=_revoked_at(then, today),
        revocation=decisive.revocation,
        level=level,
        digest=str(signature.md_algorithm).lower(),
        mechanism=str(signature.signer_info["signature_algorithm"]["algorithm"].native),
        time_stamps=tuple(stamps),
    )


async def _stamps(signature: EmbeddedPdfSignature, case: Case) -> list[TimeStampVerdict]:
    """The signature's own time stamps (EN 319 122-1, 5.3)."""
    later = [s for s in case.stamps if s.revision > signature.signed_revision and s.verdict.proves]
    protected = min((s.verdict.time for s in later if s.verdict.time), default=None)
    found = []
    for signed_data in extract_tst_data_iter(signature.signer_info, signed=False):
        token = Token(signed_data, message_imprint_checker(signature.signer_info))
        found.append(
            await judge_stamp(
                token,
                case.trust,
                case.in_file + case.fetched,
                case.now,
                protected,
                require_revocation=case.require_revocation,
            )
        )
    return found


def _proven(
    signature: EmbeddedPdfSignature, case: Case, stamps: list[TimeStampVerdict]
) -> tuple[dt.datetime, TimeStampVerdict, TimeSource] | None:
    """The earliest time at which the signature is proven to have existed."""
    own = [(s.time, s, TimeSource.TIME_STAMP) for s in stamps if s.proves and s.time]
    of_document = [
        (s.time, s, TimeSource.DOCUMENT_TIME_STAMP)
        for s in stamps_over(signature, case)
        if s.proves and s.time
    ]
    return min([*own, *of_document], key=lambda found: found[0], default=None)


def _time(
    claimed: dt.datetime | None,
    proven: tuple[dt.datetime, TimeStampVerdict, TimeSource] | None,
    stamps: list[TimeStampVerdict],
    waiting: list[TimeStampVerdict],
    case: Case,
    reasons: list[Reason],
) -> Outcome:
    reasons.extend(
        reason("STAMP_UNUSABLE", s.authority) for s in stamps if not s.proves and s not in waiting
    )
    if proven:
        reasons.append(reason("TIME_PROVEN", f"{proven[1].authority} ({clock(proven[0])})"))
        if claimed and abs(claimed - proven[0]) > _CLOCK:
            reasons.append(reason("TIME_DIFFERS", span(claimed - proven[0])))
        return Outcome.VALID
    authorities = dict.fromkeys(s.authority for s in waiting)
    reasons.extend(reason("STAMP_STATUS_OPEN", authority) for authority in authorities)
    if claimed is None:
        reasons.append(reason("TIME_UNKNOWN"))
    elif claimed > case.now + _CLOCK:
        reasons.append(reason("TIME_IN_FUTURE", clock(claimed)))
        return Outcome.INDETERMINATE
    elif not stamps and not waiting:
        reasons.append(reason("TIME_CLAIMED"))
    return Outcome.VALID


def _standing(
    then: PathVerdict, today: PathVerdict, case: Case, reasons: list[Reason], *, proven: bool
) -> Outcome:
    """The certificate: with a proven time as it was then, else as it is now as well."""
    outside = (CertificateState.NOT_YET_VALID, CertificateState.EXPIRED)
    if not proven and then.state in outside and today.state not in outside:
        # The claim is wrong, not the certificate: it proves nothing either way (EN 319 102-1, 5.3).
        reasons.append(reason("TIME_OUTSIDE"))
    else:
        refusal = _refusal(then, reasons)
        if refusal is not None:
            return refusal
    if not proven:
        if today.state is CertificateState.EXPIRED and today.since:
            # EN 319 102-1, 5.3: OUT_OF_BOUNDS_NO_POE; a claimed time is the signer's own word.
            reasons.append(reason("TIME_NOT_PROVEN", day(today.since)))
            return Outcome.INDETERMINATE
        refusal = _refusal(today, reasons)
        if refusal is not None:
            return refusal
    decisive = then if proven else today
    if decisive.revocation is Revocation.MISSING:
        reasons.append(reason("REVOCATION_MISSING"))
        if case.require_revocation:
            return Outcome.INDETERMINATE
    elif decisive.revocation is Revocation.NOT_DECLARED:
        reasons.append(reason("REVOCATION_NOT_DECLARED"))
    else:
        reasons.append(reason("REVOCATION_CHECKED", _sources(case)))
    reasons.append(reason("CERT_GOOD"))
    if today.state is CertificateState.EXPIRED and today.since:
        reasons.append(reason("CERT_EXPIRED_SINCE", day(today.since)))
        return Outcome.VALID_CERT_EXPIRED_NOW
    if today.state is CertificateState.REVOKED and today.since:
        reasons.append(reason("CERT_REVOKED_SINCE", day(today.since)))
        return Outcome.VALID_CERT_EXPIRED_NOW
    return Outcome.VALID


def _refusal(verdict: PathVerdict, reasons: list[Reason]) -> Outcome | None:
    """What forbids the certificate, if anything does."""
    since = day(verdict.since) if verdict.since else "?"
    state = verdict.state
    if state is CertificateState.UNTRUSTED:
        reasons.append(reason("CERT_UNTRUSTED", verdict.detail))
        return Outcome.UNTRUSTED_CA
    if state is CertificateState.WEAK:
        reasons.append(reason("CERT_WEAK", verdict.detail))
        return Outcome.INVALID_CERT
    codes = {
        CertificateState.EXPIRED: "CERT_EXPIRED_THEN",
        CertificateState.NOT_YET_VALID: "CERT_NOT_YET_VALID",
        CertificateState.REVOKED: "CERT_REVOKED",
    }
    if state in codes:
        reasons.append(reason(codes[state], since))
        return Outcome.INVALID_CERT
    if state is CertificateState.UNUSABLE:
        reasons.append(reason("CERT_UNUSABLE", verdict.detail))
        return Outcome.INVALID_CERT
    return None


def _weakness(
    signature: EmbeddedPdfSignature,
    then: PathVerdict,
    proven: tuple[dt.datetime, TimeStampVerdict, TimeSource] | None,
    reasons: list[Reason],
) -> Outcome:
    """SHA-1 anywhere that the verdict rests on (TT 15/2025/TT-BKHCN asks for SHA-256 and better)."""
    before = len(reasons)
    if algorithms.hashes_of(signature.signer_info) & algorithms.WEAK_HASHES:
        reasons.append(reason("SHA1_SIGNATURE"))
    if proven and proven[1].outcome is Outcome.VALID_WEAK_HASH:
        reasons.append(reason("SHA1_STAMP"))
    if then.weak:
        reasons.append(reason("SHA1_CERTIFICATE", ", ".join(then.weak)))
    return Outcome.VALID_WEAK_HASH if len(reasons) > before else Outcome.VALID


def _sources(case: Case) -> str:
    return "CRL/OCSP" if case.fetched == Material() else "CRL/OCSP (online)"


def _revoked_at(then: PathVerdict, today: PathVerdict) -> dt.datetime | None:
    for verdict in (then, today):
        if verdict.state is CertificateState.REVOKED:
            return verdict.since
    return None


def _certifies(signature: EmbeddedPdfSignature) -> bool:
    try:
        return any(
            reference.get_object().get("/TransformMethod") == "/DocMDP"
            for reference in signature.sig_object.get("/Reference", ())
        )
    except (AttributeError, TypeError, SignatureValidationError):
        return False


def _claimed(signature: EmbeddedPdfSignature) -> dt.datetime | None:
    """The time that the signer claims: /M (EN 319 142-1, 5.3), else the CMS attribute.

    Much signing software in use here writes Vietnam's hour into the attribute and calls it UTC; both
    are signed, and /M has the zone.
    """
    try:
        return _aware(parse_pdf_date(signature.sig_object["/M"], strict=False))
    except (KeyError, PdfReadError, ValueError):
        return _aware(signature.self_reported_timestamp)


def _aware(moment: dt.datetime | None) -> dt.datetime | None:
    if moment is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    return moment
