"""Which sides of an identity card a page shows, and whose card it is.

The side with the portrait has the name and the birth date under bilingual labels; the other has the
machine-readable zone (ICAO Doc 9303-5) and, by the layout, fingerprints or the place of residence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.mrz import check_digit
from dossiers.identifiers.personal import PersonalNumber
from dossiers.parts import CardSide
from dossiers.reading import PageReading
from extractors.fields.codes import card_of
from extractors.fields.codes.zone import mrz_fields
from extractors.rows import Row

# Labels printed on one side only, folded; both layouts (2021, 2024).
_FRONT = (
    "citizen identity card", "identity card", "can cuoc cong dan", "can cuoc",
    "socialist republic of viet nam", "full name", "nationality",
)  # fmt: skip
_BACK = (
    "left index finger", "right index finger", "ngon tro trai", "ngon tro phai",
    "dac diem nhan dang / personal identification", "place of birth registration",
    "ministry of public security", "director general of the police department", "idvnm",
)  # fmt: skip
_LIKE = 88.0
_ENOUGH = 2
# The first line of the zone alone, where another is read badly: number, check digit, number again.
_MRZ_FIRST = re.compile(r"^idvnm(\d{9})(\d)(\d{12})")
_TWELVE = re.compile(r"(?<!\d)\d{12}(?!\d)")


@dataclass(frozen=True, slots=True)
class CardSight:
    """Sides seen on a page, and the personal number printed or coded on it, if it was read."""

    sides: frozenset[CardSide]
    number: str | None

    @property
    def whole(self) -> bool:
        """Whether both sides are there."""
        return len(self.sides) == len(CardSide)


def card_sight(page: PageReading, rows: Sequence[Row]) -> CardSight | None:
    """What a page shows of an identity card, or ``None`` if it is no card's."""
    zone = mrz_fields(rows)
    lines = [row.folded for row in rows]
    sides = set()
    if _count(_FRONT, lines) >= _ENOUGH:
        sides.add(CardSide.FRONT)
    if zone or _count(_BACK, lines) >= _ENOUGH:
        sides.add(CardSide.BACK)
    if not sides:
        return None
    coded = card_of([page])
    number = str(coded[0].number) if coded else None
    if number is None and zone and "personal_number" in zone.fields:
        number = zone.fields["personal_number"].value
    return CardSight(frozenset(sides), number or _printed(lines))


def _count(phrases: Sequence[str], lines: Sequence[str]) -> int:
    return sum(
        any(
            len(line) >= len(phrase) - 2 and fuzz.partial_ratio(phrase, line, score_cutoff=_LIKE)
            for line in lines
        )
        for phrase in phrases
    )


def _printed(lines: Sequence[str]) -> str | None:
    for line in lines:
        zone = _MRZ_FIRST.search(line.replace(" ", ""))
        # Its last nine figures are the document's number: said twice, and checked.
        if zone and zone[3].endswith(zone[1]) and check_digit(zone[1]) == int(zone[2]):
            return zone[3]
        for digits in _TWELVE.findall(line):
            try:
                return str(PersonalNumber.parse(digits))
            except InvalidIdentifier:
                continue
    return None
