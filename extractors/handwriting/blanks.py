"""Where a printed frame leaves room for a pen: found by the words around it.

``Số: ▁▁▁ /QĐ-UBND``, ``ngày ▁▁ tháng ▁▁ năm 2025`` (NĐ 30/2020/NĐ-CP, Phụ lục I). Whatever the
recogniser of print made of the ink (nothing, a letter, a piece of the next word) stands between them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dossiers.reading import Box, SlotKind, Word
from dossiers.text import fold
from extractors.handwriting.frame import Frame

HANDWRITING = "handwriting"
"""The source of candidates that a pen wrote."""

# A word's box as the engine gives it (extractors.engines.fast), in x-heights.
_ABOVE, _BELOW = 1.55, 0.42
# Numbers and dates of a heading stand in this part of the page; a date may also stand at the foot.
_HEADING = 0.42
# The widest blank, in x-heights.
_WIDEST = 34.0
_BOX_ABOVE, _BOX_BELOW = 2.4, 0.8

_NUMBER = re.compile(r"\W{0,2}[S5][ốôóòỏõọổỗộồoO0ÓÔỐ](?:\s*[:;.,])?")
_SYMBOL = re.compile(r"[/|]\s*(?:[A-ZĐ]|(?:19|20)\d\d(?!\d))")
_BARE_SYMBOL = re.compile(r"(?<![A-ZĐ])[A-ZĐ][A-Za-zĐđ]{0,5}\s?[-–]\s?[A-ZĐ]")
_DATE = re.compile(
    r"ng\Sy(?P<day>(?:(?!ng\Sy).){0,12}?)(?:t?h\Sng|th\S?n?g)(?P<month>.{0,8}?)n\Sm\s*(?P<year>.{0,6})$"
)
_YEAR_LIKE = re.compile(r"\d\d\W?$")


@dataclass(frozen=True, slots=True)
class Blank:
    """Room for a pen.

    ``start`` and ``end`` are where it begins and ends on the baseline, ``x_height`` the size of the
    print beside it, in points of the page; ``read`` are the words that the recogniser of print put
    there, whole or in part; ``text`` what it made of the ink, ``confidence`` how sure it was.
    """

    kind: SlotKind
    start: tuple[float, float]
    end: tuple[float, float]
    x_height: float
    text: str = ""
    confidence: float = 1.0
    tail: str = ""
    tail_confidence: float = 1.0

    @property
    def box(self) -> Box:
        """Around the room for ink, in points."""
        base = (self.start[1] + self.end[1]) / 2
        return Box(
            self.start[0],
            base - _BOX_ABOVE * self.x_height,
            max(self.end[0], self.start[0] + self.x_height / 2),
            base + _BOX_BELOW * self.x_height,
        )

    def frame(self, dpi: float) -> Frame:
        """The same in pixels."""
        scale = dpi / 72
        return Frame(
            self.start[0] * scale,
            self.start[1] * scale,
            self.end[0] * scale,
            self.end[1] * scale,
            self.x_height * scale,
        )


@dataclass(frozen=True, slots=True)
class Spelled:
    """A line letter by letter: its text, one character a place, and each one's word and edges."""

    words: Sequence[Word]
    text: str
    owners: tuple[int, ...]
    edges: tuple[tuple[float, float], ...]

    @staticmethod
    def of(words: Sequence[Word]) -> Spelled:
        """Words left to right, parted by blanks."""
        text: list[str] = []
        owners: list[int] = []
        edges: list[tuple[float, float]] = []
        for index, word in enumerate(words):
            if index:
                text.append(" ")
                owners.append(index)
                edges.append((words[index - 1].box.x1, word.box.x0))
            step = word.box.width / max(1, len(word.text))
            sides = word.edges or tuple(
                word.box.x0 + step * place for place in range(len(word.text) + 1)
            )
            for place, letter in enumerate(word.text):
                text.append(letter)
                owners.append(index)
                edges.append((sides[place], sides[place + 1]))
        return Spelled(words, "".join(text), tuple(owners), tuple(edges))

    @property
    def folded(self) -> str:
        """The text without diacritics, letter for letter."""
        return "".join((fold(letter) or " ")[0] for letter in self.text)

    def blank(self, kind: SlotKind, start: int, end: int, slope: float) -> Blank | None:
        """The room between the characters before ``start`` and from ``end`` on, if there is any."""
        before = self.words[self.owners[start - 1]]
        after = self.words[self.owners[min(end, len(self.text) - 1)]]
        x0 = self.edges[start - 1][1]
        x1 = self.edges[end][0] if end < len(self.text) else self.edges[-1][1]
        x_height = (_x_height(before) + _x_height(after)) / 2
        if not x_height > 0 or not -2 * x_height <= x1 - x0 <= _WIDEST * x_height:
            return None
        baseline = _baseline((before, after), slope)
        return Blank(
            kind,
            (x0, baseline(x0)),
            (max(x1, x0), baseline(max(x1, x0))),
            x_height,
            self.text[start:end].strip(" :.…_"),
            self._sure(start, end),
            self.text[end:].strip(),
            self._sure(end, len(self.text)),
        )

    def _sure(self, start: int, end: int) -> float:
        """The worst word's confidence among some characters."""
        places = [place for place in range(start, end) if self.text[place] != " "]
        return min((self.words[self.owners[place]].confidence for place in places), default=1.0)


