"""Text lines by our own layout: Tesseract reads single lines well and loses whole tables itself.

On a levelled, straight page: rules and leader dots are set aside, letter-sized marks are joined into
segments of lines by baseline and x-height, small marks (tone marks, dots) go to the nearest segment,
and segments are put into the order a person would read them in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from extractors.cleanup import INK_BELOW, Grey

Mask = Grey

_BIGGER_DOT = 1.6


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text on one baseline, in pixels; ``line`` counts lines in reading order."""

    x0: int
    y0: int
    x1: int
    y1: int
    baseline: float
    x_height: float
    line: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """Segments in reading order, and the page with rules and leaders painted white."""

    segments: tuple[Segment, ...]
    painted: Grey


def _block(width: float, height: float) -> Mask:
    return np.ones((max(1, round(height)), max(1, round(width))), np.uint8)


def find_lines(levelled: Grey, dpi: float) -> Layout:
    """The text lines of a straight page."""
    ink = (levelled < INK_BELOW).astype(np.uint8)
    rules, upright = _rules(ink, dpi)
    ink[rules > 0] = 0
    leaders = _leaders(ink, dpi)
    ink[leaders > 0] = 0
    painted = levelled.copy()
    marks: Mask = rules | leaders
    painted[cv2.dilate(marks, _block(3, 3)) > 0] = 255
    segments = _segments(ink, upright, dpi)
    return Layout(tuple(reading_order(segments)), painted)


def _rules(ink: Mask, dpi: float) -> tuple[Mask, Mask]:
    """Ruled lines (both directions), and the upright ones alone, as masks."""
    flat = cv2.morphologyEx(ink, cv2.MORPH_OPEN, _block(dpi * 0.55, 1))
    # Joined serifs make long thin runs under words; a rule is clear above and below.
    tall = cv2.morphologyEx(ink, cv2.MORPH_OPEN, _block(1, dpi * 0.045))
    flat[cv2.dilate(tall, _block(3, 1)) > 0] = 0
    flat = cv2.morphologyEx(flat, cv2.MORPH_OPEN, _block(dpi * 0.25, 1))
    upright: Mask = cv2.morphologyEx(ink, cv2.MORPH_OPEN, _block(1, dpi * 0.32))
    thick: Mask = cv2.bitwise_or(cv2.dilate(flat, _block(1, 3)), cv2.dilate(upright, _block(3, 1)))
    return thick, upright


