"""Numbers in Vietnamese words, as amounts, areas and years are written out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from dossiers.errors import InvalidIdentifier
from dossiers.text import fold

#: Numbers from here on have no words that people agree on.
LIMIT = 10**18

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_VALUES = {fold(word): value for value, word in enumerate(_DIGITS)} | {"tu": 4}
# Five and one sound otherwise behind a ten.
_AFTER_TEN = _VALUES | {"lam": 5, "nham": 5}
_NUMBER_WORDS = frozenset({*_AFTER_TEN, "mot", "muoi", "tram", "linh", "le", "nghin", "ngan"})
_THOUSAND = ("nghin", "ngan")
_BILLION = ("ty", "ti")


def number_in_words(number: int) -> str:
    """``một trăm hai mươi lăm triệu``; 0 to 10¹⁸ - 1.

    Raises:
        ValueError: outside of that.
    """
    if not 0 <= number < LIMIT:
        raise ValueError(f"{number} has no words")
    if number == 0:
        return _DIGITS[0]
    billions, rest = divmod(number, 10**9)
    words = [*_say_millions(billions, full=False), "tỷ"] if billions else []
    return " ".join(words + _say_millions(rest, full=bool(billions)))


def parse_number_words(text: str, *, clipped: bool = False) -> int:
    """The number that words say; diacritics may be lost, groups may be parted by commas.

    ``clipped`` allows tens without ``mươi`` (``chín lăm``), as years are spoken.

    Raises:
        InvalidIdentifier: anything is there that is no part of one number.
    """
    return _Reader(text, clipped=clipped).number(_words(text))


def is_number_word(word: str) -> bool:
    """Whether a word is part of numbers only; diacritics count not, so ``năm`` is one."""
    return fold(word).strip(" .,;:") in _NUMBER_WORDS


def parse_decimal_words(text: str) -> Decimal:
    """The same with decimals: ``một trăm hai mươi phẩy năm``, ``… phẩy không năm``.

    Raises:
        InvalidIdentifier: no such number.
    """
    words = _words(text)
    reader = _Reader(text, clipped=False)
    if "phay" not in words:
        return Decimal(reader.number(words))
    comma = words.index("phay")
    whole, decimals = reader.number(words[:comma]), words[comma + 1 :]
    noughts = next((i for i, word in enumerate(decimals) if word != "khong"), len(decimals))
    if all(word in _VALUES for word in decimals) and decimals:
        digits = "".join(str(_VALUES[word]) for word in decimals)
    else:
        digits = "0" * noughts + str(reader.number(decimals[noughts:]))
    return Decimal(f"{whole}.{digits}")


def _words(text: str) -> list[str]:
    return re.sub(r"[^a-z]+", " ", fold(text)).split()


class _Reader:
    """One number out of words; keeps the text for the error."""

    def __init__(self, text: str, *, clipped: bool) -> None:
        self._text = text
        self._clipped = clipped

    def number(self, words: Sequence[str]) -> int:
        head, scale, tail = self._cut(words, _BILLION)
        if not scale:
            return self._millions(tail, follows=False)
        rest = self._millions(tail, follows=True) if tail else 0
        return self._millions(head, follows=False) * 10**9 + rest

    def _millions(self, words: Sequence[str], *, follows: bool) -> int:
        total = 0
        for names, scale in ((("trieu",), 10**6), (_THOUSAND, 10**3)):
            head, found, words = self._cut(words, names)
            if found:
                total += self._hundreds(head, follows=follows) * scale
                follows = True
        if words or not follows:
            total += self._hundreds(words, follows=follows)
        return total

    def _cut(
        self, words: Sequence[str], names: Sequence[str]
    ) -> tuple[Sequence[str], bool, Sequence[str]]:
        at = next((index for index, word in enumerate(words) if word in names), None)
        if at is None:
            return (), False, words
        return words[:at], True, words[at + 1 :]

    def _hundreds(self, words: Sequence[str], *, follows: bool) -> int:
        """Three places; a lone unit behind a greater one (``một nghìn hai``) would be a guess."""
        if len(words) >= 2 and words[1] == "tram" and words[0] in _VALUES:
            hundreds = _VALUES[words[0]] * 100
            return hundreds + self._tens(words[2:], follows=True) if words[2:] else hundreds
        return self._tens(words, follows=follows)

    def _tens(self, words: Sequence[str], *, follows: bool) -> int:
        match list(words):
            case [unit] if unit in _VALUES and not follows:
                return _VALUES[unit]
            case ["linh" | "le", unit] if unit in _AFTER_TEN and follows:
                return _AFTER_TEN[unit]
            case ["muoi"]:
                return 10
            case ["muoi", unit] if _AFTER_TEN.get(unit):
                return 10 + _AFTER_TEN[unit]
            case [ten, "muoi"] if _VALUES.get(ten, 0) > 1:
                return _VALUES[ten] * 10
            case [ten, "muoi", unit] if _VALUES.get(ten, 0) > 1 and _AFTER_TEN.get(unit):
                return _VALUES[ten] * 10 + _AFTER_TEN[unit]
            case [ten, unit] if self._clipped and _VALUES.get(ten) and unit in _AFTER_TEN:
                return _VALUES[ten] * 10 + _AFTER_TEN[unit]
        said = " ".join(words) or "…"
        raise InvalidIdentifier(kind="Số bằng chữ", value=self._text, detail=f"“{said}”?")


def _say_millions(number: int, *, full: bool) -> list[str]:
    words: list[str] = []
    for scale, name in ((10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        group = number // scale % 1000
        if group:
            words += [*_say_hundreds(group, full=full or bool(words)), name]
    return [word for word in words if word]


def _say_hundreds(number: int, *, full: bool) -> list[str]:
    """Three places; ``full`` ones follow others and so say their noughts."""
    hundreds, rest = divmod(number, 100)
    words = [_DIGITS[hundreds], "trăm"] if hundreds or full else []
    tens, unit = divmod(rest, 10)
    if tens == 0:
        return words + ((["linh"] if words else []) + [_DIGITS[unit]] if unit else [])
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if unit:
        words.append(_say_unit(tens, unit))
    return words


def _say_unit(tens: int, unit: int) -> str:
    if unit == 5:
        return "lăm"
    if tens > 1 and unit in (1, 4):
        return {1: "mốt", 4: "tư"}[unit]
    return _DIGITS[unit]
