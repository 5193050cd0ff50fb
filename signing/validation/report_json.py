"""The report as data; its schema is ``docs/schema/verify.schema.json``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from signing.validation.outcomes import Reason
from signing.validation.verdicts import (
    CertificateInfo,
    SignatureVerdict,
    TimeStampVerdict,
    VerificationReport,
)

VERSION = 1


def as_json(report: VerificationReport) -> dict[str, Any]:
    """The whole report as JSON types; moments in ISO 8601 with their zone, in UTC."""
    return {
        "version": VERSION,
        "file": report.file,
        "sha256": report.sha256,
        "size": report.size,
        "ok": report.ok,
        "outcome": report.outcome.value,
        "vi": report.vi,
        "en": report.en,
        "reasons": _reasons(report.reasons),
        "level": report.level,
        "checked_at": _moment(report.checked_at),
        "online": report.online,
        "signatures": [_signature(signature) for signature in report.signatures],
        "document_time_stamps": [_stamp(stamp) for stamp in report.document_time_stamps],
    }


def _signature(verdict: SignatureVerdict) -> dict[str, Any]:
    return {
        "field": verdict.field,
        "signer": verdict.signer,
        "organisation": verdict.organisation,
        "issuer": verdict.issuer,
        "outcome": verdict.outcome.value,
        "vi": verdict.vi,
        "en": verdict.en,
        "reasons": _reasons(verdict.reasons),
        "signed_at": _moment(verdict.signed_at),
        "proven_at": _moment(verdict.proven_at),
        "time_source": verdict.time_source.value,
        "intact": verdict.intact,
        "whole_document": verdict.whole_document,
        "certifies": verdict.certifies,
        "certificate": _certificate(verdict.certificate),
        "certificate_then": verdict.certificate_then.value,
        "certificate_now": verdict.certificate_now.value,
        "revocation": verdict.revocation.value,
        "revoked_at": _moment(verdict.revoked_at),
        "level": verdict.level,
        "digest": verdict.digest,
        "mechanism": verdict.mechanism,
        "time_stamps": [_stamp(stamp) for stamp in verdict.time_stamps],
    }


def _stamp(verdict: TimeStampVerdict) -> dict[str, Any]:
    return {
        "field": verdict.field,
        "time": _moment(verdict.time),
        "authority": verdict.authority,
        "outcome": verdict.outcome.value,
        "vi": verdict.vi,
        "en": verdict.en,
        "reasons": _reasons(verdict.reasons),
        "certificate": _certificate(verdict.certificate),
        "digest": verdict.digest,
    }


def _certificate(info: CertificateInfo | None) -> dict[str, Any] | None:
    if info is None:
        return None
    return {
        "subject": info.subject,
        "organisation": info.organisation,
        "unit": info.unit,
        "issuer": info.issuer,
        "issuer_organisation": info.issuer_organisation,
        "serial": info.serial,
        "valid_from": _moment(info.valid_from),
        "valid_until": _moment(info.valid_until),
        "sha256": info.sha256,
    }


def _reasons(reasons: tuple[Reason, ...]) -> list[dict[str, str]]:
    return [{"code": r.code, "vi": r.vi, "en": r.en} for r in reasons]


def _moment(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds") if moment else None
