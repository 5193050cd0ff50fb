"""Keys on tokens and in HSMs (PKCS#11 2.40): they get a hash and give a signature."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import algos, core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from pkcs11 import Attribute, Mechanism, ObjectClass, Session, SignMixin
from pkcs11.exceptions import AttributeTypeInvalid, ObjectHandleInvalid
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dossiers.errors import KeyUnavailable
from signing.keys.checks import check_certificate, read_certificates
from signing.keys.raw import check_signature, ecdsa_der, raw_length
from signing.keys.signatory import KeyKind, Signatory, asn1
from signing.keys.token import Token


@dataclass(frozen=True, slots=True)
class KeyOnToken:
    """Which key: by label, by CKA_ID (hexadecimal), or the only one."""

    label: str | None = None
    id: str | None = None

    def attributes(self, kind: ObjectClass) -> dict[Attribute, object]:
        """As a search template."""
        wanted: dict[Attribute, object] = {Attribute.CLASS: kind}
        if self.label is not None:
            wanted[Attribute.LABEL] = self.label
        if self.id is not None:
            wanted[Attribute.ID] = bytes.fromhex(self.id)
        return wanted


class TokenSigner(Signer):
    """Signs on a token; the hash is made here, so the document never leaves this machine."""

    def __init__(
        self,
        token: Token,
        key: KeyOnToken,
        certificate: x509.Certificate,
        issuers: Sequence[x509.Certificate],
        held: tuple[Session, SignMixin],
    ) -> None:
        chain = SimpleCertificateStore.from_certs([asn1(c) for c in issuers])
        super().__init__(signing_cert=asn1(certificate), cert_registry=chain)
        self._token, self._key = token, key
        self._certificate = certificate
        # The key as it was found, good as long as that session is.
        self._held = held
        self._asks_each_time = _asks_each_time(held[1])

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """A signature over ``data``; on a dry run only as many bytes as it will have.

        Raises:
            TokenUnavailable, TokenBusy, PinRefused: see :class:`signing.keys.token.Token`.
            KeyUnavailable: what the token gave does not verify with the certificate.
        """
        if dry_run:
            return bytes(raw_length(self._certificate.public_key()))
        return await asyncio.to_thread(self.sign_now, data, digest_algorithm)

    def sign_now(self, data: bytes, digest: str) -> bytes:
        """The same, blocking."""
        mechanism, message = _mechanism(self._certificate, data, digest)

        def work(session: Session) -> bytes:
            if self._held[0] is not session:
                found = _private_keys(session, self._key)
                if len(found) != 1:  # it was there when the key was opened
                    raise ObjectHandleInvalid("khóa không còn ở đó / the key is gone")
                self._held = (session, found[0])
            key = self._held[1]
            if not self._asks_each_time:
                return bytes(key.sign(message, mechanism=mechanism))
            pin = self._token.pin_again()
            return bytes(key.sign(message, mechanism=mechanism, pin=pin.get_secret_value()))

        signature = ecdsa_der(self._certificate.public_key(), self._token.use(work))
        check_signature(self._certificate, data, signature, digest, self._token.name)
        return signature


def open_pkcs11(
    token: Token,
    key: KeyOnToken,
    *,
    chain_file: Path | None = None,
    trust_roots: Sequence[Path] = (),
) -> Signatory:
    """A signatory whose key is on a token; logs in.

    Raises:
        KeyUnavailable: no such key or certificate, several, or one that may not sign now.
        TokenUnavailable, TokenBusy, PinRefused: the token cannot be opened.
    """
    held, certificate, others = token.use(lambda session: _contents(session, key, token.name))
    extra = read_certificates(chain_file) if chain_file else []
    issuers = check_certificate(certificate, [*others, *extra], trust_roots, token.name)
    signer = TokenSigner(token, key, certificate, issuers, held)
    return Signatory.of(certificate, signer, KeyKind.PKCS11)


def _asks_each_time(key: SignMixin) -> bool:
    """CKA_ALWAYS_AUTHENTICATE (PKCS#11 2.40, 4.9), as keys for qualified signatures often have it."""
    try:
        return bool(key[Attribute.ALWAYS_AUTHENTICATE])
    except AttributeTypeInvalid:  # modules of an older version of the standard
        return False


def _private_keys(session: Session, wanted: KeyOnToken) -> list[SignMixin]:
    stored = session.get_objects(wanted.attributes(ObjectClass.PRIVATE_KEY))
    return [key for key in stored if isinstance(key, SignMixin)]


def _contents(
    session: Session, wanted: KeyOnToken, name: str
) -> tuple[tuple[Session, SignMixin], x509.Certificate, list[x509.Certificate]]:
    """The key in its session, its certificate (same CKA_ID, else same label), and all the others."""
    keys = _private_keys(session, wanted)
    if len(keys) != 1:
        labels = ", ".join(str(key[Attribute.LABEL]) for key in keys) or "–"
        detail = f"cần đúng một khóa bí mật, có / need one private key, found: {labels}"
        raise KeyUnavailable(key=name, detail=detail)
    [key] = keys
    same = Attribute.ID if key[Attribute.ID] else Attribute.LABEL
    own: list[x509.Certificate] = []
    others: list[x509.Certificate] = []
    for stored in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        try:
            certificate = x509.load_der_x509_certificate(stored[Attribute.VALUE])
        except ValueError:
            continue  # not X.509; tokens hold other things too
        fits = stored[same] == key[same]
        (own if fits else others).append(certificate)
    if len(own) != 1:
        detail = (
            f"cần đúng một chứng thư đi với khóa “{key[Attribute.LABEL]}”, có {len(own)} / "
            f"need one certificate for key “{key[Attribute.LABEL]}”, found {len(own)}"
        )
        raise KeyUnavailable(key=name, detail=detail)
    return (session, key), own[0], others


def _mechanism(certificate: x509.Certificate, data: bytes, digest: str) -> tuple[Mechanism, bytes]:
    """The raw mechanism of the key, which every token has, and what it is to sign.

    RSA signs a DigestInfo (RFC 8017, 9.2), ECDSA a hash, Ed25519 the message itself (RFC 8032).
    """
    key = certificate.public_key()
    if isinstance(key, ed25519.Ed25519PublicKey):
        return Mechanism.EDDSA, data
    hashed = hashlib.new(digest, data).digest()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Mechanism.ECDSA, hashed
    info = {
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": digest, "parameters": core.Null()}),
        "digest": hashed,
    }
    return Mechanism.RSA_PKCS, algos.DigestInfo(info).dump()
