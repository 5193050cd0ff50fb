"""From class probabilities over time to characters with places (connectionist temporal classification).

A class that is the likeliest over one or more steps in a row stands for one character; the null class
parts characters. Steps are three columns of the strip wide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from extractors.strips import Strip

STEP = 3  # columns of the strip
# Below this a character's rivals are worth knowing.
SURE = 0.985
_LEAST_RIVAL = 0.004
_MOST_RIVALS = 5
_INK = 120


@dataclass(frozen=True, slots=True)
class Character:
    """One character: where it begins and ends in columns of the strip, and how sure it is.

    ``rivals`` are other texts (empty: no character here) with their probabilities, likeliest first.
    """

    text: str
    start: float
    end: float
    confidence: float
    rivals: tuple[tuple[str, float], ...] = ()


Floats = npt.NDArray[np.float32]


def decode(
    probabilities: Floats, classes: tuple[str, ...], null: int, strip: Strip
) -> list[list[Character]]:
    """The words of a line, greedily; ``probabilities`` is (steps, classes)."""
    best = probabilities.argmax(axis=1)
    changes = np.flatnonzero(np.diff(best)) + 1
    firsts = np.concatenate([[0], changes])
    lasts = np.concatenate([changes, [len(best)]]) - 1
    kept = best[firsts] != null
    firsts, lasts = firsts[kept], lasts[kept]
    if not len(firsts):
        return []
    # Between two characters the border is half-way from the one's last step to the other's first.
    borders = (lasts[:-1] + firsts[1:] + 1) / 2 * STEP
    width = strip.pixels.shape[1]
    starts = np.concatenate([[max(0, (firsts[0] - 1) * STEP)], borders])
    ends = np.concatenate([borders, [min(width, (lasts[-1] + 2) * STEP)]])
    words: list[list[Character]] = []
    word: list[Character] = []
    for first, last, start, end in zip(
        firsts.tolist(), lasts.tolist(), starts.tolist(), ends.tolist(), strict=True
    ):
        number = int(best[first])
        peak = (
            first
            if first == last
            else first + int(probabilities[first : last + 1, number].argmax())
        )
        confidence = float(probabilities[peak, number])
        text = classes[number]
        if text == " ":
            if word:
                words.append(word)
            word = []
            continue
        rivals = _rivals(probabilities[peak], number, classes) if confidence < SURE else ()
        word.append(Character(text, start, end, confidence, rivals))
    if word:
        words.append(word)
    return _tightened(words, strip)


def _rivals(row: Floats, number: int, classes: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    likely = np.flatnonzero(row > _LEAST_RIVAL)
    ordered = likely[np.argsort(-row[likely])][: _MOST_RIVALS + 1]
    return tuple(
        (classes[rival], float(row[rival]))
        for rival in ordered
        if rival != number and classes[rival] != " "
    )


def _tightened(words: list[list[Character]], strip: Strip) -> list[list[Character]]:
    """Words end where their ink does."""
    inked = np.flatnonzero(strip.pixels[4:34].min(axis=0) < _INK)
    if not len(inked):
        return words
    tight = []
    for place, word in enumerate(words):
        low = (words[place - 1][-1].end + word[0].start) / 2 if place else 0.0
        high = (
            (word[-1].end + words[place + 1][0].start) / 2
            if place + 1 < len(words)
            else float(strip.pixels.shape[1])
        )
        own = inked[(inked >= low) & (inked < high)]
        if len(own):
            first, last = float(own[0]), float(own[-1] + 1)
            start = first if first < word[0].end else word[0].start
            end = last if last > word[-1].start else word[-1].end
            word = _with_ends(word, start, end)
        tight.append(word)
    return tight


def _with_ends(word: list[Character], start: float, end: float) -> list[Character]:
    first, *_ = word
    word = [Character(first.text, start, first.end, first.confidence, first.rivals), *word[1:]]
    last = word[-1]
    word[-1] = Character(last.text, last.start, end, last.confidence, last.rivals)
    return word
