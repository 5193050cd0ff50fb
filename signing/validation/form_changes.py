"""What a later revision may do to the form: new signature fields that hold a signature, and no more.

PyHanko lets an update add any signature field, signed or not, whatever its widget paints, runs or has
beside it, and change the form's defaults. An empty field over the page, a script in a field of no size,
a visible time stamp of anybody's, or ``/NeedAppearances`` and a white ``/DA`` under other fields then
change what is seen below a signature that is called valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import cast

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.fields import enumerate_sig_fields

# Of a signature field and its widget (ISO 32000-2, tables 166, 192, 226, 235). Nothing that acts.
_PLAIN = frozenset(
    {
        "/AP", "/AS", "/BS", "/Border", "/DA", "/DR", "/F", "/FT", "/Ff", "/H", "/Kids", "/Lock", "/M",
        "/MK", "/NM", "/P", "/Parent", "/Rect", "/SV", "/StructParent", "/Subtype", "/T", "/TM", "/TU",
        "/Type", "/V",
    }
)  # fmt: skip
# What the appearance of every other field rests on, though no field changes (ISO 32000-2, 12.7.3).
_DEFAULTS = ("/NeedAppearances", "/DA", "/Q")
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class SignedFields:
    """Names of the fields whose value was read as a signature, and of those that are time stamps."""

    all: AbstractSet[str]
    stamps: AbstractSet[str]


def form_fault(reader: PdfFileReader, revision: int, signed: SignedFields) -> str | None:
    """The field or form entry that changed after a revision as none may; None if none did."""
    before = reader.get_historical_resolver(revision)
    earlier = {str(name): value for name, value, _ in enumerate_sig_fields(before)}
    for name, _, reference in enumerate_sig_fields(reader):
        known = str(name) in earlier
        if known and earlier[str(name)] is not None:
            continue  # signed by then: the comparison of revisions holds it
        if str(name) not in signed.all:
            if known:
                continue  # prepared and still empty
            return f"{name}: /V"
        field = reference.get_object()
        widgets = list(_widgets(field))
        if not known and (acting := _acting(field, widgets)):
            return f"{name}: {acting}"
        # A time stamp says when, not who: it has nothing to show.
        if str(name) in signed.stamps and any(_seen(widget) for widget in widgets):
            return f"{name}: /Rect"
    return _defaults_fault(reader, before)


def _widgets(field: generic.DictionaryObject) -> Iterator[generic.DictionaryObject]:
    """The field itself, or its widgets (ISO 32000-2, 12.7.4.1)."""
    kids = _value(field, "/Kids")
    if not isinstance(kids, generic.ArrayObject):
        yield field
        return
    for kid in kids:
        yield kid.get_object()


def _acting(field: generic.DictionaryObject, widgets: list[generic.DictionaryObject]) -> str | None:
    """What a new field has that a signature does not need: an action, a second widget."""
    if len(widgets) != 1 or "/Kids" in widgets[0]:
        return "/Kids"
    holder: generic.PdfObject | None = field
    holders = [widgets[0]]
    while isinstance(holder, generic.DictionaryObject) and len(holders) < _DEEPEST:
        holders.append(holder)
        holder = _value(holder, "/Parent")
    foreign = {str(key) for one in holders for key in one} - _PLAIN
    return min(foreign, default=None)


def _seen(widget: generic.DictionaryObject) -> bool:
    """Whether a widget takes up any room on its page."""
    box = _value(widget, "/Rect")
    if not isinstance(box, generic.ArrayObject):
        return "/AP" in widget
    left, bottom, right, top = (float(number) for number in box)
    return left != right or bottom != top


def _defaults_fault(reader: PdfFileReader, before: HistoricalResolver) -> str | None:
    old, new = _form(before), _form(reader)
    changed = [key for key in _DEFAULTS if _value(old, key) != _value(new, key)]
    # Signatures bring their own appearance; signing programs set defaults that nothing uses.
    if changed and any(_others(_value(old, "/Fields"), None, 0)):
        return changed[0]
    return None


def _form(handler: PdfHandler) -> generic.DictionaryObject:
    form = _value(handler.root, "/AcroForm")
    return form if isinstance(form, generic.DictionaryObject) else generic.DictionaryObject()


def _others(fields: object, kind: object, depth: int) -> Iterator[generic.DictionaryObject]:
    """Fields that are no signatures."""
    if not isinstance(fields, generic.ArrayObject) or depth > _DEEPEST:
        return
    for item in fields:
        field = item.get_object()
        if not isinstance(field, generic.DictionaryObject):
            continue
        own = _value(field, "/FT") or kind
        if own is not None and own != "/Sig":
            yield field
        yield from _others(_value(field, "/Kids"), own, depth + 1)


def _value(holder: generic.DictionaryObject, key: str) -> generic.PdfObject | None:
    """A value with its reference followed; ``get`` would give the reference."""
    return cast("generic.PdfObject", holder[key]) if key in holder else None
