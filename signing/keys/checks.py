"""What a certificate and its key must be before they sign (TT 15/2025/TT-BKHCN, NĐ 68/2024 Điều 31)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from dossiers.errors import KeyUnavailable
from signing.keys.signatory import common_name

RSA_BITS = (2048, 4096)
CURVES = ("secp256r1", "secp384r1")
_WEAK = frozenset({"md5", "sha1"})
# Purposes that say a certificate is for something else than signing documents.
_OTHER_PURPOSES = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
    }
)
_LONGEST_CHAIN = 8


def check_certificate(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    trust_roots: Sequence[Path],
    name: str,
) -> list[x509.Certificate]:
    """Whether a certificate may sign now, and the certificates between it and its root.

    Args:
        certificate: the signer's.
        chain: whatever came with the key, in any order.
        trust_roots: PEM or DER files; where there are any, the path must end at one of them.
        name: of the key, for messages.

    Returns:
        The issuers, nearest first, that go into the signature beside the certificate.

    Raises:
        KeyUnavailable: expired, not yet valid, a weak key or hash, another usage, no chain.
    """
    _check_period(certificate, name)
    _check_key(certificate, name)
    _check_usage(certificate, name)
    return _path(certificate, chain, trust_roots, name)


def _check_period(certificate: x509.Certificate, name: str) -> None:
    now = dt.datetime.now(dt.UTC)
    if now < certificate.not_valid_before_utc:
        detail = f"chứng thư chưa có hiệu lực / not valid before {certificate.not_valid_before_utc}"
        raise KeyUnavailable(key=name, detail=detail)
    if now > certificate.not_valid_after_utc:
        detail = f"chứng thư đã hết hạn / expired on {certificate.not_valid_after_utc}"
        raise KeyUnavailable(key=name, detail=detail)


def _check_key(certificate: x509.Certificate, name: str) -> None:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        low, high = RSA_BITS
        if not low <= key.key_size <= high:
            detail = f"RSA {key.key_size} bit, cần {low} đến {high} / outside {low} to {high}"
            raise KeyUnavailable(key=name, detail=detail)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in CURVES:
            detail = f"đường cong {key.curve.name}, cần P-256 hoặc P-384 / need P-256 or P-384"
            raise KeyUnavailable(key=name, detail=detail)
    elif not isinstance(key, ed25519.Ed25519PublicKey):
        detail = "không phải khóa RSA, ECDSA hoặc Ed25519 / not an RSA, ECDSA or Ed25519 key"
        raise KeyUnavailable(key=name, detail=detail)
    signed_with = certificate.signature_hash_algorithm
    if certificate.subject != certificate.issuer and signed_with and signed_with.name in _WEAK:
        detail = f"chứng thư được cấp bằng {signed_with.name} / issued with {signed_with.name}"
        raise KeyUnavailable(key=name, detail=detail)


def _check_usage(certificate: x509.Certificate, name: str) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        may_sign = usage.digital_signature or usage.content_commitment
        purposes = _purposes(certificate)
    except ValueError as error:  # an extension that cannot be parsed
        raise KeyUnavailable(key=name, detail=str(error)) from error
    except x509.ExtensionNotFound:
        may_sign, purposes = True, _purposes(certificate)
    if not may_sign or (purposes and purposes <= _OTHER_PURPOSES):
        detail = "chứng thư không dùng để ký văn bản / key usage does not allow signing documents"
        raise KeyUnavailable(key=name, detail=detail)


def _purposes(certificate: x509.Certificate) -> set[x509.ObjectIdentifier]:
    try:
        return set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return set()


def _path(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    trust_roots: Sequence[Path],
    name: str,
) -> list[x509.Certificate]:
    """RFC 5280, 6.1, as far as it can be told without revocation: who issued whom."""
    roots = [root for file in trust_roots for root in read_certificates(file)]
    path: list[x509.Certificate] = []
    current = certificate
    while current not in roots and current.subject != current.issuer:
        issuer = _issuer(current, [*chain, *roots])
        if issuer is None or len(path) == _LONGEST_CHAIN:
            if path and not roots:
                return path  # as far as it goes; no root is set to compare with
            missing = common_name(current.issuer)
            detail = (
                f"thiếu chứng thư của nơi cấp “{missing}”; hãy thêm vào chain_file / "
                f"the issuer's certificate “{missing}” is missing; add it to chain_file"
            )
            raise KeyUnavailable(key=name, detail=detail)
        path.append(issuer)
        current = issuer
    if roots and current not in roots:
        detail = (
            f"gốc “{common_name(current.subject)}” không có trong signing.trust_roots / "
            f"root “{common_name(current.subject)}” is not among signing.trust_roots"
        )
        raise KeyUnavailable(key=name, detail=detail)
    return path


def _issuer(
    certificate: x509.Certificate, candidates: Iterable[x509.Certificate]
) -> x509.Certificate | None:
    for candidate in candidates:
        try:
            certificate.verify_directly_issued_by(candidate)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return candidate
    return None


def read_certificates(file: Path) -> list[x509.Certificate]:
    """The certificates of a PEM file, or the one of a DER file.

    Raises:
        KeyUnavailable: unreadable, or no certificate.
    """
    try:
        content = file.read_bytes()
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except OSError as error:
        raise KeyUnavailable(key=str(file), detail=str(error.strerror)) from error
    except ValueError as error:
        detail = f"không phải chứng thư X.509 / not a certificate: {error}"
        raise KeyUnavailable(key=str(file), detail=detail) from error
