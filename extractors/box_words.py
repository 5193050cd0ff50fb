"""Check boxes as words of the line they stand in: ``☐`` empty, ``☑`` marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dossiers.reading import Word
from dossiers.tick_marks import EMPTY, MARKED, TICK_MARKS
from extractors.check_boxes import CheckBox
from extractors.engines import EngineWord
from extractors.lines import Line
from extractors.sheet import Sheet

_CERTAIN, _DOUBTFUL = 0.97, 0.5
# Nothing else is read within a box than the box.
_WITHIN = 0.5


def with_check_boxes(words: list[EngineWord], sheet: Sheet) -> list[EngineWord]:
    """The words with the boxes of the sheet's lines, each in its place."""
    boxes = sheet.layout.boxes
    if not boxes:
        return words
    placed: list[EngineWord] = list(words)
    for box in boxes:
        line = _line_of(box, sheet.layout.lines)
        if line is None:
            continue
        x0, y0, x1, y1 = (side * sheet.factor for side in (box.x0, box.y0, box.x1, box.y1))
        word = EngineWord(
            MARKED if box.marked else EMPTY,
            x0, y0, x1, y1,
            _CERTAIN if box.certain else _DOUBTFUL,
            line.row,
        )  # fmt: skip
        placed = [other for other in placed if not _read_within(other, word)]
        own = [at for at, other in enumerate(placed) if other.line == line.row]
        before = [at for at in own if placed[at].x0 < x0]
        at = before[-1] + 1 if before else own[0] if own else len(placed)
        placed.insert(at, word)
    return placed


def kept_boxes(own: Sequence[Word], seen: Sequence[Word]) -> list[Word]:
    """A line's own words of a born-digital page, with the boxes that are drawn and not written."""
    boxes = [word for word in seen if word.text in TICK_MARKS]
    if not boxes:
        return list(own)
    kept = [
        word for word in own
        if word.text not in TICK_MARKS or not any(word.box.shared(box.box) for box in boxes)
    ]  # fmt: skip
    line = own[0].line if own else boxes[0].line
    both = kept + [replace(box, line=line) for box in boxes]
    return sorted(both, key=lambda word: word.box.x0)


def _line_of(box: CheckBox, lines: Sequence[Line]) -> Line | None:
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    level = [line for line in lines if line.top <= y <= line.bottom]
    away = [max(line.x0 - x, x - line.x1, 0.0) for line in level]
    if not level or min(away) > 3 * box.side:
        return None
    return level[away.index(min(away))]


def _read_within(word: EngineWord, box: EngineWord) -> bool:
    """Whether a word was read out of the box itself."""
    shared = min(word.x1, box.x1) - max(word.x0, box.x0)
    level = box.y0 < (word.y0 + word.y1) / 2 < box.y1
    return level and shared > _WITHIN * (word.x1 - word.x0)
