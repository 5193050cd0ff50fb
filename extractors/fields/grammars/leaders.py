"""What the dots of fill-in lines leave in a value: stray stops, and commas read as stops."""

from __future__ import annotations

import re

# Words that begin a part of an address; in front of one, a stop is a comma misread.
_PARTS = (
    "thôn|xóm|tổ|tờ|khu|ngõ|ngách|hẻm|đường|phố|ấp|bản|buôn|làng|đội|số|xã|phường|thị|huyện|quận|"
    "thành phố|tỉnh|căn hộ|tòa"
)
_WITH_COMMA = re.compile(r"\s*[.…]*,[.,…]*\s*")
_FOR_COMMA = re.compile(rf"(?<=\w)(?<![A-ZĐ]{{2}})\s?[.…]+\s*(?=(?:{_PARTS})\s)")
# Behind a small letter or a stop; abbreviations (TP.) end in a capital.
_STRAY = re.compile(r"(?<=[a-zà-ỹ])\s?[.…]+(?=\s?[^\W_])")
_BETWEEN_NAMES = re.compile(r"[\s.…]*[.…][\s.…]*(?=\w)")


def of_place(text: str) -> str:
    """An address or agency: ``Xóm 9. thôn Phú Mỹ,. xã. Lệ Xá`` is ``Xóm 9, thôn Phú Mỹ, xã Lệ Xá``."""
    text = _WITH_COMMA.sub(", ", text)
    text = _FOR_COMMA.sub(", ", text)
    return " ".join(_STRAY.sub(" ", text).split()).strip(" ,")


def of_name(text: str) -> str:
    """A person's name, in which nothing is abbreviated: ``TẠ MINH.TUỆ`` is ``TẠ MINH TUỆ``."""
    return " ".join(_BETWEEN_NAMES.sub(" ", text).split())
