"""The fields of a page drawn over it: a numbered frame each, and a list beside the page."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from cli.drawing import AMBER, DPI, GREEN, RED, Colour, corners, upright
from cli.screen import percent
from cli.speech import language, say
from cli.type_words import evidence_said
from dossiers.errors import Language
from signing.fonts import find_font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dossiers.reading import DocumentReading, Field, TypeMatch
    from extractors.page_image import PageImage
    from extractors.types import DocumentType, Name

_GREY, _INK, _PAPER = (120, 120, 120), (30, 30, 30), (250, 250, 248)
_PANEL = 620
_EDGE = 24
_TAG = 14


@dataclass(slots=True)
class _Entry:
    """A line of the list beside the page."""

    colour: Colour
    title: str
    value: str
    note: str
    number: int | None = None


def draw_fields(
    image: PageImage,
    reading: DocumentReading,
    page: int,
    kind: DocumentType,
    recognised: TypeMatch,
) -> Image.Image:
    """The page upright at 150 dpi, its fields framed and numbered, and the list of all fields."""
    own = next(one for one in reading.pages if one.number == page)
    scale = DPI / 72
    size = round(own.width * scale), round(own.height * scale)
    sheet = upright(image, own).resize(size, Image.Resampling.BOX)
    sheet = Image.blend(sheet, Image.new("RGB", size, "white"), 0.25)
    veil = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(veil)
    entries = _entries(reading, page, kind)
    face = _face(18, bold=True)
    numbered = {entry.number: entry for entry in entries if entry.number}
    for number, field in _numbered(reading, page, kind):
        if field.box is None:
            continue
        colour = numbered[number].colour
        shape = corners(field.box, scale, math.radians(own.skew))
        pen.polygon(shape, fill=(*colour, 40), outline=(*colour, 255), width=3)
        _tag(pen, _beside(shape, around=_around(field, reading)), str(number), colour, face)
    drawn = Image.alpha_composite(sheet.convert("RGBA"), veil).convert("RGB")
    panel = _panel(kind, recognised, entries)
    whole = Image.new("RGB", (size[0] + _PANEL, max(size[1], panel.height)), _PAPER)
    whole.paste(drawn, (0, 0))
    whole.paste(panel, (size[0], 0))
    return whole


def _around(field: Field, reading: DocumentReading) -> bool:
    """Whether a frame has another in it, as a number's has that of its symbol."""
    return field.box is not None and any(
        other.box is not None
        and other.page == field.page
        and other.box.area < field.box.area
        and field.box.shared(other.box) > 0.9 * other.box.area
        for other in reading.fields.values()
    )


def _beside(shape: Sequence[tuple[float, float]], *, around: bool) -> tuple[float, float]:
    """Where a tag hides no label: right of the frame, left of one that has another in it."""
    upper, lower = (shape[0], shape[3]) if around else (shape[1], shape[2])
    x, y = (upper[0] + lower[0]) / 2, (upper[1] + lower[1]) / 2
    return (x - _TAG if around else x + _TAG), y


def _numbered(reading: DocumentReading, page: int, kind: DocumentType) -> list[tuple[int, Field]]:
    """The fields on the page in the order of the type, from 1."""
    names = [field.name for field in kind.fields] + list(reading.fields)
    here = [
        reading.fields[name]
        for name in dict.fromkeys(names)
        if name in reading.fields and reading.fields[name].page == page
    ]
    return list(enumerate(here, start=1))


def _entries(reading: DocumentReading, page: int, kind: DocumentType) -> list[_Entry]:
    entries = []
    for number, field in _numbered(reading, page, kind):
        declared = kind.field(field.name)
        title = _named(declared.title) if declared else field.name
        doubtful = field.name in reading.doubtful
        colour = RED if doubtful else GREEN if field.confidence >= 0.9 else AMBER
        doubt = f" · {say('cần người xem', 'for a person')}" if doubtful else ""
        note = f"{percent(field.confidence)}{doubt} · {_source(field)}"
        entries.append(_Entry(colour, title, field.shown, note, number))
    for declared in kind.fields:
        found = reading.fields.get(declared.name)
        if found is None:
            lacking = say("bắt buộc nhưng không tìm thấy", "required, and not found")
            absent = say("không tìm thấy", "not found")
            text, colour = (lacking, RED) if declared.required else (absent, _GREY)
            entries.append(_Entry(colour, _named(declared.title), "", text))
        elif found.page != page:
            where = f"{say('trang', 'page')} {found.page}" if found.page else "–"
            entries.append(_Entry(_GREY, _named(declared.title), found.shown, where))
    return entries


def _source(field: Field) -> str:
    return {
        "zone": say("theo vị trí", "by its place"),
        "label": say("theo nhãn", "by its label"),
        "code": say("theo mã QR/MRZ", "by QR code or MRZ"),
    }.get(field.source, field.source)


def _named(name: Name) -> str:
    return name.vi if language() is Language.VIETNAMESE else name.en


def _face(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        find_font("LiberationSans-Bold.ttf" if bold else "LiberationSans-Regular.ttf"), size
    )


def _tag(
    pen: ImageDraw.ImageDraw,
    middle: tuple[float, float],
    text: str,
    colour: Colour,
    face: ImageFont.FreeTypeFont,
) -> None:
    """A number on a disc."""
    x, y = middle
    pen.ellipse((x - _TAG, y - _TAG, x + _TAG, y + _TAG), fill=(*colour, 255))
    pen.text((x, y), text, font=face, fill=(255, 255, 255, 255), anchor="mm")


def _panel(kind: DocumentType, recognised: TypeMatch, entries: list[_Entry]) -> Image.Image:
    """The list: the type with its evidence, then the fields found, elsewhere and missing."""
    panel = Image.new("RGB", (_PANEL, 6000), _PAPER)
    pen = ImageDraw.Draw(panel)
    y = float(_EDGE)
    sure = recognised.code == kind.code
    y = _write(pen, y, _named(kind.name), _face(28, bold=True), _INK)
    if sure:
        verdict = f"{say('nhận ra', 'recognised')}: {percent(recognised.confidence)}"
    else:
        verdict = (
            f"{say('KHÔNG nhận ra; được coi là', 'NOT recognised; taken for')} {recognised.code}"
        )
    y = _write(pen, y, verdict, _face(20), GREEN if sure else RED)
    for evidence in recognised.evidence[:10]:
        y = _write(pen, y, f"· {evidence_said(evidence)}", _face(15), _GREY)
    y += 14
    for entry in entries:
        if entry.number:
            _tag(pen, (_EDGE + 19, y + 16), str(entry.number), entry.colour, _face(20, bold=True))
        y = _write(pen, y, entry.title, _face(17), _GREY, indent=44)
        if entry.value:
            y = _write(pen, y, entry.value, _face(20, bold=True), _INK, indent=44)
        y = _write(pen, y, entry.note, _face(16), entry.colour, indent=44) + 9
    return panel.crop((0, 0, _PANEL, int(y) + _EDGE))


def _write(
    pen: ImageDraw.ImageDraw,
    y: float,
    text: str,
    face: ImageFont.FreeTypeFont,
    colour: Colour,
    *,
    indent: int = 0,
) -> float:
    """Text broken to the panel from ``y`` down; returns where it ends."""
    room = _PANEL - 2 * _EDGE - indent
    columns = max(8, int(room / max(1.0, face.getlength("abcdeghnopqrstuv") / 16)))
    for line in textwrap.wrap(text, columns)[:6] or [""]:
        pen.text((_EDGE + indent, y), line, font=face, fill=colour)
        y += face.size * 1.28
    return y
