"""What the bytes of a signed file must look like before its cryptography means anything.

Signature wrapping, universal forgery and appended data all live on a difference between the bytes that
are hashed and the bytes that are shown (ISO 32000-2, 12.8.1: the range covers the whole file but for
the value of /Contents).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from asn1crypto import parser
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import XRefSectionType
from pyhanko.sign.fields import enumerate_sig_fields

# What may follow a cross-reference section: its trailer or the end of its stream object, comments, the
# pointer to it and the end mark (ISO 32000-1, 7.5.5).
_TAIL = re.compile(
    rb"\s*(?:<<(?:(?!\bobj\b|stream).)*>>|endobj)?(?>\s|%[^%\r\n][^\r\n]*)*+startxref\s+\d+\s+%%EOF[\s\0]*\Z",
    re.DOTALL,
)
_MOST_REVISIONS = 200
# A trailer dictionary is not longer.
_TAIL_LENGTH = 65_536


def byte_range_fault(data: bytes, byte_range: Sequence[int], contents: bytes) -> str | None:
    """The reason code of what is wrong with /ByteRange or /Contents, if anything is.

    Args:
        data: the whole file.
        byte_range: offsets and lengths, as in the signature dictionary.
        contents: the value of /Contents as read by the parser.
    """
    numbers = [int(number) for number in byte_range]
    if len(numbers) != 4 or numbers[0] != 0 or min(numbers) < 0:
        return "BYTE_RANGE"
    _, first, second, rest = numbers
    if not 0 < first < second or second + rest > len(data) or rest == 0:
        return "BYTE_RANGE"
    # The gap is the hexadecimal string and nothing else.
    gap = data[first:second]
    if len(gap) < 4 or gap[:1] != b"<" or gap[-1:] != b">":
        return "BYTE_RANGE"
    try:
        if binascii.unhexlify(gap[1:-1]) != contents:
            return "BYTE_RANGE"
    except binascii.Error:
        return "CONTENTS_TAMPERED"
    return _contents_fault(contents)


def _contents_fault(contents: bytes) -> str | None:
    """Zeros may pad the CMS structure (ISO 32000-2, 12.8.3.3.1), nothing else."""
    try:
        header, body, trailer = parser.parse(contents, strict=False)[3:6]
    except ValueError:
        return "SIGNATURE_UNREADABLE"
    used = len(header) + len(body) + len(trailer)
    return "CONTENTS_TAMPERED" if contents[used:].strip(b"\0") else None


def tail_fault(data: bytes, reader: PdfFileReader) -> str | None:
    """``APPENDED`` where bytes follow the newest cross-reference section that belong to no revision."""
    last = reader.xrefs.get_xref_container_info(reader.xrefs.total_revisions - 1)
    tail = data[last.end_location :]
    if len(tail) > _TAIL_LENGTH or not _TAIL.match(tail):
        return "APPENDED"
    return None


def removed_signatures(reader: PdfFileReader, held: AbstractSet[str]) -> list[str]:
    """Fields that held a signature in an earlier revision, and now hold none."""
    gone: set[str] = set()
    for revision in range(min(reader.xrefs.total_revisions - 1, _MOST_REVISIONS)):
        earlier = reader.get_historical_resolver(revision)
        try:
            names = {str(name) for name, value, _ in enumerate_sig_fields(earlier) if value}
        except (PdfError, KeyError, TypeError, AttributeError, AssertionError):
            # A revision that is no document of its own (the first part of a linearised file).
            continue
        gone |= names - held
    return sorted(gone)


def hybrid_after(reader: PdfFileReader, revision: int) -> bool:
    """Whether a revision later than this one brings a hybrid cross-reference (ISO 32000-1, 7.5.8.4).

    Word processors write hybrid files, so the signed part may be one; added later it lets one program
    show what another does not see.
    """
    hybrid = (XRefSectionType.HYBRID_MAIN, XRefSectionType.HYBRID_STREAM)
    return any(
        reader.xrefs.get_xref_container_info(later).xref_section_type in hybrid
        for later in range(revision + 1, reader.xrefs.total_revisions)
    )
