"""Seals on photocopies: grey rings and emblems over black print, which would swallow its letters.

A red seal is known by its colour (:func:`extractors.cleanup.drop_seal`); a copied one only by its size,
and by being paler than the print it lies on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from extractors.connected import Grey
from extractors.tones import tone

# Sides in inches of a ring or of what hangs together with it; seals are 28 to 36 mm wide.
_SMALLEST, _LARGEST = 0.45, 3.0
# Rings and strokes are thin: of their box they fill less.
_FULLEST = 0.3
# Print is black, and a copied seal this much paler.
_BLACK, _PALER = 60, 50
# Where between the two the line is drawn.
_BETWEEN = 0.55


def drop_copied_seals(
    ink: npt.NDArray[np.uint8], levelled: Grey, stats: npt.NDArray[np.int32], dpi: float
) -> bool:
    """Leave only black ink where a large pale mark lies; whether there was any.

    Args:
        ink: 1 where the page is dark; changed in place.
        levelled: the page it was made from.
        stats: left, top, width, height, area of each connected run of ``ink``, a row each.
        dpi: of both.
    """
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    sides = np.minimum(width, height), np.maximum(width, height)
    large = (sides[0] >= _SMALLEST * dpi) & (sides[1] <= _LARGEST * dpi)
    large &= area < _FULLEST * width * height
    found = False
    for x, y, w, h in stats[large, :4].tolist():
        place = np.s_[y : y + h, x : x + w]
        tones = levelled[place][ink[place] > 0]
        black, usual = tone(tones, 0.05), tone(tones, 0.5)
        if black < _BLACK and usual > black + _PALER:
            ink[place] &= levelled[place] < black + _BETWEEN * (usual - black)
            found = True
    return found
