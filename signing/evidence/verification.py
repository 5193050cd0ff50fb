"""Is this object proved by this record, as of a moment? (RFC 4998, 4.3 and 5.3.) Offline.

Each time stamp must have been good when the next one was made, and the last one now: its signature,
its imprint, its certificate's path to a trusted root. Hostile records give a verdict, never a crash.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from asn1crypto import cms, pem
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from dossiers.errors import InvalidEvidence, KeyUnavailable
from signing.evidence.hash_tree import climb
from signing.evidence.record import EvidenceRecord, rehash, token_facts

Digest = Callable[[str], bytes]


class EvidenceOutcome(StrEnum):
    """The verdict on an object and its record."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    UNTRUSTED = "UNTRUSTED"
    REVOKED = "REVOKED"
    NOT_COVERED = "NOT_COVERED"
    INVALID = "INVALID"


_STAMP_REASONS: dict[EvidenceOutcome, tuple[str, str]] = {
    EvidenceOutcome.VALID: ("Hợp lệ.", "Valid."),
    EvidenceOutcome.EXPIRED: (
        "Chứng thư đã hết hạn tại thời điểm cần xét.",
        "Its certificate had run out at the moment that counts.",
    ),
    EvidenceOutcome.UNTRUSTED: (
        "Không dẫn đến tổ chức được tin cậy.",
        "It does not lead to a trusted authority.",
    ),
    EvidenceOutcome.REVOKED: (
        "Chứng thư đã bị thu hồi tại thời điểm cần xét.",
        "Its certificate had been revoked at the moment that counts.",
    ),
    EvidenceOutcome.INVALID: (
        "Dấu thời gian không hợp lệ hoặc đã bị thay đổi.",
        "It is not valid, or was changed.",
    ),
}

_REASONS: dict[EvidenceOutcome, tuple[str, str]] = {
    EvidenceOutcome.VALID: (
        "Tệp nguyên vẹn kể từ thời điểm của dấu thời gian đầu tiên.",
        "The file is unchanged since the first time stamp.",
    ),
    EvidenceOutcome.EXPIRED: (
        "Chứng thư của dấu thời gian đã hết hạn mà chứng cứ chưa được gia hạn kịp thời.",
        "A time stamp's certificate ran out before the evidence was renewed.",
    ),
    EvidenceOutcome.UNTRUSTED: (
        "Tổ chức cấp dấu thời gian không nằm trong danh sách tin cậy.",
        "A time stamp does not lead to a trusted authority.",
    ),
    EvidenceOutcome.REVOKED: (
        "Chứng thư của dấu thời gian đã bị thu hồi trước khi chứng cứ được gia hạn.",
        "A time stamp's certificate was revoked before the evidence was renewed.",
    ),
    EvidenceOutcome.NOT_COVERED: (
        "Bản ghi chứng cứ không phải của tệp này, hoặc tệp đã bị thay đổi.",
        "The record is not of this file, or the file was changed.",
    ),
    EvidenceOutcome.INVALID: (
        "Bản ghi chứng cứ bị hỏng hoặc đã bị thay đổi.",
        "The evidence record is damaged or was changed.",
    ),
}


