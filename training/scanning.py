"""What pens, stamps, printers and scanners do to a page of print, and bad guesses of where it is."""

from __future__ import annotations

import math
import random

import cv2
import numpy as np
import numpy.typing as npt

from extractors.cleanup import paper_of
from extractors.strips import Baseline, cut
from training.typesetting import Canvas, PrintedLine, moved

_DPI = 300.0


def scan(
    canvas: Canvas, lines: list[PrintedLine], chance: random.Random, noise: np.random.Generator
) -> tuple[Canvas, list[PrintedLine]]:
    """The block as a scan of 300 dpi gives it (or of less, brought to 300), and its lines there."""
    two_tone = chance.random() < 0.3
    image = _ink_spread(canvas, chance, two_tone=two_tone)
    if chance.random() < 0.12:
        _table_rules(image, lines, chance)
    if chance.random() < 0.22:
        image = _strokes(image, chance, noise)
    dpi = chance.choices([300, 250, 200, 150, 120], [0.46, 0.08, 0.28, 0.12, 0.06])[0]
    scale = dpi / _DPI
    if chance.random() < 0.75:
        sigma = chance.uniform(0.25, 1.2)
        if scale < 0.7 and chance.random() < 0.5:
            sigma *= 0.5 / scale
        image = cv2.GaussianBlur(image, (0, 0), sigma)
    image, lines = _turned(image, lines, chance)
    size = image.shape[1], image.shape[0]
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if not two_tone or chance.random() < 0.6:
        image = _tones(image, chance, noise)
    image = _two_tone(image, chance, noise) if two_tone else _compressed(image, chance)
    if chance.random() < 0.25:
        for _ in range(chance.randint(2, 40)):
            spot = chance.randrange(image.shape[1]), chance.randrange(image.shape[0])
            cv2.circle(image, spot, chance.choice([0, 0, 1, 1, 2]), chance.randint(0, 160), -1)
    if scale < 1:
        ways = [cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_LINEAR, cv2.INTER_CUBIC]
        image = cv2.resize(image, size, interpolation=chance.choice(ways))
    return image, lines


def _ink_spread(canvas: Canvas, chance: random.Random, *, two_tone: bool) -> Canvas:
    kind = chance.random()
    if kind < 0.22:  # more ink
        kernel = np.ones(chance.choice([(2, 2), (3, 3), (2, 3), (3, 2)]), np.uint8)
        share = chance.uniform(0.2, 0.9)
        return cv2.addWeighted(canvas, 1 - share, cv2.erode(canvas, kernel), share, 0)
    if kind < 0.42 and not two_tone:  # less; in black and white it would not be readable
        kernel = np.ones(chance.choice([(2, 2), (1, 2), (2, 1)]), np.uint8)
        share = chance.uniform(0.2, 0.7)
        return cv2.addWeighted(canvas, 1 - share, cv2.dilate(canvas, kernel), share, 0)
    return canvas.copy()


def _table_rules(image: Canvas, lines: list[PrintedLine], chance: random.Random) -> None:
    """Rules between lines and upright ones beside them, as tables have."""
    thickness = chance.randint(1, 4)
    for line in lines:
        place = line.place
        if chance.random() < 0.5:
            y = round(place.y0 + chance.uniform(0.75, 1.3) * place.x_height)
            cv2.line(image, (0, y), (image.shape[1], y), 0, thickness)
        for x in (place.x0 - chance.uniform(4, 30), place.x1 + chance.uniform(4, 30)):
            if chance.random() < 0.6:
                reach = round(2 * place.x_height)
                column = round(x)
                ends = (column, round(place.y0) - reach), (column, round(place.y0) + reach)
                cv2.line(image, *ends, 0, thickness)


