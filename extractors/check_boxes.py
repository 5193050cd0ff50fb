"""Check boxes: squares drawn to be ticked, and whether they are.

They are looked for on the small straight page among the connected runs of ink that its lines are made
of. A box is a thin frame of four straight sides that meet. Letters have none; cells of tables are
larger, and their rules are gone by then; squares for single figures stand side by side; modules of a
QR code stand among others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extractors.connected import Array, Grey

#: Inches a side: 2.5 to 6.2 mm.
_SIDE = (0.0985, 0.245)
#: A pen may go so far beyond the frame, in sides of the largest box.
_WITH_PEN = 2.5
_COVERED = 0.85
_STRAIGHT = 0.7
# Pixels that width and height may differ; share of ink in a frame; ink beyond a side.
_UNEVEN = 3
_THIN = 0.6
_BEYOND = 0.5
# What may be added to one side, square first.
_SHAPES = ((0, 0), (0, 1), (1, 0), (0, 2), (2, 0), (0, 3), (3, 0))
#: Share of ink inside the frame: up to which it is empty, from which on it is marked, is full.
_EMPTY, _MARKED, _FULL = 0.03, 0.10, 0.95
# Around it is paper and some print; around a module of a code is half ink.
_MOST_AROUND = 0.35
_MOST = 200


@dataclass(frozen=True, slots=True)
class CheckBox:
    """A box in pixels of the small straight page; ``ink`` is the share of its inside that is ink."""

    x0: int
    y0: int
    x1: int
    y1: int
    ink: float

    @property
    def side(self) -> int:
        """Its width."""
        return self.x1 - self.x0

    @property
    def marked(self) -> bool:
        """Whether it is rather ticked, crossed or filled than empty."""
        return self.ink >= (_EMPTY + _MARKED) / 2

    @property
    def certain(self) -> bool:
        """Whether it is plainly one of them."""
        return self.ink <= _EMPTY or self.ink >= _MARKED


def find_check_boxes(
    ink: Grey, names: Array, stats: Array, dpi: float
) -> tuple[tuple[CheckBox, ...], Grey | None]:
    """The boxes of a page, and a mask of their frames with what a pen wrote into and over them.

    ``names`` and ``stats`` are the connected runs of ``ink`` (0 or 1) without rules and combs.
    """
    low, high = round(_SIDE[0] * dpi), round(_SIDE[1] * dpi)
    hollow = _hollow(ink, names, stats, low, high)
    if not hollow:
        return (), None
    found = [*hollow, *_marked(ink, names, stats, hollow)]
    boxes = [box for _, box in found]
    chosen = [(name, box) for name, box in found if not _is_other(box, boxes)]
    if not chosen:
        return (), None
    mask: Grey = np.zeros(ink.shape, np.uint8)
    for name, box in chosen:
        mask[max(0, box.y0 - 1) : box.y1 + 1, max(0, box.x0 - 1) : box.x1 + 1] = 1
        reach = round(0.4 * box.side)
        around = (
            slice(max(0, box.y0 - reach), box.y1 + reach),
            slice(max(0, box.x0 - reach), box.x1 + reach),
        )
        mask[around] |= (names[around] == name).astype(np.uint8)
    return tuple(box for _, box in chosen), mask


def _hollow(
    ink: Grey, names: Array, stats: Array, low: int, high: int
) -> list[tuple[int, CheckBox]]:
    """Empty boxes: nothing but a frame."""
    _, _, w, h, area = stats.T
    fits = (w >= low) & (h >= low) & (w <= high) & (h <= high) & (np.abs(w - h) <= _UNEVEN)
    fits &= area < _THIN * w * h
    fits[0] = False
    found = []
    for name in _cornered(names, stats, np.flatnonzero(fits))[:_MOST].tolist():
        x, y, width, height, _ = stats[name].tolist()
        own = (names[y : y + height, x : x + width] == name).astype(np.uint8)
        sides = own[:2], own[-2:], own[:, :2].T, own[:, -2:].T
        if min(float(side.max(axis=0).mean()) for side in sides) < _COVERED:
            continue
        box = _box(ink, (x, y, x + width, y + height))
        if box is not None and box.ink <= _EMPTY:
            found.append((name, box))
    return found


def _cornered(names: Array, stats: Array, chosen: Array) -> Array:
    """Those runs of ink that fill all four corners of their boxes, as hardly a letter does."""
    x, y, w, h, _ = stats[chosen].T
    there = np.ones(len(chosen), bool)
    for left, first in ((x, 1), (x + w - 1, -1)):
        for top, second in ((y, 1), (y + h - 1, -1)):
            corner = np.zeros(len(chosen), bool)
            for across, down in ((0, 0), (first, 0), (0, second), (first, second)):
                corner |= names[top + down, left + across] == chosen
            there &= corner
    return np.asarray(chosen[there])


def _marked(
    ink: Grey, names: Array, stats: Array, hollow: list[tuple[int, CheckBox]]
) -> list[tuple[int, CheckBox]]:
    """Boxes as large as empty ones, beside or below them, with something in them.

    Without an empty one there is none: bold letters are too much like small boxes full of ink.
    """
    x, y, w, h, _ = stats.T
    found: dict[int, CheckBox] = {}
    empty = {name for name, _ in hollow}
    for side in sorted({box.side for _, box in hollow}):
        low, high = side - _UNEVEN, side + _UNEVEN
        fits = (w >= low) & (h >= low) & (w <= _WITH_PEN * side) & (h <= _WITH_PEN * side)
        near = np.zeros(len(stats), bool)
        for _, box in hollow:
            if box.side == side:
                near |= (y < box.y1) & (y + h > box.y0) | (x < box.x1) & (x + w > box.x0)
        fits &= near
        fits[0] = False
        for name in np.flatnonzero(fits)[:_MOST].tolist():
            if name in empty or name in found:
                continue
            left, top, width, height, _ = stats[name].tolist()
            own = (names[top : top + height, left : left + width] == name).astype(np.uint8)
            square = _square(own, low, high)
            if square is None or not _ends(own, square):
                continue
            x0, y0, x1, y1 = square
            own_box = _box(ink, (left + x0, top + y0, left + x1, top + y1))
            if own_box is not None and any(_in_line(own_box, box) for _, box in hollow):
                found[name] = own_box
    return list(found.items())


def _in_line(box: CheckBox, other: CheckBox) -> bool:
    reach = 0.35 * other.side
    return abs(box.y0 - other.y0) <= reach or abs(box.x0 - other.x0) <= reach


def _ends(own: Grey, square: tuple[int, int, int, int]) -> bool:
    """Whether the ink ends with the frame but for what a pen has drawn over it."""
    x0, y0, x1, y1 = square
    beyond = []
    if y0 >= 2:
        beyond.append(own[y0 - 2, x0:x1])
    if y1 + 1 < own.shape[0]:
        beyond.append(own[y1 + 1, x0:x1])
    if x0 >= 2:
        beyond.append(own[y0:y1, x0 - 2])
    if x1 + 1 < own.shape[1]:
        beyond.append(own[y0:y1, x1 + 1])
    return all(float(part.mean()) <= _BEYOND for part in beyond)


def _square(own: Grey, low: int, high: int) -> tuple[int, int, int, int] | None:
    """The largest square whose four sides and corners are ink: left, top, right, bottom."""
    height, width = own.shape
    columns = np.flatnonzero(own.sum(axis=0) >= _COVERED * low - 1)
    rows = np.flatnonzero(own.sum(axis=1) >= _STRAIGHT * low)
    if len(columns) < 2 or len(rows) < 2:
        return None
    least = low - 3
    if columns[-1] - columns[0] < least or rows[-1] - rows[0] < least:
        return None
    # A side may step to the next row or column once: two of them together are covered.
    level = np.maximum(own[:-1], own[1:])
    upright = np.maximum(own[:, :-1], own[:, 1:])
    along = np.pad(level, ((0, 0), (1, 0))).cumsum(axis=1, dtype=np.int32)
    down = np.pad(upright, ((1, 0), (0, 0))).cumsum(axis=0, dtype=np.int32)
    corner = np.maximum(level[:, :-1], level[:, 1:]) > 0
    for side in range(min(high, width, height), low - 1, -1):
        for more_across, more_down in _SHAPES:
            across, tall = side + more_across, side + more_down
            if across > width or tall > height:
                continue
            # A side's two rows are its outer and the next one in.
            wide = (along[:, across:] - along[:, :-across]) >= _COVERED * across
            sides = (down[tall:] - down[:-tall]) >= _COVERED * tall
            tops, bottoms = wide[: height - tall + 1], wide[tall - 2 :]
            lefts, rights = sides[:, : width - across + 1], sides[:, across - 2 :]
            meet = corner[: height - tall + 1] & corner[tall - 2 :]
            meet = meet[:, : width - across + 1] & meet[:, across - 2 :]
            places = np.argwhere(tops & bottoms & lefts & rights & meet)
            if len(places):
                top, left = places[len(places) // 2].tolist()
                return left, top, left + across, top + tall
    return None


def _box(ink: Grey, place: tuple[int, int, int, int]) -> CheckBox | None:
    x0, y0, x1, y1 = place
    side = min(x1 - x0, y1 - y0)
    inner = ink[y0:y1, x0:x1]
    around = ink[max(0, y0 - side) : y1 + side, max(0, x0 - side) : x1 + side]
    beside = int(around.sum()) - int(inner.sum())
    if beside > _MOST_AROUND * max(1, around.size - inner.size):
        return None
    frame = max(3, round(0.16 * side))
    inside = inner[frame:-frame, frame:-frame]
    if not inside.size:
        return None
    share = float(inside.mean())
    third = side // 3
    kernel = inner[third:-third, third:-third]
    rim = int(inside.sum()) - int(kernel.sum())
    if share > _MARKED and kernel.mean() > 0.9 and rim < 0.1 * kernel.size:
        return None  # a full square within a frame: the finder of a code
    return CheckBox(x0, y0, x1, y1, share)


def _is_other(box: CheckBox, boxes: list[CheckBox]) -> bool:
    """One of squares side by side for figures; or a full square without a hollow one of its size."""
    alike = [
        other for other in boxes
        if other is not box and abs(other.side - box.side) <= 0.2 * box.side
    ]  # fmt: skip
    if box.ink >= _FULL:
        return all(other.ink >= _FULL for other in alike)
    beside = [
        other for other in alike
        if abs(other.y0 - box.y0) < 0.4 * box.side
        and max(other.x0 - box.x1, box.x0 - other.x1) < 0.8 * box.side
    ]  # fmt: skip
    return len(beside) > 1 or any(
        len([o for o in alike if abs(o.y0 - near.y0) < 0.4 * box.side
             and max(o.x0 - near.x1, near.x0 - o.x1) < 0.8 * box.side]) > 1
        for near in beside
    )  # fmt: skip
