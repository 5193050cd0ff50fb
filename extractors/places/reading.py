"""From an address as read to the units it names, valid on the paper's day, and those of today."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from dossiers.identifiers.place import Place, PlaceNow
from dossiers.text import fold, has_diacritics, nfc
from extractors.places.former import FORMER, OTHER_NAMES
from extractors.places.keys import bare, spoken
from extractors.places.matching import Match, match, named
from extractors.places.segments import Segment, segments
from extractors.places.units import REFORM, Era, Gazetteer, Level, Unit, Units, gazetteer

_ABROAD_TAIL = ("viet nam", "vn", "chxhcn viet nam")
_INSTITUTIONS = ("benh vien", "trung tam", "tram y te", "nha ho sinh", "phong kham")
_WARD_KINDS = ("xã", "phường", "thị trấn", "đặc khu")
_DISTRICT_KINDS = ("huyện", "quận", "thị xã")

# What stands in front of units: hamlets, streets, buildings, institutions.
_DETAIL = re.compile(
    r"(?:thôn|xóm|ấp|bản|làng|buôn|bon|plei|phum|sóc|khu|khóm|khối|cụm|tổ|tdp|đội|số|sn|đường|phố|ngõ|"
    r"ngách|hẻm|kiệt|km|quốc lộ|tỉnh lộ|lô|căn|tầng|tòa|toà|chung cư|nhà|bệnh viện|trạm|trung tâm|"
    r"trường|công ty|chợ|kcn|kđt|đại lộ|khoa|phòng|tiểu khu)\b|\d"
)
_DETAIL_BARE = re.compile(fold(_DETAIL.pattern))

PROVINCE_UNTOLD = "the province is not told"

SURE = 1.0
_OTHER_KIND = 0.95
_COMMA = 0.98
_MENDED = 0.9
_UNTOLD = 0.8
_DOUBTFUL = 0.6


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """An address: as printed or mended, its units by code, how far to be believed, and why."""

    text: str
    place: Place | None
    validity: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Chain:
    """Units found, each with the part of the address that names it; province first."""

    units: Units
    steps: tuple[tuple[Segment, Match], ...]
    skipped: tuple[Segment, ...] = ()
    guessed_province: bool = False
    former_province: bool = False

    @property
    def lowest(self) -> Unit:
        return self.steps[-1][1].unit

    @property
    def cost(self) -> int:
        return sum(found.cost for _, found in self.steps)

    def rank(self, preferred: Era | None) -> tuple[float, ...]:
        """Better chains are lower: more named, less misread, of the expected set of units."""
        reached = self.lowest.level is Level.WARD
        kinds = sum(found.other_kind for _, found in self.steps)
        return (
            -int(reached), len(self.skipped), self.cost + kinds, self.steps[-1][0].begins,
            int(self.units.era is not preferred), int(self.former_province),
        )  # fmt: skip


def read_place(text: str, as_of: dt.date | None = None) -> PlaceReading:
    """Read an address or birthplace.

    Args:
        text: as read, in any of the usual shapes; parts in front (hamlet, street) are left alone.
        as_of: the paper's day; before 1 July 2025 only units of then are meant, afterwards those of
            today are preferred, since older names live on. ``None`` where it is not known.
    """
    text = nfc(text)
    parts = segments(text)
    while parts and bare(parts[-1].whole) in _ABROAD_TAIL:
        parts.pop()
    if not parts:
        return PlaceReading(text, None, _DOUBTFUL, ("not a place",))
    known = gazetteer()
    preferred = None if as_of is None else Era.BEFORE if as_of < REFORM else Era.AFTER
    eras = [Era.BEFORE] if preferred is Era.BEFORE else [Era.AFTER, Era.BEFORE]
    chains = [chain for era in eras for chain in _chains(known.of(era), parts)]
    if not chains:
        return _unknown(text, parts)
    ranked = sorted(chains, key=lambda chain: chain.rank(preferred))
    best = ranked[0]
    rivals = [chain for chain in ranked[1:] if _rivals(best, chain, preferred)]
    return _judged(text, parts, best, rivals, known, as_of)


def _rivals(best: _Chain, other: _Chain, preferred: Era | None) -> bool:
    """Whether the text fits another unit as well."""
    if other.lowest.code == best.lowest.code or len(other.skipped) != len(best.skipped):
        return False
    same_rank = other.rank(preferred)[:4] == best.rank(preferred)[:4]
    if other.units is best.units:
        return same_rank
    # Of a paper without a date, “Yên Mỹ, Hưng Yên” may be the district of before or the commune.
    bare_names = not any(segment.kind and segment.certain for segment, _ in best.steps)
    as_long = len(other.steps) == len(best.steps) > 1
    return preferred is None and bare_names and as_long and other.cost == best.cost


def _chains(units: Units, parts: Sequence[Segment]) -> Iterator[_Chain]:
    """Ways to read the parts, from the last one up."""
    provinces = list(_provinces(units, parts))
    for used, found, former in provinces:
        start = _Chain(units, ((parts[-1], found),), former_province=former)
        yield from _below(start, parts[: len(parts) - used])
    if all(found.other_kind and parts[-1].certain for _, found, _ in provinces):
        # None, or the city that has its province's name: thành phố Hưng Yên.
        yield from _without_province(units, parts)


def _provinces(units: Units, parts: Sequence[Segment]) -> Iterator[tuple[int, Match, bool]]:
    """Provinces the last part names, with how many parts that takes."""
    last = parts[-1]
    if last.kind in (*_WARD_KINDS, *_DISTRICT_KINDS) and last.certain:
        return
    everything = units.below("", Level.PROVINCE)
    joined = _joined(parts)
    for segment, used in ((joined, 2), (last, 1)):
        if segment is None:
            continue
        found = match(segment, everything)
        if found:
            yield used, found, False
            return
        for name in (bare(segment.name), bare(segment.whole)):
            unit = units.get(OTHER_NAMES.get(name, ""))
            if unit is not None:
                yield used, Match(unit, 0, 9), False
                return
            if name in FORMER and units.era is Era.BEFORE:
                for code in FORMER[name]:
                    yield used, Match(units[code], 0, 9), True
                return


def _joined(parts: Sequence[Segment]) -> Segment | None:
    """The last two parts as one name with a dash (``Bà Rịa - Vũng Tàu``)."""
    if len(parts) < 2 or not parts[-1].dashed:
        return None
    first, last = parts[-2], parts[-1]
    name = f"{first.name} - {last.whole}"
    whole = f"{first.whole} - {last.whole}"
    return replace(first, name=name, whole=whole, end=last.end)


def _below(chain: _Chain, parts: Sequence[Segment]) -> Iterator[_Chain]:
    """Chains that go on downwards from a province or district."""
    parent = chain.lowest
    district_next = parent.level is Level.PROVINCE and chain.units.era is Era.BEFORE
    went_on = False
    if district_next and parts:
        for chosen, used in _last(parts):
            found = match(chosen, chain.units.below(parent.code, Level.DISTRICT))
            if found and not _is_ward(chosen):
                went_on = True
                yield from _below(_and(chain, chosen, found), parts[: len(parts) - used])
                break
    if parts and (not went_on or not district_next):
        for back in range(min(2, len(parts))):
            here = parts[: len(parts) - back]
            for chosen, _ in _last(here):
                if chosen.certain and chosen.kind not in _WARD_KINDS:
                    continue
                found = match(chosen, chain.units.below(parent.code, Level.WARD))
                if found:
                    went_on = True
                    yield _and(chain, chosen, found, tuple(parts[len(parts) - back :]))
                    break
    if not went_on:
        wards = chain.units.below(parent.code, Level.WARD)
        left = tuple(
            part
            for index, part in enumerate(parts[-2:], start=max(0, len(parts) - 2))
            if (part.kind and part.certain) or (index == len(parts) - 1 and named(part, wards) > 1)
        )
        yield replace(chain, skipped=chain.skipped + left)


def _last(parts: Sequence[Segment]) -> Iterator[tuple[Segment, int]]:
    joined = _joined(parts)
    if joined is not None:
        yield joined, 2
    yield parts[-1], 1


def _is_ward(segment: Segment) -> bool:
    return segment.kind in _WARD_KINDS and segment.certain


def _and(
    chain: _Chain, segment: Segment, found: Match, skipped: tuple[Segment, ...] = ()
) -> _Chain:
    steps = (*chain.steps, (segment, found))
    return replace(chain, steps=steps, skipped=chain.skipped + skipped)


def _without_province(units: Units, parts: Sequence[Segment]) -> Iterator[_Chain]:
    """Chains from a district or a ward whose name occurs once in the country."""
    for level in (Level.DISTRICT, Level.WARD):
        named = units.below("", level)
        same = named.by_name.get(spoken(parts[-1].name), [])
        same = [unit for unit in same if parts[-1].kind in (None, unit.kind)]
        for unit in same if level is Level.DISTRICT else same[:1] if len(same) == 1 else ():
            start = _Chain(units, ((parts[-1], Match(unit, 0, 9)),), guessed_province=True)
            if level is Level.WARD:
                yield start
            else:
                yield from _below(start, parts[:-1])


def _is_detail(part: Segment) -> bool:
    lower = part.whole.lower()
    shape = _DETAIL if has_diacritics(lower) else _DETAIL_BARE
    return shape.match(lower) is not None


def _above(parts: Sequence[Segment], chain: _Chain) -> Sequence[Segment]:
    """The parts in front of those that a chain names, nearest first."""
    first = min(segment.begins for segment, _ in chain.steps)
    return [part for part in reversed(parts) if part.begins < first]


@dataclass
class _Verdict:
    """How far a chain is to be believed; only ever falls."""

    validity: float
    reasons: list[str]

    def at_most(self, validity: float, reason: str) -> None:
        self.validity = min(self.validity, validity)
        self.reasons.append(reason)


def _judged(
    text: str,
    parts: Sequence[Segment],
    chain: _Chain,
    rivals: Sequence[_Chain],
    known: Gazetteer,
    as_of: dt.date | None,
) -> PlaceReading:
    verdict = _Verdict(SURE, [])
    levels = {found.unit.level for _, found in chain.steps}
    if rivals:
        titles = sorted({other.lowest.title for other in (chain, *rivals)})
        verdict.at_most(_DOUBTFUL, f"may be several units: {', '.join(titles)}")
    else:
        text = _mended(text, chain, verdict)
    for segment, found in chain.steps:
        if found.other_kind and segment.certain:
            reason = f"printed as {segment.kind}, listed as {found.unit.title}"
            verdict.at_most(_OTHER_KIND, reason)
    if as_of is None and chain.cost and len(levels) > 1:
        lower = [segment for segment, _ in chain.steps[1:]]
        if not any(segment.kind and segment.certain for segment in lower):
            verdict.at_most(_UNTOLD, "neither the paper's day nor kinds of units are told")
    if chain.former_province:
        verdict.at_most(_MENDED, "a province of former times")
    if chain.guessed_province:
        verdict.at_most(_MENDED if len(levels) > 1 else _UNTOLD, PROVINCE_UNTOLD)
    if Level.WARD in levels and chain.units.era is Era.BEFORE and Level.DISTRICT not in levels:
        verdict.at_most(_UNTOLD, "the district is not told")
    parent = chain.steps[-2 if Level.WARD in levels and len(levels) > 1 else -1][1].unit
    for part in chain.skipped:
        several = named(part, chain.units.below(parent.code, Level.WARD)) > 1
        says = "may be several units of" if several else "is no unit of"
        verdict.at_most(_DOUBTFUL, f"“{part.whole}” {says} {parent.title}")
    if not chain.skipped and Level.WARD not in levels:
        for part in _above(parts, chain):
            if part.kind and part.certain:
                verdict.at_most(_DOUBTFUL, f"“{part.whole}” is no unit of {parent.title}")
            elif not _is_detail(part):
                verdict.at_most(_UNTOLD, f"“{part.whole}” may be a misread unit of {parent.title}")
    ward = next((s for s, found in chain.steps if found.unit.level is Level.WARD), None)
    if ward is not None and chain.units.era is Era.AFTER and not (ward.kind and ward.certain):
        for part in _above(parts, chain)[:1]:
            if not (part.kind and part.certain) and not _is_detail(part):
                verdict.at_most(_UNTOLD, f"“{part.whole}” may be a commune of before July 2025")
    place = _place(chain, known, as_of, shared=[other.lowest for other in rivals])
    if place.was_split:
        verdict.reasons.append("split since July 2025: the unit of today is not certain")
    return PlaceReading(text, place, verdict.validity, tuple(verdict.reasons))


def _mended(text: str, chain: _Chain, verdict: _Verdict) -> str:
    """The text with names put right where their chain leaves no doubt; the rest is told."""
    top = chain.steps[0][1].unit
    commas = text.count(",") > 0
    whole_chain = top.level is Level.PROVINCE and not chain.skipped
    letters = sum(found.cost for segment, found in chain.steps if not _lost_marks(segment, found))
    for segment, found in sorted(chain.steps, key=lambda step: -step[0].start):
        if commas and segment.kind and segment.certain and _runs_on(text, segment.begins):
            # Commas are small: of several, a recogniser loses one.
            text = f"{text[: segment.begins - 1]}, {text[segment.begins :]}"
            verdict.at_most(_COMMA, f"a comma was lost in front of {found.unit.title}")
            segment = segment.moved(1)
        if found.cost == 0 and not _kind_misread(text, segment, found):
            continue
        printed = segment.whole if found.whole else segment.name
        printed = segment.whole if not found.cost else printed
        reason = f"misread: {printed} is {found.unit.title}"
        one_letter = found.cost <= 1 and found.gap >= 2
        if whole_chain and letters <= 2 and (one_letter or _lost_marks(segment, found)):
            verdict.at_most(_MENDED, reason)
            start = segment.begins if found.whole else segment.start
            text = text[:start] + _in_case(found.unit.name, printed) + text[segment.end :]
            if segment.kind and not found.whole:
                before = text[segment.begins : segment.start]
                kind = _kind_in_full(found.unit.kind, before)
                text = text[: segment.begins] + kind + text[start:]
        else:
            verdict.at_most(_DOUBTFUL, reason)
    return text


def _runs_on(text: str, at: int) -> bool:
    """Whether only a blank parts what stands here from the name in front, which is no institution's.

    ``Bệnh viện Đa khoa tỉnh Hưng Yên`` is one name.
    """
    part = fold(text[:at]).rpartition(",")[2].strip()
    institution = part.startswith(_INSTITUTIONS)
    return at >= 2 and text[at - 1] == " " and text[at - 2].isalnum() and not institution


def _kind_misread(text: str, segment: Segment, found: Match) -> bool:
    """Whether the kind is printed as no kind is written."""
    if segment.kind is None or segment.certain or found.whole or found.other_kind:
        return False
    before = text[segment.begins : segment.start]
    return _kind_in_full(found.unit.kind, before) != before


def _kind_in_full(kind: str, printed: str) -> str:
    """The printed kind put right; abbreviations stay."""
    word = printed.rstrip(" .:")
    if Levenshtein.distance(bare(word), bare(kind)) > 1 or len(word) < len(kind) - 1:
        return printed
    cased = kind.upper() if word.isupper() else kind.capitalize() if word[0].isupper() else kind
    return cased + printed[len(word) :]


def _lost_marks(segment: Segment, found: Match) -> bool:
    """Whether only marks were lost, and no other name has the same letters."""
    printed = segment.whole if found.whole else segment.name
    return bare(printed) == found.unit.bare and (found.gap >= 1)


def _in_case(name: str, printed: str) -> str:
    return name.upper() if printed.isupper() and len(printed) > 1 else name


def _place(chain: _Chain, known: Gazetteer, as_of: dt.date | None, shared: Sequence[Unit]) -> Place:
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
        return PlaceReading(text, None, _DOUBTFUL, ("no administrative unit of these names",))
    if len(parts) == 1 and text[:1].isalnum() and len(text) >= 3:
        # The place before the date of a document: which unit, its issuer tells.
        return PlaceReading(text, None, _MENDED, ("no administrative unit recognised",))
    return PlaceReading(text, None, _UNTOLD, ("no administrative unit recognised",))
