"""Identity cards: what QR code and MRZ say, as fields stronger than print."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.card_qr import CardQr
from dossiers.identifiers.mrz import Mrz
from dossiers.reading import Box, Field, FieldSource, Mark, PageReading
from extractors.rows import Row

_MRZ_LINE = re.compile(r"[A-Z0-9<«\s]{24,}", re.IGNORECASE)
# A QR code corrects its own errors; an MRZ that passes five check digits is nearly as sure.
_QR_CONFIDENCE = 0.99
_MRZ_CONFIDENCE = 0.97


def card_of(pages: Sequence[PageReading]) -> tuple[CardQr, Mark] | None:
    """The first identity card code on the pages."""
    for page in pages:
        for mark in page.marks:
            try:
                return CardQr.parse(mark.text), mark
            except InvalidIdentifier:
                continue
    return None


def qr_fields(card: CardQr, mark: Mark) -> dict[str, Field]:
    """The fields of an identity card from its QR code."""
    values = {
        "personal_number": str(card.number),
        "full_name": card.name,
        "birth_date": card.birth_date.isoformat(),
        "sex": card.sex,
        "residence": card.address,
        "issue_date": card.issued_on.isoformat(),
    }
    reason = ("read from the QR code of the card",)
    return {
        name: Field(
            name, value, value, _QR_CONFIDENCE, mark.page, mark.box, FieldSource.CODE, reason
        )
        for name, value in values.items()
        if value
    }


def mrz_fields(rows: Sequence[Row]) -> dict[str, Field]:
    """The fields of an identity card from its MRZ; the name has no diacritics and is left out."""
    lines = [row for row in rows if "<" in row.text and _MRZ_LINE.fullmatch(row.text)]
    for index in range(len(lines) - 2):
        three = lines[index : index + 3]
        try:
            zone = Mrz.parse("\n".join(row.text for row in three))
        except InvalidIdentifier:
            continue
        values: dict[str, str | None] = {
            "personal_number": str(zone.number),
            "birth_date": zone.birth_date.isoformat(),
            "sex": zone.sex,
            "expiry_date": _iso(zone.expires_on),
        }
        box = Box.around(row.box for row in three)
        reason = ("read from the machine-readable zone, check digits agree",)
        return {
            name: Field(
                name, value, value, _MRZ_CONFIDENCE, three[0].page, box, FieldSource.CODE, reason
            )
            for name, value in values.items()
            if value
        }
    return {}


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
