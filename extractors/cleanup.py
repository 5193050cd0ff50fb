"""The page as the recogniser should see it; the scan itself is never changed.

All images are grey uint8, ink dark; lengths scale with the resolution in dpi.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from extractors.connected import Grey, connected
from extractors.tones import tone

# Levelled paper is 255; print, even faint, is darker than this.
INK_BELOW = 180
_MAX_SKEW = 6.0
# Below this share of the page a mark is dirt (holes, specks, a shadow's rim), not writing.
_BLANK_INK = 0.0004


@dataclass(frozen=True, slots=True)
class Seals:
    """Red seals and stamps: where colour is red, and around each (x0, y0, x1, y1), in its pixels."""

    mask: Grey
    regions: tuple[tuple[int, int, int, int], ...]


def find_seals(colour: npt.NDArray[np.uint8] | None, dpi: float) -> Seals | None:
    """The red seals and stamps of an RGB picture of a page, whose resolution ``dpi`` is."""
    if colour is None:
        return None
    red, green, blue = cv2.split(colour)
    over = cv2.min(cv2.subtract(red, green), cv2.subtract(red, blue))
    _, mask = cv2.threshold(over, 24, 255, cv2.THRESH_BINARY)
    regions = _stamps(mask, dpi)
    return Seals(mask, tuple(regions)) if regions else None


def drop_seal(grey: Grey, colour: npt.NDArray[np.uint8] | None, dpi: float) -> Grey:
    """Finds the seals and drops them (:func:`drop_seals`); ``dpi`` is the resolution of ``grey``."""
    if colour is None:
        return grey
    return drop_seals(grey, colour, find_seals(colour, dpi * colour.shape[1] / grey.shape[1]))


def drop_seals(grey: Grey, colour: npt.NDArray[np.uint8] | None, seals: Seals | None) -> Grey:
    """Grey with red seals and stamps taken off: inside one, only the red channel counts.

    ``colour`` is RGB at any size up to that of ``grey``, in which the seals were found. Black print
    under a seal stays, since it is dark in the red channel as well; red print that is no stamp (the
    titles of civil-status papers) stays too.
    """
    if colour is None or seals is None:
        return grey
    factor = grey.shape[1] / colour.shape[1]
    red = colour[:, :, 0]
    grey = grey.copy()
    # The rim of a stroke is paler than its middle.
    mask = cv2.dilate(seals.mask, np.ones((3, 3), np.uint8))
    for x0, y0, x1, y1 in seals.regions:
        part = np.s_[y0:y1, x0:x1]
        left, top, right, bottom = (round(side * factor) for side in (x0, y0, x1, y1))
        region = grey[top:bottom, left:right]
        size = region.shape[1], region.shape[0]
        luma = cv2.cvtColor(colour[part], cv2.COLOR_RGB2GRAY)
        # What red is brighter than grey hardly changes from pixel to pixel; grey keeps the detail.
        gain = cv2.bitwise_and(cv2.subtract(red[part], luma), mask[part])
        np.copyto(region, cv2.add(region, cv2.resize(gain, size, interpolation=cv2.INTER_LINEAR)))
    return grey


def _stamps(mask: Grey, dpi: float) -> list[tuple[int, int, int, int]]:
    """Where seals lie (x0, y0, x1, y1): around red marks too large to be letters (ring, frame)."""
    scale = min(1.0, 75 / dpi)
    small = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    joined = cv2.morphologyEx(
        (small > 40).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)
    )
    _, stats, _ = connected(joined)
    margin = round(0.06 * dpi * scale)
    regions = []
    for x, y, width, height, _ in stats[1:].tolist():
        # Larger than any seal or stamp box is the printed border of a form.
        if min(width, height) >= 0.45 * dpi * scale and max(width, height) <= 3.2 * dpi * scale:
            corners = x - margin, y - margin, x + width + margin, y + height + margin
            x0, y0, x1, y1 = (max(0, round(side / scale)) for side in corners)
            regions.append((x0, y0, min(x1, mask.shape[1]), min(y1, mask.shape[0])))
    return regions


def paper_of(grey: Grey, dpi: float) -> Grey:
    """Brightness of the bare paper, at about 25 dpi and never under 64."""
    step = max(1, round(dpi / 25))
    small = cv2.resize(grey, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    # Print covers less than half of any 15 × 15 patch (0.6 inch) of the reduced page.
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((3, 3), np.uint8)), 15)
    return np.maximum(paper, np.uint8(64))


def level(grey: Grey, paper: Grey) -> Grey:
    """Paper made even and white: divides by the local brightness of the paper (see paper_of)."""
    full = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    levelled = cv2.divide(grey, full, scale=255)
    # Faint print is brought to full strength, but noise on a blank page is not.
    darkest = tone(levelled[::4, ::4], 0.005)
    if 40 < darkest < 190:
        levelled = cv2.convertScaleAbs(
            levelled,
            alpha=255 / (255 - darkest * 0.8),
            beta=-255 * darkest * 0.8 / (255 - darkest * 0.8),
        )
    return levelled


@dataclass(frozen=True, slots=True)
class Spots:
    """Connected runs of ink of a page of ``shape``: (left, top, width, height, area) and centres."""

    stats: npt.NDArray[Any]
    centres: npt.NDArray[Any]
    shape: tuple[int, ...]


def find_spots(levelled: Grey) -> Spots:
    """All ink of a levelled page, run by run."""
    ink = (levelled < INK_BELOW).astype(np.uint8)
    _, stats, centres = connected(ink)
    return Spots(stats[1:], centres[1:], levelled.shape)


def letter_sized(spots: Spots, dpi: float) -> int:
    """How many are high enough to be letters rather than dots and tone marks."""
    return int((spots.stats[:, cv2.CC_STAT_HEIGHT] > dpi * 0.034).sum())


def is_blank(spots: Spots, dpi: float) -> bool:
    """Whether nothing is written on the page (noise, holes, dirt and show-through do not count)."""
    height, width = spots.shape
    margin_x, margin_y = 0.04 * width, 0.04 * height
    x, y, w, h, area = spots.stats.T
    inner = (x >= margin_x) & (x + w <= width - margin_x)
    inner &= (y >= margin_y) & (y + h <= height - margin_y)
    # A punch hole or a corner shadow is one big blot; letters are many.
    letters = inner & (h >= dpi * 0.03) & (h <= dpi * 0.6) & (area >= (dpi * 0.012) ** 2)
    if letters.sum() < 8:
        return True
    return float(area[letters].sum()) / (0.92 * width * 0.92 * height) < _BLANK_INK


@dataclass(frozen=True, slots=True)
class Lie:
    """How text lies on a page: ``sideways`` lines run vertically; ``skew`` in degrees (clockwise)."""

    sideways: bool
    skew: float
    certainty: float


def find_lie(spots: Spots, dpi: float) -> Lie:
    """Direction of the lines by the sharpness of their profile; skew to 0.1 degree.

    ``certainty`` is the ratio of the sharper to the blunter direction's sharpness, 1 or more.
    """
    points = _letter_points(spots, dpi)
    if len(points) < 30:
        return Lie(sideways=False, skew=0.0, certainty=1.0)
    x, y, right, bottom = points.T
    # Most letters stand on the baseline; of vertical lines it may be either flank.
    across = _best_angle(x, bottom)
    down = max(_best_angle(y, -right), _best_angle(y, -(2 * x - right)), key=lambda found: found[1])
    sideways = down[1] > across[1]
    better, worse = (down, across) if sideways else (across, down)
    return Lie(sideways, better[0], better[1] / max(worse[1], 1e-9))


def _letter_points(spots: Spots, dpi: float) -> npt.NDArray[np.float64]:
    """Feet and flanks of letter-sized marks at 100 dpi: (x, y, right, bottom) for each."""
    scale = 100 / dpi
    sides = spots.stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]] * scale
    longest = sides.max(axis=1)
    area = spots.stats[:, cv2.CC_STAT_AREA] * scale**2
    letters = (longest >= 4) & (longest <= 40) & (area > 6)
    ends = spots.stats[:, :2] * scale + sides
    return np.asarray(np.hstack([spots.centres * scale, ends])[letters], dtype=np.float64)


def quarter_turned(spots: Spots, rotation: int) -> Spots:
    """The spots of the page turned clockwise by a multiple of 90 degrees."""
    (height, width), stats, centres = spots.shape, spots.stats, spots.centres
    for _ in range(rotation % 360 // 90):
        x, y, w, h, area = stats.T
        stats = np.stack([height - y - h, x, h, w, area], axis=1)
        centres = np.stack([height - 1 - centres[:, 1], centres[:, 0]], axis=1)
        height, width = width, height
    return Spots(stats, centres, (height, width))


def _best_angle(
    along: npt.NDArray[np.float64], across: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """Angle, in degrees, at which places ``across`` gather most, and how much they do."""
    coarse = np.arange(-_MAX_SKEW, _MAX_SKEW + 0.25, 0.5)
    scores = [_sharpness(along, across, angle, 3.0) for angle in coarse]
    best = float(coarse[int(np.argmax(scores))])
    fine = np.arange(best - 0.6, best + 0.61, 0.05)
    finer = np.array([_sharpness(along, across, angle, 1.0) for angle in fine])
    # The peak is flat: its middle is nearer the truth than its highest grain.
    top = finer >= finer.max() - 0.15 * (finer.max() - finer.min())
    return float(np.average(fine[top], weights=finer[top])), max(scores)


def _sharpness(
    along: npt.NDArray[np.float64], across: npt.NDArray[np.float64], degrees: float, grain: float
) -> float:
    """How unevenly the places lie on rows of ``grain`` pixels that lean by this angle."""
    offsets = across - along * np.tan(np.radians(degrees))
    rows = np.bincount(((offsets - offsets.min()) / grain).astype(np.int64)).astype(np.float64)
    rows = np.convolve(rows, [0.25, 0.5, 0.25], "same")
    return float((rows**2).sum() / rows.sum())


def straighten(image: Grey, degrees: float) -> Grey:
    """The image turned so that lines falling by ``degrees`` to the right become level.

    Shape is kept, corners are filled with white; undo it for points with :func:`lean`.
    """
    if abs(degrees) < 0.05:
        return image
    matrix = cv2.getRotationMatrix2D(_middle(image.shape), degrees, 1.0)
    return cv2.warpAffine(
        image, matrix, (image.shape[1], image.shape[0]), flags=cv2.INTER_LINEAR, borderValue=255
    )


def lean(x: float, y: float, degrees: float, shape: tuple[int, ...]) -> tuple[float, float]:
    """Where a point of the straightened image lies on the page as scanned, in pixels."""
    middle_x, middle_y = _middle(shape)
    angle = np.radians(degrees)
    dx, dy = x - middle_x, y - middle_y
    return (
        middle_x + dx * float(np.cos(angle)) - dy * float(np.sin(angle)),
        middle_y + dx * float(np.sin(angle)) + dy * float(np.cos(angle)),
    )


def _middle(shape: tuple[int, ...]) -> tuple[float, float]:
    return shape[1] / 2, shape[0] / 2
