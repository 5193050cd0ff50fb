"""A real time-stamping authority (RFC 3161 over HTTP, section 3.4) on loopback, with real keys.

It can be told what time it is, to be silent, to refuse, and to stamp something else.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import tsp
from cryptography.hazmat.primitives import serialization

from signing.evidence.test_authority import Made, make


class Tsa:
    """One authority: its root, its clock (``None`` is now), its mood, and how often it was asked."""

    def __init__(self, made: Made, url: str = "") -> None:
        self.made, self.url = made, url
        self.at: dt.datetime | None = None
        self.mood = "good"
        self.asked = 0

    def root(self, folder: Path) -> Path:
        """The root certificate as a PEM file in ``folder``."""
        path = folder / f"root-{self.made.root.serial_number:x}.pem"
        path.write_bytes(self.made.root.public_bytes(serialization.Encoding.PEM))
        return path

    def answer(self, request: bytes) -> bytes:
        self.asked += 1
        parsed = tsp.TimeStampReq.load(request)
        if self.mood == "refuse":
            status = {"status": "rejection", "fail_info": {"system_failure"}}
            return bytes(tsp.TimeStampResp({"status": status}).dump())
        if self.mood == "other hash":
            size = len(parsed["message_imprint"]["hashed_message"].native)
            parsed["message_imprint"]["hashed_message"] = bytes(size)
        response = self.made.client(self.at).request_tsa_response(parsed)
        return bytes(response.dump())


@contextmanager
def serving(made: Made | None = None) -> Iterator[Tsa]:
    tsa = Tsa(made or make("Suite Time Stamping Authority"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            if tsa.mood == "dead":
                self.connection.close()
                return
            body = tsa.answer(request)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tsa.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield tsa
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
