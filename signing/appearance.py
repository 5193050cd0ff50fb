"""How signatures look (NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, II.7, II.8, II.10 and Phần II).

======================================  ==================================================
:class:`Appearance`                     a digitised copy: form of copy, agency, time; no picture
:class:`AttachmentAppearance`           an attachment in its own file: number and symbol, time
:class:`ResultAppearance`               a born-electronic result: the authority's signature (blue)
                                        and the agency's seal (red, true size) as pictures
:class:`BlockAppearance`                a paper of our own in an agency without pictures: agency and
                                        time in the sign-off block
======================================  ==================================================

Text stands at the top right of the first page as a person sees it, in Times metrics, 10 pt, upright,
black, where the page is blank. An attachment inside the same file is not signed apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Protocol

import pikepdf

from dossiers.clock import VIETNAM
from dossiers.dossier import FormOfCopy
from dossiers.errors import NoRoomForSignature
from dossiers.reading import Box
from dossiers.text import nfc
from signing.drawing import PADDING, Mark, TextLines, mark
from signing.free_place import InkMap, Place, fields_on
from signing.page_space import PageSpace, page_space
from signing.pictures import Picture
from signing.sign_off import SignOff, find_sign_off
from signing.typeface import Typeface, typeface

MILLIMETRE = 72 / 25.4

_SIZES = (10, 9, 8, 7)  # 10 pt by the rule; less only where 10 would not fit
_LEADING = 1.2
_MARGIN_RIGHT, _MARGIN_TOP = 20.0, 10.0  # points: 7 mm and 3.5 mm (zone 14)
_LEAST_MARGIN = 2.0
_TALLEST = 200.0  # points: a name that takes more lines is looked at for its upper ones
_LEAST_SIDE = 10.0  # points of a page; nothing legible fits on less
# 60 mm by the drawing; a long name is wider, so that the text stays in the top margin.
_WIDEST = (260.0, 171.0)
# In one line the text fits over the frames of certificates; worth moves of this many points.
_ONE_LINE = 0.75  # of the page's width at most
_LAST_RESORT = 60.0
# Moves at most this share of the page, down and to the left, to find white paper.
_REACH = 0.25
_FARTHEST = 300.0  # points: on a poster too it stays in the corner

_SIGNATURE_HEIGHT = 22 * MILLIMETRE
_SIGNATURE_WIDTH = 50 * MILLIMETRE
_OVERLAP = 1 / 3  # of the signature's picture, on its left, lies under the seal


@dataclass(frozen=True, slots=True)
class Marks:
    """Where and how the person's (officer's or authority's) and the agency's signature are seen."""

    person: Mark
    agency: Mark

    def along(self, chain: int) -> list[Mark]:
        """A mark for each of so many signatories: the last is the agency, before it the person.

        Who signs before them is not seen.
        """
        unseen = [Mark(0)] * max(0, chain - 2)
        return [*unseen, self.person, self.agency][-chain:]


class Look(Protocol):
    """A way for two signatures to look."""

    @property
    def at(self) -> dt.datetime:
        """The signing time claimed."""
        ...

    def lay_out(self, source: bytes, font_file: Path, file: str) -> Marks:
        """Find the places on a PDF.

        Args:
            source: the PDF.
            font_file: the typeface of texts.
            file: its name, for messages.

        Raises:
            NoRoomForSignature: a page is too small, or has no place for it.
            pikepdf.PdfError, pypdfium2.PdfiumError: the PDF cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Appearance:
    """The stamp of a digitised copy: form of the copy, name of the agency, signing time."""

    form: FormOfCopy
    agency: str
    at: dt.datetime

    def lay_out(self, source: bytes, font_file: Path, file: str) -> Marks:
        """Text at the top right of the first page; the officer's signature is not seen."""
        texts = (self.form.value, self.agency, _moment(self.at))
        return Marks(Mark(0), _corner_text(source, font_file, texts, file))