def _x_height(word: Word) -> float:
    return word.box.height / (_ABOVE + _BELOW)


def _baseline(words: Sequence[Word], slope: float) -> Callable[[float], float]:
    """The height of the baseline at an x, from the words on it."""
    at_nought = [
        word.box.y1 - _BELOW * _x_height(word) - slope * word.box.centre[0] for word in words
    ]
    middle = sum(at_nought) / len(at_nought)
    return lambda x: middle + slope * x


def find_blanks(words: Sequence[Word], height: float, skew: float) -> list[Blank]:
    """The frames of an administrative paper's heading on a page, at most one of a kind.

    Args:
        words: of the page, in reading order.
        height: of the page, in points.
        skew: how far its lines fall to the right, in degrees.
    """
    slope = math.tan(math.radians(skew))
    lines = [Spelled.of(line) for line in _level_lines(words, slope) if _promising(line)]
    found: list[Blank] = []
    number = next(filter(None, (_number(line, height, slope) for line in lines)), None)
    if number:
        found.append(number)
    dated = [line for line in lines if _is_dated(line)]
    # In a heading the first counts; else the one at the foot, above the signature.
    heads = [line for line in dated if line.words[0].box.y0 < _HEADING * height]
    chosen = heads[0] if heads else dated[-1] if dated else None
    if chosen:
        found += _date(chosen, slope)
    return found


def _promising(line: Sequence[Word]) -> bool:
    """Whether a line may be one of these: begins as numbers do, or ends as dates do. Most are not."""
    return bool(_NUMBER.match(line[0].text) or _YEAR_LIKE.search(line[-1].text))


def _level_lines(words: Sequence[Word], slope: float) -> Iterator[list[Word]]:
    """Lines as read; what stands level to the right of a bare ``Số:`` is joined to it."""
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    ordered = [sorted(line, key=lambda word: word.box.x0) for line in lines.values()]
    for line in ordered:
        if len(line) <= 2 and _NUMBER.match(line[0].text) and not _SYMBOL.search(line[-1].text):
            end, height = line[-1].box.x1, line[0].box.height
            for other in ordered:
                first = other[0]
                level = abs(
                    first.box.centre[1] - line[0].box.centre[1]
                    - slope * (first.box.centre[0] - line[0].box.centre[0])
                )  # fmt: skip
                near = 0 <= first.box.x0 - end < _WIDEST * height / (_ABOVE + _BELOW)
                if other is not line and near and level < 0.4 * height:
                    yield [*line, *other]
                    break
            else:
                yield line
        else:
            yield line


def _number(line: Spelled, height: float, slope: float) -> Blank | None:
    begun = _NUMBER.match(line.text)
    if begun is None or line.words[0].box.y0 > _HEADING * height:
        return None
    rest = line.text[begun.end() :]
    symbol = _SYMBOL.search(rest) or _BARE_SYMBOL.search(rest)
    if symbol is None or symbol.start() > 14:
        return None
    return line.blank(SlotKind.NUMBER, begun.end(), begun.end() + symbol.start(), slope)


def _is_dated(line: Spelled) -> bool:
    """Whether a line is ``Quảng Ngãi, ngày … tháng … năm …``, and not a law's date in running text."""
    match = _DATE.search(line.folded)
    if match is None:
        return False
    before = line.folded[: match.start()].rstrip()
    # A place and its comma; what stands between "địa phương" and "ngày" in running text is a blank.
    return not before or before[-1] in ",.;:"


def _date(line: Spelled, slope: float) -> list[Blank]:
    match = _DATE.search(line.folded)
    if match is None:
        return []
    parts = (("day", SlotKind.DAY), ("month", SlotKind.MONTH), ("year", SlotKind.YEAR))
    blanks = (line.blank(kind, *match.span(part), slope) for part, kind in parts)
    return [blank for blank in blanks if blank]
