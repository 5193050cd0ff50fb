"""Whether what was added after a signature reads the same to every program.

The comparison of revisions sees a file as one parser does. A later revision whose cross-reference
section that parser reads mildly (unknown entry types, a misspelt filter, an entry twice, a pointer that
is off by some bytes) adds nothing to it, while a viewer that repairs the file shows the added bodies; a
dictionary that gives a key twice has one value here and another there. So additions are held to the
letter: each section is read strictly, lists each body exactly where it is, and there are no others; and
a second parser (qpdf) must read the same values. What the signer's own program wrote is not: it was
signed as it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from io import BytesIO
from typing import cast

import pikepdf
from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.pdf_utils.xref import (
    ObjStreamRef,
    XRefEntry,
    XRefSectionMetaInfo,
    XRefSectionType,
    XRefType,
    parse_xref_stream,
    parse_xref_table,
    read_object_header,
)

from signing.validation.second_reader import SecondReader

_BLANK = b"\0\t\n\f\r "
_HEADER = re.compile(rb"[\s\0]*(\d{1,10})[\s\0]+(\d{1,5})[\s\0]*obj(?![A-Za-z])")
_TABLE = re.compile(rb"[\s\0]*xref")
_END = re.compile(rb"(?>[\s\0]|%[^\r\n]*[\r\n])*+endobj")
_KEYWORD = re.compile(rb"(?<![A-Za-z])obj(?![A-Za-z])|startxref")
# How far before ``obj`` its numbers are looked for when comments stand between them.
_NEAR = 1024
_HIGHEST_GENERATION = 65_535
# Whatever a strict parser makes of bytes that are not what they should be.
_UNREADABLE = (
    misc.PdfError,
    pikepdf.PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    struct.error,
)


class _Strictly(PdfHandler):
    """Makes pyHanko's parser strict about one object, whatever its reader forgives elsewhere."""

    strict = True

    def __init__(self, reader: PdfFileReader) -> None:
        self._reader = reader

    def get_object(
        self, ref: generic.Reference, as_metadata_stream: bool = False
    ) -> generic.PdfObject:
        found: generic.PdfObject = self._reader.get_object(
            ref, as_metadata_stream=as_metadata_stream
        )
        return found


class Additions:
    """The revisions of a file after the first, each looked at once."""

    def __init__(self, data: bytes, reader: PdfFileReader) -> None:
        self._data, self._reader = data, reader
        self._second = SecondReader(data, reader)
        self._seen: dict[int, str | None] = {}

    def fault_after(self, revision: int) -> str | None:
        """What is wrong, in English, with the first later revision that has a fault; else None."""
        for later in range(revision + 1, self._reader.xrefs.total_revisions):
            if later not in self._seen:
                self._seen[later] = self._fault(later)
            if fault := self._seen[later]:
                return f"revision {later + 1}: {fault}"
        return None

    def _fault(self, revision: int) -> str | None:
        try:
            return _structure_fault(self._data, self._reader, revision) or self._second.difference(
                revision
            )
        except _UNREADABLE as error:
            return f"{type(error).__name__}: {error}"[:200]


def _structure_fault(data: bytes, reader: PdfFileReader, revision: int) -> str | None:
    section = reader.xrefs.get_xref_container_info(revision)
    since = reader.xrefs.get_xref_container_info(revision - 1).end_location
    start, end = section.start_location, section.end_location
    if not since <= start <= end:
        return "its cross-reference section stands before the revision"
    if not _points_at_section(data, section):
        return "the pointer to its cross-reference section is wrong"
    entries = _entries(data, reader, section)
    if len({entry.idnum for entry in entries}) != len(entries):
        return "its cross-reference section lists an object twice"
    listed, bodies = set[int](), dict[int, generic.PdfObject]()
    if header := _HEADER.match(data, start):  # a cross-reference stream is an object itself
        listed.add(header.end() - 3)
    for entry in entries:
        name = f"object {entry.idnum} {entry.generation}"
        if entry.xref_type is not XRefType.FREE and (
            not entry.idnum or entry.generation > _HIGHEST_GENERATION
        ):
            return f"{name} cannot exist"
        if entry.xref_type is not XRefType.STANDARD:
            continue
        place = cast("int", entry.location)
        reference = generic.Reference(entry.idnum, entry.generation)
        if not since <= place <= start:
            # Some programs list again what they leave as it is.
            if reader.xrefs.get_historical_ref(reference, revision - 1) == place:
                continue
            return f"{name} is not in the revision that lists it"
        header = _HEADER.match(data, place)
        if header is None or (int(header[1]), int(header[2])) != (entry.idnum, entry.generation):
            return f"{name} is not where it is listed"
        listed.add(header.end() - 3)
        if place != start:
            bodies[entry.idnum] = _body(data, reader, reference, header.end())
    return _packing_fault(reader, revision, entries, bodies) or _unlisted(data, since, end, listed)


