"""The text that a born-digital page carries, believed only where it says what is seen.

A page is read as a picture first. Its own text then replaces the reading line by line, where the two
agree: it is exact to the letter, but it may be hidden, in a legacy font's codes, mapped to nonsense,
or planted to say something else than the print. What disagrees is left to the reading; a word that
differs from a sure reading in a letter, mark, figure or case is disputed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from dossiers.reading import DISPUTED, Box, PageReading, Word
from dossiers.tick_marks import TICK_MARKS
from extractors.box_words import kept_boxes
from extractors.encodings import Encoding, by_font, decode
from extractors.own_text import Run

# A line whose text and reading agree so far says what is seen.
_AGREES, _RESEMBLES = 85.0, 60.0
_PROVED = 0.9
_FONT_AGREES = 80.0
_CONFIDENCE = 0.99
_READ_SURELY = 0.9
# Two boxes that share so much of their width are of one word.
_SAME_WIDTH = 0.75
# A font of which so many words differ from sure readings says something else than it shows.
_BELIED, _FEW_WORDS = 0.25, 4
_NOT_LETTERS = re.compile(r"[\W_]")
_TCVN3 = (Encoding.TCVN3, Encoding.TCVN3_CAPITALS)


def with_text_layer(reading: PageReading, runs: Sequence[Run]) -> PageReading:
    """The reading of a page, with the page's own text where it says the same."""
    if not reading.words or not runs:
        return reading
    runs = [run.turned(reading) for run in runs] if reading.rotation else runs
    lines = reading.lines()
    told = _by_line(runs, lines)
    encodings = _encodings(told, lines)
    own = _own_lines(told, lines, encodings)
    if belied := _belied(own, lines):
        encodings = {font: coded for font, coded in encodings.items() if font not in belied}
        own = _own_lines(told, lines, encodings)
    alike = [
        fuzz.ratio(_letters(_words(said)), _letters(line)) if said else 0.0
        for said, line in zip(own, lines, strict=True)
    ]
    # Small print is read badly; on a page whose text has proved true, it may differ more.
    proved = sum(share >= _AGREES for share in alike) >= _PROVED * sum(map(bool, own))
    words: list[Word] = []
    for line, said, share in zip(lines, own, alike, strict=True):
        agrees = share >= (_RESEMBLES if proved else _AGREES)
        words.extend(kept_boxes([_compared(one, line) for one in said], line) if agrees else line)
    return replace(reading, words=tuple(words))


@dataclass(frozen=True, slots=True)
class _Own:
    """A word of the page's own text, its font, and how that was decoded."""

    word: Word
    font: str
    encoding: Encoding


def _words(own: Sequence[_Own]) -> list[Word]:
    return [one.word for one in own]


def _letters(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words if word.text not in TICK_MARKS).lower()


def _compared(own: _Own, line: Sequence[Word]) -> Word:
    """The page's word, or what is printed; disputed where the reading is sure that they differ.

    A text that differs from the print in one figure, mark or capital may be a trap, and a font may
    give one letter for another. The print is then what the paper says; but of figures, which no
    language bounds, a sure reading is wrong more often than a text. The other stays to choose.
    """
    seen = _seen(own, line)
    word = _as_printed(own, seen)
    if not _differs(word, seen):
        return word
    print_ = seen[0]
    figures = any(one.isdigit() for one in word.text + print_.text)
    if len(seen) > 1 or figures or not _in_one_place(word.box, print_.box):
        looks = (" ".join(one.text for one in seen),)
        return replace(word, confidence=DISPUTED, looks=looks)
    return replace(print_, confidence=DISPUTED, looks=(word.text,))


def _in_one_place(one: Box, other: Box) -> bool:
    shared = min(one.x1, other.x1) - max(one.x0, other.x0)
    return shared >= _SAME_WIDTH * max(one.width, other.width)


def _seen(own: _Own, line: Sequence[Word]) -> list[Word]:
    """The words that the reading has where the page's own stands."""
    box = own.word.box
    return [
        word
        for word in line
        if word.text not in TICK_MARKS and box.x0 - 1 <= word.box.centre[0] <= box.x1 + 1
    ]


def _differs(word: Word, seen: Sequence[Word]) -> bool:
    """Whether the reading is sure to see other letters, marks, figures or capitals."""
    return _is_sure(seen) and _plain(_joined(seen)) != _plain(word.text)


def _is_sure(seen: Sequence[Word]) -> bool:
    return bool(seen) and min(word.confidence for word in seen) >= _READ_SURELY


def _joined(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words)


def _plain(text: str) -> str:
    """Letters and figures alone; raised ones and ligatures as what they stand for."""
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text))


