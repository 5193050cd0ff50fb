"""What stands in front of the units of an address: hamlets, streets, buildings, institutions."""

from __future__ import annotations

import re

from dossiers.text import fold, has_diacritics
from extractors.places.segments import Segment

# What stands in front of units: hamlets, streets, buildings, institutions.
_DETAIL = re.compile(
    r"(?:thôn|xóm|ấp|bản|làng|buôn|bon|plei|phum|sóc|khu|khóm|khối|cụm|tổ|tdp|đội|số|sn|đường|phố|ngõ|"
    r"ngách|hẻm|kiệt|km|quốc lộ|tỉnh lộ|lô|căn|tầng|tòa|toà|chung cư|nhà|bệnh viện|trạm|trung tâm|"
    r"trường|công ty|chợ|kcn|kđt|đại lộ|khoa|phòng|tiểu khu)\b|\d"
)
HAMLET = re.compile(
    r"(?:thôn|xóm|ấp|bản|làng|buôn|khu phố|khu|khóm|khối|tổ|đội|số|đường|phố|ngõ|ngách|hẻm)\b|\d"
)
_DETAIL_BARE = re.compile(fold(_DETAIL.pattern))


def is_detail(part: Segment) -> bool:
    """Whether a part is none of the units."""
    lower = part.whole.lower()
    shape = _DETAIL if has_diacritics(lower) else _DETAIL_BARE
    return shape.match(lower) is not None
