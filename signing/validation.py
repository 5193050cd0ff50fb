"""Validation of signatures: one verdict each, with reasons; a broken file is invalid, not a crash.

Outcomes follow the questions NĐ 68/2024/NĐ-CP asks (Điều 30–32): is the content whole, was the
certificate good when it signed, does it lead to a trusted root, how is it now.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy

from dossiers.errors import KeyUnavailable

# A file with more signature fields than this is an attack, not a document.
_MOST_SIGNATURES = 50
_SHA1 = frozenset({"sha1", "md5"})


class Outcome(StrEnum):
    """The verdict on one signature, or on a whole document (the worst of its signatures)."""

    VALID = "VALID"
    VALID_CERT_EXPIRED_NOW = "VALID_CERT_EXPIRED_NOW"
    VALID_WEAK_HASH = "VALID_WEAK_HASH"
    NOT_SIGNED = "NOT_SIGNED"
    INDETERMINATE = "INDETERMINATE"
    UNTRUSTED_CA = "UNTRUSTED_CA"
    INVALID_CERT = "INVALID_CERT"
    INVALID_CHANGED = "INVALID_CHANGED"


_GOOD = frozenset({Outcome.VALID, Outcome.VALID_CERT_EXPIRED_NOW})

_REASONS: dict[Outcome, tuple[str, str]] = {
    Outcome.VALID: (
        "Nội dung nguyên vẹn; chứng thư hợp lệ và tin cậy.",
        "Content is intact; the certificate is valid and trusted.",
    ),
    Outcome.VALID_CERT_EXPIRED_NOW: (
        "Hợp lệ tại thời điểm ký; nay chứng thư đã hết hạn.",
        "Valid when signed; the certificate has expired since.",
    ),
    Outcome.VALID_WEAK_HASH: (
        "Nội dung nguyên vẹn, nhưng ký bằng SHA-1, nay không còn đủ an toàn.",
        "Content is intact, but signed with SHA-1, which is no longer safe.",
    ),
    Outcome.NOT_SIGNED: ("Tệp chưa được ký số.", "The file is not signed."),
    Outcome.INDETERMINATE: (
        "Chưa đủ thông tin để kết luận về chứng thư.",
        "There is not enough information to judge the certificate.",
    ),
    Outcome.UNTRUSTED_CA: (
        "Nội dung nguyên vẹn, nhưng tổ chức cấp chứng thư không nằm trong danh sách tin cậy.",
        "Content is intact, but the certificate does not lead to a trusted authority.",
    ),
    Outcome.INVALID_CERT: (
        "Chứng thư không hợp lệ tại thời điểm ký, hoặc không được dùng để ký.",
        "The certificate was not valid when signing, or may not be used to sign.",
    ),
    Outcome.INVALID_CHANGED: (
        "Nội dung đã bị thay đổi sau khi ký, hoặc tệp hỏng.",
        "The content was changed after signing, or the file is damaged.",
    ),
}


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """One signature: who, when (claimed unless time-stamped), the outcome, and why (vi, en).

    ``whole_document`` tells whether it covers every byte of the file; an earlier one of several
    covers its own revision, and what came later was found to be allowed.
    """

    field: str
    signer: str
    organisation: str | None
    issuer: str
    signed_at: dt.datetime | None
    outcome: Outcome
    vi: str
    en: str
    detail: str | None
    whole_document: bool
    digest: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The verdict on a file: its signatures in the order they were made.

    ``revocation`` tells how revocation was judged: ``not_checked`` at level B-B, where no
    revocation information is in the file and none is fetched.
    """

    file: str
    outcome: Outcome
    signatures: tuple[SignatureVerdict, ...]
    vi: str
    en: str
    revocation: str = "not_checked"

    @property
    def ok(self) -> bool:
        """Whether every signature was valid when it was made and nothing changed since."""
        return self.outcome in _GOOD


def verify(
    path: Path, trust_roots: Sequence[Path], at: dt.datetime | None = None
) -> VerificationReport:
    """Judge all signatures of a file, offline.

    Args:
        path: any file.
        trust_roots: PEM or DER certificates to trust.
        at: judge as of this moment; now by default.

    Raises:
        KeyUnavailable: a trust root cannot be read. Nothing about the file itself raises.
    """
    roots = [_certificate(root) for root in trust_roots]
    now = at or dt.datetime.now(dt.UTC)
    try:
        with _quiet(), path.open("rb") as file:
            reader = PdfFileReader(BytesIO(file.read()), strict=False)
            signatures = list(reader.embedded_regular_signatures)
            if len(signatures) > _MOST_SIGNATURES:
                return _whole(path, Outcome.INVALID_CHANGED, (), f"{len(signatures)} signatures")
            verdicts = tuple(_verdict(signature, roots, now) for signature in signatures)
    except OSError:
        raise
    except Exception as error:
        return _whole(path, Outcome.INVALID_CHANGED, (), type(error).__name__)
    if not verdicts:
        return _whole(path, Outcome.NOT_SIGNED, ())
    if not any(verdict.whole_document for verdict in verdicts):
        # Bytes after the last signature were judged as updates; they must not pass as signed.
        worst = max((v.outcome for v in verdicts), key=list(Outcome).index)
        if worst in _GOOD:
            return _whole(path, Outcome.INVALID_CHANGED, verdicts, "unsigned data at the end")
        return _whole(path, worst, verdicts)
    return _whole(path, max((v.outcome for v in verdicts), key=list(Outcome).index), verdicts)


