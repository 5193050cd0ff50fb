"""Rows of heads on pages without rules: words side by side that say what a group's columns hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dossiers.reading import Word
from extractors.fields.label_hits import bare
from extractors.fields.tabled.heads import ENOUGH, Heads, heads_of
from extractors.fields.tabled.levels import Level, Levels, Seen
from extractors.fields.tabled.white import Span
from extractors.types import Group

# Heads run over so many levels at most, this many heights of words apart.
_LEVELS_OF_HEADS, _CLOSE = 6, 2.2
# Between such gaps, in heights of words, lie those from which on words are heads of two columns.
_GAPS = (0.3, 1.6)
# A piece that takes so much of a page's width is running text, and no head.
_WIDE = 0.45
# A better fit may begin so many levels below the first one.
_FURTHER = 3


@dataclass(frozen=True, slots=True)
class HeadRow:
    """Levels ``start`` to ``end`` of a page, read as heads: where each stands and what it says."""

    start: int
    end: int
    spans: tuple[Span, ...]
    words: Mapping[int, tuple[Word, ...]]
    heads: Heads


class HeadFinder:
    """Looks for the heads of a group's tables on a page."""

    def __init__(self, group: Group, levels: Levels) -> None:
        self._group = group
        self._levels = levels
        self._named = [_named(group, level, levels) for level in levels.levels]

    def first(self, start: int) -> HeadRow | None:
        """The first row of heads from a level on; of those that overlap, the one that fits best."""
        best: tuple[tuple[float, int], HeadRow] | None = None
        last = len(self._named)
        at = start
        while at < last:
            for found in _heads_from(self._group, self._levels, at, self._named):
                if best is None:
                    last = min(last, at + 1 + _FURTHER)
                score = sum(fit for _, fit in found.heads.values()), -len(found.spans)
                if best is None or score > best[0]:
                    best = score, found
            at += 1
        return best[1] if best else None


def _named(group: Group, level: Level, levels: Levels) -> frozenset[int] | None:
    """Which fields of a group a level has words of in their heads.

    ``None`` where it cannot be of heads: it is running text, or the label of a form, which a colon
    ends.
    """
    pieces = level.pieces(levels.apart)
    wide = any(piece[-1].x1 - piece[0].x0 > _WIDE * levels.width for piece in pieces)
    if wide or any(seen.ends_label for seen in level.words):
        return None
    there = {bare(seen.word.text) for piece in pieces for seen in piece}
    return frozenset(
        index
        for index, one in enumerate(group.fields)
        if any(bare(part) in there for label in one.labels for part in label.split())
    )


def _heads_from(
    group: Group, levels: Levels, start: int, named: Sequence[frozenset[int] | None]
) -> Iterator[HeadRow]:
    """What fits as heads on the levels from ``start`` on; ``named`` are the fields of each level."""
    least = max(2.0, ENOUGH * len(group.fields))
    there: set[int] = set()
    for end in range(start + 1, min(start + _LEVELS_OF_HEADS, len(levels.levels)) + 1):
        window, more = levels.levels[start:end], named[end - 1]
        far = len(window) > 1 and window[-1].y - window[-2].y > _CLOSE * levels.height
        if more is None or far:
            return
        there |= more
        # One head or another may have been read too badly to have a word in common.
        if not named[start] or len(there) < least - 1:
            continue
        said = sorted(
            (seen for level in window for seen in level.words if seen.says), key=lambda o: o.x0
        )
        for gap in _gaps(said, levels.height):
            spans = _spans(said, gap)
            if len(spans) < least:
                break
            words = _words_in(spans, window)
            heads = heads_of(group, words)
            if len(heads) >= 2:
                yield HeadRow(start, end, spans, words, heads)


def _gaps(said: Sequence[Seen], height: float) -> list[float]:
    """From blanks between words to the widest gap that may be one, all that make a difference."""
    least, most = (share * height for share in _GAPS)
    spans = _spans(said, least)
    between = {other[0] - one[1] for one, other in pairwise(spans)}
    return [least, *sorted(gap for gap in between if gap <= most)]


def _spans(said: Sequence[Seen], gap: float) -> tuple[Span, ...]:
    """Where words, from left to right, stand side by side with gaps wider than ``gap`` between them."""
    spans: list[Span] = []
    for seen in said:
        if spans and seen.x0 - spans[-1][1] <= gap:
            spans[-1] = spans[-1][0], max(spans[-1][1], seen.x1)
        else:
            spans.append((seen.x0, seen.x1))
    return tuple(spans)


def _words_in(spans: Sequence[Span], window: Sequence[Level]) -> dict[int, tuple[Word, ...]]:
    said = [seen for level in window for seen in level.words if seen.says]
    return {
        column: tuple(seen.word for seen in said if x0 <= seen.x0 <= x1)
        for column, (x0, x1) in enumerate(spans)
    }
