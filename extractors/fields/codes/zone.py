"""The machine-readable zone of identity cards (ICAO Doc 9303-5, TD1) among the lines of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.dates import format_short
from dossiers.identifiers.mrz import Mrz
from dossiers.reading import Box, Field, FieldSource
from extractors.fields.codes.merging import Coded, Named
from extractors.rows import Row

_LINE = re.compile(r"[A-Z0-9<«\s]{24,}", re.IGNORECASE)
# Five check digits agree: nearly as sure as a QR code. One figure put right by them is for a person
# unless print agrees: with two misread, a third reading may check too.
_CONFIDENCE, _MENDED = 0.97, 0.5


def mrz_fields(rows: Sequence[Row]) -> Coded | None:
    """What the zone says; ``None`` where there is none or its check digits do not agree.

    A name in the zone has no diacritics: it only confirms the printed one.
    """
    lines = [row for row in rows if "<" in row.text and _LINE.fullmatch(row.text)]
    for index in range(len(lines) - 2):
        three = lines[index : index + 3]
        try:
            zone = Mrz.parse("\n".join(row.text for row in three), mend=True)
        except InvalidIdentifier:
            continue
        return Coded("MRZ", _fields(zone, three), Named(zone.names, zone.name, _whole(three[2])))
    return None


def _fields(zone: Mrz, rows: Sequence[Row]) -> dict[str, Field]:
    reason = "read from the machine-readable zone, check digits agree"
    if zone.mended:
        reason += f" once {zone.mended} is put right"
    confidence = _MENDED if zone.mended else _CONFIDENCE
    box = Box.around(row.box for row in rows)
    days = {"birth_date": zone.birth_date, "expiry_date": zone.expires_on}
    said = {"personal_number": (str(zone.number), ""), "sex": (zone.sex, "")}
    said |= {name: (day.isoformat(), format_short(day)) for name, day in days.items() if day}
    return {
        name: Field(
            name, value, value, confidence, rows[0].page, box, FieldSource.CODE, (reason,), display
        )
        for name, (value, display) in said.items()
    }


def _whole(row: Row) -> bool:
    """Whether the name's line was read clean, so that another name in it means something."""
    text = row.text.replace(" ", "")
    return len(text) == 30 and re.fullmatch(r"[A-Z]+(<+[A-Z]+)+<+", text) is not None
