"""Keys in PKCS#12 files (RFC 7292), held in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dossiers.errors import KeyUnavailable
from signing.attributes import SigningCertificateOnce
from signing.keys.checks import check_certificate, read_certificates
from signing.keys.raw import raw_length
from signing.keys.signatory import KeyKind, Signatory, asn1

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
            return bytes(raw_length(self._key.public_key()))
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(data)
        digest: hashes.HashAlgorithm = getattr(hashes, digest_algorithm.upper())()
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), digest)
        return self._key.sign(data, ec.ECDSA(digest))


def open_pkcs12(
    path: Path,
    password: str,
    *,
    chain_file: Path | None = None,
    trust_roots: Sequence[Path] = (),
) -> Signatory:
    """A signatory from a PKCS#12 file.

    Args:
        path: the file.
        password: of the file.
        chain_file: PEM with the issuers' certificates, where the file lacks them.
        trust_roots: where the certificate's path must end, if any are given.

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
    if key.public_key() != certificate.public_key():
        detail = "khóa và chứng thư không khớp / key and certificate do not belong together"
        raise KeyUnavailable(key=path.name, detail=detail)
    extra = read_certificates(chain_file) if chain_file else []
    issuers = check_certificate(certificate, [*chain, *extra], trust_roots, path.name)
    signer = HeldKeySigner(asn1(certificate), key, [asn1(c) for c in issuers])
    return Signatory.of(certificate, signer, KeyKind.PKCS12)
