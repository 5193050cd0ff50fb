"""Vietnamese text: one normal form for keeping, one folded form for comparing."""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile(r"[\u0300-\u036f]")
_BLANKS = re.compile(r"\s+")


def nfc(text: str) -> str:
    """Text in NFC, the form in which everything is kept and shown."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case, without diacritics, ``đ`` as ``d``, blanks run together.

    Used for matching and searching only; it makes no difference between the old and the new
    placement of tone marks (``thuỷ``, ``thủy``).
    """
    base = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return _BLANKS.sub(" ", _MARKS.sub("", base)).strip().lower()


def has_diacritics(text: str) -> bool:
    """Whether folding would change more than the case."""
    return fold(text) != _BLANKS.sub(" ", nfc(text)).strip().lower()
