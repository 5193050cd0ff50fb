"""The QR code of identity cards: seven fields, on cards since July 2024 followed by more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.card_qr import CardQr
from dossiers.identifiers.dates import format_short
from dossiers.reading import Field, FieldSource, Mark, PageReading
from extractors.fields.codes.merging import Coded

# A QR code corrects its own errors.
CONFIDENCE = 0.99
# The longest payloads of cards since 2024 are of some three hundred characters.
_LONGEST = 1000


def cards_of(pages: Sequence[PageReading]) -> Iterator[tuple[CardQr, Mark]]:
    """The identity card codes on the pages."""
    for page in pages:
        for mark in page.marks:
            if len(mark.text) > _LONGEST:
                continue
            try:
                yield CardQr.parse(mark.text), mark
            except InvalidIdentifier:
                continue


def card_of(pages: Sequence[PageReading]) -> tuple[CardQr, Mark] | None:
    """The first identity card code on the pages."""
    return next(cards_of(pages), None)


def qr_fields(pages: Sequence[PageReading]) -> Coded | None:
    """The fields of an identity card from its QR code; codes of two cards give none."""
    found = {str(card.number): (card, mark) for card, mark in cards_of(pages)}
    if len(found) != 1:
        return None
    card, mark = next(iter(found.values()))
    texts = {
        "personal_number": str(card.number),
        "full_name": card.name.upper(),  # as the card prints it
        "sex": card.sex,
        "residence": card.address,
        "old_number": card.old_number or "",
    }
    days = {"birth_date": card.birth_date, "issue_date": card.issued_on}
    said = {name: (text, "") for name, text in texts.items() if text}
    said |= {name: (day.isoformat(), format_short(day)) for name, day in days.items()}
    reason = ("read from the QR code of the card",)
    fields = {
        name: Field(
            name, value, value, CONFIDENCE, mark.page, mark.box, FieldSource.CODE, reason, display
        )
        for name, (value, display) in said.items()
    }
    return Coded("QR code", fields)
