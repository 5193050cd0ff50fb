"""Dossier code (mã số hồ sơ) in the order of 2018, of 2025, and of the ministries."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Self

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.agency import AgencyCode

_SHAPE = re.compile(r"(?P<agency>[A-Z0-9.]+)-(?P<day>\d{6}|\d{8})-(?P<serial>\d{4,8})", re.ASCII)
_KIND = "Mã hồ sơ"


@dataclass(frozen=True, slots=True)
class DossierCode:
    """Agency, day of receipt, serial of the day; printed as it was written."""

    text: str
    agency: AgencyCode
    received_on: dt.date
    serial: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code: ``H31.12-261123-0001``, ``000.00.12.H31-220921-0099``.

        Raises:
            InvalidIdentifier: another shape, or a day that no calendar has.
        """
        code = re.sub(r"\s", "", text).upper().replace("–", "-")
        match = _SHAPE.fullmatch(code)
        if match is None:
            raise InvalidIdentifier(kind=_KIND, value=text, detail="H31.12-261123-0001")
        day, layout = match["day"], "%y%m%d" if len(match["day"]) == 6 else "%Y%m%d"
        try:
            received = dt.datetime.strptime(day, layout).date()  # noqa: DTZ007 - a calendar day
        except ValueError as error:
            raise InvalidIdentifier(kind=_KIND, value=text, detail=f"{day}?") from error
        return cls(code, AgencyCode.parse(match["agency"]), received, match["serial"])

    def __str__(self) -> str:
        return self.text
