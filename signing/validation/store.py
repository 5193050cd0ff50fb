"""The trust store: certificates of authorities that an administrator has confirmed by fingerprint.

One DER file a certificate, named by its SHA-256 fingerprint, so that a repeat lands on the same file
and a file whose content was exchanged is noticed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import x509 as asn1_x509

from dossiers.errors import CertificateNotTrusted, KeyUnavailable, NotFound
from signing.validation.trust import Trust, is_anchor, load_certificate, parse_certificate
from signing.validation.verdicts import CertificateInfo
from signing.validation.words import certificate_info


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate of the store; ``anchor`` where paths may end at it, else it helps to get there."""

    info: CertificateInfo
    anchor: bool


class TrustStore:
    """The folder with the certificates; it need not exist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def authorities(self) -> list[Authority]:
        """All certificates, anchors first.

        Raises:
            KeyUnavailable: a file is damaged or not what its name says.
        """
        found = [examine(self._read(path)) for path in self._paths()]
        return sorted(found, key=lambda a: (not a.anchor, a.info.subject, a.info.sha256))

    def trust(self, anchors: tuple[Path, ...] = ()) -> Trust:
        """Whom to trust: these anchors of the settings, and what has been imported.

        Raises:
            KeyUnavailable: a certificate cannot be read.
        """
        fixed = [load_certificate(path) for path in anchors]
        imported = [self._read(path) for path in self._paths()]
        return Trust(
            (*fixed, *(c for c in imported if is_anchor(c))),
            tuple(c for c in imported if not is_anchor(c)),
        )

    def add(self, certificate: asn1_x509.Certificate, file: str, fingerprint: str) -> bool:
        """Take a certificate whose fingerprint (SHA-256, hexadecimal) has been confirmed.

        Returns whether it is new.

        Raises:
            CertificateNotTrusted: the fingerprint is another, or it is no authority's certificate.
        """
        info = certificate_info(certificate)
        if normal(fingerprint) != info.sha256:
            detail = f"vân tay SHA-256 không khớp / fingerprints differ: {readable(info.sha256)}"
            raise CertificateNotTrusted(file=file, detail=detail)
        check_authority(certificate, file)
        target = self._folder / f"{info.sha256}.cer"
        if target.exists():
            return False
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._folder / f".{secrets.token_hex(8)}"
        try:
            with partial.open("xb") as out:
                out.write(certificate.dump())
                out.flush()
                os.fsync(out.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return True

    def remove(self, fingerprint: str) -> Authority:
        """End the trust in a certificate, named by its fingerprint or by the beginning of it.

        Raises:
            NotFound: none, or several, have it.
        """
        wanted = normal(fingerprint)
        found = [path for path in self._paths() if wanted and path.stem.startswith(wanted)]
        if len(found) != 1:
            raise NotFound(kind="chứng thư tin cậy", value=fingerprint)
        authority = examine(self._read(found[0]))
        found[0].unlink()
        return authority

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.cer"))

    @staticmethod
    def _read(path: Path) -> asn1_x509.Certificate:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != path.stem:
            raise KeyUnavailable(
                key=str(path), detail="nội dung đã bị thay / content was exchanged"
            )
        return parse_certificate(content)


def examine(certificate: asn1_x509.Certificate) -> Authority:
    """What a certificate would be in the store."""
    return Authority(certificate_info(certificate), is_anchor(certificate))


def check_authority(certificate: asn1_x509.Certificate, file: str) -> None:
    """Only certificates that may issue others belong into the store.

    Raises:
        CertificateNotTrusted: it may not (RFC 5280, 4.2.1.9).
    """
    constraints = certificate.basic_constraints_value
    if constraints is None or not constraints["ca"].native:
        detail = "không phải chứng thư của tổ chức chứng thực / not an authority's certificate"
        raise CertificateNotTrusted(file=file, detail=detail)


def normal(fingerprint: str) -> str:
    """A fingerprint without colons, blanks and capitals."""
    return "".join(letter for letter in fingerprint.lower() if letter in "0123456789abcdef")


def readable(fingerprint: str) -> str:
    """A fingerprint in pairs, as authorities print it."""
    return ":".join(fingerprint[i : i + 2] for i in range(0, len(fingerprint), 2)).upper()
