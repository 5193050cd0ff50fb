"""Time stamps (RFC 3161), of a signature or of the whole document: what each of them proves."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, validate_sig_integrity

from signing.validation.algorithms import WEAK_HASHES, hashes_of, refused
from signing.validation.material import Material, material_in
from signing.validation.outcomes import (
    GOOD,
    SENTENCES,
    CertificateState,
    Outcome,
    Reason,
    Revocation,
    reason,
    worst,
)
from signing.validation.paths import PathVerdict, Usage, certificate_at
from signing.validation.trust import Trust
from signing.validation.verdicts import CertificateInfo, TimeStampVerdict
from signing.validation.words import certificate_info, common_name, day


@dataclass(frozen=True, slots=True)
class Token:
    """A time-stamp token and what it must be about; ``field`` where it stands in a field of its own."""

    signed_data: cms.SignedData
    imprint: Callable[[str], bytes]
    field: str | None = None
    # A fault of the document around it (its byte range, later changes), found before.
    fault: Reason | None = None


async def judge_stamp(
    token: Token,
    trust: Trust,
    material: Material,
    now: dt.datetime,
    protected_at: dt.datetime | None,
    *,
    require_revocation: bool,
) -> TimeStampVerdict:
    """The verdict on one token.

    Args:
        token: the token; faults inside it are verdicts, not exceptions.
        trust: anchors of authorities, the same as for signers.
        material: what the file holds besides the token itself.
        now: the moment judged as today.
        protected_at: the earliest later time stamp that covers this one and is itself usable.
        require_revocation: whether the authority's certificate must have been checked.
    """
    try:
        info, certificate = _opened(token)
        time = info["gen_time"].native
        digest = str(info["message_imprint"]["hash_algorithm"]["algorithm"].native)
    except (ValueError, TypeError, KeyError, IndexError, SignatureValidationError) as error:
        return _verdict(token, None, None, "?", [reason("SIGNATURE_UNREADABLE", error)])
    signer = token.signed_data["signer_infos"][0]
    whole = reason("STAMP_IMPRINT") if not _matches(token, info, certificate) else token.fault
    if whole is not None:
        return _verdict(token, time, certificate, digest, [whole])
    material = material + material_in(token.signed_data)
    then = await certificate_at(certificate, trust, material, time, Usage.STAMP)
    today = await certificate_at(certificate, trust, material, now, Usage.STAMP)
    reasons: list[Reason] = []
    outcome = _standing(then, today, protected_at, reasons)
    if require_revocation and outcome in GOOD and then.revocation is Revocation.MISSING:
        reasons.append(reason("STAMP_STATUS_OPEN", common_name(certificate)))
        outcome = Outcome.INDETERMINATE
    if weak := refused(signer, certificate):
        reasons.append(reason("CERT_WEAK", weak))
        outcome = worst([outcome, Outcome.INVALID_CERT])
    if {digest, *hashes_of(signer)} & WEAK_HASHES:
        reasons.append(reason("SHA1_STAMP"))
        outcome = worst([outcome, Outcome.VALID_WEAK_HASH])
    return _verdict(token, time, certificate, digest, reasons, outcome)


def awaits_status(verdict: TimeStampVerdict) -> bool:
    """Whether all is well with a stamp but that its authority's status has yet to be asked.

    It proves nothing so far, but it is there: the level of the file counts it.
    """
    return verdict.outcome is Outcome.INDETERMINATE and any(
        found.code == "STAMP_STATUS_OPEN" for found in verdict.reasons
    )


def _opened(token: Token) -> tuple[tsp.TSTInfo, asn1_x509.Certificate]:
    content = token.signed_data["encap_content_info"]["content"]
    info = content.parsed if isinstance(content, core.ParsableOctetString) else None
    if not isinstance(info, tsp.TSTInfo):
        raise TypeError("no TSTInfo inside")
    info.native  # noqa: B018 - parses it all now
    return info, extract_certs_for_validation(token.signed_data).signer_cert


def _matches(token: Token, info: tsp.TSTInfo, certificate: asn1_x509.Certificate) -> bool:
    """Whether the token is signed by its authority and is about these data."""
    signer = token.signed_data["signer_infos"][0]
    algorithm = signer["digest_algorithm"]["algorithm"].native
    content = bytes(token.signed_data["encap_content_info"]["content"])
    try:
        intact, valid = validate_sig_integrity(
            signer,
            certificate,
            expected_content_type="tst_info",
            actual_digest=hashlib.new(algorithm, content).digest(),
        )
        imprint = info["message_imprint"]
        expected = token.imprint(imprint["hash_algorithm"]["algorithm"].native)
    except (ValueError, TypeError, KeyError, AttributeError, SignatureValidationError):
        return False
    return bool(intact and valid and expected == imprint["hashed_message"].native)


def _standing(
    then: PathVerdict,
    today: PathVerdict,
    protected_at: dt.datetime | None,
    reasons: list[Reason],
) -> Outcome:
    """Whether the authority's certificate was good, and whether that can still be believed."""
    if then.state is CertificateState.UNTRUSTED:
        reasons.append(reason("CERT_UNTRUSTED", then.detail))
        return Outcome.UNTRUSTED_CA
    if then.state not in (CertificateState.GOOD, CertificateState.UNKNOWN):
        reasons.append(reason("CERT_UNUSABLE", then.detail))
        return Outcome.INVALID_CERT
    if today.state in (CertificateState.EXPIRED, CertificateState.REVOKED) and today.since:
        # From then on anybody who got hold of the key could stamp any time (EN 319 102-1, 5.6.2).
        if protected_at is None or protected_at > today.since:
            reasons.append(reason("STAMP_EXPIRED", day(today.since)))
            return Outcome.INDETERMINATE
        reasons.append(reason("STAMP_RENEWED"))
        return Outcome.VALID_CERT_EXPIRED_NOW
    return Outcome.VALID


