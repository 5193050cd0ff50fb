"""The text that a born-digital page carries, believed only where it says what is seen.

A page is read as a picture first. Its own text then replaces the reading line by line, where the two
agree: it is exact to the letter, but it may be hidden, in a legacy font's codes, mapped to nonsense,
or planted to say something else than the print. What disagrees is left to the reading; a word that
differs from a sure reading in a letter, mark, figure or case is disputed.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2 as pdfium
from pypdfium2 import raw
from rapidfuzz import fuzz

from dossiers.reading import DISPUTED, Box, PageReading, Word
from dossiers.tick_marks import TICK_MARKS
from extractors.box_words import kept_boxes
from extractors.encodings import Encoding, by_font, decode
from extractors.sources import Kind, sniff

# An image over more of the page than this is a scan, and text over it somebody's OCR.
_SCAN_SHARE = 0.5
_MOST_CHARACTERS = 100_000
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
_INVISIBLE = 3  # ISO 32000-2, table 104: neither filled nor stroked
_FINE = 100  # device units a point
# Of a hyphen, the longer side is so many times the shorter; in TCVN3 the other is ``ư``.
_FLAT, _SOFT_HYPHEN = 2, "\u00ad"


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one font without a blank between them, and their boxes in points.

    ``goes_on`` tells that no blank parts it from the run before: a word in two fonts.
    """

    text: str
    font: str
    boxes: tuple[Box, ...]
    goes_on: bool = False

    @property
    def box(self) -> Box:
        """Around all of it."""
        return Box.around(self.boxes)

    def turned(self, page: PageReading) -> Run:
        """The run on the page as it was turned to be read."""
        return replace(self, boxes=tuple(_turned(box, page) for box in self.boxes))


def _turned(box: Box, page: PageReading) -> Box:
    match page.rotation:
        case 90:
            return Box(page.width - box.y1, box.x0, page.width - box.y0, box.x1)
        case 180:
            return Box(
                page.width - box.x1, page.height - box.y1, page.width - box.x0, page.height - box.y0
            )
        case 270:
            return Box(box.y0, page.height - box.x1, box.y1, page.height - box.x0)
    return box


def own_text(path: Path, number: int) -> tuple[Run, ...]:
    """The visible text of page ``number`` (1-based); none of a scan, or of what is no PDF."""
    if sniff(path) is not Kind.PDF:
        return ()
    try:
        return tuple(_runs(path, number))
    except (pdfium.PdfiumError, ValueError, ArithmeticError):
        return ()  # the picture is read; a broken text is no text


def turn_of(runs: Sequence[Run]) -> int | None:
    """The clockwise turn in degrees that puts most of a page's own letters upright, if it has any."""
    turns: Counter[int] = Counter()
    for run in runs:
        (x0, y0), (x1, y1) = run.boxes[0].centre, run.boxes[-1].centre
        across, down = x1 - x0, y1 - y0
        # Of letters one above the other, and of one letter, nothing is told.
        if abs(across) > 2 * abs(down):
            turns[0 if across > 0 else 180] += len(run.text)
        elif abs(down) > 2 * abs(across):
            turns[270 if down > 0 else 90] += len(run.text)
    return max(turns, key=lambda turn: turns[turn]) if turns else None


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


def _runs(path: Path, number: int) -> list[Run]:
    """The visible text of a born-digital page; nothing where a scan covers it."""
    with pdfium.PdfDocument(path) as document:
        page = document[number - 1]
        width, height = page.get_size()
        if _largest_image(page) >= _SCAN_SHARE * width * height:
            return []
        text = page.get_textpage()
        try:
            count = min(text.count_chars(), _MOST_CHARACTERS)
            return list(_grouped(_Characters(page, text), count))
        finally:
            text.close()


def _largest_image(page: pdfium.PdfPage) -> float:
    """The largest image of the page, in square points."""
    areas = [0.0]
    for image in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = image.get_bounds()
        areas.append(abs((right - left) * (top - bottom)))
    return max(areas)


