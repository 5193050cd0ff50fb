"""Real trust services on a free port: time stamps (RFC 3161), OCSP (RFC 6960) and CRLs (RFC 5280).

Each can be told to misbehave as real ones do: slow, down, rate-limited, wrong.
"""

from __future__ import annotations

import datetime as dt
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import algos, cms, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute

from tests.servers.certificates import Hierarchy, Holder

POLICY = "1.3.6.1.4.1.99999.1"
OTHER_POLICY = "1.3.6.1.4.1.99999.2"


@dataclass
class Tsa:
    """A time-stamp authority and how it behaves; tests change the fields while it runs.

    ``mode``: ``good``, or what goes wrong: ``wrong imprint``, ``wrong nonce``, ``wrong policy``,
    ``wrong signature``, ``untrusted``, ``refuses``, ``garbage``, ``endless``, ``hangs up``, or an
    HTTP status as ``http 429``. ``delay`` is in seconds; ``ahead`` moves its clock.
    """

    holder: Holder
    url: str
    mode: str = "good"
    delay: float = 0.0
    ahead: dt.timedelta = dt.timedelta(0)
    retry_after: str | None = None
    requests: int = 0


@dataclass
class TrustServices:
    """What runs, and what the status services say."""

    url: str
    hierarchy: Hierarchy
    tsas: dict[str, Tsa] = field(default_factory=dict)
    revoked: dict[int, dt.datetime] = field(default_factory=dict)
    status_down: bool = False
    status_requests: int = 0

    def tsa(self, name: str, *, days: tuple[float, float] = (-1, 3650), key: str = "p256") -> Tsa:
        """A new authority of this name, with a certificate valid for so many days from now."""
        usage = ExtendedKeyUsageOID.TIME_STAMPING
        holder = self.hierarchy.issue(f"Suite TSA {name}", usage=usage, days=days, key=key)
        self.tsas[name] = Tsa(holder, f"{self.url}/tsa/{name}")
        return self.tsas[name]

    def stranger(self) -> Holder:
        """A TSA's certificate from a root that nobody trusts."""
        usage = ExtendedKeyUsageOID.TIME_STAMPING
        return self.hierarchy.issue("Stranger TSA", usage=usage, issuer=self.hierarchy.stranger)

    def crl(self, name: str) -> bytes:
        issuer = self.hierarchy.root if name == "root" else self.hierarchy.issuing
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            # As real ones are: hours old.
            .last_update(now - dt.timedelta(hours=2))
            .next_update(now + dt.timedelta(days=7))
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        )
        for serial, moment in self.revoked.items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp(self, body: bytes) -> bytes:
        request = ocsp.load_der_ocsp_request(body)
        revoked = self.revoked.get(request.serial_number)
        now = dt.datetime.now(dt.UTC)
        responder = self.hierarchy.responder
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                request.issuer_name_hash,
                request.issuer_key_hash,
                request.serial_number,
                request.hash_algorithm,
                ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
                now - dt.timedelta(seconds=2),
                now + dt.timedelta(days=7),
                revoked,
                x509.ReasonFlags.key_compromise if revoked else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
            .certificates([responder.certificate])
        )
        for extension in request.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(responder.key, hashes.SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


class _Refusal(core.Sequence):  # type: ignore[misc]
    """A response without a token, which asn1crypto's own type does not allow."""

    _fields = [("status", tsp.PKIStatusInfo)]  # noqa: RUF012


def token(services: TrustServices, tsa: Tsa, request: tsp.TimeStampReq) -> bytes:
    """The answer of a TSA, right or wrong as it was told."""
    if tsa.mode == "refuses":
        info = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {"bad_alg"}})
        return bytes(_Refusal({"status": info}).dump())
    holder = services.stranger() if tsa.mode == "untrusted" else tsa.holder
    certificate = holder.asn1
    imprint = request["message_imprint"].copy()
    if tsa.mode == "wrong imprint":
        imprint["hashed_message"] = bytes(len(imprint["hashed_message"].native))
    info = {
        "version": "v1",
        "policy": OTHER_POLICY if tsa.mode == "wrong policy" else POLICY,
        "message_imprint": imprint,
        "serial_number": secrets.randbits(63),
        "gen_time": dt.datetime.now(dt.UTC).replace(microsecond=0) + tsa.ahead,
    }
    if request["nonce"].native is not None:
        info["nonce"] = request["nonce"].native + (tsa.mode == "wrong nonce")
    content = tsp.TSTInfo(info).dump()
    attributes = cms.CMSAttributes(
        [
            simple_cms_attribute("content_type", "tst_info"),
            simple_cms_attribute("message_digest", _sha256(content)),
            simple_cms_attribute(
                "signing_certificate_v2", as_signing_certificate_v2(certificate, "sha256")
            ),
        ]
    )
    signature, algorithm = _signature(holder, attributes.dump())
    if tsa.mode == "wrong signature":
        signature, _ = _signature(holder, b"something else")
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                    {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                )
            }
        ),
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": algorithm}),
        "signed_attrs": attributes,
        "signature": signature,
    }
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": cms.ParsableOctetString(content),
            },
            "certificates": [certificate, services.hierarchy.issuing.asn1],
            "signer_infos": [signer],
        }
    )
    wrapped = cms.ContentInfo({"content_type": "signed_data", "content": signed})
    granted = tsp.PKIStatusInfo({"status": "granted"})
    answer = tsp.TimeStampResp({"status": granted, "time_stamp_token": wrapped})
    return bytes(answer.dump())


