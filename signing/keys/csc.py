"""Keys at remote signing services: one approval for all documents that are signed together."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from asn1crypto import algos
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from pydantic import SecretStr
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dossiers.errors import KeyUnavailable, PinRefused, SigningDeclined
from signing.attributes import SigningCertificateOnce
from signing.keys.checks import check_certificate, read_certificates
from signing.keys.csc_service import Credential, CscService
from signing.keys.factors import Ask, FactorKind, Question
from signing.keys.gathering import sign_with
from signing.keys.locking import alone
from signing.keys.pin_memory import PinMemory
from signing.keys.raw import check_signature, ecdsa_der, raw_length
from signing.keys.signatory import KeyKind, Signatory, algorithm_of, asn1, common_name

_RSA = "1.2.840.113549.1.1.1"


class CscSigner(SigningCertificateOnce):
    """Signs at a service. Only hashes leave this machine, and every answer is checked.

    Args:
        service: where the key is.
        credential: which key.
        issuers: certificates above the signer's, nearest first.
        pin: gives the PIN of the credential, ``None`` where a phone is enough.
        memory: PINs that were refused; as with tokens, none is tried a third time.
        most_at_once: our own bound on the documents of one approval.
        place: see :class:`signing.keys.gathering.GatheringKey`.
        ask: asks the person for a one-time password, where the credential wants one.
    """

    def __init__(
        self,
        service: CscService,
        credential: Credential,
        issuers: Sequence[x509.Certificate],
        pin: Callable[[], SecretStr | None],
        memory: PinMemory,
        most_at_once: int,
        place: int,
        ask: Ask | None = None,
    ) -> None:
        self._certificate = credential.certificates[0]
        chain = SimpleCertificateStore.from_certs([asn1(c) for c in issuers])
        super().__init__(signing_cert=asn1(self._certificate), cert_registry=chain)
        self._service, self._credential = service, credential
        self._pin, self._memory = pin, memory
        self._place, self._ask = place, ask
        self._turn = threading.Lock()
        self.most_at_once = min(most_at_once, credential.most_at_once)

    @property
    def place(self) -> int:
        """Order among keys that gather."""
        return self._place

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """A signature over ``data``; on a dry run only as many bytes as it may have.

        Raises:
            SigningDeclined, SigningNotApproved, PinRefused, OtpRefused, RemoteSigningRefused,
            RemoteSigningUnavailable: see :class:`signing.keys.csc_service.CscService`.
            KeyUnavailable: what the service gave does not verify with the certificate.
        """
        if dry_run:
            return bytes(raw_length(self._certificate.public_key()))
        return await asyncio.to_thread(sign_with, self, data, digest_algorithm)

    def sign_together(
        self, messages: Sequence[bytes], digest: str, description: str
    ) -> list[bytes]:
        """Signatures over all the messages, one approval for as many as the service allows."""
        signatures: list[bytes] = []
        # A person is asked one thing at a time, and refused PINs are counted one by one.
        with self._turn, alone(self._memory.file.with_suffix(".lock")):
            for start in range(0, len(messages), self.most_at_once):
                part = messages[start : start + self.most_at_once]
                signatures += self._approved(part, digest, description)
        return signatures

    def _approved(self, messages: Sequence[bytes], digest: str, description: str) -> list[bytes]:
        hashes = [hashlib.new(digest, message).digest() for message in messages]
        algorithm = algos.DigestAlgorithmId(digest).dotted
        sad = self._consent(hashes, algorithm, description)
        wanted = _signature_algorithm(self._certificate, digest, self._credential)
        raw = self._service.sign(self._credential, sad, hashes, algorithm, wanted)
        signatures = [ecdsa_der(self._certificate.public_key(), signature) for signature in raw]
        for message, signature in zip(messages, signatures, strict=True):
            check_signature(self._certificate, message, signature, digest, self._service.host)
        return signatures

    def _consent(self, hashes: list[bytes], algorithm: str, description: str) -> SecretStr:
        pin = self._pin()
        name = common_name(self._certificate.subject)
        if pin is None:
            typed = self._typed(len(hashes), description, name)
            return self._service.authorize(
                self._credential, hashes, algorithm, None, typed, description, name
            )
        objection = self._memory.objection(pin.get_secret_value(), count_low=True)
        if objection:
            raise PinRefused(token=self._service.host, detail=objection)
        typed = self._typed(len(hashes), description, name)
        self._memory.trying(pin.get_secret_value())
        try:
            sad = self._service.authorize(
                self._credential, hashes, algorithm, pin, typed, description, name
            )
        except PinRefused:
            self._memory.refused(count_low=False)
            raise
        except BaseException:
            self._memory.not_judged()
            raise
        self._memory.accepted()
        return sad

    def _typed(self, count: int, description: str, name: str) -> dict[str, SecretStr]:
        """What the person at the keyboard gives for this consent."""
        given: dict[str, SecretStr] = {}
        for factor in self._credential.factors:
            if not factor.at_keyboard or self._ask is None:
                continue
            challenge = ""
            if factor.kind is FactorKind.SENT:
                challenge = self._service.challenge(self._credential, factor)
            asked = Question(self._service.host, name, count, factor.label, description, challenge)
            answer = self._ask(asked)
            if answer is None:
                raise SigningDeclined(signer=name, count=count)
            given[factor.id] = answer
        return given


def open_csc(
    service: CscService,
    credential_id: str | None,
    pin: Callable[[], SecretStr | None],
    state: Path,
    *,
    most_at_once: int,
    place: int,
    chain_file: Path | None = None,
    trust_roots: Sequence[Path] = (),
    ask: Ask | None = None,
) -> Signatory:
    """A signatory whose key is at a remote signing service; asks for no consent yet.

    Raises:
        KeyUnavailable: no such key, or one that may not sign now or not in this way.
        RemoteSigningUnavailable, RemoteSigningRefused: the service does not tell of it.
    """
    credential = service.credential(credential_id)
    name = f"{service.host}: {credential.id}"
    if not credential.certificates:
        raise KeyUnavailable(key=name, detail="không có chứng thư / no certificate")
    if ask is None and any(factor.at_keyboard for factor in credential.factors):
        detail = (
            "cần người nhập OTP tại bàn phím; hãy ký bằng sohoa sign, hoặc chọn xác nhận trên "
            "điện thoại / needs an OTP typed in: use sohoa sign at a terminal, or approval on a phone"
        )
        raise KeyUnavailable(key=name, detail=detail)
    certificate, *others = credential.certificates
    extra = read_certificates(chain_file) if chain_file else []
    issuers = check_certificate(certificate, [*others, *extra], trust_roots, name)
    _signature_algorithm(certificate, algorithm_of(certificate)[1], credential)
    state.mkdir(parents=True, exist_ok=True)
    marked = hashlib.sha256(name.encode()).hexdigest()[:24]
    memory = PinMemory(state / f"{marked}.pin")
    signer = CscSigner(service, credential, issuers, pin, memory, most_at_once, place, ask)
    return Signatory.of(certificate, signer, KeyKind.CSC, together=signer.most_at_once)


def _signature_algorithm(certificate: x509.Certificate, digest: str, credential: Credential) -> str:
    """OID for ``signAlgo``: that of the key and the hash, or of RSA alone where only that is offered.

    Raises:
        KeyUnavailable: the service offers neither.
    """
    key = certificate.public_key()
    if isinstance(key, ed25519.Ed25519PublicKey):
        # Ed25519 signs messages (RFC 8032), and signHash is given hashes.
        detail = "Ed25519 không ký được từ xa qua signHash / signHash cannot do Ed25519"
        raise KeyUnavailable(key=credential.id, detail=detail)
    kind = "rsa" if isinstance(key, rsa.RSAPublicKey) else "ecdsa"
    exact: str = algos.SignedDigestAlgorithmId(f"{digest}_{kind}").dotted
    if exact in credential.algorithms:
        return exact
    if kind == "rsa" and _RSA in credential.algorithms:
        return _RSA
    offered = ", ".join(sorted(credential.algorithms))
    detail = f"dịch vụ không có thuật toán / the service lacks {digest}_{kind}: {offered}"
    raise KeyUnavailable(key=credential.id, detail=detail)
