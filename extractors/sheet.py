"""A page made ready for reading: turned upright, straight, its lines found.

Two sizes are kept: the page at its own resolution, from which lines are cut, and a small one of about
150 dpi, levelled and straight, on which everything is found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from extractors import cleanup
from extractors.connected import Grey
from extractors.lines import Layout, Line, find_lines
from extractors.strips import Baseline

LAYOUT_DPI = 150.0


@dataclass(frozen=True)
class Sheet:
    """One way up of a page.

    ``grey`` is the upright page, not straightened; ``lines`` are in pixels of the page straightened
    by ``skew`` degrees at ``grey``'s size, in reading order; ``layout`` is in those of ``small``.
    """

    grey: Grey
    small: Grey
    paper: Grey
    dpi: float
    rotation: int
    skew: float
    layout: Layout

    @property
    def factor(self) -> float:
        """Pixels of the page to one of the small page."""
        return float(self.grey.shape[1] / self.small.shape[1])

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The text lines in reading order."""
        return tuple(line.scaled(self.factor) for line in self.layout.lines)

    def baseline(self, line: Line) -> Baseline:
        """Where a line lies on ``grey``."""
        x0, y0 = self.on_page(line.x0, line.left)
        x1, y1 = self.on_page(line.x1, line.right)
        return Baseline(x0, y0, x1, y1, line.x_height, line.sag, line.reversed)

    def on_page(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the straight page lies on ``grey``."""
        return cleanup.lean(x, y, self.skew, self.grey.shape)

    @cached_property
    def straight(self) -> Grey:
        """The page straightened and levelled at full size, rules and leaders painted white."""
        turned = cleanup.straighten(cleanup.level(self.grey, self.paper), self.skew)
        aside = cv2.dilate(self.layout.aside, np.ones((3, 3), np.uint8))
        size = turned.shape[1], turned.shape[0]
        turned[cv2.resize(aside, size, interpolation=cv2.INTER_NEAREST) > 0] = 255
        return turned


def small_of(grey: Grey, dpi: float) -> Grey:
    """The page at about :data:`LAYOUT_DPI`, never larger than it is; not levelled."""
    if dpi <= LAYOUT_DPI * 1.2:
        return grey
    scale = LAYOUT_DPI / dpi
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def turned(image: Grey, rotation: int) -> Grey:
    """The image turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(image, -rotation // 90)) if rotation % 360 else image


def lay_out(
    grey: Grey, levelled: Grey, paper: Grey, dpi: float, rotation: int, skew: float
) -> Sheet:
    """The sheet of a page turned by ``rotation`` and straightened by ``skew`` degrees.

    ``levelled`` is the small page; ``paper`` the brightness of its paper, at any size.
    """
    upright = turned(levelled, rotation)
    small_dpi = dpi * levelled.shape[1] / grey.shape[1]
    straight = cleanup.straighten(upright, skew)
    page, bare = turned(grey, rotation), turned(paper, rotation)
    layout = find_lines(straight, small_dpi)
    if layout.squares is not None:
        page = _without(page, layout.squares, bare, skew)
    return Sheet(page, straight, bare, dpi, rotation, skew, layout)


def _without(page: Grey, marks: Grey, paper: Grey, skew: float) -> Grey:
    """The page with marks of the small straight page painted over with its paper.

    Squares for single figures and check boxes are no text to a recogniser, which sees more than lines.
    """
    size = page.shape[1], page.shape[0]
    there = 255 - 255 * cv2.dilate(marks, np.ones((3, 3), np.uint8))
    leaning = cv2.resize(cleanup.straighten(there, -skew), size, interpolation=cv2.INTER_LINEAR)
    return np.where(leaning < 128, cv2.resize(paper, size), page)


def degrees(line: Line) -> float:
    """How far a line falls to the right on the straight page."""
    return math.degrees(math.atan2(line.right - line.left, max(line.length, 1.0)))
