"""Validation of signatures: outcomes with reasons, at the time of signing and now.

The questions are those of NĐ 68/2024/NĐ-CP, Điều 30-32, the method that of EN 319 102-1: is the content
whole, was the certificate good when it signed, what proves that time, does it lead to a trusted
authority, was it revoked, how is it now. Offline unless the network is asked for; a broken file is
invalid, never an exception and never valid.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from signing.validation.guard import Guard
from signing.validation.outcomes import Outcome
from signing.validation.rules import Rules
from signing.validation.store import TrustStore
from signing.validation.trust import Trust
from signing.validation.verdicts import SignatureVerdict, TimeStampVerdict, VerificationReport

__all__ = [
    "Guard",
    "Outcome",
    "Rules",
    "SignatureVerdict",
    "TimeStampVerdict",
    "Trust",
    "TrustStore",
    "VerificationReport",
    "verify",
]


def verify(
    path: Path,
    trust: Trust | Sequence[Path],
    at: dt.datetime | None = None,
    rules: Rules | None = None,
) -> VerificationReport:
    """Judge a file in this process (:func:`signing.validation.files.verify`)."""
    # The machinery is costly to load, and who uses the guard has no need of it.
    from signing.validation.files import verify as judge

    return judge(path, trust, at, rules)
