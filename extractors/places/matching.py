"""A printed name among the units it may be: right, misread, or not to be told from another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from extractors.places.keys import bare, spoken
from extractors.places.segments import Segment
from extractors.places.units import Siblings, Unit

# Names this short have neighbours one letter away everywhere.
_SHORT_NAME, _LONG_NAME = 4, 9


@dataclass(frozen=True, slots=True)
class Match:
    """The unit a name stands for.

    ``cost`` counts letters and marks misread; ``gap`` is how many more the next name would need;
    ``other_kind`` tells that another kind is printed; ``whole`` that what looked like the kind is
    part of the name.
    """

    unit: Unit
    cost: int
    gap: int
    other_kind: bool = False
    whole: bool = False


def match(segment: Segment, units: Siblings) -> Match | None:
    """The one unit that the printed name stands for; ``None`` if none or several do."""
    best: Match | None = None
    for kind, name, whole in _readings(segment, units):
        found = _match(name, kind, units, whole=whole)
        if found and (best is None or found.cost < best.cost):
            best = found
    return best


def named(segment: Segment, units: Siblings) -> int:
    """How many units have these letters in their names, whatever the marks."""
    plain = bare(segment.name)
    return sum(name == plain for name in units.bare)


def _readings(segment: Segment, units: Siblings) -> list[tuple[str | None, str, bool]]:
    plain = segment.kind, segment.name, False
    if segment.kind is None:
        return [plain]
    if not segment.certain:
        return [(None, segment.whole, True), plain]
    if spoken(segment.whole) in units.by_name:
        return [plain, (None, segment.whole, True)]
    return [plain]


def _match(name: str, kind: str | None, units: Siblings, *, whole: bool) -> Match | None:
    key, plain = spoken(name), bare(name)
    if not key or not units.units:
        return None
    # Without any marks, marks are not compared.
    unmarked = key == plain
    ranked = _ranked(key, units.bare) if unmarked else _nearest(key, name.lower(), units)
    if same := units.by_name.get(key):
        unit, cost = _only(same, kind), 0
    elif ranked:
        cost = min(ranked.values())
        unit = _only([units.units[i] for i, distance in ranked.items() if distance == cost], kind)
        if unit is None or (cost > _limit(plain) and unit.bare != plain):
            return None
    else:
        return None
    if unit is None:
        return None
    others = [distance for index, distance in ranked.items() if units.units[index] is not unit]
    gap = min(others, default=cost + 9) - cost
    if unmarked and unit.bare != unit.spoken:
        cost = max(cost, 1)
    return Match(unit, cost, gap, kind is not None and unit.kind != kind, whole)


def _nearest(key: str, printed: str, units: Siblings) -> dict[int, int]:
    """The nearest names: a letter may lose its mark, or be taken with its marks for another."""
    ranked = _ranked(key, units.spoken)
    for index, distance in _ranked(printed, units.printed).items():
        ranked[index] = min(distance, ranked.get(index, distance))
    return ranked


def _ranked(key: str, names: Sequence[str]) -> dict[int, int]:
    found = process.extract(key, names, scorer=Levenshtein.distance, score_cutoff=8, limit=8)
    return {index: int(distance) for _, distance, index in found}


def _only(units: Sequence[Unit], kind: str | None) -> Unit | None:
    """The only one, or the only one of the printed kind."""
    if len(units) > 1:
        units = [unit for unit in units if unit.kind == kind]
    return units[0] if len(units) == 1 else None


def _limit(plain: str) -> int:
    """How many letters may be misread."""
    if any(c.isdigit() for c in plain) or len(plain) < _SHORT_NAME:
        return 0
    return 2 if len(plain) >= _LONG_NAME else 1