@dataclass(frozen=True, slots=True)
class AttachmentAppearance:
    """The text of an attachment or appendix in a file of its own.

    ``number`` is the number and symbol of the document it belongs to (``15/QĐ-UBND``).
    """

    number: str
    at: dt.datetime

    def lay_out(self, source: bytes, font_file: Path, file: str) -> Marks:
        """Text at the top right of the first page; the officer's signature is not seen."""
        texts = (self.number, _moment(self.at))
        return Marks(Mark(0), _corner_text(source, font_file, texts, file))


@dataclass(frozen=True, slots=True)
class ResultAppearance:
    """A born-electronic result: the authority's signature, overlapped by the agency's seal.

    ``place`` says where the signature stands; without it the sign-off block is found in the text.
    ``seal_diameter`` is in millimetres, from the agency's profile.
    """

    signature: Picture
    seal: Picture
    at: dt.datetime
    place: SignOff | None = None
    seal_diameter: float = 36.0

    def lay_out(self, source: bytes, font_file: Path, file: str) -> Marks:
        """The signature between position and name, the seal over its left third."""
        del font_file
        place = self.place or find_sign_off(source)
        if place is None:
            raise NoRoomForSignature(
                file=file,
                detail="không tìm thấy dòng chức vụ và họ tên người ký / no sign-off block found",
            )
        with pikepdf.open(BytesIO(source)) as pdf:
            if not 0 <= place.page < len(pdf.pages):
                detail = f"không có trang {place.page + 1} / there is no page {place.page + 1}"
                raise NoRoomForSignature(file=file, detail=detail)
            page = pdf.pages[place.page]
            space = page_space(page)
            taken = fields_on(page, space)
        signature, seal = self._boxes(place.room)
        whole = Box(0, 0, space.width, space.height)
        if not (_holds(whole, signature) and _holds(whole, seal)):
            detail = (
                f"trang {place.page + 1} không đủ chỗ cho hình dấu {self.seal_diameter:g} mm / "
                f"page {place.page + 1} has no room for the seal"
            )
            raise NoRoomForSignature(file=file, detail=detail)
        if any(_overlaps(box, other) for other in taken for box in (signature, seal)):
            detail = "đã có chữ ký tại vị trí này / another signature stands there"
            raise NoRoomForSignature(file=file, detail=detail)
        return Marks(
            mark(place.page, space, signature, self.signature),
            mark(place.page, space, seal, self.seal),
        )

    def _boxes(self, room: Box) -> tuple[Box, Box]:
        x, y = room.centre
        height = min(_SIGNATURE_HEIGHT, room.height, _SIGNATURE_WIDTH / self.signature.aspect)
        width = height * self.signature.aspect
        signature = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        diameter = self.seal_diameter * MILLIMETRE
        right = signature.x0 + width * _OVERLAP
        return signature, Box(right - diameter, y - diameter / 2, right, y + diameter / 2)


@dataclass(frozen=True, slots=True)
class BlockAppearance:
    """Text in the sign-off block, where an agency has no pictures of its signature and seal."""

    agency: str
    at: dt.datetime
    place: SignOff

    def lay_out(self, source: bytes, font_file: Path, file: str) -> Marks:
        """Agency and time in the middle of the room; the person's signature is not seen."""
        del file
        with pikepdf.open(BytesIO(source)) as pdf:
            space = page_space(pdf.pages[self.place.page])
        room, size = self.place.room, _SIZES[0]
        widest = room.width - 2 * PADDING
        face = typeface(font_file)
        texts = (nfc(self.agency), _moment(self.at))
        lines = tuple(line for text in texts for line in _wrapped(text, face, size, widest))
        text = TextLines(lines, face, size, size * _LEADING, centred=True)
        return Marks(Mark(0), mark(self.place.page, space, room, text))


# --- text at the top right --------------------------------------------------------------------


