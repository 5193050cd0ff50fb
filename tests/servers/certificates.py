"""Certificates of the suite's own, of every kind and fault, and a hierarchy whose status can be asked.

Unlike the product's test PKI a :class:`Hierarchy`'s certificates say where their status is asked,
so the suite's CRL and OCSP services (:mod:`tests.servers.trust_services`) are really used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
Period = tuple[dt.datetime, dt.datetime]

_BITS = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
_CA_BITS = ("key_cert_sign", "crl_sign")


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def asn1(self) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(self.certificate.public_bytes(Encoding.DER))

    @property
    def private(self) -> asn1_keys.PrivateKeyInfo:
        der = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return asn1_keys.PrivateKeyInfo.load(der)

    def pem(self, path: Path) -> Path:
        return write_pem(path, self.certificate)


def make_key(kind: str) -> Key:
    """A new key: ``rsa2048``, ``p256``, ``ed25519`` and so on."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "k256": ec.SECP256K1()}
    return ec.generate_private_key(curves[kind])


def make_certificate(
    name: str,
    key: Key | PublicKey,
    issuer: Holder | None,
    valid: Period,
    *,
    organisation: str | None = None,
    ca: bool = False,
    bits: Collection[str] = ("digital_signature",),
    extended: Sequence[x509.ObjectIdentifier] = (),
    others: Sequence[x509.ExtensionType] = (),
) -> x509.Certificate:
    """A certificate; self-signed without an ``issuer``, which then needs the private key."""
    public = key if isinstance(key, PublicKey) else key.public_key()
    if issuer is None:
        assert not isinstance(key, PublicKey)
        signing, above = key, _name(name, organisation)
    else:
        signing, above = issuer.key, issuer.certificate.subject
    bits = _CA_BITS if ca else bits
    critical: list[x509.ExtensionType] = [
        x509.BasicConstraints(ca, None),
        x509.KeyUsage(**{bit: bit in bits for bit in _BITS}),
    ]
    if extended:
        critical.append(x509.ExtendedKeyUsage(extended))
    plain: list[x509.ExtensionType] = [
        x509.SubjectKeyIdentifier.from_public_key(public),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),  # type: ignore[arg-type]
        *others,
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name, organisation))
        .issuer_name(above)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
    )
    for extension in critical:
        builder = builder.add_extension(extension, critical=True)
    for extension in plain:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signing, _digest(signing))


def from_now(days: tuple[float, float]) -> Period:
    """From and until so many days from now."""
    now = dt.datetime.now(dt.UTC)
    return now + dt.timedelta(days=days[0]), now + dt.timedelta(days=days[1])


def crl_at(url: str) -> x509.CRLDistributionPoints:
    """Where a certificate's revocation is published."""
    place = [x509.UniformResourceIdentifier(url)]
    return x509.CRLDistributionPoints([x509.DistributionPoint(place, None, None, None)])


def ocsp_at(url: str) -> x509.AuthorityInformationAccess:
    """Who answers for a certificate's status."""
    place = x509.UniformResourceIdentifier(url)
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)]
    )


def write_pem(path: Path, *certificates: x509.Certificate) -> Path:
    path.write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in certificates))
    return path


def write_pkcs12(
    path: Path,
    key: Key,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    password: str,
) -> Path:
    secret = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"suite", key, certificate, list(chain), secret)
    )
    return path


class Hierarchy:
    """Root → issuing CA → whoever is asked for; ``url`` is where status services answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.root = self._authority("Suite Root", None)
        self.issuing = self._authority("Suite Issuing CA", self.root)
        self.stranger = self._authority("Stranger Root", None)
        self.responder = self.issue("Suite OCSP", usage=ExtendedKeyUsageOID.OCSP_SIGNING)

    def issue(
        self,
        name: str,
        *,
        key: str = "p256",
        usage: x509.ObjectIdentifier | None = None,
        days: tuple[float, float] = (-1, 3650),
        issuer: Holder | None = None,
        status: bool = True,
    ) -> Holder:
        """An end-entity certificate, valid from and until so many days from now.

        Without ``usage`` it may sign documents and its status is told by OCSP and CRL; a TSA's is
        told by CRL alone. Without ``status`` it does not say where to ask.
        """
        others: list[x509.ExtensionType] = []
        if usage == ExtendedKeyUsageOID.OCSP_SIGNING:
            others.append(x509.OCSPNoCheck())
        elif status:
            others.append(crl_at(f"{self.url}/crl/issuing.crl"))
            if usage is None:
                others.append(ocsp_at(f"{self.url}/ocsp"))
        own = make_key(key)
        made = make_certificate(
            name,
            own,
            issuer or self.issuing,
            from_now(days),
            bits=("digital_signature", "content_commitment")[: 2 if usage is None else 1],
            extended=[usage] if usage else [],
            others=others,
        )
        return Holder(made, own)

    def pkcs12(self, path: Path, holder: Holder, password: str = "") -> Path:
        """The holder with the chain up to the root."""
        chain = [self.issuing.certificate, self.root.certificate]
        return write_pkcs12(path, holder.key, holder.certificate, chain, password)

    def _authority(self, name: str, issuer: Holder | None) -> Holder:
        own = make_key("p256")
        others = [crl_at(f"{self.url}/crl/root.crl")] if issuer else []
        valid = from_now((-400, 7300))
        return Holder(make_certificate(name, own, issuer, valid, ca=True, others=others), own)


def _name(common: str, organisation: str | None) -> x509.Name:
    parts = [(NameOID.COMMON_NAME, common)]
    if organisation is not None:
        parts = [
            (NameOID.COUNTRY_NAME, "VN"),
            (NameOID.ORGANIZATION_NAME, organisation),
            *parts,
        ]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def _digest(key: Key) -> hashes.HashAlgorithm | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