def _strokes(image: Canvas, chance: random.Random, noise: np.random.Generator) -> Canvas:
    """What is left of seals, and pens."""
    height, width = image.shape
    for _ in range(chance.randint(1, 4)):
        over = np.full_like(image, 255)
        centre = chance.randrange(width), chance.randrange(height)
        radius = chance.randint(60, 420)
        axes = radius, round(radius * chance.uniform(0.3, 1))
        cv2.ellipse(
            over, centre, axes, chance.uniform(0, 360), 0, chance.uniform(20, 200),
            chance.randint(50, 215), chance.choice([1, 2, 3, 5, 7]), cv2.LINE_AA,
        )  # fmt: skip
        if chance.random() < 0.6:
            grain = (noise.random((height // 6 + 1, width // 6 + 1)) < 0.55).astype(np.uint8) * 255
            spread = cv2.resize(grain, (width, height), interpolation=cv2.INTER_NEAREST)
            over = np.maximum(over, 255 - spread)
        image = np.minimum(image, over)
    return image


def _turned(
    image: Canvas, lines: list[PrintedLine], chance: random.Random
) -> tuple[Canvas, list[PrintedLine]]:
    angle = chance.gauss(0, 0.3) if chance.random() < 0.7 else chance.uniform(-2.5, 2.5)
    if abs(angle) < 0.05:
        return image, lines
    height, width = image.shape
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1), np.float64)
    spill = math.ceil(abs(math.sin(math.radians(angle))) * width / 2)
    matrix[1, 2] += spill
    turned = cv2.warpAffine(
        image, matrix, (width, height + 2 * spill), flags=cv2.INTER_LINEAR, borderValue=255
    )
    return turned, [moved(line, matrix) for line in lines]


def _tones(image: Canvas, chance: random.Random, noise: np.random.Generator) -> Canvas:
    ink = chance.randint(0, 120) if chance.random() < 0.6 else chance.randint(0, 40)
    paper = chance.randint(max(205, ink + 90), 255)
    image = cv2.LUT(image, (np.arange(256) / 255 * (paper - ink) + ink).astype(np.uint8))
    if chance.random() < 0.3:  # uneven ink
        coarse = noise.random((6, 10)).astype(np.float32)
        pale = cv2.resize(coarse, image.shape[::-1], interpolation=cv2.INTER_CUBIC)
        share = 1 - np.clip(pale, 0, 1) * chance.uniform(0.1, 0.45)
        image = (paper - (paper - image.astype(np.float32)).clip(0) * share).astype(np.uint8)
    if chance.random() < 0.7:
        rows = noise.standard_normal((image.shape[0] // 2 + 1, image.shape[1]), np.float32)
        grain: Canvas = np.vstack([rows, -rows[::-1]])[: image.shape[0]]
        if chance.random() < 0.4:
            grain = cv2.GaussianBlur(grain, (0, 0), 0.8) * 2
        grain *= chance.uniform(1, 16)
        image = cv2.add(image, grain.astype(np.int16), dtype=cv2.CV_8U)
    return image


def _two_tone(image: Canvas, chance: random.Random, noise: np.random.Generator) -> Canvas:
    middle = int(image.min()) * 0.5 + float(np.percentile(image[::4, ::4], 90)) * 0.5
    image = np.where(image > middle + chance.uniform(-30, 55), 255, 0).astype(np.uint8)
    if chance.random() < 0.4:
        field, share = noise.random(image.shape), 10 ** chance.uniform(-4.5, -2.5)
        image[field < share] = 0
        image[field > 1 - share * 4] = 255
    return image


def _compressed(image: Canvas, chance: random.Random) -> Canvas:
    if chance.random() > 0.7:
        return image
    quality = [cv2.IMWRITE_JPEG_QUALITY, chance.randint(25, 92)]
    decoded = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_GRAYSCALE)
    return np.asarray(decoded, np.uint8)


def strips_of(
    image: Canvas, lines: list[PrintedLine], chance: random.Random
) -> list[tuple[npt.NDArray[np.uint8], str]]:
    """The lines cut as a layout would find them, a little wrong; and some strips of no text."""
    paper = paper_of(image, _DPI)
    found = []
    for line in lines:
        found.append((cut(image, _guessed(line.place, chance), paper).pixels, line.text))
        if chance.random() < 0.05:
            found.append((cut(image, _beside(line.place, chance), paper).pixels, ""))
    return found


def _guessed(place: Baseline, chance: random.Random) -> Baseline:
    x_height = place.x_height
    factor = chance.uniform(0.92, 1.12) if chance.random() < 0.8 else chance.uniform(0.85, 1.35)
    drift = chance.gauss(0, 0.05) * x_height
    tilt = chance.gauss(0, 0.04) * x_height
    left, right = chance.gauss(0, 1.5), chance.gauss(0, 1.5)
    if chance.random() < 0.08:
        left -= chance.uniform(0, 2) * x_height
    if chance.random() < 0.08:
        right += chance.uniform(0, 2) * x_height
    ux, uy = place.direction
    return Baseline(
        place.x0 + ux * left,
        place.y0 + uy * left + drift - tilt,
        place.x1 + ux * right,
        place.y1 + uy * right + drift + tilt,
        x_height * factor,
    )


def _beside(place: Baseline, chance: random.Random) -> Baseline:
    """A bit of two lines' marks and tails, or of bare paper: not one letter is whole."""
    x_height = place.x_height
    start = chance.uniform(0, max(1.0, place.length - 3 * x_height))
    length = chance.uniform(0.4, 2.5) * x_height
    ux, uy = place.direction
    small = x_height * chance.uniform(0.25, 0.45)
    x0, y0 = place.x0 + ux * start, place.y0 + uy * start
    down = -chance.uniform(1.25, 1.6) * x_height if chance.random() < 0.5 else 0.75 * x_height
    left, top = x0 - uy * down, y0 + ux * down
    return Baseline(left, top, left + ux * length, top + uy * length, max(6.0, small))
