"""The visible text of a digitised copy (NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, II.10 and Phần II).

First page, top right, no picture: form of the copy, name of the agency, signing time. Times metrics,
10 pt, upright, black. "Top right" is what a person sees: /Rotate, CropBox and UserUnit are respected,
and the text moves where the paper is white.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils import generic, layout
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import TextStamp, TextStampStyle

from dossiers.clock import VIETNAM
from dossiers.dossier import FormOfCopy

_SIZE = 10.0
_LEADING = 12.0
_MARGIN_RIGHT, _MARGIN_TOP = 20.0, 10.0  # points: 7 mm and 3.5 mm
_WIDEST = 171.0  # 60 mm
_PADDING = 2.0
# Moves at most this share of the page, down and to the left, to find white paper.
_REACH = 0.25
_STEP = 6.0


@dataclass(frozen=True, slots=True)
class Appearance:
    """What the stamp of a digitised copy says."""

    form: FormOfCopy
    agency: str
    at: dt.datetime

    def lines(self, font: TTFont, widest: float = _WIDEST) -> list[str]:
        """The text, a line each; a long agency name runs over several."""
        moment = self.at.astimezone(VIETNAM).isoformat(timespec="seconds")
        return [self.form.value, *_wrapped(self.agency, font, widest), moment]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the text goes: rectangle in default user space, turn and scale of the page."""

    rectangle: tuple[int, int, int, int]
    rotation: int
    unit: float


def place(source: bytes, lines: list[str], font: TTFont) -> Placement:
    """The best place on the first page for these lines."""
    with pikepdf.open(BytesIO(source)) as pdf:
        page = pdf.pages[0]
        box = [float(side) for side in page.cropbox]
        rotation = int(_inherited(page, "/Rotate", 0)) % 360
        unit = float(page.obj.get("/UserUnit", 1))
    x0, x1 = sorted((box[0], box[2]))
    y0, y1 = sorted((box[1], box[3]))
    turned = rotation in (90, 270)
    page_width, page_height = ((y1 - y0), (x1 - x0)) if turned else ((x1 - x0), (y1 - y0))
    page_width, page_height = page_width * unit, page_height * unit
    width = min(max(_width(line, font) for line in lines) + 2 * _PADDING, page_width - 4)
    height = min(_LEADING * len(lines) + 2 * _PADDING, page_height - 4)
    left = max(2.0, page_width - _MARGIN_RIGHT - width)
    top = min(_MARGIN_TOP, max(2.0, page_height - height - 2))
    left, top = _free_place(source, left, top, width, height)
    corners = [
        _to_user(x, y, (x0, y0, x1, y1), rotation, unit)
        for x, y in ((left, top), (left + width, top + height))
    ]
    xs, ys = sorted(c[0] for c in corners), sorted(c[1] for c in corners)
    rectangle = (round(xs[0]), round(ys[0]), round(xs[1]), round(ys[1]))
    return Placement(rectangle, rotation, unit)


def style_of(lines: list[str], font_file: Path, placement: Placement) -> TextStampStyle:
    """PyHanko's style for the text, upright on turned pages."""
    size = round(_SIZE / placement.unit) or 1
    factory = GlyphAccumulatorFactory(str(font_file), font_size=size)
    return _UprightStyle(
        border_width=0,
        background=None,
        stamp_text="\n".join(line.replace("%", "%%") for line in lines),
        text_box_style=TextBoxStyle(
            font=factory,
            font_size=size,
            leading=round(_LEADING / placement.unit) or 1,
            text_color=(0, 0, 0),
        ),
        inner_content_layout=layout.SimpleBoxLayoutRule(
            x_align=layout.AxisAlignment.ALIGN_MAX,
            y_align=layout.AxisAlignment.ALIGN_MID,
            margins=layout.Margins(0, 0, 0, 0),
        ),
        rotation=placement.rotation,
    )


@dataclass(frozen=True)
class _UprightStyle(TextStampStyle):
    rotation: int = 0

    def create_stamp(
        self, writer: BasePdfFileWriter, box: layout.BoxConstraints, text_params: dict[str, str]
    ) -> TextStamp:
        if self.rotation in (90, 270):
            box = layout.BoxConstraints(width=box.height, height=box.width)
        return _UprightStamp(writer=writer, style=self, box=box, text_params=text_params)


class _UprightStamp(TextStamp):
    def as_form_xobject(self) -> generic.StreamObject:
        """The appearance, turned against the page (ISO 32000-1, 12.5.5, algorithm 8.1)."""
        form = super().as_form_xobject()
        turn = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}.get(self.style.rotation)
        if turn:
            numbers = [generic.NumberObject(n) for n in (*turn, 0, 0)]
            form[generic.pdf_name("/Matrix")] = generic.ArrayObject(numbers)
        return form


def _width(text: str, font: TTFont) -> float:
    widths, letters = font["hmtx"], font.getBestCmap()
    units = sum(widths[letters.get(ord(letter), ".notdef")][0] for letter in text)
    return float(units) * _SIZE / float(font["head"].unitsPerEm)


def _wrapped(text: str, font: TTFont, widest: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, font) <= widest:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def _inherited(page: pikepdf.Page, key: str, default: int) -> int:
    node: pikepdf.Object | None = page.obj
    while node is not None:
        if key in node:
            return int(node[key])
        node = node.get("/Parent")
    return default


def _to_user(
    x: float, y: float, box: tuple[float, float, float, float], rotation: int, unit: float
) -> tuple[float, float]:
    """A point in points from the top left as displayed, as default user space."""
    x0, y0, x1, y1 = box
    x, y = x / unit, y / unit
    if rotation == 90:
        return x0 + y, y0 + x
    if rotation == 180:
        return x1 - x, y0 + y
    if rotation == 270:
        return x1 - y, y1 - x
    return x0 + x, y1 - y


def _free_place(
    source: bytes, left: float, top: float, width: float, height: float
) -> tuple[float, float]:
    """The place without ink that is nearest to the wanted one, down and to the left; else that."""
    with pdfium.PdfDocument(source) as document:
        page = document[0]
        page_width, page_height = page.get_size()
        scale = min(1.0, 1000 / max(page_width, page_height))
        picture = np.asarray(page.render(scale=scale, grayscale=True).to_pil().convert("L"))
    ink = picture < float(np.median(picture)) - 60
    # Sums over any rectangle in four look-ups.
    table = np.pad(ink.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    downs = np.arange(0, max(1.0, page_height * _REACH - top), _STEP)
    lefts = np.arange(0, max(1.0, min(left, page_width * _REACH)), _STEP)
    # Down is dearer than left: the text belongs into the top margin.
    moves = sorted(
        ((down, aside) for down in downs for aside in lefts), key=lambda m: 2 * m[0] + m[1]
    )
    for down, aside in moves:
        y0, x0 = int((top + down) * scale), int((left - aside) * scale)
        y1 = min(int((top + down + height) * scale) + 1, ink.shape[0])
        x1 = min(int((left - aside + width) * scale) + 1, ink.shape[1])
        covered = table[y1, x1] - table[y0, x1] - table[y1, x0] + table[y0, x0]
        if covered <= 0.002 * (y1 - y0) * (x1 - x0):
            return left - float(aside), top + float(down)
    return left, top
