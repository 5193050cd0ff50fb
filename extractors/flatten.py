"""Photos of papers brought flat: the sheet found by its four sides, and points taken back.

A scan is left alone: it has no ground around the paper, or the paper lies square on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from dossiers.reading import Box, PageReading
from extractors.connected import Grey
from extractors.page_image import PageImage
from extractors.tones import tone

_SEARCH = 500  # pixels along the longer side, enough to find a sheet
_LEAST_SHARE, _MOST_SHARE = 0.25, 0.97
# Ground is at least this much darker than paper.
_CONTRAST = 25
# Sides that differ less are those of a scan that lies square.
_LEAST_SLANT = 0.025
# Sheets are between a till receipt's and a square's proportions.
_LEAST_RATIO, _MOST_RATIO = 0.35, 1.0
_PLAUSIBLE = 1.6

Corners = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Flat:
    """A photo's sheet as a flat page; ``back`` (3 × 3) takes its points to the photo's."""

    grey: Grey
    back: npt.NDArray[np.float64]

    def on_photo(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the flat page lies on the photo, in pixels."""
        a, b, c = self.back @ np.array([x, y, 1.0])
        return float(a / c), float(b / c)


def flatten(grey: Grey, small: Grey) -> Flat | None:
    """The sheet of a photo, at about the size it has there; ``None`` for a scan.

    ``small`` is the picture at any smaller size of at least 500 pixels.
    """
    corners = find_sheet(small)
    if corners is None:
        return None
    corners *= grey.shape[1] / small.shape[1]
    top_left, top_right, bottom_right, bottom_left = corners
    width = max(_length(top_left, top_right), _length(bottom_left, bottom_right))
    height = max(_length(top_left, bottom_left), _length(top_right, bottom_right))
    size = round(width), round(height)
    target = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    flat = cv2.warpPerspective(grey, matrix, size, flags=cv2.INTER_LINEAR, borderValue=255)
    return Flat(flat, np.asarray(np.linalg.inv(matrix), np.float64))


def find_sheet(grey: Grey) -> Corners | None:
    """The corners of the one bright sheet on darker ground, from the top left clockwise."""
    scale = _SEARCH / max(grey.shape)
    if scale >= 1 or min(grey.shape) * scale < 40:
        return None
    edge = round(3 / scale)
    rim = np.concatenate(
        [
            grey[:edge].ravel(),
            grey[-edge:].ravel(),
            grey[:, :edge].ravel(),
            grey[:, -edge:].ravel(),
        ]
    )
    # Of a scan most of the rim is paper.
    if tone(grey[::4, ::4], 0.8) - tone(rim, 0.5) < _CONTRAST:
        return None
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    soft = cv2.medianBlur(small, 9)
    threshold, bright = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    kernel = np.ones((15, 15), np.uint8)
    bright = cv2.morphologyEx(
        cv2.morphologyEx(bright, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel
    )
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines or threshold <= 0:
        return None
    sheet = np.asarray(cv2.convexHull(max(outlines, key=cv2.contourArea)))
    share = cv2.contourArea(sheet) / small.size
    if not _LEAST_SHARE <= share <= _MOST_SHARE:
        return None
    corners = _four(sheet)
    if corners is None or cv2.contourArea(corners) < 0.93 * cv2.contourArea(sheet):
        return None
    corners = np.asarray(corners / scale, np.float32)
    return corners if _is_slanted(corners) else None


def _four(outline: npt.NDArray[Any]) -> Corners | None:
    """The outline simplified to four corners, from the top left clockwise."""
    around = cv2.arcLength(outline, closed=True)
    for part in (0.01, 0.02, 0.03, 0.05):
        simple = cv2.approxPolyDP(outline, part * around, closed=True)
        if len(simple) == 4:
            points = simple.reshape(4, 2).astype(np.float32)
            middle = points.mean(axis=0)
            angles = np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0])
            points = points[np.argsort(angles)]  # clockwise on the screen
            first = int(np.argmin(points.sum(axis=1)))
            return np.asarray(np.roll(points, -first, axis=0), np.float32)
    return None


def _is_slanted(corners: Corners) -> bool:
    """Whether the sheet is a plausible one, and seen from the side: opposite sides differ."""
    a, b, c, d = corners
    across = _length(a, b), _length(d, c)
    down = _length(a, d), _length(b, c)
    wide, high = max(across), max(down)
    if not _LEAST_RATIO <= min(wide, high) / max(wide, high) <= _MOST_RATIO:
        return False
    unequal = max(max(side) / max(min(side), 1.0) for side in (across, down))
    lean = abs(float(b[1] - a[1])) / wide + abs(float(d[0] - a[0])) / high
    return unequal < _PLAUSIBLE and (unequal > 1 + _LEAST_SLANT or lean > 2 * _LEAST_SLANT)


def onto_photo(reading: PageReading, flat: Flat, photo: PageImage) -> PageReading:
    """A reading of the flat sheet with its places on the photo, as displayed upright."""
    turn = reading.rotation
    height, width = flat.grey.shape
    scale = 72 / photo.dpi
    photo_width, photo_height = photo.width, photo.height

    def place(box: Box) -> Box:
        corners = ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))
        seen = []
        for x, y in corners:
            # Points of the upright sheet, to its pixels, to the photo's, to points upright again.
            x, y = _unturned(x * reading.dpi / 72, y * reading.dpi / 72, turn, width, height)
            x, y = (side * scale for side in flat.on_photo(x, y))
            seen.append(_turned(x, y, turn, photo_width, photo_height))
        xs, ys = zip(*seen, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))

    words = []
    for word in reading.words:
        box = place(word.box)
        stretch = box.width / max(word.box.width, 1e-6)
        edges = tuple(box.x0 + (edge - word.box.x0) * stretch for edge in word.edges)
        words.append(replace(word, box=box, edges=edges))
    sideways = turn % 180 == 90
    return replace(
        reading,
        width=photo_height if sideways else photo_width,
        height=photo_width if sideways else photo_height,
        dpi=photo.scan_dpi,
        words=tuple(words),
        cells=tuple(replace(cell, box=place(cell.box)) for cell in reading.cells),
        marks=tuple(replace(mark, box=place(mark.box)) for mark in reading.marks),
        slots=tuple(replace(slot, box=place(slot.box)) for slot in reading.slots),
    )


def _unturned(x: float, y: float, turn: int, width: float, height: float) -> tuple[float, float]:
    """Where a point of the picture turned clockwise lay on the picture of this size."""
    match turn:
        case 90:
            return y, height - x
        case 180:
            return width - x, height - y
        case 270:
            return width - y, x
        case _:
            return x, y


def _turned(x: float, y: float, turn: int, width: float, height: float) -> tuple[float, float]:
    """Where a point lies once its picture of this size is turned clockwise."""
    match turn:
        case 90:
            return height - y, x
        case 180:
            return width - x, height - y
        case 270:
            return y, width - x
        case _:
            return x, y


def _length(one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]) -> float:
    return float(np.hypot(*(np.asarray(other, float) - np.asarray(one, float))))
