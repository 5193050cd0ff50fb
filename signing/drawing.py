"""What a visible signature is made of: lines of text, or a picture, upright on any page.

The appearance is drawn in points, y upwards, and turned by its /Matrix; the viewer fits it into the
annotation's rectangle (ISO 32000-1, 12.5.5, algorithm 8.1), which also answers for the UserUnit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic, layout
from pyhanko.pdf_utils.content import ResourceType
from pyhanko.pdf_utils.images import pil_image
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.stamp import BaseStamp, BaseStampStyle

from dossiers.reading import Box
from signing.page_space import PageSpace
from signing.pictures import Picture
from signing.typeface import Typeface

PADDING = 2.0
_TURNS = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


@dataclass(frozen=True, slots=True)
class TextLines:
    """Lines of text, flush right or centred, size and leading in points, on white or not."""

    lines: tuple[str, ...]
    face: Typeface
    size: int
    leading: float
    plate: bool = False
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """One signature's place and look, ready for signing; ``style`` is ``None`` if it is not seen."""

    page: int
    rectangle: tuple[float, float, float, float] | None = None
    style: BaseStampStyle | None = None

    def field(self, name: str) -> SigFieldSpec:
        """The signature field for it."""
        # pyHanko keeps four digits, whatever its annotation says.
        return SigFieldSpec(name, on_page=self.page, box=self.rectangle)  # type: ignore[arg-type]


def mark(page: int, space: PageSpace, box: Box, drawn: TextLines | Picture) -> Mark:
    """A mark that fills ``box``, in points from the top left of the page as displayed."""
    style = _UprightStyle(
        border_width=0, drawn=drawn, width=box.width, height=box.height, rotation=space.rotation
    )
    return Mark(page, space.rectangle(box), style)


@dataclass(frozen=True)
class _UprightStyle(BaseStampStyle):
    drawn: TextLines | Picture | None = None
    width: float = 0
    height: float = 0
    rotation: int = 0

    def create_stamp(
        self,
        writer: BasePdfFileWriter,
        box: layout.BoxConstraints,  # noqa: ARG002 - pyHanko's signature; the box is our own
        text_params: dict[str, Any],  # noqa: ARG002
    ) -> BaseStamp:
        """The appearance for one file."""
        return _UprightStamp(
            writer, self, layout.BoxConstraints(width=self.width, height=self.height)
        )


class _UprightStamp(BaseStamp):
    def render(self) -> bytes:
        """Operators, in a space of ``width`` by ``height`` points."""
        drawn = self.style.drawn
        return self._text(drawn) if isinstance(drawn, TextLines) else self._picture(drawn)

    def as_form_xobject(self) -> generic.StreamObject:
        """The appearance, turned against the page."""
        form = super().as_form_xobject()
        turn = _TURNS.get(self.style.rotation)
        if turn:
            numbers = [generic.NumberObject(number) for number in (*turn, 0, 0)]
            form[generic.pdf_name("/Matrix")] = generic.ArrayObject(numbers)
        return form

    def _text(self, text: TextLines) -> bytes:
        face = text.face
        subset = face.subset("".join(text.lines))
        font = subset.embed(self._ensure_writer)
        self.set_resource(ResourceType.FONT, generic.pdf_name("/F1"), font)
        out = []
        if text.plate:
            out.append(b"1 g 0 0 %g %g re f" % (self.style.width, self.style.height))
        block = text.leading * len(text.lines)
        top = (self.style.height + block) / 2
        for number, line in enumerate(text.lines):
            length = face.width(line, text.size)
            x = self.style.width - PADDING - length
            if text.centred:
                x = (self.style.width - length) / 2
            # The base line lies where letters with marks above and tails below have equal room.
            y = top - text.leading * number - 0.78 * text.leading
            shown = subset.shown(line)
            out.append(b"BT 0 g /F1 %g Tf 1 0 0 1 %g %g Tm %s ET" % (text.size, x, y, shown))
        return b"q " + b"\n".join(out) + b" Q"

    def _picture(self, picture: Picture) -> bytes:
        image = pil_image(picture.image, self._ensure_writer)
        self.set_resource(ResourceType.XOBJECT, generic.pdf_name("/Ink"), image)
        # Ink on paper darkens what it lies on and hides nothing (ISO 32000-1, 11.3.5.2).
        multiply = generic.DictionaryObject(
            {generic.pdf_name("/BM"): generic.pdf_name("/Multiply")}
        )
        self.set_resource(ResourceType.EXT_G_STATE, generic.pdf_name("/Over"), multiply)
        return b"q /Over gs %g 0 0 %g 0 0 cm /Ink Do Q" % (self.style.width, self.style.height)
