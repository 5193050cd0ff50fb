"""What was read, drawn over the page: words by confidence, lines in order, cells of tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cli.speech import say
from dossiers.reading import Box, PageReading
from signing.fonts import find_font

if TYPE_CHECKING:
    from extractors.page_image import PageImage

DPI = 150.0
_SURE, _FAIR = 0.97, 0.85
GREEN, AMBER, RED = (22, 140, 70), (214, 140, 0), (205, 40, 40)
_FACE = "LiberationSans-Regular.ttf"
_BLUE, _ORDER = (30, 90, 200), (120, 60, 170)

Colour = tuple[int, int, int]


def draw_page(image: PageImage, reading: PageReading) -> Image.Image:
    """The page upright at 150 dpi with everything read on it, and a legend below."""
    scale = DPI / 72
    size = round(reading.width * scale), round(reading.height * scale)
    sheet = upright(image, reading).resize(size, Image.Resampling.BOX)
    sheet = Image.blend(sheet, Image.new("RGB", size, "white"), 0.35)
    veil = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(veil)
    lean = math.radians(reading.skew)
    for word in reading.words:
        colour = _colour(word.confidence)
        pen.polygon(corners(word.box, scale, lean), fill=(*colour, 46), outline=(*colour, 200))
    for cell in reading.cells:
        pen.polygon(corners(cell.box, scale, lean), outline=(*_BLUE, 255), width=2)
    _draw_order(pen, reading, scale)
    drawn = Image.alpha_composite(sheet.convert("RGBA"), veil).convert("RGB")
    return _with_legend(drawn, reading)


def upright(image: PageImage, reading: PageReading) -> Image.Image:
    """The pixels of a page as it is read, in colour where it has any."""
    grey = image.grey
    if image.colour is None:
        pixels = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    else:
        pixels = cv2.resize(image.colour, (grey.shape[1], grey.shape[0]))
    return Image.fromarray(np.ascontiguousarray(np.rot90(pixels, -reading.rotation // 90)))


def _colour(confidence: float) -> Colour:
    if confidence >= _SURE:
        return GREEN
    return AMBER if confidence >= _FAIR else RED


def corners(box: Box, scale: float, lean: float) -> list[tuple[float, float]]:
    """The box turned about its middle as the print leans."""
    x, y = box.centre
    half_width, half_height = box.width / 2, box.height / 2
    cos, sin = math.cos(lean), math.sin(lean)
    return [
        ((x + dx * cos - dy * sin) * scale, (y + dx * sin + dy * cos) * scale)
        for dx, dy in (
            (-half_width, -half_height),
            (half_width, -half_height),
            (half_width, half_height),
            (-half_width, half_height),
        )
    ]


def _draw_order(pen: ImageDraw.ImageDraw, reading: PageReading, scale: float) -> None:
    face = ImageFont.truetype(find_font(_FACE), 15)
    places = []
    for number, words in enumerate(reading.lines(), start=1):
        x, y = words[0].box.x0 * scale - 6, words[0].box.centre[1] * scale
        places.append((x, y))
        pen.text((x, y), str(number), font=face, fill=(*_ORDER, 255), anchor="rm")
    if len(places) > 1:
        pen.line([(x + 2, y) for x, y in places], fill=(*_ORDER, 70), width=2)


def _with_legend(drawn: Image.Image, reading: PageReading) -> Image.Image:
    face = ImageFont.truetype(find_font(_FACE), 20)
    rows: list[tuple[Colour, str]] = [
        (GREEN, say("chắc chắn", "sure")),
        (AMBER, say("khá chắc", "fair")),
        (RED, say("cần xem lại", "doubtful")),
        (_BLUE, say(f"{len(reading.cells)} ô bảng", f"{len(reading.cells)} cells")),
        (_ORDER, say("thứ tự đọc", "reading order")),
    ]
    sheet = Image.new("RGB", (drawn.width, drawn.height + 44), "white")
    sheet.paste(drawn, (0, 0))
    pen = ImageDraw.Draw(sheet)
    x, y = 16.0, drawn.height + 22
    for colour, text in rows:
        pen.rectangle((x, y - 9, x + 18, y + 9), fill=colour)
        pen.text((x + 26, y), text, font=face, fill=(30, 30, 30), anchor="lm")
        x += 26 + face.getlength(text) + 28
    facts = f"{reading.engine} · {len(reading.words)} " + say("từ", "words")
    facts += f" · {reading.skew:+.1f}°"
    pen.text((drawn.width - 16, y), facts, font=face, fill=(110, 110, 110), anchor="rm")
    return sheet
