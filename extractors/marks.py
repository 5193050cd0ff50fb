"""QR codes and barcodes on a page (ISO/IEC 18004; ID cards, cover sheets, results)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import zxingcpp

from extractors.cleanup import Grey

_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,Code128,DataMatrix")


@dataclass(frozen=True, slots=True)
class FoundMark:
    """A mark in pixels of the image given; ``matrix`` tells QR and Data Matrix from barcodes."""

    text: str
    matrix: bool
    x0: float
    y0: float
    x1: float
    y1: float


def find_marks(grey: Grey) -> list[FoundMark]:
    """All marks that can be read; empty when there are none.

    Tries the page as it is, then softened and at double size: the QR of an ID card scanned at
    200 dpi has modules of about three pixels.
    """
    for image, scale in _views(grey):
        found = [
            _mark(code, scale)
            for code in zxingcpp.read_barcodes(image, formats=_FORMATS, try_invert=False)
            if code.text
        ]
        if found:
            return found
    return []


def _views(grey: Grey) -> list[tuple[Grey, float]]:
    views = [(grey, 1.0)]
    if looks_marked(grey):
        soft = cv2.GaussianBlur(grey, (3, 3), 0)
        double = cv2.resize(soft, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        views += [(soft, 1.0), (double, 2.0)]
    return views


def looks_marked(grey: Grey) -> bool:
    """Whether a QR finder pattern (a dark square in a light one in a dark one) may be there."""
    scale = min(1.0, 1200 / max(grey.shape))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, ink = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    contours, tree = cv2.findContours(ink, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    squares = 0
    nested = tree[0] if len(contours) else ()
    for index, (_, _, child, _) in enumerate(nested):
        if child < 0 or nested[child][2] < 0:
            continue
        _, _, width, height = cv2.boundingRect(contours[index])
        squares += 5 <= width <= 200 and 0.75 < width / height < 1.33
    return squares >= 2


def _mark(code: zxingcpp.Barcode, scale: float) -> FoundMark:
    place = code.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return FoundMark(
        code.text,
        code.format in (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix),
        min(c.x for c in corners) / scale,
        min(c.y for c in corners) / scale,
        max(c.x for c in corners) / scale,
        max(c.y for c in corners) / scale,
    )
