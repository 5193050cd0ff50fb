"""Settles doubtful letters by the language: "chi tiết", not "chỉ tiết", where the ink allows both.

Figures, codes and mixtures of both are left as they were read; in names the language has half a say.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import islice, product

from extractors.ctc import Character
from extractors.language import LanguageModel, Reading, core

# What a unit of the language's logarithm is worth in one of the ink's.
WEIGHT = 0.5
_NAME = 0.5
_MOST_LETTERS, _MOST_READINGS = 3, 24
# However well it fits, a letter the language chose is less sure than one that was read.
_SUREST = 0.97
_NUMBER, _ZONE_RUN, _FEWEST_FIGURES = re.compile(r"[\dO/.,:-]+"), re.compile(r"[\dO]+"), 2

Word = list[Character]


def figures(word: Word, *, zone: bool = False) -> Word:
    """The word with noughts where O stands among figures: of a number, or of a zone (ICAO 9303)."""
    text = _text(word)
    if "O" not in text or len(text) != len(word):
        return word
    runs = _ZONE_RUN.finditer(text) if zone else filter(None, [_NUMBER.fullmatch(text)])
    meant = {
        place
        for run in runs
        if sum(letter.isdigit() for letter in run[0]) >= _FEWEST_FIGURES
        for place in range(*run.span())
        if text[place] == "O"
    }
    return [
        replace(letter, text="0", confidence=min(letter.confidence, _SUREST), rivals=())
        if place in meant
        else letter
        for place, letter in enumerate(word)
    ]


def settle(words: list[Word], model: LanguageModel) -> list[Word]:
    """The words of a line, each in the reading that fits ink and language best."""
    variants = [_variants(word) for word in words]
    if all(len(own) == 1 for own in variants):
        return words
    line = [[Reading(_text(word), score) for word, score in own] for own in variants]
    settled = []
    for own, (place, sureness) in zip(variants, model.best(line, WEIGHT), strict=True):
        word, _ = own[place]
        settled.append(_surer(word, own[0][0], sureness) if len(own) > 1 else word)
    return settled


def _text(word: Word) -> str:
    return "".join(character.text for character in word)


def _variants(word: Word) -> list[tuple[Word, float]]:
    """The word as read, then with its doubtful letters exchanged, and how much worse the ink fits."""
    variants = [(word, 0.0)]
    found = core(_text(word))
    if found is None:
        return variants
    doubtful = sorted(
        (index for index, character in enumerate(word) if character.rivals),
        key=lambda index: word[index].confidence,
    )[:_MOST_LETTERS]
    if not doubtful:
        return variants
    share = 1 / _NAME if found[0][0].isupper() and not found[0].isupper() else 1.0
    choices = [
        [(word[index].text, word[index].confidence), *word[index].rivals] for index in doubtful
    ]
    for combination in islice(product(*choices), 1, _MOST_READINGS):
        other = list(word)
        score = 0.0
        for index, (text, probability) in zip(doubtful, combination, strict=True):
            score += math.log(probability / word[index].confidence)
            if text != word[index].text:
                other[index] = replace(word[index], text=text, confidence=probability, rivals=())
        if core(_text(other)):
            variants.append((other, score * share))
    return variants


def _surer(word: Word, read: Word, sureness: float) -> Word:
    """Confidence in the letters that the language settled; those it left out have no place."""
    kept = [
        replace(new, confidence=max(new.confidence, min(_SUREST, sureness)))
        if old.rivals and not _is_name(word)
        else new
        for new, old in zip(word, read, strict=True)
    ]
    return [character for character in kept if character.text]


def _is_name(word: Word) -> bool:
    text = _text(word)
    return text[:1].isupper() and not text.isupper()
