"""Vietnamese text: one normal form for keeping, one folded form for comparing."""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile(r"[\u0300-\u036f]")
_BLANKS = re.compile(r"\s+")
# Control, format, surrogate, private use, unassigned (Unicode general categories).
_UNPRINTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_ETH = str.maketrans("Ðð", "Đđ")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")


def nfc(text: str) -> str:
    """Text in NFC, the form in which everything is kept and shown."""
    return unicodedata.normalize("NFC", text)


def printable(text: str) -> str:
    """NFC on one line, without what is not print: controls, bidirectional marks, zero widths.

    The Icelandic ``Ð`` that old keyboards give for ``Đ`` is put right: they look alike.
    """
    kept = "".join(" " if c in "\t\n\r\f\v\x85\u2028\u2029" else c for c in nfc(text))
    kept = "".join(c for c in kept if unicodedata.category(c) not in _UNPRINTED)
    return _BLANKS.sub(" ", kept.translate(_ETH)).strip()


def fold(text: str) -> str:
    """Lower case, without diacritics, ``đ`` as ``d``, blanks run together.

    Used for matching and searching only; it makes no difference between the old and the new
    placement of tone marks (``thuỷ``, ``thủy``).
    """
    base = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return _BLANKS.sub(" ", _MARKS.sub("", base)).strip().lower()


def letters_of(text: str) -> str:
    """Folded, with nothing left but ``a`` to ``z`` and figures: merged words compare equal."""
    return letters_in(fold(text))


def letters_in(folded: str) -> str:
    """The letters and figures of text that is folded already."""
    return _NOT_LETTERS.sub("", folded)


def words_of(text: str) -> str:
    """Folded words and figures, parted by one blank."""
    return words_in(fold(text))


def words_in(folded: str) -> str:
    """The words and figures of text that is folded already."""
    return _NOT_LETTERS.sub(" ", folded).strip()


def has_diacritics(text: str) -> bool:
    """Whether folding would change more than the case."""
    return fold(text) != _BLANKS.sub(" ", nfc(text)).strip().lower()