def _as_printed(own: _Own, seen: Sequence[Word]) -> Word:
    """The word in the capitals it is printed in, which TCVN3 has no codes for.

    Its vowels with tones are small in the text; fonts of capitals (``.VnTimeH``) draw them large.
    """
    text, print_ = own.word.text, _joined(seen)
    if own.encoding not in _TCVN3 or not seen:
        return own.word
    sure = _is_sure(seen)
    if print_.isupper() and (sure or len(_plain(print_)) > 1):
        text = text.upper()
    elif sure and len(print_) == len(text) and print_.lower() == text.lower():
        text = "".join(
            one if one.isascii() else shown for one, shown in zip(text, print_, strict=True)
        )
    return replace(own.word, text=text)


def _belied(own: Sequence[Sequence[_Own]], lines: Sequence[Sequence[Word]]) -> set[str]:
    """Fonts that say something else than they show, in more than single words."""
    differ: dict[str, list[bool]] = defaultdict(list)
    for said, line in zip(own, lines, strict=True):
        for one in said:
            seen = _seen(one, line)
            if _is_sure(seen):
                differ[one.font].append(_differs(_as_printed(one, seen), seen))
    return {
        font
        for font, found in differ.items()
        if sum(found) >= max(_FEW_WORDS, _BELIED * len(found))
    }


def _by_line(runs: Sequence[Run], lines: Sequence[Sequence[Word]]) -> dict[int, list[Run]]:
    """Runs by the line of the reading whose height and width they lie in, left to right."""
    boxes = [Box.around(word.box for word in line) for line in lines]
    # By the point of height, so that a page of ten thousand words is no trouble.
    at_height: dict[int, list[int]] = defaultdict(list)
    for index, box in enumerate(boxes):
        for point in range(int(box.y0), int(box.y1) + 1):
            at_height[point].append(index)
    found: dict[int, list[Run]] = defaultdict(list)
    for run in runs:
        x, y = run.box.centre
        near = [
            (abs(boxes[index].centre[1] - y), index)
            for index in at_height[int(y)]
            if boxes[index].x0 - run.box.height <= x <= boxes[index].x1 + run.box.height
        ]
        if near:
            found[min(near)[1]].append(run)
    for line_runs in found.values():
        line_runs.sort(key=lambda run: run.box.x0)
    return found


def _encodings(
    told: Mapping[int, Sequence[Run]], lines: Sequence[Sequence[Word]]
) -> dict[str, Encoding]:
    """How each font's codes are to be read: as most of its lines look like what is seen.

    A font that looks like it in no way is left out; its words are then only in the reading.
    """
    seen: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for index, runs in told.items():
        read = " ".join(word.text for word in lines[index])
        for font in {run.font for run in runs}:
            text = " ".join(run.text for run in runs if run.font == font)
            seen[font].append((text, read))
    encodings = {}
    for font, pairs in seen.items():
        scores = {encoding: _agreement(pairs, encoding) for encoding in by_font(font)}
        # Of equals, the first: what the font's name says, then Unicode.
        best = max(scores, key=lambda encoding: scores[encoding])
        if scores[best] >= _FONT_AGREES:
            encodings[font] = best
    return encodings


def _agreement(pairs: Sequence[tuple[str, str]], encoding: Encoding) -> float:
    """Per cent, weighted by letters; a font may have set only part of a line."""
    total = weight = 0.0
    for text, read in pairs:
        decoded = decode(text, encoding)
        total += len(text) * fuzz.partial_ratio(decoded.lower(), read.lower())
        weight += len(text)
    return total / weight if weight else 0.0


def _own_lines(
    told: Mapping[int, Sequence[Run]],
    lines: Sequence[Sequence[Word]],
    encodings: Mapping[str, Encoding],
) -> list[list[_Own]]:
    return [
        _own_words(told.get(index, ()), encodings, line[0].line) for index, line in enumerate(lines)
    ]


def _own_words(runs: Sequence[Run], encodings: Mapping[str, Encoding], line: int) -> list[_Own]:
    """The page's words of a line; none if a font in it is not understood."""
    words: list[_Own] = []
    for run in runs:
        encoding = encodings.get(run.font)
        if encoding is None:
            return []
        text = decode(run.text, encoding)
        if not text:
            continue
        edges = (*(box.x0 for box in run.boxes), run.boxes[-1].x1)
        word = Word(text, run.box, _CONFIDENCE, line, edges if len(text) == len(run.boxes) else ())
        if words and run.goes_on:
            before = words.pop().word
            box = Box.around((before.box, word.box))
            word = Word(before.text + word.text, box, _CONFIDENCE, line)
        words.append(_Own(word, run.font, encoding))
    return words
