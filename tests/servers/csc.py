"""A remote signing service: CSC API 1.0.4.0 and 2.0.0.2, strictly, with a phone to approve on."""

from __future__ import annotations

import asyncio
import base64
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from tests.servers.certificates import Key, make_key
from tests.servers.postgresql import free_port
from tests.signing.issuing import Authority

CLIENT, SECRET, PIN = "sohoa", "bí mật của máy khách", "135790"
SHA256, SHA384 = "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2"
_HASHES = {SHA256: hashes.SHA256(), SHA384: hashes.SHA384()}
_ALGORITHMS = {
    "rsa": ["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11"],
    "ec": ["1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3"],
}


@dataclass(eq=False)
class Held:
    """A credential: key, certificate, and how its owner gives consent.

    ``otp`` is typed in, ``otp_sent`` by the service when it is told to; ``objects`` are further
    authentication objects (v2) that the owner answers elsewhere.
    """

    key: Key
    certificate: x509.Certificate
    pin: str | None = None
    phone: bool = True
    status: str = "valid"
    enabled: bool = True
    multisign: int = 50
    mode: str | None = None
    otp: str | None = None
    otp_sent: bool = False
    objects: tuple[dict[str, str], ...] = ()
    algorithms: list[str] | None = None


@dataclass
class Phone:
    """What the person does: approves after so many seconds, declines, or does nothing."""

    answer: Literal["approve", "decline", "nothing"] = "approve"
    seconds: float = 0.05


