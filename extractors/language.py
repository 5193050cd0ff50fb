"""A bigram model of Vietnamese syllables: which of several readings of a word fits its neighbours.

It judges words by lower-cased syllables; case, punctuation, figures and codes are none of its business
and break the context. Counted and packed by ``training.language``.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractors.installed import LANGUAGE_MODEL

# Natural logarithms are kept in bytes, this many steps to a unit.
STEPS = 16
# A syllable never seen: rarer than any that was, but foreign names do occur.
_UNKNOWN = -15.0

_CORE = re.compile(r"^([\W_]*)([^\W\d_]+)([\W_]*)$")
# Old and new placement of the tone mark stand for one syllable.
_NEW_TO_OLD = {
    "oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa",
    "oè": "òe", "oé": "óe", "oẻ": "ỏe", "oẽ": "õe", "oẹ": "ọe",
    "uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a word; ``score`` is the logarithm of how well the ink agrees, at most 0."""

    text: str
    score: float


def key(syllable: str) -> str:
    """Lower case, the tone mark where the old rule puts it (hoà and hòa are one)."""
    lower = syllable.lower()
    end = _NEW_TO_OLD.get(lower[-2:])
    # In "quý" and "quỳ" the u belongs to the consonant and both rules agree.
    return lower[:-2] + end if end and not lower.startswith("qu") else lower


def core(token: str) -> tuple[str, bool, bool] | None:
    """A printed token's syllable, and whether punctuation parts it from its left and right.

    ``None`` for figures, codes and signs.
    """
    match = _CORE.match(token)
    return (match[2], bool(match[1]), bool(match[3])) if match else None


class LanguageModel:
    """Probabilities of a syllable after another; see :mod:`training.language` for the estimate."""

    def __init__(self, path: Path = LANGUAGE_MODEL) -> None:
        with np.load(path) as packed:
            words = packed["words"].tobytes().decode("utf-8").split("\n")
            self._starts: list[int] = packed["starts"].tolist()
            self._alone: list[int] = packed["alone"].tolist()
            self._back_off: list[int] = packed["back_off"].tolist()
            self._following = array("H", packed["following"].tobytes())
            self._scores: bytes = packed["scores"].tobytes()
        self.words = words
        self._numbers = {word: number for number, word in enumerate(words)}

    def number(self, syllable: str) -> int | None:
        """The syllable's number, ``None`` if it was hardly ever seen."""
        return self._numbers.get(key(syllable))

    def score(self, before: int | None, word: int | None) -> float:
        """Logarithm of the probability of a syllable after another (``None``: no context)."""
        if word is None:
            return _UNKNOWN
        if before is None:
            return -self._alone[word] / STEPS
        low, high = self._starts[before], self._starts[before + 1]
        place = bisect_left(self._following, word, low, high)
        if place < high and self._following[place] == word:
            return -self._scores[place] / STEPS
        return -(self._back_off[before] + self._alone[word]) / STEPS

    def best(self, line: Sequence[Sequence[Reading]], weight: float) -> list[tuple[int, float]]:
        """For each word of a line, which reading fits best, and how sure that is (0 to 1).

        The way through the line with the greatest sum of ink and ``weight`` times language.
        """
        # For each reading: best sum up to here, where from, and what it tells the next word.
        columns: list[list[tuple[float, int, int | None]]] = []
        for readings in line:
            before = columns[-1] if columns else [(0.0, 0, None)]
            column = []
            for reading in readings:
                word, left, right = self._place(reading.text)
                come_from = max(
                    range(len(before)),
                    key=lambda place: (
                        before[place][0] + weight * self._step(before[place][2], word, left)
                    ),
                )
                total = before[come_from][0]
                total += weight * self._step(before[come_from][2], word, left) + reading.score
                column.append((total, come_from, None if right else word))
            columns.append(column)
        chosen: list[int] = []
        for column in reversed(columns):
            best = max(range(len(column)), key=lambda place: column[place][0])
            chosen.append(columns[len(columns) - len(chosen)][chosen[-1]][1] if chosen else best)
        chosen.reverse()
        return [
            (place, self._sureness(line, columns, chosen, index, weight))
            for index, place in enumerate(chosen)
        ]

    def _place(self, text: str) -> tuple[int | None, bool, bool]:
        found = core(text)
        if found is None:
            return None, True, True
        return self.number(found[0]), found[1], found[2]

    def _step(self, before: int | None, word: int | None, parted: bool) -> float:
        return self.score(None if parted else before, word)

    def _sureness(
        self,
        line: Sequence[Sequence[Reading]],
        columns: list[list[tuple[float, int, int | None]]],
        chosen: list[int],
        index: int,
        weight: float,
    ) -> float:
        """Share of the chosen reading among all of its word, the neighbours being as chosen."""
        readings = line[index]
        if len(readings) == 1:
            return 1.0
        before = columns[index - 1][chosen[index - 1]][2] if index else None
        scores = []
        for reading in readings:
            word, left, right = self._place(reading.text)
            score = reading.score + weight * self._step(before, word, left)
            if index + 1 < len(line):
                after, parted, _ = self._place(line[index + 1][chosen[index + 1]].text)
                if after is not None:
                    score += weight * self._step(None if right else word, after, parted)
            scores.append(score)
        powers = np.exp(np.array(scores) - max(scores))
        return float(powers[chosen[index]] / powers.sum())
