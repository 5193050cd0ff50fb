"""Dates in figures, in words (Vietnamese) and mixed, as papers print them."""

from __future__ import annotations

import datetime as dt
import re

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.number_words import is_number_word, number_in_words, parse_number_words
from dossiers.text import fold

# What stands between the parts of a form: blanks and leader dots.
_GAP = r"[\s.…_:,]*"
_FIGURES = r"(\d[\doOlI]?|[oOlI]\d)"
_YEAR = r"([12][\doOlI]{3})(?![\w])"
# Cards say the day in two languages: ``ngày/date 16 tháng/month 02 năm/year 2023``.
_LONG = re.compile(
    rf"(?:ng[aà]y(?:/date)?{_GAP}|^{_GAP}){_FIGURES}{_GAP}"
    rf"th[aá]ng(?:[/ ]{{0,2}}[a-z]{{4,5}})?{_GAP}{_FIGURES}{_GAP}"
    rf"n[aă]m(?:[/ ]{{0,2}}[a-z]{{4}})?{_GAP}{_YEAR}"
)
_SHORT = re.compile(rf"(?<![\d/]){_FIGURES}\s*([/.\-–])\s*{_FIGURES}\s*\2\s*{_YEAR}")
_ISO = re.compile(r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_SHORT_YEAR = re.compile(
    r"(?<![\d/])\d{1,2}\s*([/.\-–])\s*\d{1,2}\s*\1\s*\d{2}(?!\d)"
    r"|thang[\s.…]*\d{1,2}[\s.…]*nam[\s.…]*\d{2}(?!\d)"
)
_UNFILLED = re.compile(r"ngay[\s.…_]*(?:\d{1,2}[\s.…_]*)?thang[\s.…_]*(?:\d{1,2}[\s.…_]*)?nam\b")
# A stroke before a single figure of the day is what is left of another.
_MARRED = re.compile(r"ngay\s*[/\\|]\s*\d(?!\d)")
_CONFUSED = str.maketrans("oOlI", "0011")

_MIXED = re.compile(r"ngay\s+(?:mong\s+|mung\s+)?(.+?)\s+thang\s+(.+?)\s+nam\s+(.+)")
_WORDS = re.compile(
    r"(?:mong\s+|mung\s+)?(.+?)\s+thang\s+(.+?)\s+nam\s+((?:hai|mot)\s+(?:nghin|ngan)\b.*)"
)
_YEAR_FIRST = re.compile(
    r"nam\s+((?:hai|mot)\s+(?:nghin|ngan)\b.*?|\d{4})\s+thang\s+(.+?)\s+ngay\s+(?:mong\s+|mung\s+)?(.+)"
)
_LONGEST, _MOST_STARTS = 160, 50
_NAMED_MONTHS = {"gieng": 1, "chap": 12}


def parse_date(text: str) -> dt.date:
    """The first date: ``ngày 05 tháng 3 năm 2024``, ``5/3/2024``, ``05.03.2024``, ``2024-03-05``.

    Figures and words may be mixed (``ngày 5 tháng ba năm 2024``). Years of two figures are refused:
    a register holds people of two centuries.

    Raises:
        InvalidIdentifier: none there, not filled in, or none that a calendar has.
    """
    bare = _without_tones(text)
    if match := _LONG.search(bare):
        return _day(text, *match.groups())
    if match := _SHORT.search(bare):
        return _day(text, match[1], match[3], match[4])
    if match := _ISO.search(bare):
        return _day(text, *reversed(match.groups()))
    folded = fold(text)
    if _MARRED.search(folded):
        raise _invalid(text, "ngày chưa đọc được hết / a figure of the day was not read")
    if _SHORT_YEAR.search(folded):
        raise _invalid(text, "năm chỉ có hai chữ số / the year has two digits")
    try:
        return parse_date_words(text)
    except InvalidIdentifier:
        # Not before: in "tháng năm năm 2000" the month is there.
        if _UNFILLED.search(folded):
            detail = "chưa điền đủ ngày, tháng / day or month is not filled in"
            raise _invalid(text, detail) from None
        raise


def parse_date_words(text: str) -> dt.date:
    """A date in words: ``Ngày mười lăm tháng ba năm hai nghìn không trăm hai mươi tư``.

    Diacritics may be lost; mồng, mùng, tư, lăm, nhăm, mốt, linh, lẻ, ngàn, giêng, chạp are
    understood, figures among the words, and the year first (``năm … tháng … ngày …``).

    Raises:
        InvalidIdentifier: not understood, or none that a calendar has.
    """
    words = " ".join(re.sub(r"[^a-z0-9 ]", " ", fold(text)).split())
    # A label may stand before the date, on the same line.
    for start in _starts(words):
        if match := _YEAR_FIRST.match(start):
            (year, month, day), day_is_last = match.groups(), True
        elif match := _MIXED.match(start) or _WORDS.match(start):
            (day, month, year), day_is_last = match.groups(), False
        else:
            continue
        try:
            # Parts before the last are bounded by their names; behind the last, text may go on.
            parts = (
                _number(day, text, open_end=day_is_last),
                _month(month, text),
                _number(year, text, open_end=not day_is_last),
            )
        except InvalidIdentifier:
            continue
        return _of_calendar(text, *parts)
    raise _invalid(text, "không phải ngày tháng năm / no date")


def date_in_words(day: dt.date) -> str:
    """The inverse: ``Ngày mười lăm tháng ba năm hai nghìn không trăm hai mươi tư``."""
    month = "tư" if day.month == 4 else number_in_words(day.month)
    return f"Ngày {number_in_words(day.day)} tháng {month} năm {_say_year(day.year)}"


def format_long(day: dt.date) -> str:
    """``ngày 05 tháng 3 năm 2024``: a zero before days under 10 and months 1, 2 (NĐ 30/2020)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def format_short(day: dt.date) -> str:
    """``05/03/2024``."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def _without_tones(text: str) -> str:
    """Folded, but with the case of what may be a figure misread."""
    return "".join(c if c in "OI" else fold(c) or " " for c in text)


def _starts(words: str) -> list[str]:
    """Where a date may begin: at each ``ngày`` or ``năm``, and at the beginning, in this order."""
    places = [match.start() for match in re.finditer(r"\bngay\b|\bnam (?=hai|mot|\d{4})", words)]
    # No date is longer; of hostile lines, no more is looked at.
    return [words[place : place + _LONGEST] for place in [*places[:_MOST_STARTS], 0]]


def _month(words: str, text: str) -> int:
    return _NAMED_MONTHS.get(words) or _number(words, text, open_end=False)


def _number(words: str, text: str, *, open_end: bool) -> int:
    """The number these words are; with an open end, the longest that begins here."""
    parts = words.split()
    for length in range(min(9, len(parts)), 0, -1) if open_end else (len(parts),):
        if length == 1 and parts[0].isdigit():
            return int(parts[0])
        try:
            number = parse_number_words(" ".join(parts[:length]), clipped=True)
        except InvalidIdentifier:
            continue
        if length < len(parts) and _like_number(parts[length]):
            break  # a number goes on that was not understood: a part of it is another
        return number
    raise _invalid(text, f"“{words}”?")


def _like_number(word: str) -> bool:
    """Whether a word is one of a number, or was before a letter of it was misread."""
    return is_number_word(word) or any(
        len(known) == len(word) > 2 and sum(a != b for a, b in zip(known, word, strict=True)) == 1
        for known in (
            "khong",
            "muoi",
            "tram",
            "linh",
            "bay",
            "sau",
            "tam",
            "chin",
            "mot",
            "hai",
            "bon",
        )
    )


def _day(text: str, day: str, month: str, year: str) -> dt.date:
    return _of_calendar(text, *(int(part.translate(_CONFUSED)) for part in (day, month, year)))


def _of_calendar(text: str, day: int, month: int, year: int) -> dt.date:
    if year < 1000:
        raise _invalid(text, "năm không hợp lý / not a year of a paper")
    try:
        return dt.date(year, month, day)
    except (ValueError, OverflowError) as error:
        raise _invalid(text, "ngày không có trong lịch / not in the calendar") from error


def _say_year(year: int) -> str:
    """As spoken: the hundreds are said even where they are nought."""
    said = number_in_words(year)
    if year % 1000 == 0:
        return f"{said} không trăm"
    return said


def _invalid(text: str, detail: str) -> InvalidIdentifier:
    return InvalidIdentifier(kind="Ngày tháng", value=text, detail=detail)
