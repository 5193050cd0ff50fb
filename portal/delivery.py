"""Sending a stored copy: whole or in part, checkable, never held in memory (RFC 9110, RFC 9530)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from dossiers.dossier import ElectronicCopy
from storage.objects import ObjectStore

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """A range of bytes: first position and length."""

    start: int
    length: int


class Unsatisfiable(Exception):
    """The range lies outside the file."""


def part_of(header: str | None, size: int) -> Part | None:
    """The one range asked for; ``None`` for the whole file.

    Several ranges, other units and malformed headers are passed over, as RFC 9110, 14.2 allows.

    Raises:
        Unsatisfiable: a well-formed range that touches no byte.
    """
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise Unsatisfiable
        return Part(size - length, length)
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Part(start, end - start + 1)


def deliver(request: Request, store: ObjectStore, copy: ElectronicCopy, name: str) -> Response:
    """The response for a copy: 200, 206, 304 or 416."""
    tag = f'"{copy.sha256}"'
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(copy.sha256)).decode()}:",
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}",
    }
    if _matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    wanted = request.headers.get("range")
    if request.headers.get("if-range") not in (None, tag):
        wanted = None
    try:
        part = part_of(wanted, copy.size)
    except Unsatisfiable:
        headers["Content-Range"] = f"bytes */{copy.size}"
        return Response(status_code=416, headers=headers)
    status = 200
    if part is not None:
        status = 206
        end = part.start + part.length - 1
        headers["Content-Range"] = f"bytes {part.start}-{end}/{copy.size}"
    whole = part or Part(0, copy.size)
    headers["Content-Length"] = str(whole.length)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type="application/pdf")
    body = store.open(copy.key, whole.start, whole.length)
    return StreamingResponse(
        body, status_code=status, headers=headers, media_type="application/pdf"
    )


def _matches(header: str | None, tag: str) -> bool:
    if header is None:
        return False
    return header.strip() == "*" or tag in [
        part.strip().removeprefix("W/") for part in header.split(",")
    ]
