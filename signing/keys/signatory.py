"""Someone who can sign, and the ordered chain of those who sign a document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers.pdf_cms import Signer

from dossiers.dossier import SigningRole
from dossiers.errors import KeyUnavailable

Digest = Literal["sha256", "sha384", "sha512"]

DEFAULT_CHAIN = (SigningRole.OFFICER, SigningRole.AGENCY)


class KeyKind(StrEnum):
    """Where a private key lives."""

    PKCS12 = "pkcs12"
    PKCS11 = "pkcs11"
    CSC = "csc"


@dataclass(frozen=True, slots=True)
class Signatory:
    """Someone who can sign, whatever holds the key.

    ``name`` is the common name on the certificate, ``subject`` and ``issuer`` are RFC 4514 strings,
    ``algorithm`` is such as ``RSA 3072`` or ``ECDSA P-256``; ``digest`` names the hash that the
    signature takes with this kind of key. ``together`` is how many documents one consent covers, for
    keys that gather (:mod:`signing.keys.gathering`); 0 for keys that need none.
    """

    name: str
    signer: Signer
    valid_until: dt.datetime
    kind: KeyKind = KeyKind.PKCS12
    subject: str = ""
    issuer: str = ""
    algorithm: str = ""
    digest: Digest = "sha256"
    together: int = 0

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal."""
        return str(self.signer.signing_cert.sha256.hex()) if self.signer.signing_cert else ""

    @classmethod
    def of(
        cls, certificate: x509.Certificate, signer: Signer, kind: KeyKind, together: int = 0
    ) -> Signatory:
        """The signatory that a certificate names."""
        algorithm, digest = algorithm_of(certificate)
        return cls(
            common_name(certificate.subject),
            signer,
            certificate.not_valid_after_utc,
            kind,
            certificate.subject.rfc4514_string(),
            certificate.issuer.rfc4514_string(),
            algorithm,
            digest,
            together,
        )


@dataclass(frozen=True, slots=True)
class Signatories:
    """Those who can sign, the order in which they do, and the roots that verifiers must trust.

    ``chain`` is the order for any document, ``chains`` for document types that have their own;
    ``test`` is true while the certificates are those of the test PKI. ``release`` gives back what
    keys hold open (sessions at tokens); signing again opens them again.
    """

    people: Mapping[SigningRole, Signatory]
    trust_roots: tuple[Path, ...]
    test: bool
    chain: tuple[SigningRole, ...] = DEFAULT_CHAIN
    chains: Mapping[str, tuple[SigningRole, ...]] = field(default_factory=dict)
    release: Callable[[], None] = lambda: None

    @property
    def officer(self) -> Signatory:
        """The officer who digitises."""
        return self.of(SigningRole.OFFICER)

    @property
    def agency(self) -> Signatory:
        """The agency's seal."""
        return self.of(SigningRole.AGENCY)

    def of(self, role: SigningRole) -> Signatory:
        """Who signs in a role.

        Raises:
            KeyUnavailable: nobody is set.
        """
        try:
            return self.people[role]
        except KeyError:
            raise KeyUnavailable(key=f"signing.{role}", detail="chưa đặt / not set") from None

    def signing(
        self, document_type: str | None = None
    ) -> tuple[tuple[SigningRole, Signatory], ...]:
        """Who signs a document of this type now, first to last.

        Raises:
            KeyUnavailable: a key of the chain is not set, or its certificate has expired since it
                was opened: some runs last for weeks.
        """
        roles = self.chains.get(document_type, self.chain) if document_type else self.chain
        chain = tuple((role, self.of(role)) for role in roles)
        now = dt.datetime.now(dt.UTC)
        for role, who in chain:
            if now > who.valid_until:
                detail = f"chứng thư đã hết hạn / expired on {who.valid_until}"
                raise KeyUnavailable(key=f"signing.{role}", detail=detail)
        return chain

    @property
    def together(self) -> int:
        """How many documents can be signed with one consent of each; 0 where nobody is asked."""
        counts = [who.together for who in self.people.values() if who.together]
        return min(counts, default=0)


def algorithm_of(certificate: x509.Certificate) -> tuple[str, Digest]:
    """Kind of key, and the hash that goes with it.

    P-384 takes SHA-384 (FIPS 186-5, 6.1.1: the hash is no weaker than the curve), Ed25519 takes
    SHA-512 (RFC 8419, 3.1); all else SHA-256.
    """
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}", "sha256"
    if isinstance(key, ec.EllipticCurvePublicKey):
        name = {"secp256r1": "P-256", "secp384r1": "P-384"}.get(key.curve.name, key.curve.name)
        return f"ECDSA {name}", "sha384" if key.curve.key_size > 256 else "sha256"
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "Ed25519", "sha512"
    return type(key).__name__, "sha256"


def common_name(name: x509.Name) -> str:
    """The common name, or all of the name where it has none."""
    names = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else name.rfc4514_string()


def asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The same certificate as pyHanko wants it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
