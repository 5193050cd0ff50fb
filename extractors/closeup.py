"""A piece of a page for a person's eyes: in colour, sharp, the ink made plain, the place framed.

The scan's greys come at full size and its colours at half (:mod:`extractors.page_image`); here they
are put together again.
"""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw

from dossiers.reading import Box
from extractors.page_image import PageImage
from extractors.pixels import Colour

_MARGIN = (60.0, 26.0)  # points left and right, above and below: the label and a line's neighbours
_LEAST_WIDTH = 260.0  # points
_DPI = 220.0
_WHOLE_PAGE_DPI = 110.0
_FRAME = (214, 90, 0)
# The darkest and lightest hundredths of the piece become black and white.
_INK, _PAPER = 0.5, 60.0


def close_up(image: PageImage, rotation: int, box: Box | None) -> Image.Image:
    """The surroundings of a box, upright; the whole page without one.

    Args:
        image: the page as stored.
        rotation: the clockwise turn that puts it upright.
        box: in points of the upright page.
    """
    pixels = _upright(image, rotation)
    width = image.height if rotation % 180 else image.width
    scale = pixels.shape[1] / width
    if box is None:
        return _sized(Image.fromarray(_plain_ink(pixels)), scale * 72, _WHOLE_PAGE_DPI)
    around = _around(box, width, pixels.shape[0] / scale)
    left, top, right, bottom = (round(side * scale) for side in _sides(around))
    piece = Image.fromarray(_plain_ink(pixels[top:bottom, left:right]))
    piece = _sized(piece, scale * 72, _DPI)
    factor = piece.width / (around.x1 - around.x0)
    pen = ImageDraw.Draw(piece)
    corners = [
        ((box.x0 - 2 - around.x0) * factor, (box.y0 - 2 - around.y0) * factor),
        ((box.x1 + 2 - around.x0) * factor, (box.y1 + 2 - around.y0) * factor),
    ]
    pen.rectangle(corners, outline=_FRAME, width=2)
    return piece


def _upright(image: PageImage, rotation: int) -> Colour:
    grey = image.grey
    if image.colour is None:
        pixels = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    else:
        size = (grey.shape[1], grey.shape[0])
        colour = cv2.resize(image.colour, size, interpolation=cv2.INTER_LINEAR)
        parts = cv2.cvtColor(colour, cv2.COLOR_RGB2YCrCb)
        parts[:, :, 0] = grey
        pixels = cv2.cvtColor(parts, cv2.COLOR_YCrCb2RGB)
    return np.ascontiguousarray(np.rot90(pixels, -(rotation // 90)))


def _around(box: Box, width: float, height: float) -> Box:
    across, along = _MARGIN
    across = max(across, (_LEAST_WIDTH - box.width) / 2)
    return Box(
        max(0.0, box.x0 - across),
        max(0.0, box.y0 - along),
        min(width, box.x1 + across),
        min(height, box.y1 + along),
    )


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


def _plain_ink(
    pixels: Colour,
) -> Colour:
    """Faint pencil and grey paper pulled apart; colours keep their hue."""
    light = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    dark, bright = np.percentile(light, [_INK, _PAPER])
    if bright - dark < 8:  # nothing but paper
        return pixels
    table = np.clip((np.arange(256) - dark) * 255.0 / (bright - dark), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(pixels, table), dtype=np.uint8)


def _sized(piece: Image.Image, dpi: float, wanted: float) -> Image.Image:
    factor = wanted / dpi
    size = max(1, round(piece.width * factor)), max(1, round(piece.height * factor))
    method = Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC
    return piece.resize(size, method)
