"""The words of a page on levels, as they stand once it is straightened: all in points."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from dossiers.reading import PageReading, Word
from extractors.order import on_levels
from extractors.rows import Row

# The height of small letters, as a share of that of the boxes around words.
_SMALL_LETTERS = 0.5
# Blanks between the words of a cell are narrower than this, in heights of words.
_APART = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """A word, the ends of its box on the straight page, and whether it has a letter or figure.

    Dashes, and what is read of dirt and rules, have none.
    """

    word: Word
    x0: float
    x1: float
    says: bool

    @property
    def middle(self) -> float:
        """Half-way between its ends."""
        return (self.x0 + self.x1) / 2

    @property
    def ends_label(self) -> bool:
        """Whether it ends the label of a form, whose value follows."""
        return self.word.text.endswith(":")


@dataclass(frozen=True, slots=True)
class Level:
    """What stands on one level of a page, left to right; ``y`` is about its baseline."""

    words: tuple[Seen, ...]
    y: float

    def spoken(self, apart: float) -> list[Seen]:
        """Its words but for marks that stand further than ``apart`` from all that says something."""
        said = [seen for seen in self.words if seen.says]
        return [
            seen
            for seen in self.words
            if seen.says or any(max(o.x0 - seen.x1, seen.x0 - o.x1) <= apart for o in said)
        ]

    def pieces(self, apart: float) -> list[tuple[Seen, ...]]:
        """Its words that say something, cut where a gap is wider than ``apart``."""
        words = [seen for seen in self.words if seen.says]
        cuts = [
            at for at, (one, other) in enumerate(pairwise(words), 1) if other.x0 - one.x1 > apart
        ]
        ends = pairwise((0, *cuts, len(words)))
        return [tuple(words[start:end]) for start, end in ends if start < end]


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a page, from top to bottom; its width, and how tall its words typically are."""

    page: int
    levels: tuple[Level, ...]
    width: float
    height: float

    @property
    def apart(self) -> float:
        """Gaps wider than this are no blanks between the words of one cell."""
        return _APART * self.height


@dataclass(frozen=True, slots=True)
class _Run:
    """Words of one line without a wide gap, for :func:`~extractors.order.on_levels`."""

    words: tuple[Seen, ...]
    x0: float
    x1: float
    left: float
    right: float
    x_height: float

    @property
    def baseline(self) -> float:
        return (self.left + self.right) / 2


def levels_of(page: PageReading) -> Levels:
    """The words of a page on levels, over whatever columns a recogniser took them for."""
    height = median([word.box.height for word in page.words]) if page.words else 0.0
    runs = [run for line in page.lines() for run in _runs(page, line, height)]
    levels = []
    for row in on_levels(runs):
        words = sorted((seen for run in row for seen in run.words), key=lambda seen: seen.x0)
        levels.append(Level(tuple(words), median(run.baseline for run in row)))
    return Levels(page.number, tuple(levels), page.width, height)


def _runs(page: PageReading, line: Sequence[Word], height: float) -> Iterator[_Run]:
    row = Row(page.number, tuple(line), page.width, page.height)
    for piece in row.pieces():
        words, feet = [], []
        for word in piece.words:
            x, y = _straight(page, *word.box.centre)
            half = word.box.width / 2
            says = any(character.isalnum() for character in word.text)
            words.append(Seen(word, x - half, x + half, says))
            feet.append(y + word.box.height / 2)
        x0, x1 = words[0].x0, max(seen.x1 for seen in words)
        yield _Run(tuple(words), x0, x1, feet[0], feet[-1], _SMALL_LETTERS * height)


def _straight(page: PageReading, x: float, y: float) -> tuple[float, float]:
    """A point of the page turned back about its middle by what it leans."""
    lean = math.radians(page.skew)
    left, top = page.width / 2, page.height / 2
    right, down = x - left, y - top
    return (
        left + right * math.cos(lean) + down * math.sin(lean),
        top + down * math.cos(lean) - right * math.sin(lean),
    )
