"""From class probabilities over time to characters with places (connectionist temporal classification).

A class that is the likeliest over one or more steps in a row stands for one character; the null class
parts characters. Steps are three columns of the strip wide.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Alphabet:
    """What the classes of a network write.

    ``classes[i]`` is the text of class ``i``, empty for those that write nothing by themselves; class
    ``null`` parts characters. ``spelt`` holds the texts written by several classes in a row, as
    Tesseract's models of Chinese and Korean do.
    """

    classes: tuple[str, ...]
    null: int
    spelt: Mapping[tuple[int, ...], str] = field(default_factory=dict)


Floats = npt.NDArray[np.float32]


def decode(probabilities: Floats, alphabet: Alphabet, strip: Strip) -> list[list[Character]]:
    """The words of a line, greedily; ``probabilities`` is (steps, classes)."""
    classes = alphabet.classes
    best = probabilities.argmax(axis=1)
    firsts = np.flatnonzero(np.diff(best, prepend=-1))
    peaks = np.maximum.reduceat(probabilities.max(axis=1), firsts)
    lasts = np.append(firsts[1:], len(best)) - 1
    kept = best[firsts] != alphabet.null
    firsts, lasts = firsts[kept], lasts[kept]
    numbers, sure = best[firsts].tolist(), peaks[kept].tolist()
    texts = [classes[number] for number in numbers]
    if alphabet.spelt:
        spans = _spelt(numbers, alphabet)
        firsts = firsts[[begin for begin, _, _ in spans]]
        lasts = lasts[[end - 1 for _, end, _ in spans]]
        # Only a class that writes a whole character has rivals; the others are as sure as they are.
        sure = [min(sure[begin:end]) for begin, end, _ in spans]
        numbers = [numbers[begin] if end == begin + 1 else -1 for begin, end, _ in spans]
        texts = [text for _, _, text in spans]
    if not len(firsts):
        return []
    # Between two characters the border is half-way from the one's last step to the other's first.
    borders = np.empty(len(firsts) + 1)
    borders[1:-1] = (lasts[:-1] + firsts[1:] + 1) / 2 * STEP
    borders[0] = max(0, (firsts[0] - 1) * STEP)
    borders[-1] = min(strip.pixels.shape[1], (lasts[-1] + 2) * STEP)
    words = _words(texts)
    found = []
    for (begin, end), places in zip(words, _places(words, borders.tolist(), strip), strict=True):
        word = []
        for index in range(begin, end):
            rivals: tuple[tuple[str, float], ...] = ()
            if sure[index] < SURE and numbers[index] >= 0:
                steps = probabilities[firsts[index] : lasts[index] + 1]
                row = steps[int(steps[:, numbers[index]].argmax())]
                rivals = _rivals(row, numbers[index], classes)
            left, right = places[index - begin : index - begin + 2]
            word.append(Character(texts[index], left, right, sure[index], rivals))
        found.append(word)
    return found


def _spelt(numbers: list[int], alphabet: Alphabet) -> list[tuple[int, int, str]]:
    """Characters as (begin, end, text) among classes in a row; the longest spelling that fits."""
    longest = max(map(len, alphabet.spelt))
    spans = []
    begin = 0
    while begin < len(numbers):
        for end in range(min(begin + longest, len(numbers)), begin, -1):
            text = alphabet.spelt.get(tuple(numbers[begin:end]), "")
            if end == begin + 1:
                text = text or alphabet.classes[numbers[begin]]
            if text:
                spans.append((begin, end, text))
                break
        else:
            end = begin + 1  # a class that spells nothing here
        begin = end
    return spans


def _words(texts: list[str]) -> list[tuple[int, int]]:
    """Where words begin and end among characters and blanks."""
    words = []
    begin = 0
    for end, text in enumerate([*texts, " "]):
        if text == " ":
            if end > begin:
                words.append((begin, end))
            begin = end + 1
    return words


def _rivals(row: Floats, number: int, classes: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    likely = np.flatnonzero(row > _LEAST_RIVAL)
    ordered = likely[np.argsort(-row[likely])][: _MOST_RIVALS + 1]
    return tuple(
        (classes[rival], float(row[rival]))
        for rival in ordered
        if rival != number and classes[rival] != " "
    )


def _places(words: list[tuple[int, int]], borders: list[float], strip: Strip) -> list[list[float]]:
    """The characters' borders, word by word, where each word ends where its ink does.

    The network knows which letters there are, but sees them a few columns early or late; between two
    words lies the widest gap between the one's last letter and the other's first.
    """
    inked = strip.pixels[4:-2].min(axis=0) < _INK
    edges = np.flatnonzero(np.diff(inked, prepend=False, append=False)).tolist()
    if not words or not edges:
        return [borders[begin : end + 1] for begin, end in words]
    gaps = list(zip(edges[1:-1:2], edges[2::2], strict=True))
    starts, ends = [float(edges[0])], []
    for (_, last), (first, _) in pairwise(words):
        low, high = (
            (borders[last - 1] + borders[last]) / 2,
            (borders[first] + borders[first + 1]) / 2,
        )
        gap = _widest(gaps, round(low), round(high))
        ends.append(gap[0] if gap else borders[last])
        starts.append(gap[1] if gap else borders[first])
    ends.append(float(edges[-1]))
    return [
        _between(borders[begin : end + 1], start, stop)
        for (begin, end), start, stop in zip(words, starts, ends, strict=True)
    ]


def _widest(gaps: list[tuple[int, int]], low: int, high: int) -> tuple[float, float] | None:
    """The widest part of a gap that lies from ``low`` to ``high``."""
    index = bisect_right(gaps, low, key=lambda gap: gap[1])
    best: tuple[float, float] | None = None
    while index < len(gaps) and gaps[index][0] < high:
        start, end = max(low, gaps[index][0]), min(high, gaps[index][1])
        if best is None or end - start > best[1] - best[0]:
            best = float(start), float(end)
        index += 1
    return best


def _between(borders: list[float], start: float, end: float) -> list[float]:
    """The borders of a word's letters, held between its own ends."""
    if end <= start:
        return borders
    if borders[-1] <= borders[0]:
        return [float(place) for place in np.linspace(start, end, len(borders))]
    return [start, *(min(max(border, start), end) for border in borders[1:-1]), end]
