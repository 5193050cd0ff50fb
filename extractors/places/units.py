"""The administrative units of Viet Nam before and since 1 July 2025, from ``units.tsv``.

The table is made by ``python -m training.gazetteer`` and holds names and codes of QĐ 124/2004/QĐ-TTg
with its changes up to June 2025 (63 provinces, 696 districts, 10 035 communes) and of QĐ 19/2025/QĐ-TTg
(34 provinces, 3 321 communes), and which communes those of before became.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from extractors.places.keys import bare, spoken

TABLE = Path(__file__).parent / "units.tsv"
HEADER = ("set", "kind", "code", "parent", "name", "now")

#: Luật 72/2025/QH15 and NQ 202/2025/QH15: two levels, 34 provinces from this day.
REFORM = dt.date(2025, 7, 1)


class Era(StrEnum):
    """The set of units a name belongs to."""

    BEFORE = "before"
    AFTER = "after"


class Level(StrEnum):
    """Levels of administration; there are no districts since July 2025."""

    PROVINCE = "province"
    DISTRICT = "district"
    WARD = "ward"


_LEVELS = {2: Level.PROVINCE, 3: Level.DISTRICT, 5: Level.WARD}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit; ``kind`` is ``xã``, ``thành phố`` …; ``now`` the codes of the wards it became."""

    era: Era
    kind: str
    code: str
    parent: str
    name: str
    now: tuple[str, ...]
    spoken: str
    bare: str

    @property
    def level(self) -> Level:
        """By the length of its code."""
        return _LEVELS[len(self.code)]

    @property
    def title(self) -> str:
        """``thị xã Mỹ Hào``."""
        return f"{self.kind} {self.name}"


class Siblings:
    """Units among which a name is looked for, with their names as they are compared."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units = tuple(units)
        self.spoken = [unit.spoken for unit in self.units]
        self.bare = [unit.bare for unit in self.units]
        self.printed = [unit.name.lower() for unit in self.units]
        self.by_name: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.units:
            self.by_name[unit.spoken].append(unit)

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.units)


class Units:
    """The units of one era, by code and by parent."""

    def __init__(self, era: Era, units: Mapping[str, Unit]) -> None:
        self.era = era
        self._units = units
        self._below: dict[str, list[Unit]] = defaultdict(list)
        for unit in units.values():
            self._below[unit.parent].append(unit)
        self._siblings: dict[tuple[str, Level], Siblings] = {}

    def __iter__(self) -> Iterator[Unit]:
        return iter(self._units.values())

    def __getitem__(self, code: str) -> Unit:
        return self._units[code]

    def get(self, code: str) -> Unit | None:
        """The unit of a code."""
        return self._units.get(code)

    def below(self, parent: str, level: Level) -> Siblings:
        """All units of a level in a unit, whatever lies between; in ``""``, of the country."""
        key = parent, level
        if key not in self._siblings:
            self._siblings[key] = Siblings(self._descend(parent, level))
        return self._siblings[key]

    def _descend(self, parent: str, level: Level) -> Iterator[Unit]:
        for unit in self._below.get(parent, ()):
            if unit.level is level:
                yield unit
            else:
                yield from self._descend(unit.code, level)

    def chain(self, unit: Unit) -> tuple[Unit, ...]:
        """The unit and those above it, lowest first."""
        found = [unit]
        while found[-1].parent:
            found.append(self._units[found[-1].parent])
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Both eras."""

    before: Units
    after: Units

    def of(self, era: Era) -> Units:
        """The units of an era."""
        return self.before if era is Era.BEFORE else self.after

    def province_now(self, code: str) -> str:
        """The province of today in which a province or district of before lies."""
        wards = self.before.below(code, Level.WARD)
        first = next((ward for ward in wards if ward.now), None) or self.before[code]
        return self.after[first.now[0]].parent


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The table, read once a process."""
    units: dict[Era, dict[str, Unit]] = {Era.BEFORE: {}, Era.AFTER: {}}
    _, *lines = TABLE.read_text(encoding="utf-8").splitlines()
    for line in lines:
        era, kind, code, parent, name, now = line.split("\t")
        unit = Unit(
            Era(era), kind, code, parent, name, tuple(now.split()), spoken(name), bare(name)
        )
        units[unit.era][code] = unit
    return Gazetteer(*(Units(era, found) for era, found in units.items()))