def _leaders(ink: Mask, dpi: float) -> Mask:
    """Dots of fill-in lines: small marks in long level rows."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = (stats[:, cv2.CC_STAT_HEIGHT] <= dpi * 0.032) & (
        stats[:, cv2.CC_STAT_WIDTH] <= dpi * 0.05
    )
    small[0] = False
    dots = small[labels].astype(np.uint8)
    rows = cv2.morphologyEx(dots, cv2.MORPH_CLOSE, _block(dpi * 0.06, 2))
    rows = cv2.morphologyEx(rows, cv2.MORPH_OPEN, _block(dpi * 0.24, 1))
    found: Mask = cv2.bitwise_and(cv2.dilate(rows, _block(dpi * 0.035, 1)), dots)
    # A tone mark below a letter (ạ, ệ, ị) may lie among them; it is a bigger dot than they are.
    areas = stats[:, cv2.CC_STAT_AREA]
    leader_marks = np.unique(labels[found > 0])
    if len(leader_marks):
        usual = float(np.median(areas[leader_marks]))
        found[(areas > _BIGGER_DOT * usual)[labels]] = 0
    return found


@dataclass(slots=True)
class _Run:
    x0: float
    x1: float
    top: float
    bottom: float
    baseline: float
    x_height: float


def _segments(ink: Mask, upright: Mask, dpi: float) -> list[Segment]:
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    marks = stats[1:].astype(np.int64)
    keep = (
        (marks[:, 4] >= (dpi / 90) ** 2) & (marks[:, 3] <= dpi * 0.42) & (marks[:, 2] <= dpi * 0.9)
    )
    x, y, w, h, _ = marks[keep].T
    letter_like = (h >= dpi * 0.045) & (w >= dpi * 0.02) & (h <= dpi * 0.27)
    if letter_like.sum() < 2:
        return []
    histogram = np.convolve(np.bincount(h[letter_like]).astype(float), [1, 1, 1], "same")
    common = float(histogram.argmax())
    core = (h >= max(dpi * 0.035, 0.62 * common)) & (h <= 4.2 * common)
    runs, used = _runs(x, y, w, h, core, upright, common, dpi)
    if not runs:
        return []
    _attach(runs, x[~used], y[~used], w[~used], h[~used], common, dpi)
    return [_segment(run, ink.shape) for run in runs if run.x_height >= dpi * 0.024]


def _runs(
    x: npt.NDArray[np.int64],
    y: npt.NDArray[np.int64],
    w: npt.NDArray[np.int64],
    h: npt.NDArray[np.int64],
    core: npt.NDArray[np.bool_],
    upright: Mask,
    common: float,
    dpi: float,
) -> tuple[list[_Run], npt.NDArray[np.bool_]]:
    """Letters whose middles lie side by side, joined over gaps of up to a wide blank."""
    bands: Mask = np.zeros(upright.shape, np.uint8)
    for index in np.flatnonzero(core):
        top, bottom = y[index] + h[index] * 0.25, y[index] + h[index] * 0.75
        left, right = int(x[index]), int(x[index] + w[index])
        cv2.rectangle(bands, (left, int(top)), (right, int(bottom)), 1, -1)
    bands = cv2.morphologyEx(bands, cv2.MORPH_CLOSE, _block(max(dpi * 0.13, 1.9 * common), 1))
    bands[cv2.dilate(upright, _block(3, 1)) > 0] = 0
    _, labels, _, _ = cv2.connectedComponentsWithStats(bands, connectivity=4)
    rows = np.minimum(y + h // 2, upright.shape[0] - 1)
    columns = np.minimum(x + w // 2, upright.shape[1] - 1)
    label = labels[rows, columns]
    used = core & (label > 0)
    runs = []
    for name in np.unique(label[used]):
        own = np.flatnonzero(used & (label == name))
        runs.append(_run(x[own], y[own], w[own], h[own], common))
    return runs, used


def _run(
    x: npt.NDArray[np.int64],
    y: npt.NDArray[np.int64],
    w: npt.NDArray[np.int64],
    h: npt.NDArray[np.int64],
    common: float,
) -> _Run:
    middle = float(np.median(h))
    alike = float(np.mean(np.abs(h - middle) <= max(1.0, 0.14 * middle)))
    if middle > 1.25 * common and (alike > 0.5 or len(h) < 3):
        x_height = 0.68 * middle  # capitals or figures only
    elif middle < 1.3 * common:
        x_height = min(middle, 1.5 * common)
    else:
        x_height = 0.8 * middle
    return _Run(
        float(x.min()),
        float((x + w).max()),
        float(y.min()),
        float((y + h).max()),
        float(np.median(y + h)),
        x_height,
    )


def _attach(
    runs: list[_Run],
    x: npt.NDArray[np.int64],
    y: npt.NDArray[np.int64],
    w: npt.NDArray[np.int64],
    h: npt.NDArray[np.int64],
    common: float,
    dpi: float,
) -> None:
    """Give tone marks, dots and commas to the run they most likely belong to."""
    left = np.array([run.x0 for run in runs])
    right = np.array([run.x1 for run in runs])
    middle = np.array([run.baseline - 0.7 * run.x_height for run in runs])
    height = np.array([run.x_height for run in runs])
    reach = dpi * 0.09
    for mark_x, mark_y, mark_w, mark_h in zip(x, y, w, h, strict=True):
        if mark_h >= 2 * common:
            continue
        centre_x, centre_y = mark_x + mark_w / 2, mark_y + mark_h / 2
        distance = np.abs(middle - centre_y) / height
        distance[(centre_x < left - reach) | (centre_x > right + reach)] = np.inf
        nearest = int(distance.argmin())
        if distance[nearest] < 1.75:
            run = runs[nearest]
            run.x0, run.x1 = min(run.x0, mark_x), max(run.x1, mark_x + mark_w)
            run.top, run.bottom = min(run.top, mark_y), max(run.bottom, mark_y + mark_h)


def _segment(run: _Run, shape: tuple[int, ...]) -> Segment:
    """Height from baseline and x-height: room for stacked marks above, tails below, no neighbours."""
    top = min(max(run.top, run.baseline - 2.6 * run.x_height), run.baseline - 1.55 * run.x_height)
    bottom = max(
        min(run.bottom, run.baseline + 0.9 * run.x_height), run.baseline + 0.48 * run.x_height
    )
    return Segment(
        max(0, int(run.x0)),
        max(0, round(top)),
        min(shape[1], int(run.x1) + 1),
        min(shape[0], round(bottom)),
        run.baseline,
        run.x_height,
    )


def reading_order(segments: list[Segment]) -> list[Segment]:
    """Rows from top to bottom; where several rows share a gutter, the left column first."""
    ordered: list[Segment] = []
    line = 0
    for band in _bands(_rows(segments)):
        for row in band:
            ordered += [replace(segment, line=line) for segment in row]
            line += 1
    return ordered


def _rows(segments: list[Segment]) -> list[list[Segment]]:
    """Segments on about one baseline, left to right."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda s: s.baseline):
        for row in reversed(rows[-3:]):
            reach = 0.6 * min(segment.x_height, row[0].x_height)
            apart = all(segment.x0 >= s.x1 - 2 or segment.x1 <= s.x0 + 2 for s in row)
            if abs(segment.baseline - row[0].baseline) <= reach and apart:
                row.append(segment)
                break
        else:
            rows.append([segment])
    for row in rows:
        row.sort(key=lambda s: s.x0)
    return rows


