"""Personal number (số định danh cá nhân) and the nine-digit identity card number before it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Self

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.digits import tidy_digits

KIND = "Số định danh cá nhân"

# Codes of the 63 provinces where a birth was registered (NĐ 137/2015/NĐ-CP, TT 59/2021/TT-BCA);
# people keep their number after the mergers of 2025.
PROVINCES = {
    "001": "Hà Nội", "002": "Hà Giang", "004": "Cao Bằng", "006": "Bắc Kạn", "008": "Tuyên Quang",
    "010": "Lào Cai", "011": "Điện Biên", "012": "Lai Châu", "014": "Sơn La", "015": "Yên Bái",
    "017": "Hòa Bình", "019": "Thái Nguyên", "020": "Lạng Sơn", "022": "Quảng Ninh",
    "024": "Bắc Giang", "025": "Phú Thọ", "026": "Vĩnh Phúc", "027": "Bắc Ninh", "030": "Hải Dương",
    "031": "Hải Phòng", "033": "Hưng Yên", "034": "Thái Bình", "035": "Hà Nam", "036": "Nam Định",
    "037": "Ninh Bình", "038": "Thanh Hóa", "040": "Nghệ An", "042": "Hà Tĩnh", "044": "Quảng Bình",
    "045": "Quảng Trị", "046": "Thừa Thiên Huế", "048": "Đà Nẵng", "049": "Quảng Nam",
    "051": "Quảng Ngãi", "052": "Bình Định", "054": "Phú Yên", "056": "Khánh Hòa",
    "058": "Ninh Thuận", "060": "Bình Thuận", "062": "Kon Tum", "064": "Gia Lai", "066": "Đắk Lắk",
    "067": "Đắk Nông", "068": "Lâm Đồng", "070": "Bình Phước", "072": "Tây Ninh",
    "074": "Bình Dương", "075": "Đồng Nai", "077": "Bà Rịa - Vũng Tàu", "079": "TP Hồ Chí Minh",
    "080": "Long An", "082": "Tiền Giang", "083": "Bến Tre", "084": "Trà Vinh", "086": "Vĩnh Long",
    "087": "Đồng Tháp", "089": "An Giang", "091": "Kiên Giang", "092": "Cần Thơ",
    "093": "Hậu Giang", "094": "Sóc Trăng", "095": "Bạc Liêu", "096": "Cà Mau",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonalNumber:
    """Twelve digits: province of birth registration, century and sex, birth year, six random.

    ``padded`` is true when a leading zero, lost in a spreadsheet, was put back.
    """

    digits: str
    padded: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number, with or without blanks.

        Raises:
            InvalidIdentifier: not twelve digits (or eleven with the zero lost).
        """
        digits = tidy_digits(text)
        if re.fullmatch(r"\d{12}", digits, re.ASCII):
            return cls(digits)
        if re.fullmatch(r"\d{11}", digits, re.ASCII) and "0" + digits[:2] in PROVINCES:
            return cls("0" + digits, padded=True)
        raise InvalidIdentifier(kind=KIND, value=text, detail="phải có 12 chữ số / needs 12 digits")

    def __str__(self) -> str:
        return self.digits

    @property
    def province_code(self) -> str:
        """First three digits; codes outside :data:`PROVINCES` exist for births abroad."""
        return self.digits[:3]

    @property
    def province(self) -> str | None:
        """Province of birth registration, under its name before July 2025."""
        return PROVINCES.get(self.province_code)

    @property
    def sex(self) -> str:
        """``Nam`` or ``Nữ``."""
        return ("Nam", "Nữ")[int(self.digits[3]) % 2]

    @property
    def birth_year(self) -> int:
        """Year of birth, 1900 to 2399."""
        return 1900 + 100 * (int(self.digits[3]) // 2) + int(self.digits[4:6])

    def contradictions(
        self, birth_date: dt.date | None = None, sex: str | None = None
    ) -> tuple[str, ...]:
        """What about the number disagrees with itself or with the rest of the paper."""
        found = []
        if self.province is None:
            found.append(f"province code {self.province_code} is not known")
        if birth_date and birth_date.year != self.birth_year:
            found.append(f"number says born {self.birth_year}, paper says {birth_date.year}")
        if sex and sex != self.sex:
            found.append(f"number says {self.sex}, paper says {sex}")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class OldCardNumber:
    """Nine digits of the identity cards (CMND) that lost validity on 1 January 2025."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number.

        Raises:
            InvalidIdentifier: not nine digits.
        """
        digits = tidy_digits(text)
        if not re.fullmatch(r"\d{9}", digits, re.ASCII):
            raise InvalidIdentifier(
                kind="Số CMND", value=text, detail="phải có 9 chữ số / needs 9 digits"
            )
        return cls(digits)

    def __str__(self) -> str:
        return self.digits
