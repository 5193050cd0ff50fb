"""Signing as the settings want it: who, at which level, with which time stamps."""

from __future__ import annotations

from pathlib import Path

from flows.services import Services
from signing.appearance import Look
from signing.levels import Level
from signing.pades import SigningReport, sign_copy


def wanted_level(services: Services, type_code: str | None) -> Level:
    """The level that the settings want for copies of a document type."""
    return Level(services.settings.levels.of(type_code))


def seal(
    services: Services,
    source: Path,
    out: Path,
    look: Look,
    *,
    type_code: str | None = None,
    level: Level | None = None,
    patient: bool = False,
    countersign: bool = False,
) -> SigningReport:
    """Sign a file with the keys and up to the level set; see :func:`signing.pades.sign_copy`.

    Args:
        services: settings, keys, time stamps.
        source: a PDF; not changed.
        out: where the signed PDF goes.
        look: what is seen.
        type_code: of the document, which decides chain and level.
        level: another level than the settings want.
        patient: time stamps are waited for as long as they take.
        countersign: the file is signed already.

    Raises:
        SohoaError: as ``sign_copy`` does.
    """
    return sign_copy(
        source,
        out,
        services.signatories,
        look,
        services.settings.home / "cache",
        document_type=type_code,
        level=level or wanted_level(services, type_code),
        preservation=services.preservation if patient else services.preservation_now,
        max_bytes=services.settings.levels.max_bytes,
        countersign=countersign,
    )
