"""The PAdES baseline level that a signature has reached (EN 319 142-1, 6): what is there, and holds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.general import find_cms_attribute_iter
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.validation.material import Material, material_in, material_of
from signing.validation.outcomes import CertificateState, Revocation
from signing.validation.paths import PathVerdict, Usage, certificate_at
from signing.validation.stamps import awaits_status
from signing.validation.trust import Trust
from signing.validation.verdicts import TimeStampVerdict

if TYPE_CHECKING:
    from signing.validation.judging import Case

_TRUSTED = (CertificateState.GOOD, CertificateState.UNKNOWN)


async def level_reached(
    signature: EmbeddedPdfSignature,
    case: Case,
    stamps: list[TimeStampVerdict],
    then: PathVerdict,
    proven_at: dt.datetime | None,
) -> tuple[str | None, str]:
    """The level, and for a signature below B-B what it lacks.

    A time stamp of which only the authority's status has yet to be asked is one that is in the file.
    """
    lacking = _lacking(signature)
    if lacking:
        return None, lacking
    if proven_at is None:
        waiting = [*stamps, *stamps_over(signature, case)]
        return "B-T" if any(awaits_status(stamp) for stamp in waiting) else "B-B", ""
    if then.state not in _TRUSTED:
        return "B-T", ""
    held = case.in_file
    if not await _self_contained(signature, case, stamps, proven_at, held):
        return "B-T", ""
    for stamp in case.stamps:
        if stamp.revision <= signature.signed_revision:
            continue
        if not (stamp.verdict.proves or awaits_status(stamp.verdict)):
            continue
        # The archive time stamp must cover the validation data (EN 319 142-1, 6.3, B-LTA).
        held = material_of(HistoricalResolver(case.around.reader, stamp.revision))
        if await _self_contained(signature, case, stamps, proven_at, held):
            return "B-LTA", ""
    return "B-LT", ""


def stamps_over(signature: EmbeddedPdfSignature, case: Case) -> list[TimeStampVerdict]:
    """Document time stamps over a signature that were made while its certificate was in force.

    One that came later neither proves that the signature is older nor that it is not.
    """
    end = signature.signer_cert.not_valid_after
    return [
        stamp.verdict
        for stamp in case.stamps
        if stamp.revision > signature.signed_revision
        if stamp.verdict.time is not None and stamp.verdict.time <= end
    ]


def _lacking(signature: EmbeddedPdfSignature) -> str:
    """What keeps a signature below B-B (EN 319 142-1, table 1)."""
    attributes = signature.signer_info["signed_attrs"]

    def has(name: str) -> bool:
        return any(True for _ in find_cms_attribute_iter(attributes, name))

    if str(signature.sig_object.get("/SubFilter")) != "/ETSI.CAdES.detached":
        return f"SubFilter {signature.sig_object.get('/SubFilter')}"
    if not (has("signing_certificate_v2") or has("signing_certificate")):
        return "signing-certificate-v2"
    if has("signing_time"):
        return "signing-time in CMS"
    if signature.sig_object.get("/M") is None:
        return "/M"
    return ""


async def _self_contained(
    signature: EmbeddedPdfSignature,
    case: Case,
    stamps: list[TimeStampVerdict],
    proven_at: dt.datetime,
    held: Material,
) -> bool:
    """Whether the file alone proves that no certificate, of signer and time stamp, was revoked."""
    # The issuing certificates must be in the file too; only the anchor is the verifier's own.
    anchors = Trust(case.trust.anchors)
    signer = await certificate_at(
        signature.signer_cert,
        anchors,
        held + material_in(signature.signed_data),
        proven_at,
        Usage.SIGN,
    )
    if signer.revocation is not Revocation.CHECKED:
        return False
    tokens = list(extract_tst_data_iter(signature.signer_info, signed=False))
    usable = [
        (token, verdict.time)
        for token, verdict in zip(tokens, stamps, strict=True)
        if verdict.proves and verdict.time
    ]
    for token, time in usable:
        authority = await certificate_at(
            extract_certs_for_validation(token).signer_cert,
            anchors,
            held + material_in(token),
            time,
            Usage.STAMP,
        )
        if authority.revocation is Revocation.CHECKED:
            return True
    # Proven by document time stamps alone: theirs is the next renewal's business.
    return not usable
