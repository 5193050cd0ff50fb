"""QR codes and barcodes on a page (ISO/IEC 18004; ID cards, cover sheets, results)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp

from extractors.connected import Grey, connected
from extractors.tones import tone

_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,Code128,DataMatrix")
# Long side in pixels of the page on which marks are looked for, about 130 dpi of A4.
_SMALL = 1500
# Side of the patch that must be covered, as a share of the page's long side: 6 mm of A4.
_PATCH = 0.021
# Half of a mark is ink; of print, even bold, it is less than a third.
_COVERED = 0.3
_LEAST_CONTRAST = 40
_MOST_PLACES = 8


@dataclass(frozen=True, slots=True)
class FoundMark:
    """A mark in pixels of the image given; ``matrix`` tells QR and Data Matrix from barcodes."""

    text: str
    matrix: bool
    x0: float
    y0: float
    x1: float
    y1: float


def find_marks(grey: Grey, small: Grey | None = None) -> list[FoundMark]:
    """All marks that can be read; empty when there are none.

    ``small`` is the same page at about 150 dpi, if there is one. Marks are looked for where ink lies
    as close as in them; where finder patterns of a QR show there, also softened and at double size
    (on an ID card scanned at 200 dpi its modules are about three pixels).
    """
    if small is None:
        scale = min(1.0, _SMALL / max(grey.shape))
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for image, scale, left, top in _views(grey, small):
        found = [
            _mark(code, scale, left, top)
            for code in zxingcpp.read_barcodes(image, formats=_FORMATS, try_invert=False)
            if code.text
        ]
        if found:
            return found
    return []


_Place = tuple[int, int, int, int]  # x0, y0, x1, y1


def _views(grey: Grey, small: Grey) -> Iterator[tuple[Grey, float, int, int]]:
    """Images to look at, what they are enlarged by, and where they lie on the page."""
    factor = grey.shape[1] / small.shape[1]
    places = _dense(small)
    for place in places:
        for x0, y0, x1, y1 in _squared(small, place):
            left, top, right, bottom = (round(side * factor) for side in (x0, y0, x1, y1))
            part = np.ascontiguousarray(grey[top:bottom, left:right])
            soft = cv2.GaussianBlur(part, (3, 3), 0)
            yield part, 1.0, left, top
            yield soft, 1.0, left, top
            yield cv2.resize(soft, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), 2.0, left, top
    for place in places:
        left, top, right, bottom = (round(side * factor) for side in place)
        yield np.ascontiguousarray(grey[top:bottom, left:right]), 1.0, left, top


def _dense(small: Grey) -> list[_Place]:
    """Places covered by fine ink, with room around."""
    black, paper = tone(small[::4, ::4], 0.001), tone(small[::4, ::4], 0.9)
    if paper - black < _LEAST_CONTRAST:
        return []
    reduced = cv2.resize(small, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    patch = max(3, round(_PATCH * max(reduced.shape)))
    mean = cv2.blur(reduced, (patch, patch))
    dense = (mean < paper - _COVERED * (paper - black)).astype(np.uint8)
    _, stats, _ = connected(dense)
    stats = stats[1:][np.argsort(-stats[1:, cv2.CC_STAT_AREA])][:_MOST_PLACES]
    places = []
    # Room for what the patch blurred away, and the quiet zone.
    margin = 2 * patch
    for x, y, width, height, _ in stats.tolist():
        if min(width, height) < patch // 3 or max(width, height) < patch:
            continue
        corners = x - margin, y - margin, x + width + margin, y + height + margin
        x0, y0, x1, y1 = (max(0, 4 * side) for side in corners)
        places.append((x0, y0, x1, y1))
    return places


def _squared(small: Grey, place: _Place) -> list[_Place]:
    """Where finder patterns of a QR (a dark square in a light one in a dark one) may be."""
    left, top, right, bottom = place
    part = np.ascontiguousarray(small[top:bottom, left:right])
    _, ink = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    contours, tree = cv2.findContours(ink, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    nested = tree[0].tolist() if len(contours) else ()
    squares = []
    for index, (_, _, child, _) in enumerate(nested):
        if child < 0 or nested[child][2] < 0:
            continue
        x, y, width, height = cv2.boundingRect(contours[index])
        if 5 <= width <= 200 and 0.75 < width / height < 1.33:
            squares.append((x + left, y + top, width))
    places = []
    for x, y, side in squares:
        # A QR is at most 177 modules wide, its patterns 7; those of one are of one size.
        near = [
            (other_x, other_y)
            for other_x, other_y, other in squares
            if 0.7 < other / side < 1.43 and max(abs(other_x - x), abs(other_y - y)) < 26 * side
        ]
        if len(near) >= 2:
            reach = max(max(abs(ox - x), abs(oy - y)) for ox, oy in near) + 3 * side
            x0, y0, x1, y1 = x - reach, y - reach, x + reach, y + reach
            places.append((max(0, x0), max(0, y0), x1, y1))
    return places[:_MOST_PLACES]


def _mark(code: zxingcpp.Barcode, scale: float, left: int, top: int) -> FoundMark:
    place = code.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return FoundMark(
        code.text,
        code.format in (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix),
        min(c.x for c in corners) / scale + left,
        min(c.y for c in corners) / scale + top,
        max(c.x for c in corners) / scale + left,
        max(c.y for c in corners) / scale + top,
    )
