"""Text lines as the recogniser wants them: level strips of one height, their ink black on white.

The recogniser is trained on strips cut by this module (see ``training``), so what is changed here must
be trained again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from extractors.connected import Grey

HEIGHT = 36
# The strip's reach above and below the baseline, in x-heights: stacked marks of capitals, and tails.
ABOVE, BELOW = 2.2, 0.62
# Ink paler than this against its paper is noise; it is not brought to black.
_LEAST_CONTRAST = 50.0
_MARGIN = 0.12


@dataclass(frozen=True, slots=True)
class Baseline:
    """A line of text by its baseline, in pixels of the image it is cut from.

    The baseline runs from ``(x0, y0)`` to ``(x1, y1)``; ``sag`` is how far its middle hangs below
    the straight connection. ``reversed`` print is light on dark.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    x_height: float
    sag: float = 0.0
    reversed: bool = False

    @property
    def length(self) -> float:
        """Length in pixels."""
        return math.hypot(self.x1 - self.x0, self.y1 - self.y0)

    @property
    def direction(self) -> tuple[float, float]:
        """Unit vector along the line."""
        length = max(self.length, 1e-6)
        return (self.x1 - self.x0) / length, (self.y1 - self.y0) / length


@dataclass(frozen=True, slots=True)
class Strip:
    """``pixels`` is (HEIGHT, width) uint8, 0 ink to 255 paper.

    Column ``c`` of it lies ``start + c / scale`` image pixels along the baseline.
    """

    pixels: Grey
    scale: float
    start: float


def cut(grey: Grey, line: Baseline, paper: Grey | None = None) -> Strip:
    """The strip of one line.

    ``paper``, an image of the paper's brightness at any smaller size, evens out shadow and tint.
    """
    scale = HEIGHT / ((ABOVE + BELOW) * line.x_height)
    margin = _MARGIN * line.x_height
    width = max(12, round((line.length + 2 * margin) * scale))
    # Reducing by area keeps thin strokes that plain sampling would lose.
    finer = min(4, max(1, round(1 / scale)))
    step = 1 / (scale * finer)
    (ux, uy), (columns, rows) = line.direction, (width * finer, HEIGHT * finer)
    left = line.x0 - ux * margin + uy * ABOVE * line.x_height
    top = line.y0 - uy * margin - ux * ABOVE * line.x_height
    if abs(line.sag) * scale > 0.75:
        pixels = _bent(grey, line, (left, top), step, (columns, rows))
    else:
        # Pixel centres: the middle of a cell of the strip falls on the middle of its source.
        half = step / 2
        matrix = np.array(
            [
                [ux * step, -uy * step, left + (ux - uy) * half - 0.5],
                [uy * step, ux * step, top + (uy + ux) * half - 0.5],
            ]
        )
        pixels = cv2.warpAffine(
            grey,
            matrix,
            (columns, rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    if finer > 1:
        pixels = cv2.resize(pixels, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    if line.reversed:
        pixels = 255 - pixels
    elif paper is not None:
        pixels = _evened(pixels, line, paper, grey.shape)
    return Strip(_contrast(pixels), scale, -margin)


def _bent(
    grey: Grey,
    line: Baseline,
    corner: tuple[float, float],
    step: float,
    size: tuple[int, int],
) -> Grey:
    (ux, uy), (columns, rows) = line.direction, size
    along = (np.arange(columns, dtype=np.float32) + 0.5) * step
    down = (np.arange(rows, dtype=np.float32) + 0.5) * step
    part = np.clip(along / max(line.length, 1.0), 0, 1)
    hang = line.sag * 4 * part * (1 - part)
    offset = down[:, None] + hang[None, :]
    map_x = corner[0] + ux * along[None, :] - uy * offset - 0.5
    map_y = corner[1] + uy * along[None, :] + ux * offset - 0.5
    bent: Grey = cv2.remap(
        grey,
        map_x.astype(np.float32),
        map_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return bent


def _evened(pixels: Grey, line: Baseline, paper: Grey, shape: tuple[int, ...]) -> Grey:
    points = min(pixels.shape[1], 24)
    middle = 0.5 * line.x_height
    (ux, uy) = line.direction
    along = np.linspace(0, line.length, points)
    x = (line.x0 + ux * along + uy * middle) * paper.shape[1] / shape[1]
    y = (line.y0 + uy * along - ux * middle) * paper.shape[0] / shape[0]
    columns = np.clip(x.astype(int), 0, paper.shape[1] - 1)
    rows = np.clip(y.astype(int), 0, paper.shape[0] - 1)
    level = cv2.resize(
        paper[rows, columns][None, :], (pixels.shape[1], 1), interpolation=cv2.INTER_LINEAR
    )
    evened: Grey = cv2.divide(pixels, np.repeat(level, pixels.shape[0], axis=0), scale=255)
    return evened


def _contrast(pixels: Grey) -> Grey:
    """Paper to 255 and the darker ink to 0."""
    counts = cv2.calcHist([pixels], [0], None, [256], [0, 256]).ravel().cumsum()
    total = counts[-1]
    black = float(np.searchsorted(counts, 0.03 * total))
    white = float(np.searchsorted(counts, 0.80 * total))
    if white - black < _LEAST_CONTRAST:
        black = white - _LEAST_CONTRAST
    factor = 255 / (white - black)
    clipped = np.maximum(pixels, np.uint8(max(0, int(black))))
    stretched: Grey = cv2.convertScaleAbs(clipped, None, factor, -factor * black)
    return stretched
