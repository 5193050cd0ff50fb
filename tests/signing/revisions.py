"""Incremental updates written byte by byte, as an attacker would: no library that keeps the rules."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

Objects = Mapping[int, bytes]


def last_xref(content: bytes) -> int:
    return int(re.findall(rb"startxref\s+(\d+)", content)[-1])


def objects_of(content: bytes) -> dict[int, tuple[int, bytes]]:
    """Number to (offset, body) of each object, newest version; enough for files of our own making."""
    found: dict[int, tuple[int, bytes]] = {}
    for match in re.finditer(rb"(?<![0-9])(\d+) 0 obj\b(.*?)\bendobj", content, re.DOTALL):
        found[int(match[1])] = (match.start(), match[2].strip())
    return found


def number_of(content: bytes, pattern: bytes) -> int:
    """The object whose newest body has the pattern."""
    for number, (_, body) in objects_of(content).items():
        if re.search(pattern, body, re.DOTALL):
            return number
    raise LookupError(pattern)


def root_of(content: bytes) -> int:
    return int(re.findall(rb"/Root\s+(\d+) 0 R", content)[-1])


def append(
    content: bytes,
    objects: Objects,
    *,
    root: int | None = None,
    offsets: Mapping[int, int] | None = None,
    free: tuple[int, ...] = (),
    generation: int = 0,
    listed_as: int | None = None,
    mark: bytes = b"n",
    listing: bool = True,
    pointer: int = 0,
    prev: int | None = None,
    trailer: bytes = b"",
) -> bytes:
    """The content with a classic revision: these bodies, a table, a trailer.

    ``offsets`` are entries that point anywhere, ``free`` objects are declared free. The entries may
    name another generation (``listed_as``) or an unknown ``mark``, or there are none (``listing``);
    the ``pointer`` to the table may be off.
    """
    out = BytesIO()
    out.write(content)
    if not content.endswith(b"\n"):
        out.write(b"\n")
    places = dict(offsets or {})
    for number, body in objects.items():
        places[number] = out.tell()
        out.write(b"%d %d obj\n%s\nendobj\n" % (number, generation, body))
    start = out.tell()
    out.write(b"xref\n")
    if not listing:
        out.write(b"0 0\n")
    for number in sorted({*places, *free}) if listing else ():
        out.write(b"%d 1\n" % number)
        if number in free:
            out.write(b"0000000000 00001 f \n")
        else:
            entry = generation if listed_as is None else listed_as
            out.write(b"%010d %05d %s \n" % (places[number], entry, mark))
    size = max([*objects_of(content), *places, *free]) + 1
    out.write(
        b"trailer\n<</Size %d/Root %d 0 R/Prev %d%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            root or root_of(content),
            last_xref(content) if prev is None else prev,
            trailer,
            start + pointer,
        )
    )
    return out.getvalue()


def append_streamed(
    content: bytes, objects: Objects, *, kind: int = 1, generation: int = 0, dictionary: bytes = b""
) -> bytes:
    """The same with a cross-reference stream whose entries have this type and generation."""
    out = BytesIO()
    out.write(content if content.endswith(b"\n") else content + b"\n")
    entries: dict[int, bytes] = {}
    for number, body in objects.items():
        entries[number] = (
            bytes([kind]) + out.tell().to_bytes(4, "big") + generation.to_bytes(3, "big")
        )
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start, table = out.tell(), max([*objects_of(content), *objects]) + 1
    entries[table] = b"\1" + start.to_bytes(4, "big") + b"\0\0\0"
    numbers = b" ".join(b"%d 1" % number for number in sorted(entries))
    data = b"".join(entries[number] for number in sorted(entries))
    if b"Filter" in dictionary or b"Gilter" in dictionary:
        data = zlib.compress(data)
    out.write(
        b"%d 0 obj\n<</Type/XRef/W[1 4 3]/Index[%s]/Size %d/Root %d 0 R/Prev %d/Length %d%s>>stream\n"
        % (table, numbers, table + 1, root_of(content), last_xref(content), len(data), dictionary)
    )
    out.write(data + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def append_compressed(
    content: bytes, objects: Objects, *, listed_as: Mapping[int, int] | None = None
) -> bytes:
    """The same with an object stream and a cross-reference stream (ISO 32000-1, 7.5.7, 7.5.8).

    Objects may be listed under other numbers (``listed_as``), or not at all (as -1).
    """
    renamed = listed_as or {}
    stream, table = max(objects_of(content)) + 1, max(objects_of(content)) + 2
    index, bodies = b"", b""
    for number, body in objects.items():
        index += b"%d %d " % (number, len(bodies))
        bodies += body + b" "
    packed = zlib.compress(index + bodies)
    out = BytesIO()
    out.write(content if content.endswith(b"\n") else content + b"\n")
    at = out.tell()
    out.write(
        b"%d 0 obj\n<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>stream\n"
        % (stream, len(objects), len(index), len(packed))
    )
    out.write(packed + b"\nendstream\nendobj\n")
    start = out.tell()
    entries = {stream: b"\1" + at.to_bytes(4, "big") + b"\0\0"}
    entries[table] = b"\1" + start.to_bytes(4, "big") + b"\0\0"
    for place, number in enumerate(objects):
        if (listed := renamed.get(number, number)) < 0:
            continue
        entries[listed] = b"\2" + stream.to_bytes(4, "big") + place.to_bytes(2, "big")
    numbers = b" ".join(b"%d 1" % number for number in sorted(entries))
    data = b"".join(entries[number] for number in sorted(entries))
    out.write(
        b"%d 0 obj\n<</Type/XRef/W[1 4 2]/Index[%s]/Size %d/Root %d 0 R/Prev %d/Length %d>>stream\n"
        % (table, numbers, table + 1, root_of(content), last_xref(content), len(data))
    )
    out.write(data + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def updated(content: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """The content after a change through pyHanko's writer."""
    writer = IncrementalPdfFileWriter(BytesIO(content))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
