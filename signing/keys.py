"""Who signs: keys and certificates, opened once and checked before anything is written.

A :class:`Signatory` wraps a pyHanko ``Signer``, the seam at which tokens (PKCS#11) and remote
signing (CSC) take the place of a PKCS#12 file: they too get a hash and give a signature.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dossiers.dossier import Agency
from dossiers.errors import KeyUnavailable
from dossiers.settings import SigningSettings
from signing import test_pki
from signing.attributes import SigningCertificateOnce

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class HeldKeySigner(SigningCertificateOnce):
    """Signs with a private key held in memory, parsed once (pyHanko's own parses it each time)."""

    def __init__(
        self,
        certificate: asn1_x509.Certificate,
        key: PrivateKey,
        chain: list[asn1_x509.Certificate],
    ) -> None:
        super().__init__(
            signing_cert=certificate, cert_registry=SimpleCertificateStore.from_certs(chain)
        )
        self._key = key

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """A signature over ``data``; on a dry run only as many bytes as it will have."""
        if dry_run:
            return bytes(self._length())
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(data)
        digest: hashes.HashAlgorithm = getattr(hashes, digest_algorithm.upper())()
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), digest)
        return self._key.sign(data, ec.ECDSA(digest))

    def _length(self) -> int:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.key_size // 8
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return 64
        return 2 * ((self._key.curve.key_size + 7) // 8) + 9  # DER around r and s


@dataclass(frozen=True, slots=True)
class Signatory:
    """Someone who can sign: the name on the certificate, and pyHanko's signer."""

    name: str
    signer: Signer
    valid_until: dt.datetime


@dataclass(frozen=True, slots=True)
class Signatories:
    """The officer, the agency's seal, and the roots that verifiers must trust for both.

    ``test`` is true while the certificates are those of the test PKI.
    """

    officer: Signatory
    agency: Signatory
    trust_roots: tuple[Path, ...]
    test: bool


def load_signatories(settings: SigningSettings, pki_folder: Path, agency: Agency) -> Signatories:
    """The signatories set, or those of the test PKI where none are.

    Raises:
        KeyUnavailable: a file, password, key or certificate does not do.
    """
    if settings.officer_key is None and settings.agency_key is None:
        pki = test_pki.ensure(pki_folder, agency.name)
        roots = (pki.root, *sorted(pki_folder.glob("expired-*/root.pem")), *settings.trust_roots)
        return Signatories(
            open_pkcs12(pki.officer, pki.password),
            open_pkcs12(pki.agency, pki.password),
            roots,
            test=True,
        )
    if settings.officer_key is None or settings.agency_key is None:
        missing = "officer_key" if settings.officer_key is None else "agency_key"
        raise KeyUnavailable(key=f"signing.{missing}", detail="chưa đặt / not set")
    officer = _password(settings.officer_password, settings.officer_password_file, "officer")
    seal = _password(settings.agency_password, settings.agency_password_file, "agency")
    return Signatories(
        open_pkcs12(settings.officer_key, officer),
        open_pkcs12(settings.agency_key, seal),
        settings.trust_roots,
        test=False,
    )


def trust_roots(settings: SigningSettings, pki_folder: Path) -> tuple[Path, ...]:
    """The roots trusted when verifying; making no PKI where there is none."""
    own = sorted(pki_folder.glob("*/root.pem")) if settings.officer_key is None else []
    return (*own, *settings.trust_roots)


def open_pkcs12(path: Path, password: str) -> Signatory:
    """A signatory from a PKCS#12 file (RFC 7292).

    Raises:
        KeyUnavailable: unreadable, wrong password, no key, or a certificate that may not sign now.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KeyUnavailable(key=path.name, detail=str(error.strerror)) from error
    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(content, password.encode())
    except ValueError as error:
        detail = "sai mật khẩu hoặc tệp hỏng / wrong password or damaged file"
        raise KeyUnavailable(key=path.name, detail=detail) from error
    if not isinstance(
        key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
    ):
        detail = "không có khóa RSA, ECDSA hoặc Ed25519 / no such private key inside"
        raise KeyUnavailable(key=path.name, detail=detail)
    if certificate is None:
        raise KeyUnavailable(key=path.name, detail="không có chứng thư / no certificate inside")
    _check(certificate, key, path.name)
    signer = HeldKeySigner(_asn1(certificate), key, [_asn1(c) for c in chain])
    return Signatory(_common_name(certificate), signer, certificate.not_valid_after_utc)


def _check(certificate: x509.Certificate, key: PrivateKey, name: str) -> None:
    now = dt.datetime.now(dt.UTC)
    if now < certificate.not_valid_before_utc:
        detail = f"chứng thư chưa có hiệu lực / not valid before {certificate.not_valid_before_utc}"
        raise KeyUnavailable(key=name, detail=detail)
    if now > certificate.not_valid_after_utc:
        detail = f"chứng thư đã hết hạn / expired on {certificate.not_valid_after_utc}"
        raise KeyUnavailable(key=name, detail=detail)
    # TT 15/2025/TT-BKHCN: RSA of 2048 bits and more, curves of 256 bits and more.
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < 2048:
        raise KeyUnavailable(key=name, detail=f"RSA {key.key_size} bit < 2048")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        detail = "chứng thư không dùng để ký / key usage does not allow signing"
        raise KeyUnavailable(key=name, detail=detail)


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def _password(direct: SecretStr | None, file: Path | None, who: str) -> str:
    if direct is not None:
        return direct.get_secret_value()
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise KeyUnavailable(key=str(file), detail=str(error.strerror)) from error
    raise KeyUnavailable(key=f"signing.{who}_password", detail="chưa đặt / not set")
