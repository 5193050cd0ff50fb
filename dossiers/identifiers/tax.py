"""Tax code (mã số thuế), which is also the enterprise code (mã số doanh nghiệp)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.digits import tidy_digits
from dossiers.identifiers.personal import PersonalNumber
from dossiers.text import nfc

_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_KIND = "Mã số thuế"


@dataclass(frozen=True, slots=True)
class TaxCode:
    """Ten digits, with ``-NNN`` for a dependent unit; twelve for people (TT 86/2024/TT-BTC)."""

    digits: str
    unit: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code.

        Raises:
            InvalidIdentifier: another shape, or the check digit does not agree.
        """
        compact = tidy_digits(text)
        if re.fullmatch(r"\d{12}", compact, re.ASCII):
            PersonalNumber.parse(compact)
            return cls(compact)
        match = re.fullmatch(r"(\d{10})(\d{3})?", compact, re.ASCII)
        if match is None:
            raise InvalidIdentifier(kind=_KIND, value=text, detail="10, 13 hoặc 12 chữ số / digits")
        digits, unit = match.groups()
        total = sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=False))
        if 10 - total % 11 != int(digits[9]) or digits[2:9] == "0000000" or unit == "000":
            detail = "sai chữ số kiểm tra / check digit"
            raise InvalidIdentifier(kind=_KIND, value=text, detail=detail)
        return cls(digits, unit)

    def __str__(self) -> str:
        return f"{self.digits}-{self.unit}" if self.unit else self.digits


@dataclass(frozen=True, slots=True)
class HouseholdBusinessCode:
    """Code on a household business certificate: older ``33A8012345``, or the head's own number."""

    code: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code.

        Raises:
            InvalidIdentifier: neither of the two shapes, nor a tax code.
        """
        compact = re.sub(r"[\s.]", "", nfc(text)).upper()
        if re.fullmatch(r"\d{2}[A-Z]\d{7}", compact, re.ASCII):
            return cls(compact)
        return cls(str(TaxCode.parse(compact)))

    def __str__(self) -> str:
        return self.code
