"""From an address as read to the units it names, valid on the paper's day, and those of today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dossiers.identifiers.place import Place, PlaceNow
from dossiers.text import nfc
from extractors.places.chains import Chain, are_rivals, chains_of
from extractors.places.details import is_detail
from extractors.places.keys import bare
from extractors.places.matching import named
from extractors.places.mending import COMMA, DOUBTFUL, LIKELY, Verdict, mended
from extractors.places.segments import Segment, segments
from extractors.places.units import REFORM, Era, Gazetteer, Level, Unit, gazetteer

_COUNTRY = ("viet nam", "vn", "chxhcn viet nam")

PROVINCE_UNTOLD = "the province is not told"

SURE = 1.0
_OTHER_KIND = 0.95
_UNTOLD = 0.8


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """An address: as printed or mended, its units by code, how far to be believed, and why.

    ``listed`` tells that all of it is names of units, letter by letter as the gazetteer has them.
    """

    text: str
    place: Place | None
    validity: float
    reasons: tuple[str, ...] = ()
    listed: bool = False


def read_place(text: str, as_of: dt.date | None = None) -> PlaceReading:
    """Read an address or birthplace.

    Args:
        text: as read, in any of the usual shapes; parts in front (hamlet, street) are left alone.
        as_of: the paper's day; before 1 July 2025 only units of then are meant, afterwards those of
            today are preferred, since older names live on. ``None`` where it is not known.
    """
    text = nfc(text)
    parts = segments(text)
    while parts and bare(parts[-1].whole) in _COUNTRY:
        parts.pop()
    if not parts:
        return PlaceReading(text, None, DOUBTFUL, ("not a place",))
    known = gazetteer()
    preferred = None if as_of is None else Era.BEFORE if as_of < REFORM else Era.AFTER
    eras = [Era.BEFORE] if preferred is Era.BEFORE else [Era.AFTER, Era.BEFORE]
    chains = [chain for era in eras for chain in chains_of(known.of(era), parts)]
    if not chains:
        return _unknown(text, parts)
    ranked = sorted(chains, key=lambda chain: chain.rank(preferred))
    best = ranked[0]
    rivals = [chain for chain in ranked[1:] if are_rivals(best, chain, preferred)]
    return _judged(text, parts, best, rivals, known, as_of)


def _judged(
    text: str,
    parts: Sequence[Segment],
    chain: Chain,
    rivals: Sequence[Chain],
    known: Gazetteer,
    as_of: dt.date | None,
) -> PlaceReading:
    verdict = Verdict(SURE, [])
    levels = {found.unit.level for _, found in chain.steps}
    if rivals:
        titles = sorted({other.lowest.title for other in (chain, *rivals)})
        verdict.at_most(DOUBTFUL, f"may be several units: {', '.join(titles)}")
    else:
        text = mended(text, chain, verdict)
    for segment, found in chain.steps:
        if found.other_kind and segment.certain:
            reason = f"printed as {segment.kind}, listed as {found.unit.title}"
            verdict.at_most(_OTHER_KIND, reason)
    if as_of is None and chain.cost and len(levels) > 1:
        lower = [segment for segment, _ in chain.steps[1:]]
        if not any(segment.kind and segment.certain for segment in lower):
            verdict.at_most(_UNTOLD, "neither the paper's day nor kinds of units are told")
    if chain.former_province:
        verdict.at_most(LIKELY, "a province of former times")
    if chain.guessed_province:
        named_only = len(parts) == 1 and parts[0].kind is None
        verdict.at_most(LIKELY if len(levels) > 1 or named_only else _UNTOLD, PROVINCE_UNTOLD)
    if Level.WARD in levels and chain.units.era is Era.BEFORE and Level.DISTRICT not in levels:
        verdict.at_most(_UNTOLD, "the district is not told")
    parent = chain.steps[-2 if Level.WARD in levels and len(levels) > 1 else -1][1].unit
    for part in chain.skipped:
        several = named(part, chain.units.below(parent.code, Level.WARD)) > 1
        says = "may be several units of" if several else "is no unit of"
        verdict.at_most(DOUBTFUL, f"“{part.whole}” {says} {parent.title}")
    if not chain.skipped and Level.WARD not in levels:
        for part in parts_above(parts, chain):
            if part.kind and part.certain:
                verdict.at_most(DOUBTFUL, f"“{part.whole}” is no unit of {parent.title}")
            elif not is_detail(part) and not part.dashed:
                verdict.at_most(DOUBTFUL, f"“{part.whole}” may be a misread unit of {parent.title}")
    ward = next((s for s, found in chain.steps if found.unit.level is Level.WARD), None)
    if ward is not None and chain.units.era is Era.AFTER and not (ward.kind and ward.certain):
        for part in parts_above(parts, chain)[:1]:
            if not (part.kind and part.certain) and not is_detail(part):
                verdict.at_most(DOUBTFUL, f"“{part.whole}” may be a commune of before July 2025")
    place = _place(chain, known, as_of, shared=[other.lowest for other in rivals])
    if place.was_split:
        verdict.reasons.append("split since July 2025: the unit of today is not certain")
    listed = verdict.validity >= COMMA and not chain.cost and not parts_above(parts, chain)
    return PlaceReading(text, place, verdict.validity, tuple(verdict.reasons), listed)


def parts_above(parts: Sequence[Segment], chain: Chain) -> Sequence[Segment]:
    """The parts in front of those that a chain names, nearest first."""
    first = min(segment.begins for segment, _ in chain.steps)
    return [part for part in reversed(parts) if part.begins < first]


def _place(chain: Chain, known: Gazetteer, as_of: dt.date | None, shared: Sequence[Unit]) -> Place:
    """The codes, down to the lowest unit that all candidates have in common."""
    above = {unit.level: unit for unit in chain.units.chain(chain.lowest)}
    for other in shared:
        theirs = chain.units.chain(other) if chain.units.get(other.code) is other else ()
        above = {level: unit for level, unit in above.items() if unit in theirs} or {
            Level.PROVINCE: chain.units.chain(chain.lowest)[-1]
        }
    province = above.get(Level.PROVINCE) or chain.units.chain(chain.lowest)[-1]
    district, ward = above.get(Level.DISTRICT), above.get(Level.WARD)
    return Place(
        province.code,
        district.code if district else None,
        ward.code if ward else None,
        _valid_day(chain.units.era, as_of),
        tuple(_now(ward or district or province, known)),
    )


def _valid_day(era: Era, as_of: dt.date | None) -> dt.date:
    last_day = REFORM - dt.timedelta(days=1)
    if era is Era.BEFORE:
        return min(as_of or last_day, last_day)
    return max(as_of or REFORM, REFORM)


def _now(unit: Unit, known: Gazetteer) -> Iterator[PlaceNow]:
    """Units of today; of a province or district of before, the province that it lies in."""
    if unit.era is Era.AFTER:
        if unit.level is Level.WARD:
            yield PlaceNow(unit.parent, unit.code)
        else:
            yield PlaceNow(unit.code)
    elif unit.now:
        for code in unit.now:
            yield PlaceNow(known.after[code].parent, code)
    else:
        yield PlaceNow(known.province_now(unit.code))


def _unknown(text: str, parts: Sequence[Segment]) -> PlaceReading:
    if any(part.kind and part.certain for part in parts):
        return PlaceReading(text, None, DOUBTFUL, ("no administrative unit of these names",))
    if len(parts) == 1 and text[:1].isalnum() and len(text) >= 3:
        # The place before the date of a document: which unit, its issuer tells.
        return PlaceReading(text, None, LIKELY, ("no administrative unit recognised",))
    return PlaceReading(text, None, DOUBTFUL, ("no administrative unit recognised",))
