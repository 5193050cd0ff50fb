"""Dark bands on a page, on which print may stand light."""

from __future__ import annotations

import cv2
import numpy as np

from extractors.connected import connected
from extractors.tables import Mask, block


def dark_bands(ink: Mask, dpi: float) -> list[tuple[int, int, int, int]]:
    """Filled rectangles a line of light print may stand on: x, y, width, height."""
    if min(ink.shape) < 4:
        return []
    # At a quarter of the size only what is filled stays dark.
    small = cv2.resize(ink * np.uint8(255), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    solid = (small > 200).astype(np.uint8)
    if not cv2.countNonZero(solid):
        return []
    filled = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, block(dpi * 0.08, dpi * 0.04))
    _, stats, _ = connected(filled)
    bands = []
    for x, y, w, h, area in (4 * stats[1:] * (1, 1, 1, 1, 4)).tolist():
        # A seal is round and red; a band is full to its corners.
        if w >= dpi * 0.6 and dpi * 0.1 <= h <= dpi * 0.8 and area > 0.9 * w * h:
            share = float(ink[y : y + h, x : x + w].mean())
            if 0.5 < share < 0.97:
                bands.append((x, y, w, h))
    return bands
