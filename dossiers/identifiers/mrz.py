"""Machine-readable zone of the identity card: TD1, three lines of thirty (ICAO Doc 9303-5)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.personal import PersonalNumber
from dossiers.text import fold

_WIDTH = 30
_TO_DIGIT = str.maketrans("OQDILSBGZ", "000115862")
# Fillers, and what recognisers make of a row of them.
_FILLERS = r"[<«‹KC(\s]*"
_FIRST = re.compile(rf"(IDVNM[A-Z0-9]{{22}}){_FILLERS}([A-Z0-9])")
_SECOND = re.compile(rf"([A-Z0-9]{{15}}VNM){_FILLERS}([A-Z0-9])")
# Where figures must stand: document number, personal number, dates, each with its check digit.
_FIGURES = ((*range(5, 27), 29), (*range(7), *range(8, 15), 29))


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
class _Zone:
    """The two lines that hold figures, thirty characters each, and the name's line."""

    first: str
    second: str
    third: str

    def failed(self) -> list[str]:
        """The check digits that do not agree."""
        first, second = self.first, self.second
        checks = (
            (first[5:14], first[14], "document number"),
            (first[15:29], first[29], "personal number"),
            (second[0:6], second[6], "birth date"),
            (second[8:14], second[14], "expiry date"),
            (first[5:30] + second[0:7] + second[8:15] + second[18:29], second[29], "composite"),
        )
        return [
            name
            for content, digit, name in checks
            if not digit.isdigit() or _outside(content) or check_digit(content) != int(digit)
        ]

    def changed(self) -> Iterator[tuple[_Zone, str]]:
        """The zone with any one figure another, and which of its characters that is."""
        for line, places in enumerate(_FIGURES):
            text = (self.first, self.second)[line]
            for place in places:
                for digit in "0123456789":
                    if text[place] == digit:
                        continue
                    other = text[:place] + digit + text[place + 1 :]
                    zone = replace(self, **{("first", "second")[line]: other})
                    yield zone, f"line {line + 1}, character {place + 1}"


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the zone says. ``name`` is without diacritics and may be cut off at the line's end.

    ``mended`` tells which character was made to agree; every check digit does.
    """

    number: PersonalNumber
    birth_date: dt.date
    sex: str
    expires_on: dt.date | None
    name: str
    mended: str | None = None

    @classmethod
    def parse(cls, text: str, *, mend: bool = False) -> Self:
        """Read three lines; blanks are dropped and look-alikes mended where figures must stand.

        With ``mend``, one misread figure is put right where only one change makes all check digits
        agree and all that the zone says twice: the card's number is the end of the personal number,
        which also tells the birth year and the sex.

        Raises:
            InvalidIdentifier: other shape, or a check digit does not agree.
        """
        zone = _lines(text)
        failed = zone.failed()
        if not failed:
            return cls._of(zone, text)
        if mend:
            found = {}
            for other, place in zone.changed():
                if other.failed():
                    continue
                try:
                    read = cls._of(other, text)
                except InvalidIdentifier:
                    continue
                if read.plausible():
                    found[other] = replace(read, mended=place)
            if len(found) == 1:
                return next(iter(found.values()))
        raise _invalid(text, f"check digit of the {failed[0]} does not agree")

    @classmethod
    def _of(cls, zone: _Zone, text: str) -> Self:
        number = zone.first[15:27]
        if not number.isdigit() or number[3:] != zone.first[5:14]:
            raise _invalid(text, "personal number and document number disagree")
        personal = PersonalNumber(number)
        born = _birth(zone.second[0:6], personal.birth_year, text)
        sex = {"M": "Nam", "F": "Nữ"}.get(zone.second[7])
        if sex is None:
            raise _invalid(text, "sex is neither M nor F")
        name = " ".join(part for part in re.split(r"<+", zone.third) if part)
        return cls(personal, born, sex, _expiry(zone.second[8:14]), name)

    def plausible(self) -> bool:
        """Whether the personal number tells the same sex and year, and a province there is."""
        told = (self.number.sex, self.number.birth_year)
        return told == (self.sex, self.birth_date.year) and self.number.province is not None

    def names(self, printed: str) -> bool:
        """Whether a printed name is the one of the zone, which has no diacritics and may be cut."""
        wanted, said = fold(printed).split(), self.name.lower().split()
        if wanted == said:
            return True
        cut = sum(map(len, said)) + len(said) >= _WIDTH - 1
        return cut and " ".join(wanted).startswith(" ".join(said))


def _lines(text: str) -> _Zone:
    lines = [re.sub(r"\s", "", line).upper().replace("«", "<<") for line in text.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) != 3 or not lines[0].startswith("IDVNM"):
        raise _invalid(text, "not three lines that start with IDVNM")
    first, second = lines[:2]
    # Rows of fillers are of a known length and place: recognisers count them badly.
    if match := _FIRST.fullmatch(first):
        first = f"{match[1]}<<{match[2]}"
    if match := _SECOND.fullmatch(second):
        second = f"{match[1]}{'<' * 11}{match[2]}"
    first, second = (line.ljust(_WIDTH, "<")[:_WIDTH] for line in (first, second))
    first = f"{first[:5]}{first[5:27].translate(_TO_DIGIT)}<<{first[29].translate(_TO_DIGIT)}"
    second = (
        second[:7].translate(_TO_DIGIT) + second[7] + second[8:15].translate(_TO_DIGIT)
        + second[15:18] + "<" * 11 + second[29].translate(_TO_DIGIT)
    )  # fmt: skip
    return _Zone(first, second, lines[2])


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
