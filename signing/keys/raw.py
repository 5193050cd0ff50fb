"""Raw signatures: how long they are, the form ECDSA takes, and whether one is what it should be."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from dossiers.errors import KeyUnavailable


def raw_length(key: PublicKeyTypes) -> int:
    """The most bytes a signature by this key can have."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size // 8
    if isinstance(key, ec.EllipticCurvePublicKey):
        return 2 * _coordinate(key) + 9  # DER around r and s
    return 64


def ecdsa_der(key: PublicKeyTypes, signature: bytes) -> bytes:
    """An ECDSA signature as CMS wants it (RFC 5753, 2.1.1), also where r and s came side by side.

    Signatures by other keys are returned as they are.
    """
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return signature
    size = _coordinate(key)
    try:
        utils.decode_dss_signature(signature)
    except ValueError:
        if len(signature) != 2 * size:
            return signature  # judged, and refused, by its verification
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        return utils.encode_dss_signature(r, s)
    return signature


def check_signature(
    certificate: x509.Certificate, data: bytes, signature: bytes, digest: str, name: str
) -> None:
    """Whether a signature made elsewhere is what it should be, before it goes into a document.

    Raises:
        KeyUnavailable: it does not verify: another key than the certificate's, or a fault.
    """
    try:
        _verify(certificate.public_key(), data, signature, getattr(hashes, digest.upper())())
    except InvalidSignature:
        detail = "chữ ký không khớp với chứng thư / the signature does not fit the certificate"
        raise KeyUnavailable(key=name, detail=detail) from None


def _verify(
    key: PublicKeyTypes, data: bytes, signature: bytes, digest: hashes.HashAlgorithm
) -> None:
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(digest))
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, data)
    else:
        raise InvalidSignature


def _coordinate(key: ec.EllipticCurvePublicKey) -> int:
    return (key.curve.key_size + 7) // 8
