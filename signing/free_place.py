"""Where the first page is white: the stamp goes there, so that nothing printed is covered.

A place counts as free when nothing changes in it: no strokes, no edges, no earlier signature. Light
places come first; a photo's dark table is free too, but the text then needs white under it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import pikepdf
import pypdfium2 as pdfium
from numpy.typing import NDArray

from dossiers.reading import Box
from signing.page_space import PageSpace, rectangle_of

_LONG_SIDE = 1100  # pixels of the picture looked at: 95 dpi on A4, strokes of 6 pt text are seen
_EDGE = 26  # grey levels between neighbours; below it is the grain of paper and JPEG
_FREE = 0.002  # share of a place that may be edges: specks of dust
_DARK = 150.0  # mean grey below which black text is hard to read
_STEP = 4.0  # points between places tried
_FIRST = 0.13  # of the page's height: the top margin, looked at before anything below it


@dataclass(frozen=True, slots=True)
class Place:
    """A box on the page as displayed; how much of it is ``covered`` ink; whether it is ``dark``.

    ``moved`` is what it cost to come there from where it was wanted: points, twice for those down.
    """

    box: Box
    covered: float
    dark: bool
    moved: float = 0.0

    @property
    def free(self) -> bool:
        """Whether nothing printed lies there."""
        return self.covered <= _FREE


class InkMap:
    """What is in an area of a page, at a resolution that is enough to find room.

    The area reaches to the right edge and to the top: ``left`` and ``bottom`` bound it, in points. Most
    pages are white at the top: what lies lower is drawn only when somebody looks there.
    """

    def __init__(
        self, source: bytes, index: int, space: PageSpace, *, left: float, bottom: float
    ) -> None:
        self._source, self._index = source, index
        with pdfium.PdfDocument(source) as document:
            across, along = document[index].get_size()
        self._scale = min(4.0, _LONG_SIDE / max(across, along))
        self._rows, columns = ceil(along * self._scale), ceil(across * self._scale)
        self._per_point = (columns / space.width, self._rows / space.height)
        self._left = max(0, int(left * self._per_point[0]))
        self._lowest = min(self._rows, int(bottom * self._per_point[1]) + 1)
        self._full: list[tuple[int, int, int, int]] = []
        self._draw(min(self._lowest, ceil(_FIRST * self._rows)))

    def _draw(self, rows: int) -> None:
        """Look at so many rows of pixels from the top."""
        with pdfium.PdfDocument(self._source) as document:
            document.init_forms()  # earlier signatures are widgets
            below = max(0.0, self._rows - rows - 0.5) / self._scale
            grey = document[self._index].render(
                scale=self._scale,
                grayscale=True,
                may_draw_forms=True,
                crop=(0, below, 0, 0),
            )
            picture = np.array(grey.to_numpy().reshape(rows, -1)[:, self._left :], dtype=np.int16)
        edges: NDArray[np.uint8] = np.zeros(picture.shape, dtype=np.uint8)
        edges[:, 1:] = np.abs(np.diff(picture, axis=1)) > _EDGE
        edges[1:, :] |= np.abs(np.diff(picture, axis=0)) > _EDGE
        self._edges = edges
        self._grey = _sums(picture)
        self._fill()

    def _fill(self) -> None:
        for x0, y0, x1, y1 in self._full:
            self._edges[y0:y1, x0:x1] = 1
        self._table = _sums(self._edges)

    def block(self, boxes: list[Box]) -> None:
        """Take these boxes for full, whatever is drawn there."""
        if boxes:
            self._full += [self._pixels(box) for box in boxes]
            self._fill()

    def look(self, box: Box) -> Place:
        """How a box is."""
        x0, y0, x1, y1 = self._pixels(box)
        if y1 > len(self._edges):
            self._draw(self._lowest)
        area = max(1, (x1 - x0) * (y1 - y0))
        covered = _within(self._table, x0, y0, x1, y1) / area
        return Place(box, covered, _within(self._grey, x0, y0, x1, y1) / area < _DARK)

    def nearest(self, wanted: Box, down: float, aside: float) -> Place:
        """The free light box nearest to the one wanted, moved down or left by so much at most.

        Where there is none, a free dark one; else the one with the least ink.
        """
        best = self.look(wanted)
        for dy, dx in _moves(down, aside):
            place = self.look(Box(wanted.x0 - dx, wanted.y0 + dy, wanted.x1 - dx, wanted.y1 + dy))
            if place.free and not place.dark:
                return replace(place, moved=2 * dy + dx)
            if not best.free and (place.free or place.covered < best.covered):
                best = place
        return best

    def _pixels(self, box: Box) -> tuple[int, int, int, int]:
        across, along = self._per_point
        rows, columns = self._lowest, self._edges.shape[1]
        x0, x1 = (int(side * across) - self._left for side in (box.x0, box.x1))
        y0, y1 = (int(side * along) for side in (box.y0, box.y1))
        return (
            min(max(0, x0), columns),
            min(max(0, y0), rows),
            min(max(0, x1 + 1), columns),
            min(max(0, y1 + 1), rows),
        )


def _moves(down: float, aside: float) -> Iterator[tuple[float, float]]:
    """Ways down and to the left in steps, the cheapest first; down is twice as dear.

    The text belongs into the top margin.
    """
    downs, lefts = (ceil((max(way, 0.0) + 0.01) / _STEP) - 1 for way in (down, aside))
    for cost in range(2 * downs + lefts + 1):
        for steps in range(max(0, (cost - lefts + 1) // 2), min(downs, cost // 2) + 1):
            yield steps * _STEP, (cost - 2 * steps) * _STEP


def fields_on(page: pikepdf.Page, space: PageSpace) -> list[Box]:
    """Boxes of the page's visible signature fields, signed or not yet.

    Raises:
        pikepdf.PdfError: the page's annotations are none.
    """
    boxes = []
    annotations = page.obj.get("/Annots", pikepdf.Array())
    if not isinstance(annotations, pikepdf.Array):
        raise pikepdf.PdfError("/Annots is no array")
    for annotation in annotations:
        if not isinstance(annotation, pikepdf.Dictionary):
            raise pikepdf.PdfError("an annotation is no dictionary")
        parent = annotation.get("/Parent", pikepdf.Dictionary())
        kind = annotation.get("/FT", parent.get("/FT"))
        if kind != pikepdf.Name.Sig or "/Rect" not in annotation:
            continue
        ax, ay, bx, by = rectangle_of(annotation.Rect)
        if ax != bx and ay != by:
            boxes.append(space.box((ax, ay, bx, by)))
    return boxes


def _sums(values: NDArray[np.int16] | NDArray[np.uint8]) -> NDArray[np.int32]:
    """Sums over any rectangle in four look-ups; a page's greys add up to less than 2^31."""
    rows, columns = values.shape
    table = np.zeros((rows + 1, columns + 1), dtype=np.int32)
    np.cumsum(values, axis=1, out=table[1:, 1:])
    np.cumsum(table[1:, 1:], axis=0, out=table[1:, 1:])
    return table


def _within(table: NDArray[np.int32], x0: int, y0: int, x1: int, y1: int) -> float:
    # Not in numpy's arithmetic, which would wrap around in between.
    corners = (int(table[y, x]) for y, x in ((y1, x1), (y0, x1), (y1, x0), (y0, x0)))
    a, b, c, d = corners
    return float(a - b - c + d)