def _whole(
    path: Path, outcome: Outcome, verdicts: tuple[SignatureVerdict, ...], detail: str | None = None
) -> VerificationReport:
    vi, en = _REASONS[outcome]
    if detail:
        vi, en = f"{vi} ({detail})", f"{en} ({detail})"
    return VerificationReport(path.name, outcome, verdicts, vi, en)


def _verdict(
    signature: EmbeddedPdfSignature, roots: list[asn1_x509.Certificate], now: dt.datetime
) -> SignatureVerdict:
    claimed = signature.self_reported_timestamp
    certificate = signature.signer_cert
    digest = str(signature.md_algorithm).lower()
    outcome, detail, status = _judge(signature, roots, now, digest, claimed)
    vi, en = _REASONS[outcome]
    subject, issuer = certificate.subject.native, certificate.issuer.native
    # Revocation data and document time stamps that came later say nothing new to the reader.
    covers = status is not None and (
        status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        or status.modification_level in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
    )
    return SignatureVerdict(
        field=str(signature.field_name),
        signer=str(subject.get("common_name") or certificate.subject.human_friendly),
        organisation=_first(subject.get("organization_name")),
        issuer=str(issuer.get("common_name") or certificate.issuer.human_friendly),
        signed_at=claimed,
        outcome=outcome,
        vi=vi,
        en=en,
        detail=detail,
        whole_document=covers,
        digest=digest,
    )


def _judge(
    signature: EmbeddedPdfSignature,
    roots: list[asn1_x509.Certificate],
    now: dt.datetime,
    digest: str,
    claimed: dt.datetime | None,
) -> tuple[Outcome, str | None, PdfSignatureStatus | None]:
    status = _status(signature, roots, now, digest)
    if not (status.intact and status.valid):
        return Outcome.INVALID_CHANGED, "signature or hash does not match", status
    if status.coverage in (
        SignatureCoverageLevel.UNCLEAR,
        SignatureCoverageLevel.CONTIGUOUS_BLOCK_FROM_START,
    ):
        return Outcome.INVALID_CHANGED, "does not cover its revision", status
    if not status.docmdp_ok or status.modification_level is ModificationLevel.OTHER:
        return Outcome.INVALID_CHANGED, "changed after signing beyond what it allows", status
    if status.trusted:
        return (Outcome.VALID_WEAK_HASH if digest in _SHA1 else Outcome.VALID), None, status
    certificate = signature.signer_cert
    from_, until = certificate.not_valid_before, certificate.not_valid_after
    if until < now and claimed and from_ <= claimed <= until:
        # Without a time stamp the moment is the signer's own word; the outcome says so by its name.
        then = _status(signature, roots, claimed, digest)
        if then.trusted:
            weak = digest in _SHA1
            outcome = Outcome.VALID_WEAK_HASH if weak else Outcome.VALID_CERT_EXPIRED_NOW
            return outcome, "signing time is claimed, not time-stamped", status
    if now < from_ or now > until or (claimed and not from_ <= claimed <= until):
        known = _leads_to(certificate, signature, roots)
        outcome = Outcome.INVALID_CERT if known else Outcome.UNTRUSTED_CA
        return outcome, f"certificate valid {from_:%Y-%m-%d} to {until:%Y-%m-%d}", status
    if not _leads_to(certificate, signature, roots):
        return Outcome.UNTRUSTED_CA, None, status
    return Outcome.INVALID_CERT, str(status.trust_problem_indic or "certificate path"), status


def _status(
    signature: EmbeddedPdfSignature,
    roots: list[asn1_x509.Certificate],
    moment: dt.datetime,
    digest: str,
) -> PdfSignatureStatus:
    weak = DisallowWeakAlgorithmsPolicy(
        weak_hash_algos=set() if digest in _SHA1 else {"md5", "md2", "sha1"}
    )
    context = ValidationContext(
        trust_roots=roots,
        other_certs=list(signature.other_embedded_certs),
        allow_fetching=False,
        moment=moment,
        best_signature_time=moment,
        revocation_mode="soft-fail",
        algorithm_usage_policy=weak,
    )
    # Seals of agencies often lack nonRepudiation; digitalSignature is enough to sign.
    usage = KeyUsageConstraints(
        key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
    )
    return validate_pdf_signature(
        signature, signer_validation_context=context, key_usage_settings=usage
    )


def _leads_to(
    certificate: asn1_x509.Certificate,
    signature: EmbeddedPdfSignature,
    roots: list[asn1_x509.Certificate],
) -> bool:
    """Whether the names of the chain, as far as it is in the file, end at a trusted root."""
    trusted = {root.subject.hashable for root in roots}
    known = {c.subject.hashable: c for c in signature.other_embedded_certs}
    current, seen = certificate, set[str]()
    while current is not None and current.subject.hashable not in seen:
        if current.issuer.hashable in trusted or current.subject.hashable in trusted:
            return True
        seen.add(current.subject.hashable)
        current = known.get(current.issuer.hashable)
    return False


def _certificate(path: Path) -> asn1_x509.Certificate:
    try:
        content = path.read_bytes()
        if pem.detect(content):
            _, _, content = pem.unarmor(content)
        certificate = asn1_x509.Certificate.load(content)
        certificate.native  # noqa: B018 - parses it all now rather than half-way through
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnavailable(key=str(path), detail=str(error)) from error
    return certificate


def _first(value: str | list[str] | None) -> str | None:
    return value[0] if isinstance(value, list) else value


@contextmanager
def _quiet() -> Iterator[None]:
    """PyHanko logs whole stack traces for certificates it does not trust."""
    loggers = [logging.getLogger(name) for name in ("pyhanko", "pyhanko_certvalidator")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, old in zip(loggers, before, strict=True):
            logger.setLevel(old)
