"""How strictly to judge, and the report on a file of which nothing more can be said."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

from signing.validation.outcomes import SENTENCES, Outcome, Reason
from signing.validation.verdicts import VerificationReport


@dataclass(frozen=True, slots=True)
class Rules:
    """How strictly to judge.

    ``require_revocation``: a certificate that says where its revocation is published must have been
    checked, or the outcome is ``INDETERMINATE``; ``online`` lets revocation data be fetched.
    """

    require_revocation: bool = False
    online: bool = False
    max_bytes: int = 512 * 1024 * 1024


def unjudged(
    path: Path, outcome: Outcome, why: Reason, now: dt.datetime, rules: Rules
) -> VerificationReport:
    """A report on a file that was not examined to its end."""
    return bare_report(path, b"", path.stat().st_size, outcome, [why], now, rules)


def bare_report(
    path: Path,
    data: bytes,
    size: int,
    outcome: Outcome,
    reasons: list[Reason],
    now: dt.datetime,
    rules: Rules,
) -> VerificationReport:
    """A report without signatures."""
    vi, en = SENTENCES[outcome]
    return VerificationReport(
        file=path.name,
        sha256=hashlib.sha256(data).hexdigest() if data or not size else "",
        size=size,
        outcome=outcome,
        vi=vi,
        en=en,
        reasons=tuple(reasons),
        signatures=(),
        document_time_stamps=(),
        level=None,
        checked_at=now,
        online=rules.online,
    )
