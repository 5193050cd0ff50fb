"""Electronic identification code of an agency (QĐ 20/2020/QĐ-TTg, amended by QĐ 09/2025/QĐ-TTg)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from dossiers.errors import InvalidIdentifier

_NEW = re.compile(r"[A-Y]\d{2}(?:\.\d{1,3}){0,4}", re.ASCII)
_OLD = re.compile(r"(\d{3})\.(\d{2})\.(\d{2,3})\.([A-Y]\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AgencyCode:
    """Level 1 first: ``H31``, ``H31.12``, ``H31.12.05``."""

    canonical: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code in the order of 2020 or in that of TT 10/2016/TT-BTTTT (``000.00.12.H31``).

        Raises:
            InvalidIdentifier: neither.
        """
        code = re.sub(r"\s", "", text).upper()
        if len(code) <= 35 and _NEW.fullmatch(code):
            return cls(code)
        if match := _OLD.fullmatch(code):
            groups = [group for group in match.groups()[:3] if int(group)]
            return cls(".".join([match[4], *reversed(groups)]))
        raise InvalidIdentifier(
            kind="Mã định danh cơ quan", value=text, detail="H31.12 / 000.00.12.H31"
        )

    def __str__(self) -> str:
        return self.canonical

    @property
    def level_1(self) -> str:
        """The ministry or province: ``H31``."""
        return self.canonical.partition(".")[0]

    def old_order(self) -> str:
        """The code in the order of 2016; levels below the fourth cannot be written in it."""
        first, *rest = self.canonical.split(".")
        level2, level3, level4 = [*rest, "", "", ""][:3]
        return f"{level4 or '0':0>3}.{level3 or '0':0>2}.{level2 or '0':0>2}.{first}"
