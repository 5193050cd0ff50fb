"""Figures as pens draw them, from strokes of our own: the school hand of Vietnam among others.

Beside the 10,000 figures of the data, which are American: ones with a long upstroke, crossed sevens,
open fours with a long bar, twos with a loop at the foot, fives whose roof is a stroke of its own.
"""

from __future__ import annotations

import math
import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from extractors.connected import Grey

Point = tuple[float, float]
Shape = tuple[tuple[Point, ...], ...]

_FINER = 4
_SHIFT = 4  # binary digits behind the point of OpenCV's coordinates


def _shapes(stored: Sequence[Sequence[str]]) -> tuple[Shape, ...]:
    """Shapes as the file writes them."""
    return tuple(
        tuple(
            tuple((float(x), float(y)) for x, y in (knot.split(",") for knot in stroke.split()))
            for stroke in shape
        )
        for shape in stored
    )


# Drawn differently from the generator's (fixtures.render.pen), against which the model is measured.
_STORED = tomllib.loads(Path(__file__).with_name("pen_shapes.toml").read_text(encoding="utf-8"))
FIGURES = {name: _shapes(shapes) for name, shapes in _STORED["figures"].items()}
OTHERS = _shapes(_STORED["others"]["shapes"])
"""Letters behind a number (57a), a letter for a figure, what is crossed out: for a person to read."""


@dataclass(frozen=True, slots=True)
class Hand:
    """One writer: which shapes, how slanted (to the right), how loose, how wide, how thick."""

    habits: dict[str, int]
    slant: float
    loose: float
    wide: float
    nib: float
    wobble: float


def draw_hand(chance: random.Random) -> Hand:
    """Somebody with a pen; ``nib`` is in pixels of a strip."""
    return Hand(
        {figure: chance.randrange(len(shapes)) for figure, shapes in FIGURES.items()},
        chance.gauss(0.14, 0.2),
        chance.uniform(0.01, 0.055),
        chance.uniform(0.75, 1.3),
        chance.choice((chance.uniform(0.8, 1.7), chance.uniform(1.5, 3.2))),
        chance.uniform(0, 0.25),
    )


def figure(
    hand: Hand, text: str, height: float, chance: random.Random
) -> tuple[Grey, float, float]:
    """One figure as ink (255) on nothing, and where its left edge and top lie from its own corner."""
    shapes = FIGURES[text]
    habit = hand.habits[text]
    if chance.random() < 0.12:  # nobody is true to his habits
        habit = chance.randrange(len(shapes))
    return drawn(shapes[habit], hand, height, chance)


def drawn(
    shape: Shape, hand: Hand, height: float, chance: random.Random
) -> tuple[Grey, float, float]:
    """A shape's ink as above; ``height`` in pixels."""
    wide = height * hand.wide * chance.uniform(0.88, 1.14)
    turn = chance.gauss(0, 0.05)
    lines = []
    for stroke in shape:
        points, before, shake = [], None, (0.0, 0.0)
        for x, y in stroke:
            if (x, y) != before:
                shake = chance.gauss(0, hand.loose), chance.gauss(0, hand.loose)
            before = (x, y)
            px, py = x + shake[0], y + shake[1] - 0.5
            points.append((px * wide - py * (hand.slant + turn) * height, py * height))
        lines.append(_smooth(points))
    pad = hand.nib + 1
    every = [point for line in lines for point in line]
    left, top = min(x for x, _ in every) - pad, min(y for _, y in every) - pad
    right, bottom = max(x for x, _ in every) + pad, max(y for _, y in every) + pad
    size = math.ceil(right - left), math.ceil(bottom - top)
    canvas = np.zeros((size[1] * _FINER, size[0] * _FINER), np.uint8)
    phase = chance.uniform(0, math.tau)
    for line in lines:
        scaled = np.array([((x - left) * _FINER, (y - top) * _FINER) for x, y in line])
        fixed = np.round(scaled * (1 << _SHIFT)).astype(np.int32)
        parts = np.array_split(np.arange(len(fixed)), max(1, len(fixed) // 10))
        for number, part in enumerate(parts):
            piece = fixed[part[0] : part[-1] + 2]
            nib = hand.nib * (1 + hand.wobble * math.sin(phase + number)) * _FINER
            cv2.polylines(
                canvas, [piece], isClosed=False, color=255, thickness=max(1, round(nib)),
                lineType=cv2.LINE_AA, shift=_SHIFT,
            )  # fmt: skip
    ink = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    return np.asarray(ink), left, top + height / 2


def _smooth(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    knots = np.array([points[0], *points, points[-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    p0, p1, p2, p3 = (knots[i : len(knots) - 3 + i, None] for i in range(4))
    curve = 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )  # fmt: skip
    whole = np.vstack([curve.reshape(-1, 2), knots[-1:]])
    return [(float(x), float(y)) for x, y in whole]
