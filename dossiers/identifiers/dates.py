"""Dates in figures and in words (Vietnamese), as papers print them."""

from __future__ import annotations

import datetime as dt
import re

from dossiers.errors import InvalidIdentifier
from dossiers.text import fold

_LONG = re.compile(r"ngay\s*(\d{1,2})\s*thang\s*(\d{1,2})\s*nam\s*(\d{4})")
_SHORT = re.compile(r"(?<!\d)(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})(?!\d)")
_IN_WORDS = re.compile(
    r"(?:ngay\s+)?(?:mong\s+|mung\s+)?(.+?)\s+thang\s+(.+?)\s+nam\s+((?:hai|mot)\s+(?:nghin|ngan)\b.*)"
)
_UNITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5,
    "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def parse_date(text: str) -> dt.date:
    """The first date in figures: ``ngày 05 tháng 3 năm 2024``, ``5/3/2024``, ``05.03.2024``.

    Raises:
        InvalidIdentifier: none there, or none that a calendar has.
    """
    folded = fold(text)
    match = _LONG.search(folded) or _SHORT.search(folded)
    if match is None:
        raise _invalid(text, "không phải ngày tháng năm / no date")
    day, month, year = map(int, match.groups())
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise _invalid(text, "ngày không có trong lịch / not in the calendar") from error


def parse_date_words(text: str) -> dt.date:
    """A date in words: ``Ngày mười lăm tháng ba năm hai nghìn không trăm hai mươi tư``.

    Diacritics may be lost; mồng, mùng, tư, lăm, nhăm, mốt, linh, lẻ, ngàn are understood.

    Raises:
        InvalidIdentifier: not understood, or none that a calendar has.
    """
    folded = re.sub(r"[^a-z ]", " ", fold(text))
    words = " ".join(folded.split())
    # A label may stand before the date, on the same line.
    tail = words.rpartition("ngay ")[2]
    match = _IN_WORDS.search(tail if " thang " in tail else words)
    if match is None:
        raise _invalid(text, "không phải ngày bằng chữ / no date in words")
    day = _small(match[1].split(), text)
    month = 12 if match[2].split()[:2] == ["chap"] else _small(match[2].split(), text)
    year = _large(match[3].split(), text)
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise _invalid(text, "ngày không có trong lịch / not in the calendar") from error


def date_in_words(day: dt.date) -> str:
    """The inverse: ``Ngày mười lăm tháng ba năm hai nghìn không trăm hai mươi tư``."""
    return f"Ngày {_say(day.day)} tháng {_say(day.month)} năm {_say_year(day.year)}"


def format_long(day: dt.date) -> str:
    """``ngày 05 tháng 3 năm 2024``: a zero before days under 10 and months 1, 2 (NĐ 30/2020)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def _small(words: list[str], text: str) -> int:
    """A number under 100."""
    words = [word for word in words if word not in ("linh", "le", "mong", "mung")]
    if len(words) == 1 and words[0] in _UNITS:
        return _UNITS[words[0]]
    if words and words[0] == "muoi" and len(words) <= 2:
        return 10 + (_UNITS.get(words[1], -100) if len(words) == 2 else 0)
    if len(words) in (2, 3) and words[0] in _UNITS and (len(words) == 3) <= (words[1] == "muoi"):
        tens = _UNITS[words[0]] * 10
        unit = words[-1] if words[-1] != "muoi" else "khong"
        if unit in _UNITS:
            return tens + _UNITS[unit]
    raise _invalid(text, f"“{' '.join(words)}”?")


def _large(words: list[str], text: str) -> int:
    thousands = _UNITS[words[0]] * 1000
    rest = words[2:]
    hundreds = 0
    if len(rest) >= 2 and rest[1] == "tram":
        if rest[0] not in _UNITS:
            raise _invalid(text, f"“{rest[0]}”?")
        hundreds, rest = _UNITS[rest[0]] * 100, rest[2:]
    # What follows the year on the same line is not part of it.
    for length in range(min(4, len(rest)), 0, -1):
        try:
            return thousands + hundreds + _small(rest[:length], text)
        except InvalidIdentifier:
            continue
    return thousands + hundreds


def _say(number: int) -> str:
    tens, unit = divmod(number, 10)
    if tens == 0:
        return _WORDS[unit]
    head = "mười" if tens == 1 else f"{_WORDS[tens]} mươi"
    if unit == 0:
        return head
    tail = (
        "mốt"
        if unit == 1 and tens > 1
        else "tư"
        if unit == 4 and tens > 1
        else "lăm"
        if unit == 5
        else _WORDS[unit]
    )
    return f"{head} {tail}"


def _say_year(year: int) -> str:
    thousands, rest = divmod(year, 1000)
    hundreds, rest = divmod(rest, 100)
    said = f"{_WORDS[thousands]} nghìn {_WORDS[hundreds]} trăm"
    if rest == 0:
        return said
    return f"{said} linh {_WORDS[rest]}" if rest < 10 else f"{said} {_say(rest)}"


def _invalid(text: str, detail: str) -> InvalidIdentifier:
    return InvalidIdentifier(kind="Ngày tháng", value=text, detail=detail)