def _points_at_section(data: bytes, section: XRefSectionMetaInfo) -> bool:
    """``startxref`` or ``/Prev`` names the very byte, white space aside (ISO 32000-2, 7.5.5)."""
    if section.xref_section_type is XRefSectionType.STREAM:
        found = _HEADER.match(data, section.declared_startxref)
        return found is not None and found.start(1) == section.start_location
    found = _TABLE.match(data, section.declared_startxref)
    return found is not None and section.start_location - found.end() in (0, 1)


def _entries(data: bytes, reader: PdfFileReader, section: XRefSectionMetaInfo) -> list[XRefEntry]:
    """All entries, with the trailer's dictionary read as well.

    Raises:
        PdfError, ValueError, and what else a parser raises: the section is not as it must be.
    """
    stream, strictly = BytesIO(data), _Strictly(reader)
    stream.seek(section.start_location)
    if section.xref_section_type is not XRefSectionType.STREAM:
        entries = list(parse_xref_table(stream, strict=True))
        generic.DictionaryObject.read_from_stream(stream, generic.TrailerReference(strictly))
        return entries
    number, generation = read_object_header(stream, strict=True)
    table = generic.StreamObject.read_from_stream(
        stream, generic.Reference(number, generation, pdf=strictly)
    )
    entries = list(parse_xref_stream(table, strict=True))
    counts = list(table.get("/Index", [0, table.get("/Size")]))[1::2]
    if len(entries) != sum(int(count) for count in counts):
        raise misc.PdfReadError("the cross-reference stream has entries of unknown types")
    return entries


def _body(
    data: bytes, reader: PdfFileReader, reference: generic.Reference, at: int
) -> generic.PdfObject:
    """One object's body, read strictly to its ``endobj``.

    Raises:
        PdfError, ValueError, and what else a parser raises: it is not as it must be.
    """
    stream = BytesIO(data)
    stream.seek(at)
    misc.skip_over_whitespace(stream)
    misc.skip_over_comments(stream)
    holder = generic.Reference(reference.idnum, reference.generation, pdf=_Strictly(reader))
    found: generic.PdfObject = generic.read_object(stream, holder)
    if not _END.match(data, stream.tell()):
        raise misc.PdfReadError(f"object {reference.idnum} does not end as it must")
    return found


def _packing_fault(
    reader: PdfFileReader,
    revision: int,
    entries: Sequence[XRefEntry],
    bodies: Mapping[int, generic.PdfObject],
) -> str | None:
    """Object streams hold what is listed as theirs, one for one (ISO 32000-2, 7.5.7).

    Some viewers take all objects of a stream that they open for any one.
    """
    packed = dict[int, dict[int, int]]()
    for entry in entries:
        if isinstance(entry.location, ObjStreamRef):
            if entry.location.obj_stream_id not in bodies:
                reference = generic.Reference(entry.idnum, 0)
                if reader.xrefs.get_historical_ref(reference, revision - 1) == entry.location:
                    continue
                return f"object {entry.idnum} is not in the revision that lists it"
            of_stream = packed.setdefault(entry.location.obj_stream_id, {})
            of_stream[entry.location.ix_in_stream] = entry.idnum
    for number, body in bodies.items():
        if not isinstance(body, generic.StreamObject):
            if number in packed:
                return f"the object stream {number} is none"
            continue
        if number not in packed and ("/Type" not in body or body["/Type"] != "/ObjStm"):
            continue
        count, first = int(body["/N"]), int(body["/First"])
        head = body.read_data(DecodePurpose.OBJECT_STREAM)[:first].split()
        listed = packed.get(number, {})
        if [int(n) for n in head[::2]] != [listed.get(n) for n in range(count)]:
            return f"the object stream {number} holds what is not listed"
        if len(listed) != count or len(head) != 2 * count:
            return f"the object stream {number} does not hold what is listed"
    return None


def _unlisted(data: bytes, since: int, end: int, listed: AbstractSet[int]) -> str | None:
    """Bodies that no entry names, or the end of a revision that is none."""
    pointers = 0
    for found in _KEYWORD.finditer(data, since, end):
        if found[0] == b"startxref":
            pointers += 1
        elif found.start() not in listed and _follows_numbers(data, found.start()):
            return f"an object at byte {found.start()} is not listed"
    # The one that closes the revision before.
    return None if pointers == 1 else "it holds another revision that is passed over"


def _follows_numbers(data: bytes, at: int) -> bool:
    """Whether a program that searches for objects may take ``obj`` there for one's header."""
    before = data[max(0, at - _NEAR) : at]
    last = before.rstrip(_BLANK)
    if last[-1:].isdigit():
        return True
    line = last[max(last.rfind(b"\n"), last.rfind(b"\r")) + 1 :]
    return len(last) < len(before) and b"%" in line
