"""Baseline levels of EN 319 142-1, and which of them a file really has, judged offline.

B-B: signatures. B-T: each of them time-stamped, inside it or by a document time stamp that came later.
B-LT: certificates and revocation data of every signature and time stamp inside. B-LTA: a later document
time stamp over all that.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

from asn1crypto import cms, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import ValidationInfoReadingError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import (
    ModificationInfo,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    TimestampSignatureStatus,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
    FreshnessReqType,
    RevocationCheckingPolicy,
)
from pyhanko_certvalidator.registry import SimpleTrustManager

from dossiers.errors import DamagedFile, SignatureRejected, SohoaError
from signing.certificates import path_to_root

# Seals of agencies often lack nonRepudiation; digitalSignature is enough to sign.
SIGNING_USAGE = KeyUsageConstraints(
    key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
)
# A signature may claim to be this much younger than its time stamp: clocks differ.
_CLOCKS_APART = dt.timedelta(minutes=10)
_WHOLE = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)


class Level(StrEnum):
    """Baseline levels of EN 319 142-1, lowest first."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    @property
    def rank(self) -> int:
        """Its place in the order of levels."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class LevelFound:
    """The level that a file validates to.

    ``protected_until`` is when the first certificate runs out that the newest protection rests on,
    ``protected_since`` the newest document time stamp over all signatures; ``why_not_more`` what the
    next level lacks.
    """

    level: Level
    protected_since: dt.datetime | None
    protected_until: dt.datetime
    why_not_more: str | None


@dataclass(frozen=True, slots=True)
class Wanting:
    """A certificate whose status has to be proved as of a moment; ``others`` may lie above it."""

    label: str
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    moment: dt.datetime


def time_of(token: cms.SignedData) -> dt.datetime:
    """The moment a time-stamp token tells."""
    moment: dt.datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def token_of(signature: EmbeddedPdfSignature) -> cms.SignedData | None:
    """The time-stamp token inside a signature (RFC 5126, 6.1.1), if it has one."""
    return next(iter(extract_tst_data_iter(signature.signer_info, signed=False)), None)


def _signatures(reader: PdfFileReader, only: Collection[str] | None) -> list[EmbeddedPdfSignature]:
    return [
        signature
        for signature in reader.embedded_regular_signatures
        if only is None or signature.field_name in only
    ]


def _covering(
    reader: PdfFileReader, signatures: Sequence[EmbeddedPdfSignature]
) -> list[EmbeddedPdfSignature]:
    """Document time stamps that came after the last of the signatures, oldest first."""
    last = max((s.signed_revision for s in signatures), default=-1)
    return [s for s in reader.embedded_timestamp_signatures if s.signed_revision > last]


def wanting(
    reader: PdfFileReader, now: dt.datetime, only: Collection[str] | None = None
) -> list[Wanting]:
    """All certificates of a stamped file whose status has to be proved; the newest stamp is last.

    A signer's as of its time stamp, a time stamp's as of the next one. With ``only`` those of the
    signatures in these fields, and of the time stamps over them.
    """
    signatures = _signatures(reader, only)
    stamps = _covering(reader, signatures)
    moments = [*(time_of(stamp.signed_data) for stamp in stamps), now]
    found = []
    for signature in signatures:
        token = token_of(signature)
        if token is not None:
            found.append(_wanting(f"{signature.field_name}/token", token, moments[0]))
        moment = time_of(token) if token is not None else moments[0]
        found.append(_wanting(signature.field_name, signature.signed_data, moment))
    for stamp, moment in zip(stamps, moments[1:], strict=True):
        found.append(_wanting(stamp.field_name, stamp.signed_data, moment))
    return found


def _wanting(label: str, signed: cms.SignedData, moment: dt.datetime) -> Wanting:
    known = extract_certificate_info(signed)
    return Wanting(label, known.signer_cert, tuple(known.other_certs), moment)


def judge_level(
    content: bytes,
    name: str,
    roots: Sequence[x509.Certificate],
    at: dt.datetime | None = None,
    *,
    only: Collection[str] | None = None,
) -> LevelFound:
    """Judge a signed file with nothing but itself and the trusted roots, as of now or a moment.

    Each signature is judged at the moment of the first time stamp over it, each time stamp at the
    moment of the next one. With ``only`` the signatures in these fields alone are judged, and the
    time stamps over them: those of others are no matter of ours.

    Raises:
        DamagedFile: not a PDF that can be read.
        SignatureRejected: there is no signature, or one or a time stamp does not validate.
    """
    now = at or dt.datetime.now(dt.UTC)
    try:
        reader = PdfFileReader(BytesIO(content))
        return asyncio.run(_judge(reader, name, list(roots), now, only))
    except PdfError as error:
        raise DamagedFile(file=name, detail=str(error)) from error
    except SohoaError:
        raise
    except Exception as error:  # whatever hostile bytes make the libraries stumble over
        detail = f"{type(error).__name__}: {error}"
        raise SignatureRejected(file=name, detail=detail) from error


async def _judge(
    reader: PdfFileReader,
    name: str,
    roots: list[x509.Certificate],
    now: dt.datetime,
    only: Collection[str] | None,
) -> LevelFound:
    signatures = _signatures(reader, only)
    if not signatures:
        raise SignatureRejected(file=name, detail="no signature")
    stamps = _covering(reader, signatures)
    moments = [time_of(stamp.signed_data) for stamp in stamps]
    first = moments[0] if moments else None
    ends: list[dt.datetime] = []
    for signature in signatures:
        token = token_of(signature)
        moment = time_of(token) if token else first
        status = await async_validate_pdf_signature(
            signature,
            _context(roots, moment or now),
            _context(roots, first or now),
            key_usage_settings=SIGNING_USAGE,
        )
        path = _good(status, name, signature)
        claimed = signature.self_reported_timestamp
        if moment is not None and claimed is not None and claimed > moment + _CLOCKS_APART:
            late = f"claims {claimed.isoformat()}, after its time stamp of {moment.isoformat()}"
            raise SignatureRejected(file=name, detail=f"{signature.field_name}: {late}")
        if token is not None:
            path = _good(status.timestamp_validity, name, signature)
        ends.append(_end(path))
    for stamp, moment in zip(stamps, [*moments, now][1:], strict=True):
        stamped = await async_validate_pdf_timestamp(stamp, _context(roots, moment))
        ends = [_end(_good(stamped, name, stamp))]

    def found(level: Level, why_not: str | None) -> LevelFound:
        return LevelFound(level, moments[-1] if moments else None, min(ends), why_not)

    if not stamps and any(token_of(signature) is None for signature in signatures):
        return found(Level.B_B, "no time stamp over the signatures")
    if stamps:
        covered = _store(reader.get_historical_resolver(stamps[-1].signed_revision))
        if await _lacking(wanting(reader, now, only)[:-1], covered, roots) is None:
            # Over several stamps pyHanko wants the newest one's status from inside the file, where
            # only the next one brings it; those chains are judged by the rules above alone.
            single = len(stamps) == 1
            doubt = await _past_validation(signatures, roots, now) if single else None
            return found(Level.B_LTA, None) if doubt is None else found(Level.B_LT, doubt)
    lacking = await _lacking(wanting(reader, now, only), _store(reader), roots)
    if lacking is None:
        return found(Level.B_LT, "no time stamp over the revocation data")
    return found(Level.B_T, lacking)


def _context(roots: list[x509.Certificate], moment: dt.datetime) -> ValidationContext:
    return ValidationContext(
        trust_roots=roots,
        moment=moment,
        best_signature_time=moment,
        revocation_mode="soft-fail",
    )


def _good(
    status: PdfSignatureStatus | TimestampSignatureStatus | None,
    name: str,
    signature: EmbeddedPdfSignature,
) -> ValidationPath:
    """The path of a signature or time stamp that is whole, trusted, and stands as it was made."""
    if status is None or not (status.intact and status.valid):
        wrong = "content or signature changed"
    elif not status.trusted or status.validation_path is None:
        wrong = f"certificate not trusted ({status.trust_problem_indic})"
    elif isinstance(status, ModificationInfo) and status.coverage not in _WHOLE:
        wrong = "does not cover its revision"
    elif isinstance(status, ModificationInfo) and (
        status.docmdp_ok is False or status.modification_level is ModificationLevel.OTHER
    ):
        wrong = "changed beyond what it allows"
    else:
        path: ValidationPath = status.validation_path
        return path
    raise SignatureRejected(file=name, detail=f"{signature.field_name}: {wrong}")


def _end(path: ValidationPath) -> dt.datetime:
    """When the first certificate below the root runs out."""
    ends: list[dt.datetime] = [c.not_valid_after for c in path.iter_certs(include_root=False)]
    return min(ends)


def _store(handler: PdfHandler) -> DocumentSecurityStore | None:
    try:
        return DocumentSecurityStore.read_dss(handler)
    except ValidationInfoReadingError:
        return None


async def _lacking(
    wanted: list[Wanting], store: DocumentSecurityStore | None, roots: list[x509.Certificate]
) -> str | None:
    """What the store lacks to prove the status of all; ``None`` if it lacks nothing."""
    if store is None:
        return "no revocation data inside"
    for one in wanted:
        context = store.as_validation_context(
            {
                "trust_roots": roots,
                "moment": one.moment,
                "best_signature_time": one.moment,
                "revocation_mode": "require",
                # It was fetched after the moment that it is to prove.
                "retroactive_revinfo": True,
            }
        )
        try:
            await path_to_root(one.certificate, one.others, roots, context=context)
        except SohoaError as error:
            return f"{one.label}: {error}"
    return None


async def _past_validation(
    signatures: list[EmbeddedPdfSignature], roots: list[x509.Certificate], now: dt.datetime
) -> str | None:
    """The verdict of EN 319 102-1, 5.6.3, by pyHanko: what is wrong, or ``None``.

    PyHanko gives none on a signature without a token of its own, though the standard does.
    """
    trust = SimpleTrustManager.build(trust_roots=roots)
    strict = CertValidationPolicySpec(trust, CertRevTrustPolicy(REQUIRE_REVINFO))
    # The status of earlier time stamps was judged by _lacking; the newest one's comes with the next
    # one, and what is inside of it may be old.
    soft = CertValidationPolicySpec(
        trust,
        CertRevTrustPolicy(
            RevocationCheckingPolicy.from_legacy("soft-fail"),
            freshness=dt.timedelta(days=36_500),
            freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION,
        ),
    )
    offline = RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY)
    specification = PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=strict,
            ts_cert_validation_policy=soft,
            revinfo_gathering_policy=offline,
            key_usage_settings=SIGNING_USAGE,
        )
    )
    timing = ValidationTimingInfo(now, now, point_in_time_validation=False)
    for signature in signatures:
        if token_of(signature) is None:
            continue
        result = await ades_lta_validation(signature, specification, timing)
        if result.ades_subindic is not AdESPassed.OK:
            return f"{signature.field_name}: {result.ades_subindic} {result.failure_msg or ''}"
    return None
