"""Legacy encodings of Vietnamese: TCVN3 (ABC) and VNI, whose fonts draw Vietnamese over Latin codes.

Text made with them reads ``Céng hßa`` or ``Coäng hoøa`` once it leaves its font. TCVN3 (TCVN
5712:1993, VN3) has one code a letter, and fonts of their own (``.VnTimeH``) for capitals with
tones; VNI writes the mark as a letter behind its vowel.
"""

from __future__ import annotations

import re
from enum import StrEnum

from dossiers.text import nfc, printable

_TCVN3 = dict(
    zip(
        "µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ¨©ª«¬\u00ad®¡¢£¤¥¦§",
        "àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵăâêôơưđĂÂÊÔƠƯĐ",
        strict=True,
    )
)
_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT = "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"
_CIRCUMFLEX, _BREVE = "\u0302", "\u0306"
_VNI_MARKS = {
    "ø": _GRAVE, "ù": _ACUTE, "û": _HOOK, "õ": _TILDE, "ï": _DOT,
    "â": _CIRCUMFLEX, "à": _CIRCUMFLEX + _GRAVE, "á": _CIRCUMFLEX + _ACUTE,
    "å": _CIRCUMFLEX + _HOOK, "ã": _CIRCUMFLEX + _TILDE, "ä": _CIRCUMFLEX + _DOT,
    "ê": _BREVE, "è": _BREVE + _GRAVE, "é": _BREVE + _ACUTE, "ú": _BREVE + _HOOK,
    "ü": _BREVE + _TILDE, "ë": _BREVE + _DOT,
}  # fmt: skip
_VNI_LETTERS = {
    "ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "í": "í", "ì": "ì",
}  # fmt: skip
_VNI = re.compile(
    f"([aeouyôö])([{''.join(_VNI_MARKS)}])|([{''.join(_VNI_LETTERS)}])", re.IGNORECASE
)


class Encoding(StrEnum):
    """How the codes of a font are to be read."""

    UNICODE = "unicode"
    TCVN3 = "tcvn3"
    TCVN3_CAPITALS = "tcvn3_capitals"
    VNI = "vni"


def by_font(name: str) -> tuple[Encoding, ...]:
    """The encodings that a font may have, by its name; likeliest first."""
    plain = name.rpartition("+")[2].lower()
    if plain.startswith(".vn"):
        capitals = plain.split("-")[0].split(",")[0].endswith("h")
        first = Encoding.TCVN3_CAPITALS if capitals else Encoding.TCVN3
        return (first, *(one for one in Encoding if one is not first))
    if plain.startswith("vni"):
        return (Encoding.VNI, *(one for one in Encoding if one is not Encoding.VNI))
    return tuple(Encoding)


def decode(text: str, encoding: Encoding) -> str:
    """Text in NFC on one line, whatever its font's codes; without what is not print."""
    if encoding is Encoding.VNI:
        text = _VNI.sub(_vni, nfc(text))
    elif encoding is not Encoding.UNICODE:
        text = "".join(_TCVN3.get(c, c) for c in text)
        if encoding is Encoding.TCVN3_CAPITALS:
            text = text.upper()
    return printable(text)


def _vni(match: re.Match[str]) -> str:
    vowel, mark, letter = match.groups()
    if letter:
        small = _VNI_LETTERS[letter.lower()]
        return small.upper() if letter.isupper() else small
    base = _VNI_LETTERS.get(vowel.lower(), vowel.lower())
    composed = nfc(base + _VNI_MARKS[mark.lower()])
    return composed.upper() if vowel.isupper() else composed
