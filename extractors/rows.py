"""The lines of a document as the rules look at them: words with their folded form and place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from dossiers.reading import Box, PageReading, Word
from dossiers.text import fold, letters_in, words_in

# Leader dots, and what recognisers make of them.
_LEADERS = re.compile(r"[.…_·]{3,}|[.…_·]{2,}(?=\s|$)|(?<=\s)[.…_·]+(?=\s|$)")
_GLUED = re.compile(r"(.*[^\W\d].*?:)[.…]*([^\W_].*)")


@dataclass(frozen=True)
class Row:
    """One line of text of one page, left to right."""

    page: int
    words: tuple[Word, ...]
    page_width: float
    page_height: float

    @cached_property
    def box(self) -> Box:
        """Around all words."""
        return Box.around(word.box for word in self.words)

    @cached_property
    def text(self) -> str:
        """The words, parted by blanks."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def folded(self) -> str:
        """For comparing."""
        return fold(self.text)

    @cached_property
    def letters(self) -> str:
        """Folded letters and figures only."""
        return letters_in(self.folded)

    @cached_property
    def bare(self) -> str:
        """Folded words and figures, parted by one blank."""
        return words_in(self.folded)

    @cached_property
    def height(self) -> float:
        """Typical height of the words, in points."""
        heights = sorted(word.box.height for word in self.words)
        return heights[len(heights) // 2]

    @cached_property
    def in_capitals(self) -> bool:
        """Whether it is printed in capitals (a heading, an agency, an office)."""
        letters = [c for c in self.text if c.isalpha()]
        return len(letters) >= 3 and sum(c.isupper() for c in letters) >= 0.8 * len(letters)

    def pieces(self) -> list[Row]:
        """The row cut where a gap is wider than any blank between words: columns."""
        widest = 2.2 * self.height
        cuts = [
            at
            for at, (before, word) in enumerate(pairwise(self.words), start=1)
            if word.box.x0 - before.box.x1 > widest
        ]
        if not cuts:
            return [self]
        ends = pairwise((0, *cuts, len(self.words)))
        return [replace(self, words=self.words[start:end]) for start, end in ends]


def rows_of(pages: Sequence[PageReading]) -> list[Row]:
    """All lines with text, page by page, in reading order."""
    return [
        Row(page.number, tuple(_parted(line)), page.width, page.height)
        for page in pages
        for line in page.lines()
    ]


def _parted(line: Sequence[Word]) -> Iterator[Word]:
    """Words cut behind a colon: leader dots glue a value to its label (``CCCD:.0330…``)."""
    for word in line:
        match = _GLUED.fullmatch(word.text)
        if match is None:
            yield word
            continue
        at = word.box.x0 + word.box.width * match.end(1) / len(word.text)
        first = Box(word.box.x0, word.box.y0, at, word.box.y1)
        second = Box(at, word.box.y0, word.box.x1, word.box.y1)
        yield replace(word, text=match[1], box=first)
        yield replace(word, text=match[2], box=second)


def columns_of(rows: Sequence[Row]) -> list[Row]:
    """The same lines cut into columns."""
    return [piece for row in rows for piece in row.pieces()]


def says_something(words: Sequence[Word]) -> bool:
    """Whether a value has a letter or figure: dashes and leaders stand for none."""
    return any(character.isalnum() for character in value_text(words))


def value_text(words: Sequence[Word]) -> str:
    """Words as a value: without leader dots, colons and blanks around it."""
    text = _LEADERS.sub(" ", " ".join(word.text for word in words))
    return " ".join(text.split()).strip(" .:;,_…·|")
