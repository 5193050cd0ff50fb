"""Other names of provinces: abbreviations, and provinces that were divided before 2004.

Birthplaces of the old name them; a commune is looked for in each province that came from them
(resolutions of the National Assembly from 1975 to 2008).
"""

from __future__ import annotations

from collections.abc import Mapping

from extractors.places.keys import bare

# Abbreviations and other spellings, with the codes of the 63 provinces.
_OTHER_NAMES: Mapping[str, str] = {
    "HCM": "79", "TPHCM": "79", "HN": "01", "BR-VT": "77", "BRVT": "77", "TT Huế": "46",
    "Thừa Thiên Huế": "46", "Đắc Lắc": "66", "Đắc Nông": "67", "Daklak": "66", "Kontum": "62",
}  # fmt: skip
_FORMER: Mapping[str, tuple[str, ...]] = {
    "Hà Tây": ("01",), "Hải Hưng": ("30", "33"), "Nam Hà": ("35", "36"), "Sài Gòn": ("79",),
    "Hà Nam Ninh": ("35", "36", "37"), "Hà Sơn Bình": ("01", "17"), "Vĩnh Phú": ("25", "26"),
    "Hà Bắc": ("24", "27"), "Bắc Thái": ("06", "19"), "Hà Tuyên": ("02", "08"),
    "Hoàng Liên Sơn": ("10", "15"), "Cao Lạng": ("04", "20"), "Nghệ Tĩnh": ("40", "42"),
    "Bình Trị Thiên": ("44", "45", "46"), "Quảng Nam - Đà Nẵng": ("48", "49"),
    "Nghĩa Bình": ("51", "52"), "Phú Khánh": ("54", "56"), "Thuận Hải": ("58", "60"),
    "Gia Lai - Kon Tum": ("62", "64"), "Sông Bé": ("70", "74"), "Minh Hải": ("95", "96"),
    "Cửu Long": ("84", "86"),
}  # fmt: skip

OTHER_NAMES = {bare(name): code for name, code in _OTHER_NAMES.items()}
FORMER = {bare(name): codes for name, codes in _FORMER.items()}