@dataclass(frozen=True, slots=True)
class StampVerdict:
    """One time stamp: when and by whom, until when its path can be checked, and what is wrong.

    ``detail`` is technical, in English.
    """

    at: dt.datetime
    authority: str
    valid_until: dt.datetime
    algorithm: str
    chain: int
    outcome: EvidenceOutcome
    vi: str
    en: str
    detail: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it was good when it had to be."""
        return self.outcome is EvidenceOutcome.VALID


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """The verdict.

    ``proved_since`` is the first time stamp's moment, ``valid_until`` the end of the last one's path;
    ``revocation`` is ``checked`` when lists of revoked certificates spoke for every path.
    """

    outcome: EvidenceOutcome
    vi: str
    en: str
    proved_since: dt.datetime | None
    valid_until: dt.datetime | None
    stamps: tuple[StampVerdict, ...]
    revocation: str = "not_checked"

    @property
    def ok(self) -> bool:
        """Whether the object is proved."""
        return self.outcome is EvidenceOutcome.VALID


def verify_record(
    content: bytes,
    digest: Digest,
    trust_roots: Sequence[Path],
    at: dt.datetime | None = None,
    revoked: Sequence[bytes] = (),
) -> EvidenceReport:
    """Judge an object by its encoded record.

    Args:
        content: the record, as exported.
        digest: the object's hash by an algorithm's name; called once for each chain.
        trust_roots: PEM or DER certificates that time stamps must lead to.
        at: judge as of this moment; now by default.
        revoked: DER of lists of revoked certificates (RFC 5280), beside those inside the time stamps.

    Raises:
        KeyUnavailable: a trust root cannot be read. Nothing about the record itself raises.
    """
    roots = [read_certificate(root) for root in trust_roots]
    moment = at or dt.datetime.now(dt.UTC)
    try:
        record = EvidenceRecord.load(content)
    except InvalidEvidence as error:
        why = str(error.context["detail"])
        return _report(EvidenceOutcome.INVALID, (), (why, why))
    bound = _binding(record, digest)
    stamps = [stamp for chain in record.chains for stamp in chain]
    numbers = [number for number, chain in enumerate(record.chains, 1) for _ in chain]
    times = [token_facts(stamp.token).at for stamp in stamps]
    verdicts, listed, worst = [], True, bound[0] if bound else EvidenceOutcome.VALID
    for index, (stamp, number) in enumerate(zip(stamps, numbers, strict=True)):
        last = index == len(stamps) - 1
        until = moment if last else times[index + 1]
        judged = judge_token(stamp.token, roots, until, revoked)
        outcome, detail = judged.outcome, judged.detail
        listed &= judged.revocation_checked
        if until < times[index]:
            outcome, detail = EvidenceOutcome.INVALID, "made after the moment it has to hold at"
        worst = max(worst, outcome, key=list(EvidenceOutcome).index)
        verdicts.append(
            StampVerdict(
                judged.at,
                judged.authority,
                judged.valid_until,
                stamp.algorithm,
                number,
                outcome,
                *_STAMP_REASONS[outcome],
                detail,
            )
        )
    where = bound[1:] if bound and worst is bound[0] else None
    return _report(worst, tuple(verdicts), where, "checked" if listed else "not_checked")


def _report(
    outcome: EvidenceOutcome,
    stamps: tuple[StampVerdict, ...],
    where: tuple[str, str] | None,
    revocation: str = "not_checked",
) -> EvidenceReport:
    vi, en = _REASONS[outcome]
    if where:
        vi, en = f"{vi} ({where[0]})", f"{en} ({where[1]})"
    good = outcome is EvidenceOutcome.VALID
    return EvidenceReport(
        outcome,
        vi,
        en,
        stamps[0].at if good else None,
        stamps[-1].valid_until if good else None,
        stamps,
        revocation,
    )


def _binding(record: EvidenceRecord, digest: Digest) -> tuple[EvidenceOutcome, str, str] | None:
    """What breaks between object and stamped roots, and where (vi, en); ``None`` if nothing does."""
    for number, chain in enumerate(record.chains):
        value = digest(chain[0].algorithm)
        if number:
            value = rehash(record.chains[:number], value, chain[0].algorithm)
        for position, stamp in enumerate(chain):
            facts = token_facts(stamp.token)
            root = climb(value, stamp.reduced, stamp.algorithm)
            if root != facts.imprint or facts.algorithm != stamp.algorithm:
                first = number == position == 0
                outcome = EvidenceOutcome.NOT_COVERED if first else EvidenceOutcome.INVALID
                vi = f"chuỗi {number + 1}, dấu thời gian {position + 1}: mã băm không khớp"
                en = f"chain {number + 1}, time stamp {position + 1}: the hash does not match"
                return outcome, vi, en
            value = stamp.token_hash()
    return None


@dataclass(frozen=True, slots=True)
class TokenVerdict:
    """A time-stamp token on its own: its signature and its authority, as of a moment.

    ``valid_until`` is the first end of validity on the path that was found; without a path, that of
    the authority's certificate. ``revocation_checked``: lists of revoked certificates spoke for all
    of the path.
    """

    outcome: EvidenceOutcome
    at: dt.datetime
    authority: str
    valid_until: dt.datetime
    detail: str | None = None
    revocation_checked: bool = False


def judge_token(
    token: bytes,
    roots: Sequence[asn1_x509.Certificate],
    moment: dt.datetime,
    revoked: Sequence[bytes] = (),
) -> TokenVerdict:
    """Judge an RFC 3161 token as of a moment; what it stamps is for the caller to compare.

    Raises:
        ValueError: not a time-stamp token at all.
    """
    facts = token_facts(token)
    try:
        signed = cms.ContentInfo.load(token)["content"]
        lists = [*_revocation_lists(signed), *revoked]
        status = asyncio.run(_status(signed, roots, moment, facts.imprint, lists))
        verdict = _judged(signed, status, facts.at, moment)
        if verdict.outcome is not EvidenceOutcome.VALID or not lists:
            return verdict
        # Certificates that name no source of lists are not looked up in any, unless it is required.
        strict = asyncio.run(_status(signed, roots, moment, facts.imprint, lists, "require"))
        if strict.revoked:
            return _judged(signed, strict, facts.at, moment)
        return replace(verdict, revocation_checked=strict.trusted)
    except Exception as error:  # whatever a hostile token makes the libraries stumble over
        name = type(error).__name__
        return TokenVerdict(EvidenceOutcome.INVALID, facts.at, "?", facts.at, name)


def _judged(
    signed: cms.SignedData, status: TimestampSignatureStatus, made: dt.datetime, moment: dt.datetime
) -> TokenVerdict:
    certificate = status.signing_cert
    authority = str(certificate.subject.native.get("common_name") or "?")
    begins, ends = certificate.not_valid_before, certificate.not_valid_after
    if status.validation_path is not None:
        path = status.validation_path.iter_certs(include_root=True)
        ends = min(ends, *(c.not_valid_after for c in path))
    outcome, detail = EvidenceOutcome.VALID, None
    if not (status.intact and status.valid):
        outcome, detail = EvidenceOutcome.INVALID, "the signature does not match"
    elif not begins <= made <= certificate.not_valid_after:
        outcome, detail = EvidenceOutcome.INVALID, "made outside its certificate's validity"
    elif not status.trusted:
        if status.revoked:
            outcome = EvidenceOutcome.REVOKED
            return TokenVerdict(outcome, made, authority, ends, str(status.trust_problem_indic))
        embedded = [c.chosen for c in signed["certificates"] if c.name == "certificate"]
        if any(c.not_valid_after < moment for c in embedded):
            outcome, detail = EvidenceOutcome.EXPIRED, f"certificate valid until {ends:%Y-%m-%d}"
        else:
            outcome, detail = EvidenceOutcome.UNTRUSTED, str(status.trust_problem_indic)
    return TokenVerdict(outcome, made, authority, ends, detail)


async def _status(
    signed: cms.SignedData,
    roots: Sequence[asn1_x509.Certificate],
    moment: dt.datetime,
    imprint: bytes,
    lists: Sequence[bytes],
    mode: str = "soft-fail",
) -> TimestampSignatureStatus:
    context = ValidationContext(
        trust_roots=list(roots),
        moment=moment,
        best_signature_time=moment,
        allow_fetching=False,
        crls=list(lists),
        revocation_mode=mode,
        # What matters is whether it was revoked at the moment, which a later list tells best.
        retroactive_revinfo=True,
    )
    with _quiet():
        found = await validate_tst_signed_data(signed, context, lambda _: imprint)
    return TimestampSignatureStatus(**found)


def _revocation_lists(signed: cms.SignedData) -> list[bytes]:
    """The lists of revoked certificates that came inside a token."""
    choices = signed["crls"]
    if choices.native is None:
        return []
    return [c.chosen.dump() for c in choices if c.name == "crl"]


def read_certificate(path: Path) -> asn1_x509.Certificate:
    """A certificate from a PEM or DER file.

    Raises:
        KeyUnavailable: it cannot be read.
    """
    try:
        content = path.read_bytes()
        if pem.detect(content):
            _, _, content = pem.unarmor(content)
        certificate = asn1_x509.Certificate.load(content)
        certificate.native  # noqa: B018 - parses it all now rather than half-way through
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnavailable(key=str(path), detail=str(error)) from error
    return certificate


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
