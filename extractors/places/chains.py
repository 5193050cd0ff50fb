"""Ways to read an address from its last part up: province, district, commune."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extractors.places.former import FORMER, OTHER_NAMES
from extractors.places.keys import bare, spoken
from extractors.places.matching import Match, match, named
from extractors.places.segments import Segment
from extractors.places.units import Era, Level, Unit, Units

_WARD_KINDS = ("xã", "phường", "thị trấn", "đặc khu")
_DISTRICT_KINDS = ("huyện", "quận", "thị xã")


@dataclass(frozen=True, slots=True)
class Chain:
    """Units found, each with the part of the address that names it; province first."""

    units: Units
    steps: tuple[tuple[Segment, Match], ...]
    skipped: tuple[Segment, ...] = ()
    guessed_province: bool = False
    former_province: bool = False

    @property
    def lowest(self) -> Unit:
        """The last unit named."""
        return self.steps[-1][1].unit

    @property
    def cost(self) -> int:
        """Letters and marks misread in all of them."""
        return sum(found.cost for _, found in self.steps)

    def rank(self, preferred: Era | None) -> tuple[float, ...]:
        """Better chains are lower: more named, less misread, of the expected set of units."""
        reached = self.lowest.level is Level.WARD
        kinds = sum(found.other_kind for _, found in self.steps)
        return (
            -int(reached), len(self.skipped), self.cost + kinds, self.steps[-1][0].begins,
            int(self.units.era is not preferred), int(self.former_province),
        )  # fmt: skip


def are_rivals(best: Chain, other: Chain, preferred: Era | None) -> bool:
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


def chains_of(units: Units, parts: Sequence[Segment]) -> Iterator[Chain]:
    """Ways to read the parts, from the last one up."""
    provinces = list(_provinces(units, parts))
    for segment, found, former in provinces:
        start = Chain(units, ((segment, found),), former_province=former)
        yield from _below(start, [part for part in parts if part.begins < segment.begins])
    if all(found.cost or (found.other_kind and parts[-1].certain) for _, found, _ in provinces):
        # None, one only nearly, or the city that has its province's name: thành phố Hưng Yên.
        yield from _without_province(units, parts)


def _provinces(units: Units, parts: Sequence[Segment]) -> Iterator[tuple[Segment, Match, bool]]:
    """Provinces the last part names, or the last two; whether they are of former times."""
    last = parts[-1]
    if last.kind in (*_WARD_KINDS, *_DISTRICT_KINDS) and last.certain:
        return
    everything = units.below("", Level.PROVINCE)
    for segment in filter(None, (_joined(parts), last)):
        found = match(segment, everything)
        if found:
            yield segment, found, False
            return
        for name in (bare(segment.name), bare(segment.whole)):
            unit = units.get(OTHER_NAMES.get(name, ""))
            if unit is not None:
                yield segment, Match(unit, 0, 9), False
                return
            if name in FORMER and units.era is Era.BEFORE:
                for code in FORMER[name]:
                    yield segment, Match(units[code], 0, 9), True
                return


def _joined(parts: Sequence[Segment]) -> Segment | None:
    """The last two parts as one name with a dash (``Bà Rịa - Vũng Tàu``)."""
    if len(parts) < 2 or not parts[-1].dashed:
        return None
    first, last = parts[-2], parts[-1]
    name = f"{first.name} - {last.whole}"
    whole = f"{first.whole} - {last.whole}"
    return replace(first, name=name, whole=whole, end=last.end)


def _below(chain: Chain, parts: Sequence[Segment]) -> Iterator[Chain]:
    """Chains that go on downwards from a province or district."""
    parent = chain.lowest
    district_next = parent.level is Level.PROVINCE and chain.units.era is Era.BEFORE
    went_on = False
    if district_next and parts:
        for chosen, used in _last(parts):
            found = match(chosen, chain.units.below(parent.code, Level.DISTRICT))
            if found and not is_ward(chosen) and not (chosen.certain and chosen.kind == "tỉnh"):
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


def is_ward(segment: Segment) -> bool:
    """Whether a commune is printed as such."""
    return segment.kind in _WARD_KINDS and segment.certain


def _and(chain: Chain, segment: Segment, found: Match, skipped: tuple[Segment, ...] = ()) -> Chain:
    steps = (*chain.steps, (segment, found))
    return replace(chain, steps=steps, skipped=chain.skipped + skipped)


def _without_province(units: Units, parts: Sequence[Segment]) -> Iterator[Chain]:
    """Chains from a district or a ward whose name occurs once in the country."""
    for level in (Level.DISTRICT, Level.WARD):
        named = units.below("", level)
        same = named.by_name.get(spoken(parts[-1].name), [])
        same = [unit for unit in same if parts[-1].kind in (None, unit.kind)]
        for unit in same if level is Level.DISTRICT else same[:1] if len(same) == 1 else ():
            start = Chain(units, ((parts[-1], Match(unit, 0, 9)),), guessed_province=True)
            if level is Level.WARD:
                yield start
            else:
                yield from _below(start, parts[:-1])
