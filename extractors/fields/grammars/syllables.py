"""Whether a word can be a Vietnamese syllable: an onset, a rhyme, and a tone that the rhyme bears.

The tone mark stands over the letter that bears it: ``Xúân`` is none, ``hoà`` and ``hòa`` both are.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import takewhile

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_STOPPED = ("\u0301", "\u0323")  # sắc and nặng, the only tones before a stop
_FRONT, _BACK = ("k", "gh", "ngh"), ("c", "g", "ng")
_ONSETS = (
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h",
    "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", "",
)  # fmt: skip
_RHYMES_TEXT = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en
eng eo ep et ê êch êm ên êng ênh êp êt êu i ich im in inh ip it iu ia iêc iêm iên iêng iêp iêt
iêu y ych ynh yêm yên yêng yêt yêu o oc oi om on ong op ot oong ooc oa oac oach oai oam oan oang
oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp
ơt u uc ui um un ung up ut ua uôc uôi uôm uôn uông uôt uân uâng uât uây uê uêch uênh uêt uơ uy
uya uych uyn uynh uyp uyt uyu uyên uyêt ư ưc ưi ưm ưn ưng ưt ưu ưa ươc ươi ươm ươn ương ươp ươt
ươu
"""
_RHYMES = frozenset(_RHYMES_TEXT.split())
_VOWELS, _SHAPED = frozenset("aăâeêioôơuưy"), "ăâêôơư"
# Where nothing follows them, these are written with the mark over either vowel.
_EITHER = ("oa", "oe", "uy")


@lru_cache(maxsize=16384)
def is_syllable(word: str) -> bool:
    """Whether it is spelt as Vietnamese syllables are; case does not matter."""
    letters = unicodedata.normalize("NFD", word.lower())
    tones = [c for c in letters if c in _TONES]
    base = unicodedata.normalize("NFC", "".join(c for c in letters if c not in _TONES))
    if len(tones) > 1 or not base.isalpha():
        return False
    place = 0
    if tones:
        before = letters[: letters.index(tones[0])]
        place = sum(not unicodedata.combining(c) for c in before) - 1
    return any(
        base.startswith(onset) and _fits(onset, base[len(onset) :], tones, place - len(onset))
        for onset in _ONSETS
    )


def bears_tone(word: str) -> bool:
    """Whether a tone mark stands over one of its letters."""
    return any(letter in _TONES for letter in unicodedata.normalize("NFD", word))


def _fits(onset: str, rhyme: str, tones: list[str], place: int) -> bool:
    if onset == "gi" and rhyme in ("", "n", "êt", "êng", "êp"):
        rhyme, place = "i" + rhyme, place + 1
    if onset == "qu" and rhyme in ("yt", "yn", "yp"):
        rhyme, place = f"u{rhyme}", place + 1
    if rhyme not in _RHYMES or (tones and place not in _seats(rhyme)):
        return False
    # A stop cuts the voice short.
    stopped = rhyme[-1] in "ctp" or rhyme.endswith("ch")
    if stopped and (not tones or tones[0] not in _STOPPED):
        return False
    front = rhyme[0] in "eêiy"
    return not (onset in _FRONT and not front) and not (onset in _BACK and front)


@lru_cache(maxsize=256)
def _seats(rhyme: str) -> tuple[int, ...]:
    """The letters of a rhyme that its tone mark may stand over, by their places."""
    vowels = "".join(takewhile(_VOWELS.__contains__, rhyme))
    shaped = [place for place, letter in enumerate(vowels) if letter in _SHAPED]
    if shaped:
        return (shaped[-1],)
    if rhyme in _EITHER:
        return (0, 1)
    if len(vowels) == 2 and rhyme == vowels:
        return (0,)
    return (min(1, len(vowels) - 1),)