def _sha256(content: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    return digest.finalize()


def _signature(holder: Holder, content: bytes) -> tuple[bytes, str]:
    if isinstance(holder.key, rsa.RSAPrivateKey):
        return holder.key.sign(content, padding.PKCS1v15(), hashes.SHA256()), "sha256_rsa"
    assert isinstance(holder.key, ec.EllipticCurvePrivateKey)
    return holder.key.sign(content, ec.ECDSA(hashes.SHA256())), "sha256_ecdsa"


class _Handler(BaseHTTPRequestHandler):
    services: TrustServices

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args

    def do_GET(self) -> None:
        self.services.status_requests += 1
        if self.services.status_down or not self.path.startswith("/crl/"):
            self.send_error(503 if self.services.status_down else 404)
            return
        name = self.path.removeprefix("/crl/").removesuffix(".crl")
        self._answer(self.services.crl(name), "application/pkix-crl")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/ocsp":
            self.services.status_requests += 1
            if self.services.status_down:
                self.send_error(503)
                return
            self._answer(self.services.ocsp(body), "application/ocsp-response")
            return
        self._stamp(self.services.tsas[self.path.removeprefix("/tsa/")], body)

    def _stamp(self, tsa: Tsa, body: bytes) -> None:
        tsa.requests += 1
        time.sleep(tsa.delay)
        if tsa.mode == "hangs up":
            self.close_connection = True
            return
        if tsa.mode.startswith("http "):
            self.send_response(int(tsa.mode.removeprefix("http ")))
            if tsa.retry_after:
                self.send_header("Retry-After", tsa.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if tsa.mode == "endless":
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            for _ in range(4096):
                self.wfile.write(bytes(4096))
            return
        answer = b"<html>" if tsa.mode == "garbage" else None
        if answer is None:
            answer = token(self.services, tsa, tsp.TimeStampReq.load(body))
        self._answer(answer, "application/timestamp-reply")

    def _answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what the tests want to see; other faults are the suite's own."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def trust_services() -> Iterator[TrustServices]:
    """Running services; gone afterwards."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    url = f"http://127.0.0.1:{server.server_port}"
    services = handler.services = TrustServices(url, Hierarchy(url))  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield services
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
