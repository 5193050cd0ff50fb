"""The evidence for a type, which is recorded in English, as a person reads it."""

from __future__ import annotations

import re

from cli.speech import language
from dossiers.errors import Language

_SAID = (
    (r"^title '(.*)' on page (\d+), strength ([\d.]+)", r"tiêu đề “\1” ở trang \2, độ mạnh \3"),
    (r"^symbol '(.*)' of the number, strength ([\d.]+)", r"ký hiệu “\1” sau số, độ mạnh \2"),
    (r"^phrase '(.*)'", r"cụm từ “\1”"),
    (r"^(\d+)% of its labels", r"\1 % số nhãn của loại này"),
    (r"^the heading '(.*)' is another", r"tiêu đề “\1” là của loại khác"),
    (r"^layout '(.*)': a phrase that only it has", r"mẫu “\1”: có cụm từ chỉ in trên mẫu này"),
    (r"^layout '(.*)': issued while it was in use", r"mẫu “\1”: ban hành khi mẫu này được dùng"),
    (r"^QR code of an identity card", "mã QR của thẻ căn cước"),
    (r"^given by a person", "do người dùng chọn"),
)


def evidence_said(evidence: str) -> str:
    """One piece of evidence in the reader's language."""
    if language() is Language.ENGLISH:
        return evidence
    for english, vietnamese in _SAID:
        said, count = re.subn(english, vietnamese, evidence)
        if count:
            return said
    return evidence
