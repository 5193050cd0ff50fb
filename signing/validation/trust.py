"""Whom we trust: anchors, where paths must end, and intermediate certificates that help to get there.

Signatures of Vietnamese agencies carry only the signer's certificate, so the issuing authorities must
be at hand too. An intermediate is never an end of a path: it counts only under a trusted anchor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509

from dossiers.errors import KeyUnavailable


@dataclass(frozen=True, slots=True)
class Trust:
    """Anchors and intermediates, parsed."""

    anchors: tuple[asn1_x509.Certificate, ...]
    intermediates: tuple[asn1_x509.Certificate, ...] = ()


def as_trust(trust: Trust | Sequence[Path]) -> Trust:
    """Plain paths are anchors.

    Raises:
        KeyUnavailable: a file cannot be read as a certificate.
    """
    if isinstance(trust, Trust):
        return trust
    return Trust(tuple(load_certificate(path) for path in trust))


def is_anchor(certificate: asn1_x509.Certificate) -> bool:
    """Whether a certificate is its own issuer."""
    return bool(certificate.subject == certificate.issuer)


def load_certificate(path: Path) -> asn1_x509.Certificate:
    """A certificate from a PEM or DER file.

    Raises:
        KeyUnavailable: it cannot be read.
    """
    try:
        return parse_certificate(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnavailable(key=str(path), detail=str(error)) from error


def parse_certificate(content: bytes) -> asn1_x509.Certificate:
    """A certificate from PEM or DER.

    Raises:
        ValueError, TypeError: it is none.
    """
    if pem.detect(content):
        _, _, content = pem.unarmor(content)
    certificate = asn1_x509.Certificate.load(content, strict=True)
    certificate.native  # noqa: B018 - parses it all now rather than half-way through
    return certificate
