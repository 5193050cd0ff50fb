"""Procedure code (mã thủ tục hành chính) of the national catalogue (NĐ 63/2010/NĐ-CP)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.agency import AgencyCode

_SHAPE = re.compile(
    r"(?P<code>[1-3]\.\d{6})(?:\.(?P<agency>\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}))?(?:\.(?P<case>\d{2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ProcedureCode:
    """``1.005129``; provincial copies add the agency in the order of 2016, cases two digits."""

    code: str
    agency: AgencyCode | None = None
    case: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code: ``1.005129``, ``2.000815.000.00.00.H31``, ``1.005129.02``.

        Raises:
            InvalidIdentifier: another shape.
        """
        match = _SHAPE.fullmatch(re.sub(r"\s", "", text).upper().strip(".,;:"))
        if match is None:
            raise InvalidIdentifier(kind="Mã thủ tục", value=text, detail="1.005129")
        agency = AgencyCode.parse(match["agency"]) if match["agency"] else None
        return cls(match["code"], agency, match["case"])

    def __str__(self) -> str:
        parts = [self.code, self.agency.old_order() if self.agency else "", self.case or ""]
        return ".".join(part for part in parts if part)
