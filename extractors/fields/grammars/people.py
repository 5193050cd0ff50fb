"""Names of people, their sex, and the numbers of their papers."""

from __future__ import annotations

import re

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.digits import tidy_digits
from dossiers.identifiers.personal import OldCardNumber, PersonalNumber
from dossiers.text import fold
from extractors.fields.grammars.surnames import OTHER_WORDS, SURNAMES, SURNAMES_BARE
from extractors.fields.grammars.syllables import bears_tone, is_syllable
from extractors.fields.grammars.value import OTHERS, Value, at_most, doubtful, shown
from extractors.places.keys import spoken

_NAME = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+){1,6}")
_ADDRESS = re.compile(
    r"^(?:[ÔôBb][nà]g?\s*(?:/\s*[Bb]à|\(\s*[Bb]à\s*\))\s*[:.]?|[ÔôBb](?:ng|à)\s*:|ông|bà)\s+"
)
# How names of men and women begin among the Ê Đê, Mnông and Cơ Ho.
_OTHER_BEGINNING = re.compile(r"y\s|[hk]['’]\s?\w|h\s")
_KNOWN_WORDS = OTHER_WORDS | SURNAMES
_SPOKEN_SURNAMES = frozenset(spoken(name) for name in SURNAMES)
# Words that stand between family and given name; rare as family names.
_MIDDLE_NAMES = frozenset(
    {"văn", "thị", "xuân", "thế", "đức", "minh", "duy", "ngọc", "gia", "hữu", "khánh", "phương",
     "thùy", "thuỳ", "thanh", "tuấn", "quốc", "phúc", "thu", "mỹ", "công", "đình", "quang"}
)  # fmt: skip
_FIGURE = r"[\dOolI]"
_WORD = re.compile(r"[^\W\d_]{2,}")
_TWELVE = re.compile(rf"(?<![\w]){_FIGURE}{{3}}(?:[\s.]*{_FIGURE}{{3}}){{3}}(?!\w)")
_SPREAD = re.compile(r"(?<!\d)(?:\d[\s.]*){12}(?!\d)")
_NINE = re.compile(rf"(?<![\w]){_FIGURE}{{3}}(?:[\s.]*{_FIGURE}{{3}}){{2}}(?!\w)")
_PASSPORT = re.compile(r"(?<!\w)([A-Z])\s?(\d{7,8})(?!\w)")
_PHONE = re.compile(r"(?:\+|(?<![\w.]))\(?(?:[\dOolI](?:[\s.\-()]{0,2})){8,12}(?!\w)")
_EMAIL = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_FOREIGN_PASSPORT = re.compile(r"(?<!\w)(?=[A-Z0-9]*\d[A-Z0-9]*\d)[A-Z0-9]{6,9}(?!\w)")


def person_name(raw: str) -> Value:
    """Two to seven words with their capitals; ``ông/bà:`` before them is left out.

    A capital ``Ông`` without a colon may be the surname and stays.
    """
    raw = _ADDRESS.sub("", raw)
    if not _NAME.fullmatch(raw):
        return doubtful(raw, 0.4, "not a name of two to seven words")
    words = raw.split()
    if not (all(w.isupper() for w in words) or all(w[0].isupper() for w in words)):
        whole = _completed(words)
        if whole:
            return doubtful(whole, 0.4, f"the family name was completed from “{words[0]}”")
        return doubtful(raw, 0.6, "capitals do not fit a name")
    strange = [word for word in words if not _is_name_word(word)]
    other = _OTHER_BEGINNING.match(raw.lower()) is not None
    if other:
        # Their words are spelt in ways of their own, but bear no tone marks where they are.
        strange = [word for word in strange if bears_tone(word)]
    if strange:
        return doubtful(raw, 0.7, f"“{strange[0]}” is not spelt as a Vietnamese syllable")
    return Value(raw, 1.0) if other else _by_surname(raw, words[0])


def _completed(words: list[str]) -> str | None:
    """A name whose first letters a seal or a stroke hides, where only one family name ends so."""
    first, *others = words
    if len(first) < 2 or not first.islower() or not all(word[0].isupper() for word in others):
        return None
    ending = [name for name in SURNAMES if name.endswith(first) and name != first]
    return " ".join([ending[0].capitalize(), *others]) if len(ending) == 1 else None


def _is_name_word(word: str) -> bool:
    """A syllable, or a word of the names of other ethnic groups (``Ksor``, ``H’Hen``, ``Niê``)."""
    parts = [part for part in re.split(r"['’-]", word) if part]
    return all(is_syllable(part) or part.lower() in _KNOWN_WORDS for part in parts) or (
        len(parts) == 2 and parts[0].lower() in ("h", "k", "y")
    )


def _by_surname(raw: str, first: str) -> Value:
    """A name whose family name is not known may be misread there; all marks count."""
    name = first.lower()
    words = raw.split()
    if len(words) == 2 and name in _MIDDLE_NAMES:
        # A seal or a signature often hides the first word of a name.
        return doubtful(
            raw, 0.6, f"“{first}” is rather a middle name, the family name may be hidden"
        )
    if len(words) > 2 and words[1].lower() == "thi":
        return doubtful(raw, 0.75, f"“{words[1]}” within a name is mostly “Thị”")
    if name in SURNAMES or name in OTHER_WORDS or spoken(name) in _SPOKEN_SURNAMES:
        return Value(raw, 1.0)
    if near := SURNAMES_BARE.get(fold(name)):
        reason = f"“{first}” is not a known family name, {near.capitalize()} is"
        return doubtful(raw, 0.75, reason)
    # Of two words the family name may be what a seal hides.
    return doubtful(
        raw, 0.9 if len(raw.split()) > 2 else 0.5, f"“{first}” is not a known family name"
    )


