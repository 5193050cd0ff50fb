"""A remote signing service that speaks the CSC API: requests, answers and what goes wrong.

Written from the Cloud Signature Consortium's API 1.0.4.0 (2019) and 2.0.0.2 (2023); of two clauses, as
in "11.9 / 11.10", one is in the first and one in the second. What they name differently is in
:class:`Dialect`.
"""

from __future__ import annotations

import base64
import binascii
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
from cryptography import x509
from pydantic import SecretStr

from dossiers.errors import (
    KeyUnavailable,
    OtpRefused,
    PinRefused,
    RemoteSigningRefused,
    RemoteSigningUnavailable,
    SigningDeclined,
    SigningNotApproved,
)
from signing.keys.factors import Factor, factors_v1, factors_v2, given_v1, given_v2
from signing.keys.oauth import AccessTokens

_TRIES, _FIRST_DELAY = 3, 0.5
_FIRST_POLL, _LONGEST_POLL = 0.2, 2.0
# 10.1 / 10.1 and the tables of 11.6: a person, or the service for them, said no.
_DECLINED = frozenset({"access_denied", "user_denied", "authorization_denied"})
_WRONG_PIN = frozenset({"invalid_pin", "invalid_authentication_data"})
_WRONG_OTP = "invalid_otp"
_LATE = frozenset({"authorization_timeout", "timeout", "expired"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the versions of the API name the same things."""

    version: Literal["v1", "v2"]

    def hashes(self, hashes: Sequence[bytes], algorithm: str, *, name_it: bool) -> dict[str, Any]:
        """Hashes for 11.6 / 11.6, where v1 has no name for the algorithm, and for 11.9 / 11.10."""
        encoded = [base64.b64encode(value).decode() for value in hashes]
        if self.version == "v1":
            return {"hash": encoded} | ({"hashAlgo": algorithm} if name_it else {})
        return {"hashes": encoded, "hashAlgorithmOID": algorithm}

    def given(
        self, factors: Sequence[Factor], pin: SecretStr | None, typed: Mapping[str, SecretStr]
    ) -> dict[str, Any]:
        """PIN and one-time passwords for 11.6 / 11.6."""
        if self.version == "v1":
            return given_v1(pin, typed)
        return given_v2(factors, pin, typed)

    def mode(self, info: Mapping[str, Any]) -> str:
        """Who asks the person for consent (11.5 / 11.5)."""
        if self.version == "v1":
            return str(info.get("authMode", "implicit"))
        return str(info.get("auth", {}).get("mode", "explicit"))

    def factors(self, info: Mapping[str, Any]) -> tuple[Factor, ...]:
        """What the person must give (11.5 / 11.5, 8.3.1); ``ValueError`` for an unknown kind."""
        return factors_v1(info) if self.version == "v1" else factors_v2(info)

    def challenge(self, credential: str, factor: Factor) -> tuple[str, dict[str, str]]:
        """The call that makes the service send a one-time password or set a challenge (11.7 / 11.8)."""
        if self.version == "v1":
            return "credentials/sendOTP", {"credentialID": credential}
        request = {"credentialID": credential, "authObjectID": factor.id}
        return "credentials/getChallenge", request


@dataclass(frozen=True, slots=True)
class Credential:
    """What the service says of a key (11.5 / 11.5): certificates signer first, algorithms as OIDs.

    ``factors`` are what its owner must give for each consent.
    """

    id: str
    certificates: tuple[x509.Certificate, ...]
    algorithms: frozenset[str]
    most_at_once: int
    factors: tuple[Factor, ...] = ()


class CscService:
    """One service, at one base URI. Thread-safe."""

    def __init__(
        self,
        url: str,
        http: httpx.Client,
        tokens: AccessTokens,
        approval_seconds: float,
    ) -> None:
        self._url = url.rstrip("/")
        self._http, self._tokens = http, tokens
        self._approval = approval_seconds
        self.dialect = Dialect("v2" if self._url.endswith("/v2") else "v1")
        self.host = httpx.URL(url).host

    def __repr__(self) -> str:
        return f"CscService({self._url})"

    def credential(self, wanted: str | None) -> Credential:
        """The key that is wanted, or the only one there is (11.4 / 11.4, then 11.5 / 11.5).

        Raises:
            KeyUnavailable: none, several, disabled, or of a kind that needs a browser.
            RemoteSigningUnavailable, RemoteSigningRefused: the service does not give it.
        """
        if wanted is None:
            listed = self._ask("credentials/list", {}).get("credentialIDs") or []
            if len(listed) != 1:
                names = ", ".join(map(str, listed)) or "–"
                detail = f"cần đặt credential, có / set credential, there are: {names}"
                raise KeyUnavailable(key=self.host, detail=detail)
            wanted = str(listed[0])
        request = {"credentialID": wanted, "certificates": "chain", "authInfo": True}
        return self._understood(wanted, self._ask("credentials/info", request))

    def authorize(
        self,
        credential: Credential,
        hashes: Sequence[bytes],
        algorithm: str,
        pin: SecretStr | None,
        typed: Mapping[str, SecretStr],
        description: str,
        signer: str,
    ) -> SecretStr:
        """Consent for exactly these hashes, however long the person takes (11.6 / 11.6, 11.7).

        Returns:
            The signature activation data (SAD), good for one call of :meth:`sign`.

        Raises:
            SigningDeclined, SigningNotApproved: the person said no, or nothing.
            PinRefused: the PIN is wrong.
            OtpRefused: the one-time password is wrong.
            RemoteSigningUnavailable, RemoteSigningRefused: the service would not.
        """
        request: dict[str, Any] = {
            "credentialID": credential.id,
            "numSignatures": len(hashes),
            **self.dialect.hashes(hashes, algorithm, name_it=False),
            **self.dialect.given(credential.factors, pin, typed),
        }
        if description:
            request["description"] = description[:255]
        late = SigningNotApproved(signer=signer, count=len(hashes), seconds=round(self._approval))
        give_up = time.monotonic() + self._approval
        try:
            answer = self._call("credentials/authorize", request, seconds=self._approval)
            poll = _FIRST_POLL
            while "SAD" not in answer and "handle" in answer:
                if time.monotonic() + poll > give_up:
                    raise late
                time.sleep(poll)
                poll = min(2 * poll, _LONGEST_POLL)
                answer = self._call("credentials/authorizeCheck", {"handle": answer["handle"]})
        except httpx.ReadTimeout:
            raise late from None
        except _Refusal as refusal:
            if refusal.error in _DECLINED:
                raise SigningDeclined(signer=signer, count=len(hashes)) from None
            if refusal.error in _LATE:
                raise late from None
            if refusal.error == _WRONG_OTP or (refusal.error in _WRONG_PIN and pin is None):
                raise OtpRefused(service=self.host, signer=signer) from None
            if refusal.error in _WRONG_PIN:
                detail = f"dịch vụ từ chối mã PIN / the service refuses the PIN: {refusal.error}"
                raise PinRefused(token=self.host, detail=detail) from None
            raise RemoteSigningRefused(service=self.host, detail=refusal.told) from None
        except httpx.HTTPError as error:
            raise self._unavailable(error) from None
        if "SAD" not in answer:
            detail = "trả lời không có SAD / the answer has no SAD"
            raise RemoteSigningRefused(service=self.host, detail=detail)
        return SecretStr(str(answer["SAD"]))

    def challenge(self, credential: Credential, factor: Factor) -> str:
        """Make the service send the person a one-time password, or set a challenge (11.7 / 11.8).

        Returns:
            The challenge; nothing where it is sent elsewhere.

        Raises:
            RemoteSigningUnavailable, RemoteSigningRefused: the service would not.
        """
        method, request = self.dialect.challenge(credential.id, factor)
        try:
            return str(self._call(method, request).get("challenge") or "")
        except _Refusal as refusal:
            raise RemoteSigningRefused(service=self.host, detail=refusal.told) from None
        except httpx.HTTPError as error:
            raise self._unavailable(error) from None

    def sign(
        self,
        credential: Credential,
        sad: SecretStr,
        hashes: Sequence[bytes],
        algorithm: str,
        signature_algorithm: str,
    ) -> list[bytes]:
        """Signatures in the order of the hashes (11.9 / 11.10).

        Never repeated on its own: the service may have signed although its answer was lost, and the
        SAD is used up then.
        """
        request = {
            "credentialID": credential.id,
            "SAD": sad.get_secret_value(),
            "signAlgo": signature_algorithm,
            **self.dialect.hashes(hashes, algorithm, name_it=True),
        }
        try:
            answer = self._call("signatures/signHash", request)
        except _Refusal as refusal:
            raise RemoteSigningRefused(service=self.host, detail=refusal.told) from None
        except httpx.HTTPError as error:
            raise self._unavailable(error) from None
        try:
            signatures = [base64.b64decode(text, validate=True) for text in answer["signatures"]]
        except (KeyError, TypeError, binascii.Error):
            signatures = []
        if len(signatures) != len(hashes):
            detail = f"{len(signatures)} ≠ {len(hashes)} chữ ký / signatures"
            raise RemoteSigningRefused(service=self.host, detail=detail)
        return signatures

    def _understood(self, id_: str, info: Mapping[str, Any]) -> Credential:
        key, cert = info.get("key") or {}, info.get("cert") or {}
        problem = None
        if key.get("status") != "enabled":
            problem = "khóa bị vô hiệu hóa / the key is disabled"
        elif cert.get("status", "valid") != "valid":
            problem = f"chứng thư / certificate: {cert['status']}"
        elif self.dialect.mode(info) == "oauth2code":
            problem = "cần xác nhận trên trình duyệt / needs consent in a browser (oauth2code)"
        try:
            factors = self.dialect.factors(info)
        except (KeyError, TypeError, ValueError) as error:
            factors = ()
            problem = problem or f"cách xác nhận lạ / unknown kind of consent: {error}"
        if problem:
            raise KeyUnavailable(key=f"{self.host}: {id_}", detail=problem)
        try:
            certificates = [
                x509.load_der_x509_certificate(base64.b64decode(text))
                for text in cert["certificates"]
            ]
            return Credential(
                id_,
                tuple(certificates),
                frozenset(map(str, key["algo"])),
                max(1, int(info.get("multisign") or 1)),
                factors,
            )
        except (KeyError, TypeError, ValueError) as error:
            detail = f"credentials/info: {type(error).__name__} {error}"
            raise RemoteSigningRefused(service=self.host, detail=detail) from error

    def _ask(self, method: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """A call without effect, repeated with growing delays when the service does not answer."""
        delay = _FIRST_DELAY
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                return self._call(method, request)
            except _Refusal as refusal:
                raise RemoteSigningRefused(service=self.host, detail=refusal.told) from None
            except httpx.HTTPError as error:
                if last:
                    raise self._unavailable(error) from None
            time.sleep(delay)
            delay *= 2
        raise AssertionError("unreachable")

    def _call(
        self, method: str, request: Mapping[str, Any], seconds: float | None = None
    ) -> dict[str, Any]:
        """One request, with a new access token when the old one is no longer accepted."""
        for last in (False, True):
            headers = {"Authorization": self._tokens.bearer()}
            timeout = httpx.USE_CLIENT_DEFAULT if seconds is None else httpx.Timeout(seconds)
            answer = self._http.post(
                f"{self._url}/{method}", json=dict(request), headers=headers, timeout=timeout
            )
            if answer.status_code != 401 or last:
                break
            self._tokens.forget()
        try:
            content = answer.json() if answer.content else {}
        except ValueError:
            content = {}
        if answer.status_code >= 500 or answer.status_code == 429:
            raise httpx.HTTPStatusError(
                f"HTTP {answer.status_code}", request=answer.request, response=answer
            )
        if answer.status_code >= 400 or not isinstance(content, dict):
            known = content if isinstance(content, dict) else {}
            error = str(known.get("error") or f"HTTP {answer.status_code}")
            raise _Refusal(error, str(known.get("error_description") or ""))
        return content

    def _unavailable(self, error: httpx.HTTPError) -> RemoteSigningUnavailable:
        told = str(error) if isinstance(error, httpx.HTTPStatusError) else type(error).__name__
        return RemoteSigningUnavailable(service=self.host, detail=told)


class _Refusal(Exception):
    """An error message of the service (10.1 / 10.1)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.told = f"{error}: {description}" if description else error


def http_client(timeout: float, ca_file: Path | None) -> httpx.Client:
    """TLS 1.2 or newer (TT 15/2025/TT-BKHCN), the system's authorities or one's own.

    Raises:
        KeyUnavailable: the file of authorities cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        raise KeyUnavailable(key=str(ca_file), detail=str(error)) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return httpx.Client(timeout=timeout, verify=context, follow_redirects=False, trust_env=True)
