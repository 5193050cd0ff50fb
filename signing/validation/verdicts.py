"""What a validation hands on: plain data, from which reports are drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from signing.validation.outcomes import (
    GOOD,
    CertificateState,
    Outcome,
    Reason,
    Revocation,
    TimeSource,
)


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """A certificate as a person knows it; ``sha256`` is its fingerprint in hexadecimal."""

    subject: str
    organisation: str | None
    unit: str | None
    issuer: str
    issuer_organisation: str | None
    serial: str
    valid_from: dt.datetime
    valid_until: dt.datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class TimeStampVerdict:
    """A time stamp (RFC 3161) of a signature (``field`` is None) or of the whole document.

    ``time`` is what the token says, None where it cannot be read.
    """

    field: str | None
    time: dt.datetime | None
    authority: str
    certificate: CertificateInfo | None
    outcome: Outcome
    vi: str
    en: str
    reasons: tuple[Reason, ...]
    digest: str

    @property
    def proves(self) -> bool:
        """Whether what it covers is proven to have existed at its time."""
        return self.outcome in GOOD or self.outcome is Outcome.VALID_WEAK_HASH


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """One signature: who, when, the outcome and why.

    ``signed_at`` is the signer's claim, ``proven_at`` the earliest usable time stamp; ``time_source``
    says which of the two the judgement rests on. ``whole_document`` tells whether it covers the whole
    document, validation data added later aside; an earlier one of several covers its own revision,
    and what came later was found to be allowed. ``certificate_then`` and ``certificate_now`` are the
    certificate at that time and today.
    ``level`` is the PAdES baseline level reached (EN 319 142-1), None below B-B.
    """

    field: str
    signer: str
    organisation: str | None
    issuer: str
    certificate: CertificateInfo | None
    signed_at: dt.datetime | None
    proven_at: dt.datetime | None
    time_source: TimeSource
    outcome: Outcome
    vi: str
    en: str
    reasons: tuple[Reason, ...]
    intact: bool
    whole_document: bool
    certifies: bool
    certificate_then: CertificateState
    certificate_now: CertificateState
    revoked_at: dt.datetime | None
    revocation: Revocation
    level: str | None
    digest: str
    mechanism: str
    time_stamps: tuple[TimeStampVerdict, ...] = ()

    @property
    def detail(self) -> str:
        """The reasons as one English line, for logs."""
        return " ".join(reason.en for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The verdict on a file: its signatures and document time stamps, each in the order made.

    ``level`` is the lowest reached by any signature; ``checked_at`` the moment judged as "now";
    ``online`` whether the network was asked.
    """

    file: str
    sha256: str
    size: int
    outcome: Outcome
    vi: str
    en: str
    reasons: tuple[Reason, ...]
    signatures: tuple[SignatureVerdict, ...]
    document_time_stamps: tuple[TimeStampVerdict, ...]
    level: str | None
    checked_at: dt.datetime
    online: bool

    @property
    def ok(self) -> bool:
        """Whether every signature was valid when it was made and nothing changed since."""
        return self.outcome in GOOD
