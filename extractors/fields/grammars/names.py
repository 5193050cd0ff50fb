"""Agencies, places, choices and plain text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from dossiers.text import letters_of
from extractors.agencies.reading import read_agency
from extractors.fields.grammars.syllables import is_syllable
from extractors.fields.grammars.value import Value, at_most, doubtful
from extractors.places.reading import read_place

# Lists of recipients are the longest of them.
_LONGEST = 600
# Words without figures; what a figure stands in is none.
_WORD = re.compile(r"[^\W_]*[^\W\d_][^\W_]*")
# In a shorter word, another letter makes another word (Khá, Khác).
_LONG_ENOUGH = 5
_MARKUP = re.compile(r"<\s*[/!a-z]|&(?:#\d+|[a-z]+);|javascript:", re.IGNORECASE)


def agency(raw: str, as_of: dt.date | None, province: str | None = None) -> Value:
    """An agency as printed, with the unit it is of and its code where that is certain."""
    if len(raw) < 4:
        return doubtful(raw, 0.4, "too short for an agency")
    if len(raw) > _LONGEST:
        return doubtful(raw, 0.4, "too long for an agency")
    read = read_agency(raw, as_of, province)
    reason = "; ".join(read.reasons) or None
    return Value(
        read.text, read.validity, reason, place=read.place, agency_code=read.code,
        confirmed=("agencies",) if read.listed else (),
    )  # fmt: skip


def place(raw: str, as_of: dt.date | None) -> Value:
    """An address or birthplace as printed, with the units it names on the paper's day."""
    if not raw[:1].isalnum() or len(raw) < 3:
        return doubtful(raw, 0.5, "not a place")
    if len(raw) > _LONGEST:
        return doubtful(raw, 0.4, "too long for a place")
    read = read_place(raw, as_of)
    value = Value(
        read.text, read.validity, "; ".join(read.reasons) or None, place=read.place,
        confirmed=("gazetteer",) if read.listed else (),
    )  # fmt: skip
    strange = next((word for word in _WORD.findall(raw) if not is_syllable(word)), None)
    if read.place is None and strange is not None:
        return at_most(value, 0.6, f"“{strange}” is not spelt as a Vietnamese syllable")
    return value


def choice(raw: str, choices: Sequence[str]) -> Value:
    """One of the usual values; anything else stays as read, for a person."""
    found = usual(raw, choices)
    if found is None:
        return doubtful(raw, 0.5, "none of the usual values")
    known, same = found
    return Value(known, 1.0) if same else Value(known, 0.8, f"misread: “{raw}” is {known}")


def usual(raw: str, choices: Sequence[str]) -> tuple[str, bool] | None:
    """The one of the usual values that a text is, and whether its letters are the same.

    Marks and blanks may be lost, and one letter of a longer value misread, where no other is as near.
    """
    letters = letters_of(raw)
    same = [known for known in choices if letters_of(known) == letters]
    if len(same) > 1:
        same = [known for known in same if known.casefold() == raw.casefold()]
    if len(same) == 1:
        return same[0], True
    near = [known for known in choices if Levenshtein.distance(letters_of(known), letters) <= 1]
    if len(near) != 1 or len(letters) < _LONG_ENOUGH or _figures(near[0]) != _figures(raw):
        return None
    return near[0], False


def _figures(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def text(raw: str) -> Value:
    """Anything; what looks like a program's markup is for a person."""
    if _MARKUP.search(raw):
        return doubtful(raw, 0.3, "looks like markup")
    return Value(raw, 1.0 if raw else 0.0)
