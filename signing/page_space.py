"""Where a page's points are: from what a person sees to what the file counts in.

Boxes are points from the top left of the page as displayed (72 to the inch, whatever the UserUnit);
the file wants default user space (ISO 32000-1, 8.3.2.3), before /Rotate, from an origin of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import pikepdf

from dossiers.reading import Box


@dataclass(frozen=True, slots=True)
class PageSpace:
    """A page's visible rectangle in user space, its clockwise turn, and points in a unit."""

    x0: float
    y0: float
    x1: float
    y1: float
    rotation: int
    unit: float

    @property
    def width(self) -> float:
        """Points from left to right, as displayed."""
        return ((self.y1 - self.y0) if self.rotation % 180 else (self.x1 - self.x0)) * self.unit

    @property
    def height(self) -> float:
        """Points from top to bottom, as displayed."""
        return ((self.x1 - self.x0) if self.rotation % 180 else (self.y1 - self.y0)) * self.unit

    def to_user(self, x: float, y: float) -> tuple[float, float]:
        """A displayed point, from the top left, in user space."""
        x, y = x / self.unit, y / self.unit
        match self.rotation:
            case 90:
                return self.x0 + y, self.y0 + x
            case 180:
                return self.x1 - x, self.y0 + y
            case 270:
                return self.x1 - y, self.y1 - x
            case _:
                return self.x0 + x, self.y1 - y

    def to_displayed(self, x: float, y: float) -> tuple[float, float]:
        """A point in user space as displayed, from the top left."""
        match self.rotation:
            case 90:
                x, y = y - self.y0, x - self.x0
            case 180:
                x, y = self.x1 - x, y - self.y0
            case 270:
                x, y = self.y1 - y, self.x1 - x
            case _:
                x, y = x - self.x0, self.y1 - y
        return x * self.unit, y * self.unit

    def rectangle(self, box: Box) -> tuple[float, float, float, float]:
        """A displayed box as an annotation's /Rect."""
        ax, ay = self.to_user(box.x0, box.y0)
        bx, by = self.to_user(box.x1, box.y1)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def box(self, rectangle: tuple[float, float, float, float]) -> Box:
        """A rectangle of user space as a displayed box."""
        ax, ay = self.to_displayed(rectangle[0], rectangle[1])
        bx, by = self.to_displayed(rectangle[2], rectangle[3])
        return Box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


def page_space(page: pikepdf.Page) -> PageSpace:
    """The space of a page: what is shown is its crop box inside its media box (14.11.2.1).

    Raises:
        pikepdf.PdfError: a box or the unit is not made of numbers, or nothing of the page is shown.
    """
    media, crop = rectangle_of(page.mediabox), rectangle_of(page.cropbox)
    x0, y0 = max(media[0], crop[0]), max(media[1], crop[1])
    x1, y1 = min(media[2], crop[2]), min(media[3], crop[3])
    if x0 >= x1 or y0 >= y1:
        # Some viewers show the whole media box then, some nothing: there is no page to sign.
        raise pikepdf.PdfError(
            f"/CropBox {_told(crop)} không nằm trong / outside /MediaBox {_told(media)}"
        )
    try:
        unit = float(page.obj.get("/UserUnit", 1))
    except (TypeError, ValueError) as error:
        raise pikepdf.PdfError(f"/UserUnit: {error}") from error
    # Viewers take a turn that is no quarter turn for none.
    rotation = int(page.rotation) % 360
    return PageSpace(x0, y0, x1, y1, rotation if rotation % 90 == 0 else 0, unit if unit > 0 else 1)


def _told(box: tuple[float, float, float, float]) -> str:
    return "[" + " ".join(f"{side:g}" for side in box) + "]"


def rectangle_of(array: pikepdf.Object) -> tuple[float, float, float, float]:
    """A rectangle (ISO 32000-1, 7.9.5) as left, bottom, right, top.

    Raises:
        pikepdf.PdfError: it is not four numbers.
    """
    try:
        ax, ay, bx, by = (float(side) for side in array)
    except (TypeError, ValueError) as error:
        raise pikepdf.PdfError(f"not a rectangle: {error}") from error
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
