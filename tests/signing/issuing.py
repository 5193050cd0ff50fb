"""A certification authority of the suite's own: keys of every kind, certificates of every fault."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PASSWORD = "mật khẩu"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


def make_key(kind: str) -> Key:
    """A new key: ``rsa2048``, ``p256``, ``ed25519`` and so on."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "k256": ec.SECP256K1()}
    return ec.generate_private_key(curves[kind])


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "UBND xã Ví Dụ"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


@dataclass(frozen=True)
class Authority:
    """Root and issuing authority with P-256 keys."""

    root: x509.Certificate
    issuing: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls) -> Authority:
        root_key, key = ec.generate_private_key(ec.SECP256R1()), make_key("p256")
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        root = _certificate("Gốc Ví Dụ", root_key, None, root_key, ca=True)
        issuing = _certificate("Nơi cấp Ví Dụ", key, root, root_key, ca=True)
        return cls(root, issuing, key)

    def issue(
        self,
        key: Key | PublicKey,
        name: str = "Nguyễn Văn Ví Dụ",
        *,
        days: tuple[int, int] = (-1, 400),
        signing: bool = True,
        server: bool = False,
    ) -> x509.Certificate:
        """A signer's certificate, valid from and until so many days from now."""
        return _certificate(
            name, key, self.issuing, self.key, days=days, signing=signing, server=server
        )

    def bundle(
        self, path: Path, key: Key, certificate: x509.Certificate, *, chain: bool = True
    ) -> Path:
        """A PKCS#12 file with :data:`PASSWORD`."""
        issuers = [self.issuing, self.root] if chain else None
        secret = BestAvailableEncryption(PASSWORD.encode())
        path.write_bytes(
            pkcs12.serialize_key_and_certificates(b"x", key, certificate, issuers, secret)
        )
        return path

    def write_root(self, folder: Path) -> Path:
        """The root as a PEM file."""
        return write_pem(folder / "root.pem", self.root)


def write_pem(path: Path, *certificates: x509.Certificate) -> Path:
    pem = [c.public_bytes(serialization.Encoding.PEM) for c in certificates]
    path.write_bytes(b"".join(pem))
    return path


def _certificate(
    common: str,
    key: Key | PublicKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool = False,
    days: tuple[int, int] = (-1, 3000),
    signing: bool = True,
    server: bool = False,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    signs = signing and not ca
    public = key if isinstance(key, PublicKey) else key.public_key()
    usage = x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=not signs and not ca,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(issuer.subject if issuer else _name(common))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if server:
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(purposes, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
