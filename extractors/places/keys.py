"""Names of units in the forms in which they are compared.

Spellings that Vietnamese writers use for the same name are one: the place of the tone mark (``Hòa``,
``Hoà``), ``i`` for ``y`` at the end of a syllable (``Mĩ``, ``Mỹ``), hyphens and apostrophes, noughts
before a number (``Phường 01``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from dossiers.text import fold

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_PARTS = re.compile(r"[^\w]+|_")
_LAST_Y = re.compile(r"(?<=[bcdđghklmnqrstvx])y\b|(?<=qu)y\b")


@lru_cache(maxsize=65536)
def spoken(name: str) -> str:
    """Lower case, each syllable's tone behind it, ``y`` as ``i``: equal if read out the same."""
    text = unicodedata.normalize("NFC", name.lower().replace("'", "").replace("’", ""))
    words = []
    for word in _PARTS.sub(" ", text).split():
        letters = unicodedata.normalize("NFD", word)
        tone = "".join(c for c in letters if c in _TONES)
        syllable = unicodedata.normalize("NFC", "".join(c for c in letters if c not in _TONES))
        syllable = syllable.lstrip("0") if syllable.isdigit() else _LAST_Y.sub("i", syllable)
        words.append(syllable + tone)
    return " ".join(words)


@lru_cache(maxsize=65536)
def bare(name: str) -> str:
    """The same without any marks: what is left where a recogniser lost them."""
    return fold(spoken(name))