def _verdict(
    token: Token,
    time: dt.datetime | None,
    certificate: asn1_x509.Certificate | None,
    digest: str,
    reasons: list[Reason],
    outcome: Outcome = Outcome.INVALID_CHANGED,
) -> TimeStampVerdict:
    info: CertificateInfo | None = certificate_info(certificate) if certificate else None
    vi, en = _STAMP_SENTENCES.get(outcome, SENTENCES[outcome])
    return TimeStampVerdict(
        field=token.field,
        time=time,
        authority=common_name(certificate) if certificate else "?",
        certificate=info,
        outcome=outcome,
        vi=vi,
        en=en,
        reasons=tuple(reasons),
        digest=digest,
    )


_STAMP_SENTENCES: dict[Outcome, tuple[str, str]] = {
    Outcome.VALID: (
        "Dấu thời gian hợp lệ, cấp bởi máy chủ tin cậy.",
        "The time stamp is valid and comes from a trusted authority.",
    ),
    Outcome.VALID_CERT_EXPIRED_NOW: (
        "Dấu thời gian hợp lệ; chứng thư máy chủ nay đã hết hạn nhưng được bảo vệ tiếp.",
        "The time stamp is valid; its certificate has expired since, but a later stamp protects it.",
    ),
    Outcome.VALID_WEAK_HASH: (
        "Dấu thời gian đúng, nhưng dùng SHA-1, nay không còn đủ an toàn.",
        "The time stamp is right, but uses SHA-1, which is no longer safe.",
    ),
    Outcome.INDETERMINATE: (
        "Chưa đủ căn cứ để kết luận dấu thời gian hợp lệ.",
        "There is not enough evidence to call the time stamp valid.",
    ),
    Outcome.UNTRUSTED_CA: (
        "Máy chủ dấu thời gian không nằm trong danh sách tin cậy.",
        "The time-stamp authority is not trusted.",
    ),
    Outcome.INVALID_CERT: (
        "Dấu thời gian không hợp lệ: chứng thư máy chủ không dùng được.",
        "The time stamp is not valid: its certificate may not be used.",
    ),
    Outcome.INVALID_CHANGED: (
        "Dấu thời gian không khớp với dữ liệu.",
        "The time stamp does not match the data.",
    ),
}
