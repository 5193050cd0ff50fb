"""The visible text of a born-digital page, as runs of one font with the box of each character."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2 as pdfium
from pypdfium2 import raw

from dossiers.reading import Box, PageReading
from extractors.sources import Kind, sniff

# An image over more of the page than this is a scan, and text over it somebody's OCR.
_SCAN_SHARE = 0.5
_MOST_CHARACTERS = 100_000
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
