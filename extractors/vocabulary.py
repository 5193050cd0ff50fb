"""Phrases that speak for document types, looked up in one pass for all types together.

Everything is compared as letters and figures only, folded: merged words and lost diacritics make no
difference. What is not found so is looked for with tolerance, but only where it can decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from dossiers.text import letters_of, words_of
from extractors.rows import Row
from extractors.types import DocumentTypes

_SHORT = 5
_SAME = 87.0
_TOLERANT_FROM = 8
# A paper of ten thousand words says what it is on its first pages, and who signed on its last.
_FIRST_ROWS, _LAST_ROWS = 500, 80


@dataclass(frozen=True, slots=True)
class Form:
    """What one type looks for: its phrases as written, and per field the labels it may have."""

    phrases: Mapping[str, str]
    labels: Sequence[frozenset[str]]
    every: frozenset[str]


@dataclass(frozen=True, slots=True)
class Title:
    """A title of a type; ``narrower`` are the other types whose titles begin with it."""

    code: str
    text: str
    letters: str
    narrower: frozenset[str]


class Vocabulary:
    """The phrases of all types, each with how few types share it."""

    def __init__(self, types: DocumentTypes) -> None:
        users: Counter[str] = Counter()
        forms: dict[str, Form] = {}
        for kind in types:
            phrases = {_key(phrase): phrase for phrase in kind.evidence}
            labels = [frozenset(map(_key, field.labels)) for field in kind.fields if field.labels]
            every = frozenset(phrases).union(*labels)
            users.update(every)
            forms[kind.code] = Form(phrases, labels, every)
        titles = [(kind.code, title, letters_of(title)) for kind in types for title in kind.titles]
        #: The titles of all types.
        self.titles = tuple(
            Title(code, text, letters, frozenset(
                other for other, _, theirs in titles
                if other != code and theirs != letters and theirs.startswith(letters)
            ))
            for code, text, letters in titles
        )  # fmt: skip
        #: What each type looks for, by its code.
        self.forms: Mapping[str, Form] = forms
        #: How much a phrase says: one that only this type has, all; one that many have, little.
        self.weights: Mapping[str, float] = {key: count**-0.5 for key, count in users.items()}

    def found(self, text: Text) -> set[str]:
        """All phrases that stand in the text to the letter."""
        return {
            key for key in self.weights if key in (text.words if key[0] == " " else text.letters)
        }


def _key(phrase: str) -> str:
    """What is looked for; short phrases keep their blanks, to be found as whole words only."""
    letters = letters_of(phrase)
    return letters if len(letters) >= _SHORT else f" {words_of(phrase)} "


class Text:
    """The lines of a document, for looking phrases up."""

    def __init__(self, rows: Sequence[Row]) -> None:
        if len(rows) > _FIRST_ROWS + _LAST_ROWS:
            rows = [*rows[:_FIRST_ROWS], *rows[-_LAST_ROWS:]]
        self.letters = "\n".join(row.letters for row in rows)
        self.words = "".join(f" {row.bare} \n" for row in rows)

    def nearly(self, key: str) -> bool:
        """Whether a phrase stands in the text but for an error in about eight letters."""
        if len(key) < _TOLERANT_FROM or key[0] == " ":
            return False
        return fuzz.partial_ratio(key, self.letters, score_cutoff=_SAME) > 0


@lru_cache(maxsize=8)
def vocabulary_of(types: DocumentTypes) -> Vocabulary:
    """The vocabulary of the types, made once."""
    return Vocabulary(types)