def _corner_text(source: bytes, font_file: Path, texts: tuple[str, ...], file: str) -> Mark:
    with pikepdf.open(BytesIO(source)) as pdf:
        if not len(pdf.pages):
            raise NoRoomForSignature(file=file, detail="không có trang nào / there is no page")
        page = pdf.pages[0]
        space = page_space(page)
        taken = fields_on(page, space)
    if min(space.width, space.height) < _LEAST_SIDE:
        raise _too_small(file, space)
    face, texts = typeface(font_file), tuple(nfc(text) for text in texts)
    down, aside = _reach(space.height), _reach(space.width)
    widest = max(*_WIDEST, space.width * _ONE_LINE)
    left = space.width - aside - _MARGIN_RIGHT - widest - 4 * PADDING
    ink = InkMap(source, 0, space, left=left, bottom=down + _TALLEST)
    ink.block(taken)
    tried: list[tuple[Place, TextLines]] = []
    for size in _SIZES:
        tried += _settings(texts, face, size, ink, space)
        if any(place.free for place, _ in tried):
            break
    if not tried:
        raise _too_small(file, space)
    # Where the page is full, the size of the rule covers as little as it can.
    free = [item for item in tried if item[0].free]
    place, text = min(free, key=lambda item: item[0].moved) if free else tried[0]
    return mark(0, space, place.box, replace(text, plate=place.dark))


def _reach(side: float) -> float:
    return min(side * _REACH, _FARTHEST)


def _too_small(file: str, space: PageSpace) -> NoRoomForSignature:
    size = f"{space.width / MILLIMETRE:.0f}×{space.height / MILLIMETRE:.0f} mm"
    detail = f"trang 1 chỉ {size} / page 1 measures only {size}"
    return NoRoomForSignature(file=file, detail=detail)


def _settings(
    texts: tuple[str, ...],
    face: Typeface,
    size: int,
    ink: InkMap,
    space: PageSpace,
) -> Iterator[tuple[Place, TextLines]]:
    """The text at one size, broken wide, narrow and not at all, with the best place for each."""
    widest = space.width - 2 * (_LEAST_MARGIN + PADDING)
    ways = [
        tuple(line for text in texts for line in _wrapped(text, face, size, min(limit, widest)))
        for limit in _WIDEST
    ]
    if face.width("; ".join(texts), size) <= space.width * _ONE_LINE:
        ways.append(("; ".join(texts),))
    for lines in dict.fromkeys(ways):
        wanted = _corner(lines, face, size, space)
        if wanted is None:
            continue
        down = min(_reach(space.height), space.height - wanted.y1 - _LEAST_MARGIN)
        aside = min(_reach(space.width), wanted.x0 - _LEAST_MARGIN)
        place = ink.nearest(wanted, down, aside)
        if len(lines) == 1:
            place = replace(place, moved=place.moved + _LAST_RESORT)
        yield place, TextLines(lines, face, size, size * _LEADING)


def _corner(lines: tuple[str, ...], face: Typeface, size: float, space: PageSpace) -> Box | None:
    """The text's box at the top right; ``None`` where the page is smaller than it."""
    width = max(face.width(line, size) for line in lines) + 2 * PADDING
    height = size * _LEADING * len(lines) + 2 * PADDING
    room_across = space.width - width - _LEAST_MARGIN
    room_along = space.height - height - _LEAST_MARGIN
    if room_across < _LEAST_MARGIN or room_along < _LEAST_MARGIN:
        return None
    # Margins shrink with the paper: on a card 7 mm are a tenth of it.
    right = min(_MARGIN_RIGHT, max(_LEAST_MARGIN, 0.034 * space.width), room_across)
    margin = _MARGIN_TOP if len(lines) > 1 else _MARGIN_TOP / 2
    top = min(margin, max(_LEAST_MARGIN, 0.012 * space.height), room_along)
    x1 = space.width - right
    return Box(x1 - width, top, x1, top + height)


def _moment(at: dt.datetime) -> str:
    """Date, time and Vietnam's zone by ISO 8601."""
    return at.astimezone(VIETNAM).isoformat(timespec="seconds")


def _wrapped(text: str, face: Typeface, size: float, widest: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and face.width(longer, size) <= widest:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def _holds(outer: Box, inner: Box) -> bool:
    return (
        outer.x0 <= inner.x0
        and outer.y0 <= inner.y0
        and inner.x1 <= outer.x1
        and inner.y1 <= outer.y1
    )


def _overlaps(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
