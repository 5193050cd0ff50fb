"""From an agency as read to its name, the unit it is of, and its code where that is certain."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from dossiers.identifiers.place import Place
from extractors.agencies.known import Named, known_agencies
from extractors.fields.grammars.syllables import is_syllable
from extractors.places.keys import spoken
from extractors.places.reading import PROVINCE_UNTOLD, read_place
from extractors.places.segments import Segment, segments
from extractors.places.units import Era, gazetteer

_MENDED, _LIKELY, _DOUBTFUL = 0.97, 0.9, 0.6
_SPLIT = re.compile(r"\s*;\s*")
_ABBREVIATION = re.compile(r"[A-ZĐ&.]{2,8}")
# Kinds that need no name behind them: “UBND tỉnh”, “Công an huyện”.
_UNIT = re.compile(
    r"[\s,]+(?=(?:tỉnh|thành phố|huyện|quận|thị xã|xã|phường|thị trấn|đặc khu)\s)", re.IGNORECASE
)
_BARE_UNIT = re.compile(
    r"\s(?:tỉnh|thành phố|huyện|quận|thị xã|xã|phường|thị trấn)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AgencyReading:
    """An agency: as printed or mended, its unit by codes, its code, how far to be believed, why.

    ``listed`` tells that all of it is a known name, with a unit as the gazetteer has it or without.
    """

    text: str
    place: Place | None
    code: str
    validity: float
    reasons: tuple[str, ...] = ()
    listed: bool = False


def read_agency(
    text: str, as_of: dt.date | None = None, province: str | None = None
) -> AgencyReading:
    """Read an agency, or several parted by ``;``.

    Args:
        text: as read.
        as_of: the paper's day, as for :func:`extractors.places.reading.read_place`.
        province: name of the province that the rest of the paper tells, for agencies that print only
            their own unit (``ỦY BAN NHÂN DÂN XÃ YÊN MỸ``).
    """
    read = [_read(part, as_of, province) for part in _SPLIT.split(text) if part]
    if len(read) == 1:
        return read[0]
    reasons = tuple(dict.fromkeys(reason for one in read for reason in one.reasons))
    validity = min((one.validity for one in read), default=_DOUBTFUL)
    listed = bool(read) and all(one.listed for one in read)
    return AgencyReading("; ".join(one.text for one in read), None, "", validity, reasons, listed)


def _read(text: str, as_of: dt.date | None, province: str | None) -> AgencyReading:
    if known_agencies().find(text) is None:
        cut = _cut(text)
        if cut is not None:
            return _of_unit(text[:cut], text[cut:], as_of, province)
    name, reasons, validity, found = _named(text)
    code = known_agencies().code(found.name, None) if found else ""
    listed = found is not None and not found.cost
    return AgencyReading(name, None, code, validity, reasons, listed)


def _cut(text: str) -> int | None:
    """Where the unit begins: behind a known name if there is one, else at the first kind of unit."""
    for match in _UNIT.finditer(text):
        if known_agencies().find(text[: match.start()].strip(" ,-–")):
            return match.end()
    parts = segments(text)
    return next((part.begins for part in parts[1:] if part.kind and part.certain), None)


def _of_unit(head: str, unit: str, as_of: dt.date | None, province: str | None) -> AgencyReading:
    name, reasons, validity, found = _named(head)
    parts = segments(unit)
    told = read_place(unit, as_of)
    alone = len(parts) == 1 and parts[0].kind not in ("tỉnh",)
    if alone and (told.place is None or told.validity < _LIKELY):
        told_text, place, trust, more = _lone_unit(unit, parts[0], as_of, province)
    else:
        told_text, place, trust, more = told.text, told.place, told.validity, told.reasons
    code = ""
    whole_province = place and place.ward_code is None and place.district_code is None
    if found and place and whole_province:
        code = known_agencies().code(found.name, place.province_code)
    listed = found is not None and not found.cost and told.listed and told_text == unit
    return AgencyReading(
        name + told_text, place, code, min(validity, trust), (*reasons, *more), listed
    )


def _lone_unit(
    unit: str, part: Segment, as_of: dt.date | None, province: str | None
) -> tuple[str, Place | None, float, tuple[str, ...]]:
    """A unit without those above it: the paper's province tells which, or any of that name will do."""
    if province:
        told = read_place(f"{unit}, {province}", as_of)
        if told.place is not None and told.place.ward_code and told.validity >= _DOUBTFUL:
            mended = told.text.rpartition(",")[0]
            # The district is not printed on the heads of papers, and need not be.
            trust = _MENDED if mended != unit else 1.0
            return mended, told.place, trust, told.reasons if mended != unit else ()
    if spoken(part.name) in _names_of(part.kind or ""):
        told = read_place(unit, as_of)
        sure = as_of is not None and told.text == unit and told.reasons == (PROVINCE_UNTOLD,)
        # The only one of its name in the country on that day.
        return unit, told.place if sure else None, 1.0, ()
    return unit, None, _DOUBTFUL, (f"no {part.kind} of this name is listed",)


@lru_cache(maxsize=16)
def _names_of(kind: str) -> frozenset[str]:
    return frozenset(
        unit.spoken for era in Era for unit in gazetteer().of(era) if unit.kind == kind
    )


def _named(head: str) -> tuple[str, tuple[str, ...], float, Named | None]:
    """The head put right if it is a known name; else whether it can be one."""
    printed = head.strip(" ,-–:")
    found = known_agencies().find(printed)
    if found is None and (bare_unit := _BARE_UNIT.search(printed)):
        found = known_agencies().find(printed[: bare_unit.start()])
        if found is not None and found.cost == 0:
            return head, (), 1.0, found
        found = None
    if found is not None and found.cost:
        name = found.name.upper() if printed.isupper() else found.name
        reason = f"misread: {printed} is {found.name}"
        return head.replace(printed, name, 1), (reason,), _MENDED, found
    if found is not None:
        return head, (), 1.0, found
    for word in re.findall(r"[^\W\d_]+(?:\.[^\W\d_]+)*", printed):
        if not is_syllable(word) and not _ABBREVIATION.fullmatch(word):
            reason = f"no known agency, and “{word}” is not spelt as a Vietnamese syllable"
            return head, (reason,), _DOUBTFUL, None
    return head, (), 1.0 if len(printed) >= 4 else _DOUBTFUL, None
