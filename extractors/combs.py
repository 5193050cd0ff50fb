"""Combs: rows of small squares for one figure each, as forms have them for personal numbers."""

from __future__ import annotations

import cv2
import numpy as np

from extractors.tables import Mask, Rules

# Inches: how high the squares are, how far apart their sides, how long a row at least.
_HEIGHT = (0.1, 0.36)
_PITCH = (0.09, 0.4)
_LENGTH = 0.9
#: Sides at least, and how evenly they stand.
_SIDES = 6
_EVEN = 0.15


def find_combs(ink: Mask, rules: Rules, dpi: float) -> Mask | None:
    """The lines of the squares, as a mask like ``ink``; ``None`` where there are no combs.

    A comb is found by its two level rules and the strokes between them that reach from one to the
    other at equal distances, too short for ruled lines. Figures do not reach, and stay.
    """
    if not cv2.countNonZero(rules.level):
        return None
    found: Mask = np.zeros(ink.shape, np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(rules.level)
    long = [row for row in stats[1:].tolist() if row[2] >= _LENGTH * dpi]
    long.sort(key=lambda row: row[1])
    for index, (x, y, width, height, _) in enumerate(long):
        for other_x, other_y, other_width, other_height, _ in long[index + 1 :]:
            top, bottom = y + height, other_y
            if bottom - top > _HEIGHT[1] * dpi:
                break
            left, right = max(x, other_x), min(x + width, other_x + other_width)
            if bottom - top < _HEIGHT[0] * dpi or right - left < 0.8 * max(width, other_width):
                continue
            # The rules may have lost their ends, where the outer sides stand.
            left, right = max(0, left - round(0.06 * dpi)), right + round(0.06 * dpi)
            sides = _sides(ink[top:bottom, left:right], dpi)
            for start, end in sides:
                found[top:bottom, left + start : left + end] = 1
            if sides:
                first, last = left + sides[0][0], left + sides[-1][1]
                found[y:top, first:last] = found[bottom : bottom + other_height, first:last] = 1
    return found if cv2.countNonZero(found) else None


def _sides(band: Mask, dpi: float) -> list[tuple[int, int]]:
    """Strokes over the whole height of a band, if they stand evenly; each from where to where."""
    # A scan's lines lean by a pixel: a stroke may move into the next column.
    reaching = cv2.dilate(band, np.ones((1, 3), np.uint8)).mean(axis=0) >= 0.95
    edges = np.flatnonzero(np.diff(np.concatenate([[0], reaching.astype(np.int8), [0]])))
    strokes = [(int(a), int(b)) for a, b in edges.reshape(-1, 2) if b - a <= 0.06 * dpi]
    if len(strokes) < _SIDES:
        return []
    gaps = np.diff([(a + b) / 2 for a, b in strokes])
    pitch = float(np.median(gaps))
    even = np.abs(gaps - pitch) <= max(2.0, _EVEN * pitch)
    if not _PITCH[0] * dpi <= pitch <= _PITCH[1] * dpi or even.mean() < 0.8:
        return []
    return strokes
