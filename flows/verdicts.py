"""A verdict in one sentence: what stands, and the first reason that counts against it."""

from __future__ import annotations

from dossiers.errors import Language
from signing.validation import Outcome, VerificationReport

# A file with such a signature is neither certified nor signed by us.
BROKEN = (Outcome.INVALID_CHANGED, Outcome.INVALID_CERT)

# Reasons that stand in good verdicts too.
_NO_FAULTS = frozenset({
    "WHOLE", "LATER_SIGNATURES", "LATER_FORM_FILLING", "LATER_ARCHIVAL", "CERT_GOOD",
    "REVOCATION_CHECKED", "REVOCATION_NOT_DECLARED", "TIME_PROVEN", "TIME_CLAIMED",
})  # fmt: skip


def why(report: VerificationReport, language: Language) -> str:
    """The outcome, with the signer and the first fault of the worst signature; without a full stop."""
    vietnamese = language is Language.VIETNAMESE
    worst = next((s for s in report.signatures if s.outcome is report.outcome), None)
    reasons = report.reasons if worst is None else worst.reasons
    fault = next((one for one in reasons if one.code not in _NO_FAULTS), None)
    said = report.vi if vietnamese else report.en
    if fault is not None:
        said = f"{said} {fault.vi if vietnamese else fault.en}"
    if worst is not None:
        said = f"{worst.signer}: {said}"
    return said.rstrip(".")
