"""A certificate hierarchy of the suite's own: root, issuing CA, signers, OCSP responder, TSAs.

Unlike the product's test PKI its certificates say where their status is to be asked, so the suite's
CRL and OCSP services (:mod:`tests.servers.trust_services`) are really used.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    pkcs12,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key

    def pem(self, path: Path) -> Path:
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return path


def new_key(kind: str) -> Key:
    if kind.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int(kind[3:]))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({"p256": ec.SECP256R1, "p384": ec.SECP384R1}[kind]())


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
        issuer = issuer or self.issuing
        own, now = new_key(key), dt.datetime.now(dt.UTC)
        builder = self._builder(name, own, issuer, now, days)
        builder = builder.add_extension(x509.BasicConstraints(False, None), True)  # noqa: FBT003
        builder = builder.add_extension(_usage(sign=True, commit=usage is None), True)  # noqa: FBT003
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), True)  # noqa: FBT003
        if usage == ExtendedKeyUsageOID.OCSP_SIGNING:
            builder = builder.add_extension(x509.OCSPNoCheck(), False)  # noqa: FBT003
        elif status:
            builder = builder.add_extension(self._crl("issuing"), False)  # noqa: FBT003
            if usage is None:
                builder = builder.add_extension(self._access(), False)  # noqa: FBT003
        return Holder(builder.sign(issuer.key, _digest(issuer.key)), own)

    def pkcs12(self, path: Path, holder: Holder, password: str = "") -> Path:
        """The holder with the chain up to the root."""
        chain = [self.issuing.certificate, self.root.certificate]
        secret = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        path.write_bytes(
            pkcs12.serialize_key_and_certificates(
                b"suite", holder.key, holder.certificate, chain, secret
            )
        )
        return path

    def _authority(self, name: str, issuer: Holder | None) -> Holder:
        own, now = new_key("p256"), dt.datetime.now(dt.UTC)
        builder = self._builder(name, own, issuer, now, (-400, 7300))
        builder = builder.add_extension(x509.BasicConstraints(True, None), True)  # noqa: FBT003
        builder = builder.add_extension(_usage(sign=False, commit=False), True)  # noqa: FBT003
        if issuer is not None:
            builder = builder.add_extension(self._crl("root"), False)  # noqa: FBT003
        signing = issuer.key if issuer else own
        return Holder(builder.sign(signing, _digest(signing)), own)

    def _builder(
        self,
        name: str,
        key: Key,
        issuer: Holder | None,
        now: dt.datetime,
        days: tuple[float, float],
    ) -> x509.CertificateBuilder:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        above = issuer.certificate.public_key() if issuer else key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=days[0]))
            .not_valid_after(now + dt.timedelta(days=days[1]))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)  # noqa: FBT003
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), False)  # type: ignore[arg-type]  # noqa: FBT003
        )

    def _crl(self, name: str) -> x509.CRLDistributionPoints:
        place = [x509.UniformResourceIdentifier(f"{self.url}/crl/{name}.crl")]
        return x509.CRLDistributionPoints([x509.DistributionPoint(place, None, None, None)])

    def _access(self) -> x509.AuthorityInformationAccess:
        place = x509.UniformResourceIdentifier(f"{self.url}/ocsp")
        return x509.AuthorityInformationAccess(
            [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)]
        )


def _digest(key: Key) -> hashes.HashAlgorithm | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _usage(*, sign: bool, commit: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=commit,
        key_cert_sign=not sign,
        crl_sign=not sign,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
