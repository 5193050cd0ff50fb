"""Blocks of printed lines, with neighbours above and below as on a page, at 300 dpi."""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from extractors.connected import Grey
from extractors.strips import Baseline
from training.texts import Look, Texts

Canvas = Grey

_LINES = 12
_WIDTH = 1950
_STYLES = ("Regular", "Bold", "Italic", "Bold Italic")
# Share, family; the look of Times New Roman, in which our papers are set, weighs most. DejaVu is
# kept out: it is what accuracy is measured with.
_FAMILIES = (
    (0.36, "Liberation Serif"),
    (0.30, "TeX Gyre Termes"),
    (0.09, "FreeSerif"),
    (0.03, "Noto Serif"),
    (0.03, "Charis SIL"),
    (0.03, "Gentium Plus"),
    (0.03, "TeX Gyre Pagella"),
    (0.07, "Liberation Sans"),
    (0.03, "Noto Sans"),
    (0.03, "Roboto"),
)
# Faces of machine readable zones; ICAO 9303 asks for OCR-B, printers take what they have.
_MACHINE = ((0.6, "OCR B"), (0.2, "Liberation Mono"), (0.2, "FreeMono"))


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line on a canvas: what it says and where; ``text`` is empty for what is no text."""

    text: str
    place: Baseline


class Fonts:
    """The families above that are installed, each in four styles."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, int], str] = {}
        self.families = [(share, name) for share, name in _FAMILIES if self._find(name)]
        self.machine = [(share, name) for share, name in _MACHINE if self._find(name)]
        if not self.families:
            raise FileNotFoundError("none of the fonts for training is installed")

    def _find(self, family: str) -> bool:
        found = {}
        for style, name in enumerate(_STYLES):
            answer = subprocess.run(
                ["fc-match", "-f", "%{family}|%{file}", f"{family}:style={name}"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            matched, _, file = answer.partition("|")
            if family not in matched.split(","):
                return False
            found[family, style] = file
        self._files |= found
        return True

    @lru_cache(maxsize=400)  # noqa: B019 - one instance lives as long as its process
    def get(self, family: str, style: int, size: int) -> ImageFont.FreeTypeFont:
        """A face by family, style (0 to 3) and size in pixels."""
        basic = ImageFont.Layout.BASIC
        return ImageFont.truetype(self._files[family, style], size, layout_engine=basic)


@dataclass(slots=True)
class _Row:
    words: list[str]
    family: str
    style: int
    size: int
    justified: bool


def set_block(
    texts: Texts, fonts: Fonts, chance: random.Random
) -> tuple[Canvas, list[PrintedLine]]:
    """A canvas of up to twelve lines, black on white, and where each stands."""
    family = chance.choices([name for _, name in fonts.families], [p for p, _ in fonts.families])[0]
    points = chance.choice([13, 13, 13, 14, 14, 14, 13.5, 12, 12, 11, 10, 15, 8, 9, 18])
    size = round(points * 300 / 72)
    width = round(chance.choice([1, 1, 0.9, 0.8, 0.55]) * _WIDTH)
    running = chance.random() < 0.55
    rows = (
        _running(texts, fonts, family, size, width, chance)
        if running
        else _short(texts, fonts, family, size, width, chance)
    )
    pitch = chance.choice([1.12, 1.15, 1.2, 1.2, 1.25, 1.3, 1.4, 1.5, 1.7]) * size
    canvas = np.full((round(pitch * (len(rows) + 1.8)), width + 160), 255, np.uint8)
    lines = []
    tight = chance.choice([0.65, 0.8, 0.9, 1, 1, 1, 1.15, 1.3])
    y = pitch * 1.2
    for row in rows:
        line = _set_row(canvas, fonts, row, round(y), width, tight, chance)
        if line:
            lines.append(line)
        y += pitch
    return canvas, lines


def _running(
    texts: Texts, fonts: Fonts, family: str, size: int, width: int, chance: random.Random
) -> list[_Row]:
    rows: list[_Row] = []
    style = chance.choices(range(4), [0.64, 0.15, 0.16, 0.05])[0]
    while len(rows) < _LINES:
        words = texts.paragraph()[:120]
        if chance.random() < 0.09:
            words = [word.upper() for word in words]
        face = fonts.get(family, style, size)
        blank = face.getlength(" ")
        line: list[str] = []
        length = 0.0
        for word in words:
            extent = face.getlength(word)
            if line and length + extent > width:
                rows.append(_Row(line, family, style, size, justified=True))
                line, length = [], 0.0
            line.append(word)
            length += extent + blank
        if line:
            rows.append(_Row(line, family, style, size, justified=False))
        if chance.random() < 0.3:
            style = chance.choices(range(4), [0.6, 0.18, 0.18, 0.04])[0]
    return rows[:_LINES]


def _short(
    texts: Texts, fonts: Fonts, family: str, size: int, width: int, chance: random.Random
) -> list[_Row]:
    rows = []
    for _ in range(_LINES):
        text, look = texts.short()
        own = max(28, round(size * chance.choice([1, 1, 1, 0.85, 1.1])))
        face_family = family
        if look is Look.MACHINE and fonts.machine:
            shares, names = zip(*fonts.machine, strict=True)
            face_family = chance.choices(names, shares)[0]
        if look is Look.BOLD:
            style = chance.choice([1, 1, 1, 1, 0, 3])
        else:
            style = chance.choices(range(4), [0.5, 0.2, 0.24, 0.06])[0]
        words = text.split(" ")
        face = fonts.get(face_family, style, own)
        while words and face.getlength(" ".join(words)) > width * 1.05:
            words.pop()
        if any(words):
            rows.append(_Row(words, face_family, style, own, justified=False))
    return rows


def _set_row(
    canvas: Canvas,
    fonts: Fonts,
    row: _Row,
    baseline: int,
    width: int,
    tight: float,
    chance: random.Random,
) -> PrintedLine | None:
    face = fonts.get(row.family, row.style, row.size)
    extents = [face.getlength(word) for word in row.words]
    blank = face.getlength(" ") * tight
    free = width - sum(extents) - blank * len(row.words)
    x = 60.0
    if row.justified and len(row.words) > 1:
        even = (width - sum(extents)) / (len(row.words) - 1)
        blank = min(blank * 2.6, max(blank * 0.8, even))
    elif not row.justified:
        x += chance.choice([0, 0, 40, max(0.0, free) / 2])
    # Set on a strip of its own first, so that only this line's marks are changed below.
    above, below = round(1.25 * row.size), round(0.45 * row.size)
    strip = Image.new("L", (canvas.shape[1], above + below), 255)
    draw = ImageDraw.Draw(strip)
    for word, extent in zip(row.words, extents, strict=True):
        if word:
            draw.text((round(x), above), word, font=face, fill=0, anchor="ls")
        x += extent + blank
    pixels = np.array(strip)
    text = " ".join(row.words)
    letters = [c for c in text if c.isalpha()]
    capitals = bool(letters) and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    if capitals and chance.random() < 0.75:
        _flatten_marks(pixels, above - _height(face, "H"), chance)
    columns = np.flatnonzero(pixels.min(axis=0) < 128)
    if not len(columns):
        return None
    x0, x1 = float(columns[0]), float(columns[-1] + 1)
    if chance.random() < 0.05:
        _underline(pixels, above, row.size, (int(x0), int(x1)), chance)
    if not row.justified and chance.random() < 0.12:
        _dotted(pixels, above, row.size, (int(x0), int(x1)), chance)
    top = baseline - above
    low, high = max(0, top), min(canvas.shape[0], top + pixels.shape[0])
    np.minimum(canvas[low:high], pixels[low - top : high - top], out=canvas[low:high])
    place = Baseline(x0, baseline, x1, baseline, x_height=float(_height(face, "x")))
    return PrintedLine(text, place)


@lru_cache(maxsize=2000)
def _height(face: ImageFont.FreeTypeFont, letter: str) -> int:
    return -int(face.getbbox(letter, anchor="ls")[1])


def _flatten_marks(pixels: Canvas, cap_line: int, chance: random.Random) -> None:
    """Times New Roman sets the marks of capitals flat and touching; no free font does."""
    inked = np.flatnonzero(pixels[:cap_line].min(axis=1) < 200)
    if not len(inked):
        return
    top = int(inked[0])
    height = cap_line - top
    flat = max(3, round(height * chance.uniform(0.5, 1.0)))
    lower = chance.randint(0, 4)
    marks = cv2.resize(pixels[top:cap_line], (pixels.shape[1], flat), interpolation=cv2.INTER_AREA)
    pixels[top:cap_line] = 255
    start = cap_line - flat + lower
    region = pixels[start : start + flat]
    np.minimum(region, marks, out=region)


def _underline(
    pixels: Canvas, baseline: int, size: int, span: tuple[int, int], chance: random.Random
) -> None:
    y = baseline + round(size * chance.uniform(0.08, 0.2))
    x0, x1 = span
    if chance.random() < 0.5:  # only a part, as under a motto
        middle, half = (x0 + x1) // 2, max(20, round((x1 - x0) * chance.uniform(0.1, 0.4)))
        x0, x1 = middle - half, middle + half
    cv2.line(pixels, (x0, y), (x1, y), 0, chance.randint(1, 4))


def _dotted(
    pixels: Canvas, baseline: int, size: int, span: tuple[int, int], chance: random.Random
) -> None:
    """A dotted line to fill in, on which the text was typed."""
    x0, x1 = span
    start = x0 + chance.choice([0.0, chance.uniform(0, 0.6)]) * (x1 - x0)
    end = min(pixels.shape[1] - 4, x1 + chance.choice([0, 0, chance.uniform(0, 12) * size]))
    pitch = size * chance.uniform(0.13, 0.3)
    radius = max(1, round(size * chance.uniform(0.02, 0.04)))
    y = baseline + round(size * chance.uniform(-0.03, 0.1))
    ink = chance.choice([0, 0, 60, 120])
    for x in np.arange(start, end, pitch):
        cv2.circle(pixels, (round(float(x)), y), radius, ink, -1, cv2.LINE_AA)


def moved(line: PrintedLine, matrix: npt.NDArray[np.float64]) -> PrintedLine:
    """The line where an affine map (2 × 3) of its canvas takes it."""
    place = line.place
    (x0, y0), (x1, y1) = (
        matrix @ np.array([x, y, 1.0]) for x, y in ((place.x0, place.y0), (place.x1, place.y1))
    )
    return replace(line, place=replace(place, x0=x0, y0=y0, x1=x1, y1=y1))
