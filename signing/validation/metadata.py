"""Metadata after signing: dates and the writing program may change, nothing else.

PyHanko lets any update exchange /Info and the XMP stream; a title or a dossier's code in them would
then stand under a signature that never saw it.
"""

from __future__ import annotations

from io import BytesIO
from typing import cast

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import (
    DictionaryObject,
    IndirectObject,
    PdfObject,
    StreamObject,
)
from pyhanko.pdf_utils.metadata.xmp_xml import parse_xmp
from pyhanko.pdf_utils.reader import PdfFileReader

# What every program that saves a file renews (ISO 16684-1, 8.4 and 8.6).
_RENEWED = frozenset(
    {"CreatorTool", "History", "InstanceID", "MetadataDate", "ModDate", "ModifyDate", "Producer"}
)


def metadata_changed(reader: PdfFileReader, revision: int) -> str:
    """Names of the properties that differ between a revision and the newest; empty if none do."""
    newest = reader.xrefs.total_revisions - 1
    changed = set[str]()
    for properties in (_info, _xmp):
        old, new = properties(reader, revision), properties(reader, newest)
        names = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        changed |= {name.rpartition(" ")[2] for name in names}
    return ", ".join(sorted(changed - _RENEWED))


def _info(reader: PdfFileReader, revision: int) -> dict[str, object]:
    info = _entry(reader, reader.trailer.flatten(revision), "/Info", revision)
    if not isinstance(info, DictionaryObject):
        return {}
    return {str(key).lstrip("/"): str(value) for key, value in info.items()}


def _xmp(reader: PdfFileReader, revision: int) -> dict[str, object]:
    """All values by namespace and name; a stream that cannot be read counts as its bytes."""
    root = _entry(reader, reader.trailer.flatten(revision), "/Root", revision)
    if not isinstance(root, DictionaryObject):
        return {}
    stream = _entry(reader, root, "/Metadata", revision)
    if not isinstance(stream, StreamObject):
        return {}
    data = stream.read_data(DecodePurpose.XMP_METADATA)
    try:
        parsed = [item for description in parse_xmp(BytesIO(data)) for item in description]
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"Metadata": data}
    found: dict[str, list[object]] = {}
    for name, value in parsed:
        found.setdefault(f"{name.ns} {name.local_name}", []).append(value)
    return dict(found)


def _entry(
    reader: PdfFileReader, holder: DictionaryObject, key: str, revision: int
) -> PdfObject | None:
    """The value of a key as of a revision."""
    if key not in holder:
        return None
    value = holder.raw_get(key)
    if isinstance(value, IndirectObject):
        value = reader.get_object(value.reference, revision=revision)
    return cast("PdfObject", value)