class _Characters:
    """The characters of a page as PDFium finds them."""

    def __init__(self, page: pdfium.PdfPage, text: pdfium.PdfTextPage) -> None:
        self._text = text
        # Where the page's axes lie on the page as displayed: by three of its points.
        (x, y), (ax, ay), (bx, by) = (_displayed(page, *at) for at in ((0, 0), (100, 0), (0, 100)))
        self._axes = x, y, (ax - x) / 100, (ay - y) / 100, (bx - x) / 100, (by - y) / 100
        self._objects: dict[int | None, tuple[str, bool]] = {}
        self._sides = tuple(ctypes.c_double() for _ in range(4))

    def character(self, index: int) -> str:
        """One character; a blank for those that PDFium has put in between words and lines."""
        if self.ends_line(index):
            box = self.box(index)
            sides = sorted((box.width, box.height))
            return "-" if sides[1] > _FLAT * sides[0] else _SOFT_HYPHEN
        code = raw.FPDFText_GetUnicode(self._text, index)
        if code in (0, 10, 13, 32, 0xFFFE, 0xFFFF) or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
            return " "
        return chr(code)

    def ends_line(self, index: int) -> bool:
        """Whether it is what PDFium takes for a hyphen, behind which it joins the next line.

        Its code is lost; what is no stroke is the letter that a legacy font has in a hyphen's place.
        """
        return bool(raw.FPDFText_IsHyphen(self._text, index) == 1)

    def font(self, index: int) -> tuple[str, bool]:
        """The name of its font, and whether it is painted at all."""
        found = raw.FPDFText_GetTextObject(self._text, index)
        key = ctypes.cast(found, ctypes.c_void_p).value
        if key not in self._objects:
            hidden = bool(found) and raw.FPDFTextObj_GetTextRenderMode(found) == _INVISIBLE
            self._objects[key] = self._font_name(index), not hidden
        return self._objects[key]

    def _font_name(self, index: int) -> str:
        buffer, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        size = raw.FPDFText_GetFontInfo(self._text, index, buffer, 128, ctypes.byref(flags))
        return buffer.value.decode("utf-8", "replace") if 0 < size <= 128 else ""

    def box(self, index: int) -> Box:
        """Its box in points from the top left of the page as displayed."""
        left, right, bottom, top = self._sides
        raw.FPDFText_GetCharBox(self._text, index, left, right, bottom, top)
        x, y, across_x, across_y, up_x, up_y = self._axes
        corners = [
            (x + u * across_x + v * up_x, y + u * across_y + v * up_y)
            for u, v in ((left.value, bottom.value), (right.value, top.value))
        ]
        (x0, y0), (x1, y1) = corners
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _displayed(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """A point of the page's own space on the page as displayed, its box and turn applied."""
    width, height = page.get_size()
    across, down = ctypes.c_int(), ctypes.c_int()
    size = round(width * _FINE), round(height * _FINE)
    raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value / _FINE, down.value / _FINE


def _grouped(characters: _Characters, count: int) -> Iterator[Run]:
    """Characters up to the next blank or font."""
    text, font, goes_on = "", "", False
    boxes: list[Box] = []
    for index in range(count):
        character = characters.character(index)
        blank = not character.strip()
        own_font, visible = (font, False) if blank else characters.font(index)
        if text and (blank or own_font != font):
            yield Run(text, font, tuple(boxes), goes_on)
            text, boxes, goes_on = "", [], not blank
        if blank:
            goes_on = False
        if visible:
            text, font = text + character, own_font
            boxes.append(characters.box(index))
        if text and characters.ends_line(index):
            yield Run(text, font, tuple(boxes), goes_on)
            text, boxes, goes_on = "", [], False
    if text:
        yield Run(text, font, tuple(boxes), goes_on)
