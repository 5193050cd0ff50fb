"""All that the codes on a paper say about its fields, strongest last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dossiers.reading import Field, FieldSource, Mark, PageReading, Symbology
from extractors.fields.codes.cards import qr_fields
from extractors.fields.codes.merging import Coded
from extractors.fields.codes.zone import mrz_fields
from extractors.fields.values import normalise
from extractors.patterns import compiled
from extractors.rows import Row
from extractors.types import DocumentType

_NAMES = {Symbology.QR: "QR code", Symbology.BARCODE: "barcode"}
# Reed-Solomon codes in a QR code correct errors; Code 128 has one check character.
_CONFIDENCE = {Symbology.QR: 0.99, Symbology.BARCODE: 0.98}
_VALID = 0.9
_LONGEST = 2000  # characters of a code that patterns are tried on


def coded(kind: DocumentType, pages: Sequence[PageReading], rows: Sequence[Row]) -> list[Coded]:
    """The sources there are: MRZ, then codes by the type's patterns, then the card's QR code."""
    found = list(_declared(kind, pages))
    if not kind.card:
        return found
    zone, card = mrz_fields(rows), qr_fields(pages)
    return [source for source in (zone, *found, card and _valid(kind, card)) if source]


def _valid(kind: DocumentType, card: Coded) -> Coded:
    """A card's code without what is no value of its field: anybody can print a QR code."""
    fields = {}
    for name, field in card.fields.items():
        declared = kind.field(name)
        if declared is None or normalise(declared, field.display or field.value).validity >= _VALID:
            fields[name] = field
    return replace(card, fields=fields)


def _declared(kind: DocumentType, pages: Sequence[PageReading]) -> Iterator[Coded]:
    for page in pages:
        for mark in page.marks:
            for source in kind.codes:
                if source.symbology is not mark.symbology:
                    continue
                match = compiled(source.pattern).fullmatch(mark.text.strip()[:_LONGEST])
                if match is None:
                    continue
                fields = _fields(kind, mark, match.groupdict())
                if fields:
                    yield Coded(_NAMES[mark.symbology], fields)
                break


def _fields(kind: DocumentType, mark: Mark, groups: Mapping[str, str | None]) -> dict[str, Field]:
    """The groups that are valid for their field's kind: anything else in a code is no evidence."""
    fields = {}
    for name, text in groups.items():
        field = kind.field(name)
        if field is None or not text:
            continue
        value = normalise(field, text)
        if value.validity < _VALID:
            continue
        fields[name] = Field(
            name, value.text, text, _CONFIDENCE[mark.symbology], mark.page, mark.box,
            FieldSource.CODE, (f"read from the {_NAMES[mark.symbology]}",), value.display,
        )  # fmt: skip
    return fields
