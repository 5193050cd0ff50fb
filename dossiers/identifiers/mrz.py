"""Machine-readable zone of the identity card: TD1, three lines of thirty (ICAO Doc 9303-5)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Self

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.personal import PersonalNumber

_WIDTH = 30
_TO_DIGIT = str.maketrans("OQDILSBGZ", "000115862")


def check_digit(text: str) -> int:
    """Weights 7, 3, 1 (ICAO Doc 9303-3, 4.9)."""
    total = 0
    for index, character in enumerate(text):
        if character.isdigit():
            value = int(character)
        elif character == "<":
            value = 0
        else:
            value = ord(character) - 55
        total += value * (7, 3, 1)[index % 3]
    return total % 10


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the zone says; every check digit agreed. ``name`` is without diacritics."""

    number: PersonalNumber
    birth_date: dt.date
    sex: str
    expires_on: dt.date | None
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read three lines; blanks are dropped and look-alikes mended where figures must stand.

        Raises:
            InvalidIdentifier: other shape, or a check digit does not agree.
        """
        lines = [re.sub(r"\s", "", line).upper().replace("«", "<<") for line in text.splitlines()]
        lines = [line for line in lines if line]
        if len(lines) != 3 or not lines[0].startswith("IDVNM"):
            raise _invalid(text, "not three lines that start with IDVNM")
        first, second = (line.ljust(_WIDTH, "<")[:_WIDTH] for line in lines[:2])
        first = (
            first[:5]
            + first[5:27].translate(_TO_DIGIT)
            + first[27:29]
            + first[29].translate(_TO_DIGIT)
        )
        second = (
            second[:7].translate(_TO_DIGIT) + second[7] + second[8:15].translate(_TO_DIGIT)
            + second[15:29] + second[29].translate(_TO_DIGIT)
        )  # fmt: skip
        checks = (
            (first[5:14], first[14], "document number"),
            (first[15:29], first[29], "personal number"),
            (second[0:6], second[6], "birth date"),
            (second[8:14], second[14], "expiry date"),
            (first[5:30] + second[0:7] + second[8:15] + second[18:29], second[29], "composite"),
        )
        for content, digit, name in checks:
            if not digit.isdigit() or _outside(content) or check_digit(content) != int(digit):
                raise _invalid(text, f"check digit of the {name} does not agree")
        number = first[15:27]
        if not number.isdigit() or number[3:] != first[5:14]:
            raise _invalid(text, "personal number and document number disagree")
        personal = PersonalNumber(number)
        born = _birth(second[0:6], personal.birth_year, text)
        sex = {"M": "Nam", "F": "Nữ"}.get(second[7])
        if sex is None:
            raise _invalid(text, "sex is neither M nor F")
        name = " ".join(part for part in re.split(r"<+", lines[2]) if part)
        return cls(personal, born, sex, _expiry(second[8:14]), name)


def _outside(text: str) -> bool:
    return re.fullmatch(r"[A-Z0-9<]*", text, re.ASCII) is None


def _birth(digits: str, year: int, text: str) -> dt.date:
    try:
        return dt.date(year - year % 100 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError as error:
        raise _invalid(text, f"{digits} is no birth date") from error


def _expiry(digits: str) -> dt.date | None:
    """Cards of people over sixty never expire and hold fillers or a far date."""
    try:
        return dt.date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return None


def _invalid(text: str, detail: str) -> InvalidIdentifier:
    return InvalidIdentifier(kind="MRZ", value=text[:34], detail=detail)
