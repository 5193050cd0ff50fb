"""An administrative unit by its codes: of the day it was written, and since July 2025."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """A unit since 1 July 2025 (QĐ 19/2025/QĐ-TTg); without a ward where only the province is told."""

    province_code: str
    ward_code: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Units by code, as far down as they are told.

    Attributes:
        province_code: two digits.
        district_code: three digits; ``None`` since July 2025, or where it is not told.
        ward_code: five digits.
        as_of: a day on which these codes are valid: the paper's, if it lies in the same set of units.
        now: what the lowest unit belongs to since 1 July 2025; several where it was split.
    """

    province_code: str
    district_code: str | None
    ward_code: str | None
    as_of: dt.date
    now: tuple[PlaceNow, ...] = ()

    @property
    def was_split(self) -> bool:
        """Whether the codes alone do not tell the unit of today."""
        return len(self.now) > 1

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`as_json`."""
        return cls(
            data["province_code"],
            data["district_code"],
            data["ward_code"],
            dt.date.fromisoformat(data["as_of"]),
            tuple(PlaceNow(now["province_code"], now["ward_code"]) for now in data["now"]),
        )

    def as_json(self) -> dict[str, Any]:
        """Plain data for JSON; days are ISO 8601."""
        return {
            "province_code": self.province_code,
            "district_code": self.district_code,
            "ward_code": self.ward_code,
            "as_of": self.as_of.isoformat(),
            "now": [{"province_code": n.province_code, "ward_code": n.ward_code} for n in self.now],
        }