def sex(raw: str) -> Value:
    """``Nam`` or ``Nữ``."""
    first = fold(raw).split(" ")[0].strip(".,;:") if raw else ""
    if first in ("nam", "nu"):
        if _other_choice(raw, first):
            return doubtful(raw, 0.2, "both choices are printed")
        return Value({"nam": "Nam", "nu": "Nữ"}[first], 1.0)
    return doubtful(raw, 0.2, "neither Nam nor Nữ")


def _other_choice(raw: str, first: str) -> bool:
    """Whether the other choice follows: next, or behind one word (``Nam hoặc Nữ``).

    Of ``nam``, the letters count: ``năm`` (year) folds to the same.
    """
    following = _WORD.findall(re.sub(r"(?i)việt\s+nam", " ", raw))[1:3]
    if first == "nam":
        return any(fold(word) == "nu" for word in following)
    return any(word.lower() == "nam" for word in following)


def personal_number(raw: str) -> Value:
    """Twelve digits; what precedes and follows them is left out, but for another such number."""
    number = _personal_number(raw)
    return at_most(number, 0.6, OTHERS) if _several(_TWELVE, raw) else number


def _several(shape: re.Pattern[str], raw: str) -> bool:
    """Whether different numbers of one shape stand in a text."""
    return len({re.sub(r"\W", "", tidy_digits(found[0])) for found in shape.finditer(raw)}) > 1


def _personal_number(raw: str) -> Value:
    match = _TWELVE.search(raw) or _SPREAD.search(raw)
    try:
        number = PersonalNumber.parse(match[0] if match else raw)
    except InvalidIdentifier:
        digits = re.sub(r"\D", "", raw)
        return doubtful(digits or raw, 0.2, "not a personal number of twelve digits")
    if number.padded:
        return doubtful(str(number), 0.5, "a leading zero was missing")
    if number.province is None:
        return doubtful(str(number), 0.7, f"province code {number.province_code} is not known")
    return Value(str(number), 1.0)


def identity_document(raw: str) -> Value:
    """The number of a personal number, old card or passport out of a phrase that names it.

    ``CCCD số 033 085 001 234 do Cục … cấp ngày 01/02/2022`` gives ``033085001234``.
    """
    if match := _TWELVE.search(raw):
        return personal_number(raw)
    if match := _PASSPORT.search(raw.upper()):
        return Value(match[1] + match[2], 1.0)
    if match := _NINE.search(raw):
        card = Value(str(OldCardNumber.parse(match[0])), 1.0)
        return at_most(card, 0.6, OTHERS) if _several(_NINE, raw) else card
    folded = fold(raw)
    if "ho chieu" in folded or "passport" in folded:
        tail = raw.upper()[max(folded.find("ho chieu"), folded.find("passport")) :]
        if match := _FOREIGN_PASSPORT.search(tail):
            return doubtful(match[0], 0.8, "a passport number of another country's shape")
    if match := _SPREAD.search(raw):
        return personal_number(match[0])
    return doubtful(raw, 0.2, "neither a personal number nor that of a card or passport")


def phone(raw: str) -> Value:
    """Ten or eleven digits from nought, ``+84`` as nought; what follows the first is left out."""
    match = _PHONE.search(raw)
    compact = re.sub(r"[()+]", "", match[0]) if match else ""
    digits = re.sub(r"\D", "", tidy_digits(compact))
    if digits.startswith("84") and len(digits) in (11, 12):
        digits = "0" + digits[2:]
    if re.fullmatch(r"0[35789]\d{8}", digits):
        return shown(digits, f"{digits[:4]} {digits[4:7]} {digits[7:]}")
    if re.fullmatch(r"02\d{8,9}|1[89]00\d{4,6}", digits):
        return Value(digits, 1.0)
    if re.fullmatch(r"0\d{8,10}", digits):
        return doubtful(digits, 0.6, "no mobile or landline number of today's plan")
    return doubtful(digits or raw, 0.3, "not a telephone number")


def email(raw: str) -> Value:
    """Lower case; blanks beside ``@`` and dots are the recogniser's."""
    tidy = re.sub(r"\s*([@.])\s*", r"\1", raw.strip(" .,;:")).lower()
    whole = "@" in tidy and "(@" not in tidy
    if not whole:  # what recognisers make of the sign
        tidy = re.sub(r"\s*(?:\(@|\(đ|[®©])", "@", tidy, count=1)
    match = _EMAIL.search(tidy) if "@" in tidy else None
    if match is None or ".." in match[0] or match[0][0] == ".":
        return doubtful(raw, 0.3, "not an e-mail address")
    if match[0] != tidy:
        return doubtful(match[0], 0.7, "other text beside the e-mail address")
    return Value(match[0], 1.0) if whole else doubtful(match[0], 0.7, "the @ was not read")
