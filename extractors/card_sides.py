"""Which sides of a card a page shows, which card it is, and whose.

Identity cards (2021, 2024), the old identity card and the driving licence: each side is known by
what is printed on it alone, identity cards also by QR code and zone (ICAO Doc 9303-5).
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

IDENTITY_CARD = "identity_card"


@dataclass(frozen=True, slots=True)
class _Face:
    """What one side of a card shows: at least one ``title``, and two phrases in all; folded.

    A title is a line of its own, a ``label`` may stand anywhere in one.
    """

    card: str
    side: CardSide
    titles: tuple[str, ...]
    labels: tuple[str, ...]


_FACES = (
    _Face(
        IDENTITY_CARD, CardSide.FRONT,
        ("can cuoc cong dan", "can cuoc", "citizen identity card", "identity card"),
        ("socialist republic of viet nam", "full name", "date of birth", "nationality"),
    ),
    _Face(
        IDENTITY_CARD, CardSide.BACK,
        ("left index finger", "right index finger", "ministry of public security",
         "dac diem nhan dang / personal identification:"),
        ("personal identification", "place of birth registration", "date of expiry", "idvnm",
         "director general of the police department"),
    ),
    _Face(
        "old_identity_card", CardSide.FRONT,
        ("giay chung minh nhan dan",), ("noi dkhk thuong tru", "nguyen quan:", "sinh ngay:"),
    ),
    _Face(
        "old_identity_card", CardSide.BACK,
        ("dau vet rieng va di hinh",), ("ngon tro trai", "ngon tro phai", "giam doc ca"),
    ),
    _Face(
        "driving_licence", CardSide.FRONT,
        ("giay phep lai xe/ driver's license", "giay phep lai xe", "driver's license"),
        ("hang/class:", "co gia tri den/expires", "noi cu tru/address"),
    ),
    _Face(
        "driving_licence", CardSide.BACK,
        ("classification of motor vehicles", "cac loai xe co gioi duong bo duoc dieu khien"),
        ("loai xe/vehicle", "ngay trung tuyen"),
    ),
)  # fmt: skip
_LIKE = 88.0
_ENOUGH = 2
# The first line of the zone alone, where another is read badly: number, check digit, number again.
_MRZ_FIRST = re.compile(r"^idvnm(\d{9})(\d)(\d{12})")
_TWELVE = re.compile(r"(?<!\d)\d{12}(?!\d)")


@dataclass(frozen=True, slots=True)
class CardSight:
    """Sides of a card seen on a page, and the personal number on it, if it was read.

    ``card`` is the code of its type.
    """

    card: str
    sides: frozenset[CardSide]
    number: str | None


def card_sight(page: PageReading, rows: Sequence[Row]) -> CardSight | None:
    """What a page shows of a card, or ``None`` if it is no card's."""
    lines = [row.folded.strip(" .:") for row in rows]
    zone = mrz_fields(rows)
    seen = [(hits, face) for face in _FACES if (hits := _hits(face, lines))]
    if zone:
        seen.append((len(_FACES), _FACES[1]))
    if not seen:
        return None
    card = max(seen, key=lambda item: item[0])[1].card
    sides = frozenset(face.side for _, face in seen if face.card == card)
    coded = card_of([page])
    number = str(coded[0].number) if coded else None
    if number is None and zone and "personal_number" in zone.fields:
        number = zone.fields["personal_number"].value
    return CardSight(card, sides, number or _printed(lines))


def _hits(face: _Face, lines: Sequence[str]) -> int:
    """How many of its phrases stand there; none where they are not enough."""
    titles = sum(
        any(fuzz.ratio(title, line, score_cutoff=_LIKE) for line in lines) for title in face.titles
    )
    labels = sum(
        any(
            len(line) >= len(label) - 2 and fuzz.partial_ratio(label, line, score_cutoff=_LIKE)
            for line in lines
        )
        for label in face.labels
    )
    return titles + labels if titles and titles + labels >= _ENOUGH else 0


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
