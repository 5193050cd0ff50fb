"""Certificates: read from files, and followed from a signer up to a trusted root."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath

from dossiers.errors import CertificateRevoked, ChainIncomplete, KeyUnavailable


def read_certificates(paths: Iterable[Path]) -> tuple[x509.Certificate, ...]:
    """All certificates of PEM or DER files.

    Raises:
        KeyUnavailable: a file is unreadable or holds none.
    """
    found: list[x509.Certificate] = []
    for path in paths:
        try:
            content = path.read_bytes()
            blocks = (
                [der for _, _, der in pem.unarmor(content, multiple=True)]
                if pem.detect(content)
                else [content]
            )
            for der in blocks:
                certificate = x509.Certificate.load(der, strict=True)
                certificate.native  # noqa: B018 - parses it all now rather than half-way through
                found.append(certificate)
        except (OSError, ValueError, TypeError) as error:
            raise KeyUnavailable(key=str(path), detail=str(error)) from error
    return tuple(found)


def name_of(certificate: x509.Certificate) -> str:
    """The common name, or the whole subject where there is none."""
    return str(certificate.subject.native.get("common_name") or certificate.subject.human_friendly)


async def path_to_root(
    certificate: x509.Certificate,
    others: Iterable[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: dt.datetime | None = None,
    context: ValidationContext | None = None,
) -> ValidationPath:
    """The path of RFC 5280, section 6, as of a moment (now by default); nothing is fetched.

    Args:
        certificate: whose path.
        others: certificates that may lie between it and a root.
        roots: trusted.
        at: the moment at which all of the path has to be valid.
        context: instead of ``roots`` and ``at``; how revocation is judged is its matter.

    Raises:
        ChainIncomplete: it leads to no root.
        KeyUnavailable: it or an issuer is expired, not yet valid, or may not do what it did.
        CertificateRevoked: it was revoked by then.
    """
    context = context or ValidationContext(
        trust_roots=list(roots), moment=at, revocation_mode="soft-fail"
    )
    name = name_of(certificate)
    try:
        return await CertificateValidator(
            certificate, intermediate_certs=list(others), validation_context=context
        ).async_validate_path()
    except PathBuildingError as error:
        raise ChainIncomplete(name=name, detail=name_of_issuer(certificate)) from error
    except RevokedError as error:
        raise CertificateRevoked(name=name, detail=str(error)) from error
    except NotYetValidError as error:
        detail = f"chứng thư chưa có hiệu lực / {error}"
        raise KeyUnavailable(key=name, detail=detail) from error
    except ExpiredError as error:
        raise KeyUnavailable(key=name, detail=f"chứng thư đã hết hạn / {error}") from error
    except (PathValidationError, ValidationError) as error:
        raise KeyUnavailable(key=name, detail=str(error)) from error


def name_of_issuer(certificate: x509.Certificate) -> str:
    """Who issued a certificate, for messages."""
    return str(certificate.issuer.human_friendly)
