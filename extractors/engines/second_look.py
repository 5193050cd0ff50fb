"""A second look where it pays: doubtful words are cut out again, larger and smaller, and read.

A word that was read right is read the same however it is cut; one that was guessed is not. What the
looks have read is kept beside the word and speaks for or against it. Figures that all looks read
otherwise are believed to the looks; other words are not, for the first reading knew its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from extractors.ctc import Character
from extractors.engines import EngineWord
from extractors.lines import Line
from extractors.sheet import Sheet
from extractors.strips import Baseline, Strip, cut

# Words read less surely are looked at again; of those with figures or a capital (numbers, names),
# all that are not quite sure.
_DOUBTFUL, _TELLING = 0.90, 0.99
# Beyond this share the page is on its head, or no text; a look would only cost time.
_MOST, _MOST_SHARE = 80, 0.4
_FIGURES = re.compile(r"[\d/.,:-]*\d[\d/.,:-]*")
# What figures are taken for; a word of these and of figures is read in figures alone.
_TAKEN_FOR_FIGURES = re.compile(r"(?=.*\d.*\d)[\d/.,:\-OoQlI|!\]\[Jj]+")


@dataclass(frozen=True, slots=True)
class _Manner:
    """One way to cut a word: x-height times ``size``, baseline ``shift`` x-heights lower."""

    size: float
    shift: float


_MANNERS = (_Manner(0.92, 0.03), _Manner(1.08, -0.03))

# A word is cut out with so much of its neighbours, in x-heights: the network reads in context.
_CONTEXT = 2.0

Reader = Callable[[list[Strip], list[bool]], list[list[list[Character]]]]


def look_again(
    sheet: Sheet, lines: Sequence[Line], words: Sequence[EngineWord], read: Reader
) -> list[EngineWord]:
    """The words with what further looks read.

    ``read`` gives the words of each strip; those marked are to be read in figures alone.
    """
    doubtful = [index for index, word in enumerate(words) if _is_doubtful(word)]
    if not doubtful or len(doubtful) > _MOST_SHARE * len(words) + 3:
        return list(words)
    doubtful = sorted(doubtful, key=lambda index: words[index].confidence)[:_MOST]
    by_row = {line.row: line for line in lines}
    strips = [
        _strip(sheet, by_row[words[index].line], words[index], manner)
        for index in doubtful
        for manner in _MANNERS
    ]
    numbers = [_is_number(words[index]) for index in doubtful for _ in _MANNERS]
    found = iter(zip(strips, read(strips, numbers), strict=True))
    seen = list(words)
    for index in doubtful:
        word, line = words[index], by_row[words[index].line]
        looks = tuple(_within(word, line, *next(found)) for _ in _MANNERS)
        seen[index] = _settled(words[index], looks)
    return seen


def _is_doubtful(word: EngineWord) -> bool:
    text = word.text
    telling = any(letter.isdigit() for letter in text) or text[:1].isupper()
    limit = _TELLING if telling else _DOUBTFUL
    return word.confidence < limit and any(letter.isalnum() for letter in text)


def _is_number(word: EngineWord) -> bool:
    return _TAKEN_FOR_FIGURES.fullmatch(word.text) is not None


def _settled(word: EngineWord, looks: tuple[str, ...]) -> EngineWord:
    """The word, or the figures that all looks have read instead of it, one for one."""
    other = looks[0]
    agreed = all(look == other for look in looks) and len(other) == len(word.text)
    if agreed and _FIGURES.fullmatch(other) and any(c.isdigit() for c in word.text):
        return replace(word, text=other, looks=(word.text, *looks) if other != word.text else looks)
    return replace(word, looks=looks)


def _reach(line: Line, word: EngineWord) -> tuple[float, float]:
    """From where to where a word is cut out; in figures alone, neighbours would be figures too."""
    context = 0.0 if _is_number(word) else _CONTEXT * line.x_height
    return max(line.x0, word.x0 - context), min(line.x1, word.x1 + context)


def _within(
    word: EngineWord, line: Line, strip: Strip, found: Sequence[Sequence[Character]]
) -> str:
    """What was read where the word stands."""
    start, _ = _reach(line, word)
    letters = [letter for part in found for letter in part]
    first, last = ((x - start - strip.start) * strip.scale for x in (word.x0, word.x1))
    return "".join(
        letter.text for letter in letters if first <= (letter.start + letter.end) / 2 <= last
    )


def _strip(sheet: Sheet, line: Line, word: EngineWord, manner: _Manner) -> Strip:
    shift = manner.shift * line.x_height
    left, right = _reach(line, word)
    x0, y0 = sheet.on_page(left, _foot(line, left) + shift)
    x1, y1 = sheet.on_page(right, _foot(line, right) + shift)
    place = Baseline(x0, y0, x1, y1, line.x_height * manner.size, reversed=line.reversed)
    return cut(sheet.grey, place, sheet.paper)


def _foot(line: Line, x: float) -> float:
    """The baseline's y at ``x``."""
    part = (x - line.x0) / max(line.length, 1.0)
    return line.left + (line.right - line.left) * part + line.sag * 4 * part * (1 - part)
