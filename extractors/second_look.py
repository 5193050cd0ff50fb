"""A second look where it pays: doubtful values are cut out again, larger, smaller and bolder, and read.

A letter that was read right is read the same however its line is cut; one that was guessed is not.
What the looks say is a vote (:mod:`extractors.fields.votes`), not a verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from dossiers.reading import Box, PageReading, Word
from dossiers.settings import IntakeSettings
from dossiers.text import nfc
from extractors import cleanup
from extractors.connected import Grey
from extractors.engines.fast import FastEngine
from extractors.flatten import flatten
from extractors.page_image import load_page
from extractors.sheet import small_of, turned
from extractors.strips import Baseline, Strip, cut

# Of a word's box, in x-heights: from 1.55 above the baseline to 0.42 below it.
_RISE, _DROP = 1.55, 0.42


@dataclass(frozen=True, slots=True)
class _Manner:
    """One way to cut a line: x-height and baseline as if they were a little off; ink made bolder."""

    size: float
    shift: float
    bolder: float


_MANNERS = (_Manner(0.92, 0.03, 0.0), _Manner(1.08, -0.03, 0.0), _Manner(1.0, 0.0, 0.35))


@dataclass(frozen=True, slots=True)
class Ask:
    """Words of one value on one page, to be read again."""

    page: int
    words: tuple[Word, ...]


def look_again(
    path: Path, page: PageReading, asks: Sequence[Ask], engine: FastEngine, limits: IntakeSettings
) -> list[tuple[str, ...]]:
    """What each look reads of each value, in the order of ``asks``; no look at photos brought flat.

    Raises:
        DamagedFile, TooLarge: as :func:`extractors.page_image.load_page`.
    """
    image = load_page(path, page.number, limits)
    grey = cleanup.drop_seal(image.grey, image.colour, image.dpi)
    small = small_of(grey, image.dpi)
    if flatten(grey, small) is not None:
        # Words of a photo lie where the photo has them, not on a level page.
        return [() for _ in asks]
    paper = turned(cleanup.paper_of(small, image.dpi * small.shape[1] / grey.shape[1]), page.rotation)
    upright = turned(grey, page.rotation)
    scale = upright.shape[1] / page.width
    strips: list[Strip] = []
    owners: list[tuple[int, int]] = []
    for number, ask in enumerate(asks):
        for line in _lines(ask.words, scale):
            for look, manner in enumerate(_MANNERS):
                strips.append(_strip(upright, line, paper, manner))
                owners.append((number, look))
    texts: list[list[list[str]]] = [[[] for _ in _MANNERS] for _ in asks]
    for (number, look), words in zip(owners, engine.read(strips), strict=True):
        texts[number][look] += ["".join(letter.text for letter in word) for word in words]
    return [tuple(nfc(" ".join(words)) for words in looks) for looks in texts]


def _lines(words: Sequence[Word], scale: float) -> list[Baseline]:
    """The baselines of a value's words, line by line, in pixels."""
    return [
        _baseline([word.box for word in line], scale)
        for line in (list(own) for _, own in groupby(words, key=lambda word: word.line))
    ]


def _baseline(boxes: Sequence[Box], scale: float) -> Baseline:
    x_height = float(np.median([box.height for box in boxes])) / (_RISE + _DROP)
    left, right = boxes[0], boxes[-1]
    foot = [box.y1 - _DROP * x_height for box in (left, right)]
    slope = 0.0
    if len(boxes) > 1:
        slope = (foot[1] - foot[0]) / max(1.0, right.centre[0] - left.centre[0])
    y0 = foot[0] - slope * (left.centre[0] - left.x0)
    y1 = foot[1] + slope * (right.x1 - right.centre[0])
    x0, x1, y0, y1, size = (v * scale for v in (left.x0, right.x1, y0, y1, x_height))
    return Baseline(x0, y0, x1, y1, size)


def _strip(grey: Grey, line: Baseline, paper: Grey, manner: _Manner) -> Strip:
    shift = manner.shift * line.x_height
    moved = Baseline(
        line.x0, line.y0 + shift, line.x1, line.y1 + shift, line.x_height * manner.size
    )
    strip = cut(grey, moved, paper)
    if not manner.bolder:
        return strip
    darker = cv2.erode(strip.pixels, np.ones((2, 2), np.uint8))
    pixels = cv2.addWeighted(strip.pixels, 1 - manner.bolder, darker, manner.bolder, 0)
    return Strip(pixels, strip.scale, strip.start)
