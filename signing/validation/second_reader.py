"""A second parser's view of what was added: qpdf's, by another author and with other habits."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from io import BytesIO

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

_ROOTS = ("/Root", "/Info", "/Encrypt")


class SecondReader:
    """Compares objects of one file as pyHanko and qpdf read them; qpdf opens it when first asked."""

    def __init__(self, data: bytes, reader: PdfFileReader) -> None:
        self._data, self._reader = data, reader

    def difference(self, revision: int) -> str | None:
        """What the two read differently in the newest objects of a revision, in English; else None."""
        xrefs, newest = self._reader.xrefs, self._reader.xrefs.total_revisions - 1
        if revision == newest and (fault := self._trailer_difference()):
            return fault
        # Encrypted strings and streams are opened on different occasions; their shape is compared.
        sealed = self._reader.encrypted
        for reference in xrefs.explicit_refs_in_revision(revision):
            if xrefs.get_last_change(reference) != revision or reference in xrefs.xref_stream_refs:
                continue
            name = (reference.idnum, reference.generation)
            here, there = xrefs[reference] is not None, name in self._listed
            if here != there:
                return f"programs differ on whether object {reference.idnum} is there"
            if not here:
                continue
            ours = self._reader.get_object(reference)
            if not _same(ours, self._pdf.get_object(name), sealed=sealed):
                return f"programs read object {reference.idnum} differently"
        return None

    def _trailer_difference(self) -> str | None:
        for key in _ROOTS:
            ours = self._reader.trailer.raw_get(key) if key in self._reader.trailer else None
            theirs = self._pdf.trailer.get(key)
            if _reference(ours) != _reference(theirs):
                return f"programs read {key} of the trailer differently"
        return None

    @cached_property
    def _listed(self) -> frozenset[tuple[int, int]]:
        """Numbers and generations in qpdf's table, which it writes out anew each time it is asked."""
        return frozenset(self._pdf.get_xref_table())

    @cached_property
    def _pdf(self) -> pikepdf.Pdf:
        return pikepdf.open(BytesIO(self._data), suppress_warnings=True)


def _reference(value: object) -> tuple[int, int] | None:
    """Number and generation of the object that a value of either parser refers to, if it does."""
    if isinstance(value, generic.IndirectObject):
        return value.idnum, value.generation
    if isinstance(value, pikepdf.Object) and value.is_indirect:
        return value.objgen
    return None


def _same(ours: object, theirs: object, *, sealed: bool, top: bool = True) -> bool:
    """Whether the two values are one; references are compared, not followed."""
    if isinstance(ours, generic.IndirectObject):
        if there := _reference(theirs):
            return _reference(ours) == there
        # qpdf gives a number or null behind a reference at once.
        ours = ours.get_object()
    elif _reference(theirs) and not top:
        return False
    if ours is None or isinstance(ours, generic.NullObject):
        return theirs is None
    if isinstance(ours, generic.BooleanObject):
        return theirs is bool(ours.value)
    if isinstance(ours, generic.NumberObject | generic.FloatObject):
        number = isinstance(theirs, int | Decimal) and not isinstance(theirs, bool)
        return number and Decimal(str(ours)) == Decimal(theirs)  # type: ignore[arg-type]
    if not isinstance(theirs, pikepdf.Object):
        return False
    if isinstance(ours, generic.NameObject):
        return isinstance(theirs, pikepdf.Name) and _text(_unescaped(theirs)) == str(ours)
    if isinstance(ours, generic.TextStringObject | generic.ByteStringObject):
        raw = ours.original_bytes
        return isinstance(theirs, pikepdf.String) and (sealed or bytes(theirs) == raw)
    if isinstance(ours, generic.ArrayObject):
        if not isinstance(theirs, pikepdf.Array) or len(theirs) != len(ours):
            return False
        pairs = zip((ours.raw_get(n) for n in range(len(ours))), theirs, strict=True)
        return all(_same(a, b, sealed=sealed, top=False) for a, b in pairs)
    if isinstance(ours, generic.StreamObject):
        if not isinstance(theirs, pikepdf.Stream):
            return False
        if not sealed and theirs.read_raw_bytes() != ours.encoded_data:
            return False
    elif not isinstance(ours, generic.DictionaryObject) or isinstance(theirs, pikepdf.Stream):
        return False
    return _same_entries(ours, theirs, sealed=sealed)


def _same_entries(ours: generic.DictionaryObject, theirs: pikepdf.Object, *, sealed: bool) -> bool:
    """An entry that is null is none (ISO 32000-2, 7.3.7)."""
    if not isinstance(theirs, pikepdf.Dictionary | pikepdf.Stream):
        return False
    entries = list(theirs.items())
    others = {_text(key.encode(errors="surrogateescape")): value for key, value in entries}
    for name in {str(key) for key in ours}.union(others):
        a = ours.raw_get(name) if name in ours else None
        if not _same(a, others.get(name), sealed=sealed, top=False):
            return False
    return len(others) == len(entries)


def _unescaped(name: pikepdf.Object) -> bytes:
    """The bytes of a name, which need not be UTF-8 (ISO 32000-2, 7.3.5)."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode()), name.unparse())


def _text(name: bytes) -> str:
    """A name as pyHanko gives it."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1")