def _bands(rows: list[list[Segment]]) -> list[list[list[Segment]]]:
    """Rows grouped so that two columns side by side (headers, sign-offs) are read one by one."""
    bands: list[list[list[Segment]]] = []
    index = 0
    while index < len(rows):
        end, gutter = _columns_from(rows, index)
        if gutter is None:
            bands.append([rows[index]])
            index += 1
            continue
        block = [segment for row in rows[index:end] for segment in row]
        left = _rows([s for s in block if (s.x0 + s.x1) / 2 < gutter])
        right = _rows([s for s in block if (s.x0 + s.x1) / 2 >= gutter])
        bands.extend([[row] for row in (*left, *right)])
        index = end
    return bands


def _columns_from(rows: list[list[Segment]], start: int) -> tuple[int, float | None]:
    """How far from ``start`` the rows keep one gutter free; ``None`` where there are no columns."""
    low, high = _widest_gap(rows[start])
    if high <= low:
        return start, None
    end, both = start, 0
    for row in rows[start:]:
        x_height = row[0].x_height
        left_edge = max((s.x1 for s in row if s.x1 <= high), default=low)
        right_edge = min((s.x0 for s in row if s.x0 >= low), default=high)
        crossing = any(s.x0 < low + x_height and s.x1 > high - x_height for s in row)
        new_low, new_high = max(low, left_edge), min(high, right_edge)
        if crossing or new_high - new_low < 1.5 * x_height or len(row) > 2:
            break
        low, high = new_low, new_high
        both += len(row) == 2
        end += 1
    if end - start < 3 or both < 2:
        return start, None
    return end, (low + high) / 2


def _widest_gap(row: list[Segment]) -> tuple[float, float]:
    if len(row) != 2:
        return 0.0, 0.0
    left, right = row
    if right.x0 - left.x1 < 2.5 * left.x_height:
        return 0.0, 0.0
    return float(left.x1), float(right.x0)
