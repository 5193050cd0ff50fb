"""From class probabilities over time to characters with places (connectionist temporal classification).

A class that is the likeliest over one or more steps in a row stands for one character; the null class
parts characters. Steps are three columns of the strip wide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

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
    """Words end where their ink does: at the widest gap between two neighbours' letters.

    The network knows which letters there are, but sees them a few columns early or late.
    """
    inked = strip.pixels[4:34].min(axis=0) < _INK
    columns = np.flatnonzero(inked)
    if not words or not len(columns):
        return words
    starts, ends = [float(columns[0])], []
    for word, following in pairwise(words):
        last, first = word[-1], following[0]
        low, high = (last.start + last.end) / 2, (first.start + first.end) / 2
        gap = _widest_gap(inked, round(low), round(high))
        ends.append(gap[0] if gap else last.end)
        starts.append(gap[1] if gap else first.start)
    ends.append(float(columns[-1] + 1))
    return [
        _with_ends(word, start, end) for word, start, end in zip(words, starts, ends, strict=True)
    ]


def _widest_gap(inked: npt.NDArray[np.bool_], low: int, high: int) -> tuple[float, float] | None:
    """The longest run of columns without ink between ``low`` and ``high``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], inked[low:high], [True]])))
    if len(edges) < 2:
        return None
    runs = edges.reshape(-1, 2)
    longest = int(np.argmax(runs[:, 1] - runs[:, 0]))
    return float(low + runs[longest, 0]), float(low + runs[longest, 1])


def _with_ends(word: list[Character], start: float, end: float) -> list[Character]:
    """The word from ``start`` to ``end``; letters keep their share of what is between."""
    if end <= start:
        return word
    old_start, old_end = word[0].start, word[-1].end
    borders = [old_start, *(character.end for character in word)]
    inner = np.clip(borders[1:-1], start, end)
    places = [start, *inner.tolist(), end]
    if old_end <= old_start or any(b < a for a, b in pairwise(places)):
        places = np.linspace(start, end, len(word) + 1).tolist()
    return [
        replace(character, start=left, end=right)
        for character, (left, right) in zip(word, pairwise(places), strict=True)
    ]
