"""Number and symbol of a document (số, ký hiệu; NĐ 30/2020/NĐ-CP, Phụ lục I and III)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from dossiers.errors import InvalidIdentifier
from dossiers.text import nfc

# Phụ lục III.
TYPE_NAMES = {
    "NQ": "Nghị quyết", "QĐ": "Quyết định", "CT": "Chỉ thị", "QC": "Quy chế", "QyĐ": "Quy định",
    "TC": "Thông cáo", "TB": "Thông báo", "HD": "Hướng dẫn", "CTr": "Chương trình",
    "KH": "Kế hoạch", "PA": "Phương án", "ĐA": "Đề án", "DA": "Dự án", "BC": "Báo cáo",
    "BB": "Biên bản", "TTr": "Tờ trình", "HĐ": "Hợp đồng", "CĐ": "Công điện",
    "BGN": "Bản ghi nhớ", "BTT": "Bản thỏa thuận", "GUQ": "Giấy ủy quyền", "GM": "Giấy mời",
    "GGT": "Giấy giới thiệu", "GNP": "Giấy nghỉ phép", "PG": "Phiếu gửi", "PC": "Phiếu chuyển",
    "PB": "Phiếu báo", "SY": "Sao y", "TrS": "Trích sao", "SL": "Sao lục",
}  # fmt: skip

_SHAPE = re.compile(
    r"(?P<number>\d{1,7})(?P<suffix>[A-Za-zĐđ]?)/(?:(?P<year>(?:19|20)\d{2})(?:/|$))?"
    r"(?P<notation>[A-ZĐÀ-Ỹ][\wĐđÀ-ỹ&.+]*(?:-[\wĐđÀ-ỹ&.+]+)*)?"
)


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """``57a/BC-UBND``, ``01/2023/TT-VPCP``, ``15/UBND-PVHCC&KSTT``, ``58/2020`` (civil status)."""

    number: str
    suffix: str
    year: int | None
    notation: str | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number with its symbol; blanks around ``/`` and ``-`` are dropped.

        Raises:
            InvalidIdentifier: another shape.
        """
        tidy = re.sub(r"\s*([/–-])\s*", r"\1", nfc(text).strip().strip(".,;: ")).replace("–", "-")
        tidy = re.sub(r"(?<=\d)[Oo](?=[\d/])|(?<![A-ZĐ\w])[Oo](?=\d)", "0", tidy)
        match = _SHAPE.fullmatch(tidy.replace(" ", ""))
        if match is None or not (match["year"] or match["notation"]):
            raise InvalidIdentifier(kind="Số, ký hiệu", value=text, detail="12/QĐ-UBND")
        year = int(match["year"]) if match["year"] else None
        return cls(match["number"], match["suffix"], year, match["notation"])

    def __str__(self) -> str:
        parts = [self.number + self.suffix, str(self.year or ""), self.notation or ""]
        return "/".join(part for part in parts if part)

    @property
    def type_name(self) -> str | None:
        """What kind of document the symbol stands for; ``None`` for an official letter."""
        return TYPE_NAMES.get((self.notation or "").partition("-")[0])
