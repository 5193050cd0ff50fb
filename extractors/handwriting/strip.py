"""Blanks of printed lines as the reader of handwriting wants them: level strips of one height.

A strip reaches a little over the printed words on either side, so that ink that runs into them is
not cut; the reader knows their ends for print. It is trained on strips cut by this module (see
``training.pen_strips``), so what is changed here must be trained again.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from extractors.connected import Grey
from extractors.handwriting.frame import ABOVE, BELOW, BESIDE, HEIGHT, MOST_COLUMNS, Frame

# Ink paler than this against its paper is noise; it is not brought to black.
_LEAST_CONTRAST = 60.0
# A speck is less ink than any figure, in pixels of a strip darker than this.
_INK, _LEAST_INK = 128, 6


def cut(grey: Grey, frame: Frame) -> Grey:
    """The strip, (HEIGHT, width) uint8, 0 ink to 255 paper, at most ``MOST_COLUMNS`` wide."""
    scale = frame.scale
    length = math.hypot(frame.x1 - frame.x0, frame.y1 - frame.y0)
    ux, uy = (frame.x1 - frame.x0) / max(length, 1e-6), (frame.y1 - frame.y0) / max(length, 1e-6)
    beside = BESIDE * frame.x_height
    width = min(MOST_COLUMNS, max(HEIGHT // 2, round((length + 2 * beside) * scale)))
    # Reducing by area keeps thin strokes that plain sampling would lose.
    finer = min(4, max(1, round(1 / scale)))
    step = 1 / (scale * finer)
    above = ABOVE * frame.x_height
    left = frame.x0 - ux * beside + uy * above
    top = frame.y0 - uy * beside - ux * above
    half = step / 2
    matrix = np.array(
        [
            [ux * step, -uy * step, left + (ux - uy) * half - 0.5],
            [uy * step, ux * step, top + (uy + ux) * half - 0.5],
        ]
    )
    strip = cv2.warpAffine(
        grey,
        matrix,
        (width * finer, HEIGHT * finer),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if finer > 1:
        strip = cv2.resize(strip, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    return contrasted(strip)


def contrasted(strip: Grey) -> Grey:
    """Paper to 255 and the darker ink to 0."""
    counts = cv2.calcHist([strip], [0], None, [256], [0, 256]).ravel().cumsum()
    black = float(np.searchsorted(counts, 0.01 * counts[-1]))
    white = float(np.searchsorted(counts, 0.6 * counts[-1]))
    if white - black < _LEAST_CONTRAST:
        black = white - _LEAST_CONTRAST
    factor = 255 / (white - black)
    clipped = np.maximum(strip, np.uint8(max(0, int(black))))
    stretched: Grey = cv2.convertScaleAbs(clipped, None, factor, -factor * black)
    return stretched


def is_bare(strip: Grey) -> bool:
    """Whether nothing at all stands between the neighbours, up to the rule above and the line below."""
    unit = HEIGHT / (ABOVE + BELOW)
    beside = round((BESIDE + 0.4) * unit)
    middle = strip[round(unit) : round((ABOVE + 0.4) * unit), beside : strip.shape[1] - beside]
    return middle.shape[1] >= unit and int((middle < _INK).sum()) < _LEAST_INK
