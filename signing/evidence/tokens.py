"""Is this time-stamp token good, as of a moment? (RFC 3161, 2.3; RFC 5280, 6.) Offline."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from asn1crypto import cms, pem
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from dossiers.errors import KeyUnavailable
from signing.evidence.record import token_facts
from signing.quiet import quiet


class EvidenceOutcome(StrEnum):
    """The verdict on a time stamp, or on an object and its record (the worst of its parts)."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    UNTRUSTED = "UNTRUSTED"
    REVOKED = "REVOKED"
    NOT_COVERED = "NOT_COVERED"
    INVALID = "INVALID"


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
    with quiet():
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
