"""The names of agencies, from ``agencies.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from extractors.places.keys import bare, spoken

_FILE = Path(__file__).parent / "agencies.toml"
# A misread letter in about so many.
_LETTERS_PER_ERROR = 8


@dataclass(frozen=True, slots=True)
class Named:
    """A known name: how many letters and marks were misread, and whether it is of a unit."""

    name: str
    cost: int
    of_unit: bool


class KnownAgencies:
    """Names as they are compared, and codes."""

    def __init__(self, data: Mapping[str, list[str]], codes: Mapping[str, Mapping[str, str]]):
        self._of_unit = set(data["heads"])
        self._names = [*data["central"], *data["heads"]]
        self._keys = [spoken(name) for name in self._names]
        self._printed = [name.lower() for name in self._names]
        self._by_key = dict(zip(self._keys, self._names, strict=True))
        self._codes = codes

    def find(self, text: str) -> Named | None:
        """The one known name that a text is, letters and marks misread allowed in long ones."""
        key = spoken(text)
        if name := self._by_key.get(key):
            return Named(name, 0, name in self._of_unit)
        limit = len(bare(text)) // _LETTERS_PER_ERROR
        if not limit:
            return None
        # A letter may lose its mark, or be taken with its marks for another.
        costs: dict[int, int] = {}
        for text_key, keys in ((key, self._keys), (text.lower(), self._printed)):
            for _, cost, index in process.extract(
                text_key, keys, scorer=Levenshtein.distance, score_cutoff=limit + 1, limit=3
            ):
                costs[index] = min(int(cost), costs.get(index, limit + 1))
        ranked = sorted(costs.items(), key=lambda item: item[1])
        if not ranked or ranked[0][1] > limit:
            return None
        if len(ranked) > 1 and ranked[1][1] <= ranked[0][1] + 1:
            return None
        index, cost = ranked[0]
        return Named(self._names[index], cost, self._names[index] in self._of_unit)

    def code(self, name: str, province_code: str | None) -> str:
        """The identification code, where it is certain; of a committee, by its province of before."""
        if name in ("Ủy ban nhân dân", "UBND"):
            return self._codes["province_codes"].get(province_code or "", "")
        return self._codes["codes"].get(name, "")


@lru_cache(maxsize=1)
def known_agencies() -> KnownAgencies:
    """The list, read once a process."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    codes = {key: data[key] for key in ("codes", "province_codes")}
    return KnownAgencies({key: data[key] for key in ("central", "heads")}, codes)
