"""Dates, times of day, years."""

from __future__ import annotations

import datetime as dt
import re

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.dates import format_short, parse_date
from dossiers.text import fold
from extractors.fields.grammars.value import OTHERS, Value, at_most, doubtful, shown

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_YEAR_ALONE = re.compile(r"\D{0,8}((?:19|20)\d{2})\D{0,2}")
_MONTH_ALONE = re.compile(r"(?:thang\s*)?(\d{1,2})\s*(?:[/.\-]|nam)\s*((?:19|20)\d{2})")
_GLUED = re.compile(r"(?<!\d)(\d{2})[1lI|/]?(\d{2})[1lI|/]?((?:19|20)\d{2})(?!\d)")
_CLOCK = re.compile(
    r"(?<![\d/.:])(\d{1,2})\s*(?:gio|g|h|:)\s*(?:(\d{1,2})\s*(?:phut|ph|p\b|')?)?(?![\d/.])"
)
_LUNAR = re.compile(r"\bam lich\b|\blich am\b|\(\s*al\s*\)")
_ANY_DATE = re.compile(
    r"(?<![\d/])\d{1,2}\s?([/.\-–])\s?\d{1,2}\s?\1\s?[12]\d{3}(?!\d)"
    r"|(?:ngay[\s.…]{0,9})?\d{1,2}[\s.…]{0,9}thang[\s.…]{0,9}\d{1,2}[\s.…]{0,9}"
    r"nam[\s.…]{0,9}[12]\d{3}(?!\d)"
)
# Two days of one month: ``01-05/02/2024``, ``01 hoặc 02/03/2024``.
_DAYS = re.compile(
    r"(?<![\d/.\-–])\d{1,2}\s?(?:[\-–,]|va|den|hoac)\s?\d{1,2}\s?[/.]\s?\d{1,2}\s?[/.]\s?[12]\d{3}(?!\d)"
)
_AFTERNOON = re.compile(r"\b(?:chieu|toi)\b")


def date(raw: str) -> Value:
    """ISO 8601; a year alone, as for some births, stays a year and is told."""
    try:
        day = parse_date(raw)
    except InvalidIdentifier as error:
        return _slashes(raw) or _partial(raw) or doubtful(raw, 0.2, _english(error))
    return _alone(shown(day.isoformat(), format_short(day)), day, raw)


def _alone(value: Value, day: dt.date, raw: str) -> Value:
    """The value, doubtful where another day stands beside it or it is one of the lunar calendar."""
    folded = fold(raw)
    if _LUNAR.search(folded):
        return at_most(value, 0.5, "a date of the lunar calendar")
    if _DAYS.search(folded) or any(
        _day_of(found[0]) != day for found in _ANY_DATE.finditer(folded)
    ):
        return at_most(value, 0.6, OTHERS)
    return value


def _day_of(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except InvalidIdentifier:
        return None


def _slashes(raw: str) -> Value | None:
    """``27108/2029``, ``27082029``: a thin slash is read as a one or not at all."""
    match = _GLUED.fullmatch(raw.strip(" .:,;"))
    if match is None:
        return None
    try:
        day = parse_date("/".join(match.groups()))
    except InvalidIdentifier:
        return None
    return shown(day.isoformat(), format_short(day), 0.7, "its slashes were not read")


def _partial(raw: str) -> Value | None:
    folded = fold(raw).strip(" .,;")
    if match := _MONTH_ALONE.fullmatch(folded):
        month, year = int(match[1]), match[2]
        if 1 <= month <= 12:
            text = f"{year}-{month:02d}"
            return shown(text, f"{month:02d}/{year}", 0.6, "month and year only")
    if match := _YEAR_ALONE.fullmatch(folded):
        return Value(match[1], 0.6, "year only")
    return None


def date_time(raw: str) -> Value:
    """``2026-06-12T09:30`` out of ``09 giờ 30 phút, ngày 12 tháng 6 năm 2026``, ``9h30 12/6/2026``."""
    try:
        day = parse_date(raw)
    except InvalidIdentifier as error:
        return doubtful(raw, 0.2, _english(error))
    folded = fold(raw)
    clock = _CLOCK.search(folded)
    if clock is None:
        return shown(day.isoformat(), format_short(day), 0.6, "no time of day")
    hour, minute = int(clock[1]), int(clock[2] or 0)
    if hour < 12 and _AFTERNOON.search(folded):
        hour += 12
    try:
        at = dt.time(hour, minute)
    except ValueError:
        return doubtful(raw, 0.2, f"{clock[0].strip()} is no time of day")
    text = f"{day.isoformat()}T{at:%H:%M}"
    return _alone(shown(text, f"{at:%H:%M} {format_short(day)}"), day, raw)


def year(raw: str) -> Value:
    """Four figures, 1900 to 2099; a whole date gives its year."""
    found = _YEAR.findall(raw)
    if not found:
        return doubtful(raw, 0.2, "not a year")
    value = Value(found[0], 1.0)
    return at_most(value, 0.6, OTHERS) if len(set(found)) > 1 else value


def _english(error: InvalidIdentifier) -> str:
    """The English half of the detail, or what a detail of words comes to."""
    detail = str(error.context["detail"])
    return detail.rpartition(" / ")[2] if " / " in detail else "not a date of the calendar"