@dataclass
class CscServer:
    """The service, what it was asked, and what it may be told to do wrong."""

    authority: Authority
    port: int = 0
    credentials: dict[str, Held] = field(default_factory=dict)
    phone: Phone = field(default_factory=Phone)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refresh_token: str = "first-refresh-token"
    down: int = 0
    token_seconds: int = 3600
    raw_ecdsa: bool = False
    swapped: bool = False
    _sent: list[Held] = field(default_factory=list)
    _access: set[str] = field(default_factory=set)
    _sads: dict[str, set[str]] = field(default_factory=dict)
    _handles: dict[str, tuple[float, set[str]]] = field(default_factory=dict)

    def url(self, version: str) -> str:
        return f"http://127.0.0.1:{self.port}/csc/{version}"

    def add(self, id_: str, kind: str = "rsa2048", **options: Any) -> Held:
        key = make_key(kind)
        held = Held(key, self.authority.issue(key, f"Ký từ xa {id_}"), **options)
        self.credentials[id_] = held
        return held

    def asked(self, method: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == method]

    def revoke_access(self) -> None:
        """All access tokens end now."""
        self._access.clear()

    def reset(self) -> None:
        self.credentials.clear()
        self.calls.clear()
        self.phone = Phone()
        self.down, self.token_seconds = 0, 3600
        self.raw_ecdsa = self.swapped = False

    # --- what a request is answered with -----------------------------------------------------

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        given: dict[str, Any] = {"token_type": "Bearer", "expires_in": self.token_seconds}
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] != self.refresh_token:
                return 400, {"error": "invalid_grant"}
            self.refresh_token = given["refresh_token"] = secrets.token_urlsafe(16)
        elif form["grant_type"] != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        given["access_token"] = secrets.token_urlsafe(16)
        self._access.add(given["access_token"])
        return 200, given

    async def answer(
        self, version: str, method: str, bearer: str, request: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        if self.down > 0:
            self.down -= 1
            return 503, {}
        if bearer.removeprefix("Bearer ") not in self._access:
            return 401, {"error": "invalid_token"}
        self.calls.append((method, request))
        if method == "credentials/list":
            return 200, {"credentialIDs": list(self.credentials)}
        if method == "credentials/authorizeCheck" and version == "v2":
            return self._check(request["handle"])
        held = self.credentials.get(request.get("credentialID", ""))
        if held is None:
            return _bad("Invalid parameter credentialID")
        if method == "credentials/info":
            return 200, self._info(version, held)
        if method == ("credentials/sendOTP" if version == "v1" else "credentials/getChallenge"):
            return self._challenge(version, held, request)
        if method == "credentials/authorize":
            return await self._authorize(version, held, request)
        if method == "signatures/signHash":
            return self._sign(version, held, request)
        return 404, {"error": "not_found"}

    def _info(self, version: str, held: Held) -> dict[str, Any]:
        chain = (held.certificate, self.authority.issuing, self.authority.root)
        der = [c.public_bytes(serialization.Encoding.DER) for c in chain]
        kind = "rsa" if isinstance(held.key, rsa.RSAPrivateKey) else "ec"
        info: dict[str, Any] = {
            "key": {
                "status": "enabled" if held.enabled else "disabled",
                "algo": held.algorithms or _ALGORITHMS[kind],
                "len": 2048,
            },
            "cert": {
                "status": held.status,
                "certificates": [base64.b64encode(content).decode() for content in der],
            },
            "SCAL": "2",
            "multisign": held.multisign,
        }
        if version == "v1":
            usual = "explicit" if held.pin or held.otp else "implicit"
            info["authMode"] = held.mode or usual
            info["PIN"] = {"presence": "true" if held.pin else "false"}
            info["OTP"] = {
                "presence": "true" if held.otp else "false",
                "type": "online" if held.otp_sent else "offline",
                "label": "Mã SMS",
            }
        else:
            objects: list[dict[str, str]] = list(held.objects)
            if held.pin:
                objects.append({"type": "Password", "id": "PIN"})
            if held.otp:
                kind = "ChallengeResponse" if held.otp_sent else "Password"
                objects.append({"type": kind, "id": "OTP", "label": "Mã SMS"})
            info["auth"] = {"mode": held.mode or "explicit", "objects": objects}
        return info

    async def _authorize(
        self, version: str, held: Held, request: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        hashes_, allowed = ("hash", {"PIN", "OTP", "clientData"})
        if version == "v2":
            hashes_, allowed = "hashes", {"authData", "hashAlgorithmOID", "clientData"}
            if request.get("hashAlgorithmOID") not in _HASHES:
                return _bad("Invalid parameter hashAlgorithmOID")
        allowed |= {"credentialID", "numSignatures", "description", hashes_}
        if not set(request) <= allowed or not request.get(hashes_):
            return _bad(f"Unexpected parameters {sorted(set(request) - allowed)}")
        if request["numSignatures"] != len(request[hashes_]):
            return _bad("Invalid value for parameter numSignatures")
        if request["numSignatures"] > held.multisign:
            return _bad("Numbers of signatures is too high")
        given = request.get("PIN")
        if version == "v2":
            given = next(
                (a["value"] for a in request.get("authData", []) if a["id"] == "PIN"), None
            )
        if held.pin is not None and given != held.pin:
            error = "invalid_pin" if version == "v1" else "invalid_authentication_data"
            return 400, {"error": error, "error_description": "The PIN is invalid"}
        if held.otp is not None:
            typed = request.get("OTP")
            if version == "v2":
                data = {item["id"]: item.get("value") for item in request.get("authData", [])}
                typed = data.get("OTP")
            ready = not held.otp_sent or held in self._sent
            if not ready or typed != held.otp:
                error = "invalid_otp" if version == "v1" else "invalid_authentication_data"
                return 400, {"error": error, "error_description": "The OTP is invalid"}
            self._sent = [other for other in self._sent if other is not held]
        named = {item["id"] for item in request.get("authData", []) if "value" not in item}
        if named != {item["id"] for item in held.objects}:
            return 400, {"error": "invalid_authentication_data"}
        bound = set(request[hashes_])
        if not held.phone:
            return 200, self._sad(bound)
        if version == "v2":
            handle = secrets.token_urlsafe(12)
            self._handles[handle] = (time.monotonic() + self.phone.seconds, bound)
            return 202, {"handle": handle}
        await asyncio.sleep(60 if self.phone.answer == "nothing" else self.phone.seconds)
        if self.phone.answer == "decline":
            return 400, {"error": "access_denied", "error_description": "The user said no"}
        return 200, self._sad(bound)

    def _challenge(
        self, version: str, held: Held, request: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        if version == "v2" and request.get("authObjectID") != "OTP":
            return _bad("Invalid parameter authObjectID")
        if not held.otp_sent:
            return _bad("Nothing to send")
        self._sent.append(held)
        return (204, {}) if version == "v1" else (200, {"challenge": "Mã giao dịch 4711"})

    def _check(self, handle: str) -> tuple[int, dict[str, Any]]:
        if handle not in self._handles:
            return _bad("Invalid parameter handle")
        ready, bound = self._handles[handle]
        if self.phone.answer == "nothing" or time.monotonic() < ready:
            return 202, {"handle": handle}
        del self._handles[handle]
        if self.phone.answer == "decline":
            return 400, {"error": "access_denied"}
        return 200, self._sad(bound)

    def _sad(self, bound: set[str]) -> dict[str, Any]:
        sad = secrets.token_urlsafe(16)
        self._sads[sad] = bound
        return {"SAD": sad, "expiresIn": 120}

    def _sign(
        self, version: str, held: Held, request: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        names = {"v1": ("hash", "hashAlgo"), "v2": ("hashes", "hashAlgorithmOID")}[version]
        if set(request) != {"credentialID", "SAD", "signAlgo", *names}:
            return _bad(f"Unexpected parameters {sorted(request)}")
        bound = self._sads.pop(request["SAD"], None)  # good for one call
        if bound is None:
            return _bad("Invalid parameter SAD")
        given = request[names[0]]
        if set(given) != bound:
            return _bad("Hash is not authorized by the SAD")
        digest = utils.Prehashed(_HASHES[request[names[1]]])
        made = []
        for text in given:
            value = base64.b64decode(text)
            if isinstance(held.key, rsa.RSAPrivateKey):
                made.append(held.key.sign(value, padding.PKCS1v15(), digest))
                continue
            assert isinstance(held.key, ec.EllipticCurvePrivateKey)
            signature = held.key.sign(value, ec.ECDSA(digest))
            if self.raw_ecdsa:
                size = (held.key.curve.key_size + 7) // 8
                r, s = utils.decode_dss_signature(signature)
                signature = r.to_bytes(size, "big") + s.to_bytes(size, "big")
            made.append(signature)
        if self.swapped:
            made.reverse()
        return 200, {"signatures": [base64.b64encode(signature).decode() for signature in made]}


def _bad(description: str) -> tuple[int, dict[str, Any]]:
    return 400, {"error": "invalid_request", "error_description": description}


@contextmanager
def csc_server(authority: Authority) -> Iterator[CscServer]:
    """A running service on a free port."""
    service = CscServer(authority, free_port())
    app = FastAPI(openapi_url=None)

    @app.post("/csc/{version}/oauth2/token")
    async def token(version: str, request: Request) -> JSONResponse:
        from urllib.parse import parse_qsl

        status, content = service.token(dict(parse_qsl((await request.body()).decode())))
        return JSONResponse(content, status)

    @app.post("/csc/{version}/{room}/{method}")
    async def call(version: str, room: str, method: str, request: Request) -> Response:
        bearer = request.headers.get("authorization", "")
        status, content = await service.answer(
            version, f"{room}/{method}", bearer, await request.json()
        )
        return Response(status_code=204) if status == 204 else JSONResponse(content, status)

    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=service.port,
        log_level="critical",
        lifespan="off",
        timeout_graceful_shutdown=0,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.02)
    else:
        raise AssertionError("the CSC server did not start")
    try:
        yield service
    finally:
        server.should_exit = True
        thread.join()
