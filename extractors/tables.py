"""Ruled lines of a page, and the cells they enclose."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from extractors.connected import Grey, connected

Mask = Grey

# A frame around most of the page is decoration, not a table.
_FRAME = 0.5
_SAME_EDGE = 0.06  # inch


@dataclass(frozen=True, slots=True)
class Rules:
    """Ruled lines as masks (uint8, 0 or 1): the level ones, and the upright ones."""

    level: Mask
    upright: Mask

    @property
    def both(self) -> Mask:
        """Either, a pixel thicker than printed."""
        thick: Mask = cv2.bitwise_or(
            cv2.dilate(self.level, block(1, 3)), cv2.dilate(self.upright, block(3, 1))
        )
        return thick


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell in pixels: ``row`` and ``column`` of its table's grid, and how many it spans."""

    table: int
    row: int
    column: int
    row_span: int
    column_span: int
    x0: float
    y0: float
    x1: float
    y1: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.x0 <= x < self.x1 and self.y0 <= y < self.y1


def block(width: float, height: float) -> Mask:
    """A kernel of ones."""
    return np.ones((max(1, round(height)), max(1, round(width))), np.uint8)


def find_rules(ink: Mask, dpi: float) -> Rules:
    """Long thin runs of ink that are no letters."""
    level = cv2.erode(ink, block(dpi * 0.5, 1))
    # Few rows of a page hold a rule: only they, and what is around them, are looked at again.
    ruled = level.max(axis=1).reshape(-1, 1)
    near = np.flatnonzero(cv2.dilate(ruled, block(1, 2 * round(dpi * 0.05) + 3)))
    if len(near):
        level[near] = _level(cv2.dilate(level[near], block(dpi * 0.5, 1)), ink[near], dpi)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, block(1, 3))
    upright = cv2.erode(joined, block(1, dpi * 0.4))
    if cv2.countNonZero(upright):
        upright = cv2.dilate(upright, block(1, dpi * 0.4))
    return Rules(level, upright)


def _level(runs: Mask, ink: Mask, dpi: float) -> Mask:
    """Long level runs of ink without those that are part of something tall."""
    # Joined serifs make long thin runs under words; a rule is clear above and below.
    tall = cv2.morphologyEx(ink, cv2.MORPH_OPEN, block(1, dpi * 0.05))
    runs[cv2.dilate(tall, block(3, 1)) > 0] = 0
    runs = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, block(dpi * 0.08, 1))
    return np.asarray(cv2.morphologyEx(runs, cv2.MORPH_OPEN, block(dpi * 0.25, 1)))


def find_cells(rules: Rules, dpi: float) -> list[TableCell]:
    """Cells of all tables, row by row."""
    if not cv2.countNonZero(rules.upright) or not cv2.countNonZero(rules.level):
        return []
    # Rules that nearly meet, do. So thick, none is lost at half the size.
    reach = max(3, round(dpi * 0.035)) | 1
    grid = cv2.dilate(cv2.bitwise_or(rules.level, rules.upright), block(reach, reach))
    names, tables, _ = connected(np.ascontiguousarray(grid[::2, ::2]))
    found: list[TableCell] = []
    for name, (x, y, width, height, _) in enumerate(tables.tolist()):
        if not name or 2 * width < dpi * 0.6 or 2 * height < dpi * 0.2:
            continue
        inside = (names[y : y + height, x : x + width] != name).astype(np.uint8)
        spaces = _enclosed(inside, dpi / 2)
        if len(spaces) < 2 or any(w * h > _FRAME * names.size for _, _, w, h in spaces):
            continue
        number = 1 + max((cell.table for cell in found), default=-1)
        grow = reach // 2  # what the rules were thickened by
        boxes = [
            (2 * (x + a) - grow, 2 * (y + b) - grow, 2 * (w + grow), 2 * (h + grow))
            for a, b, w, h in spaces
        ]
        found += _on_grid(boxes, number, dpi)
    return found


def _enclosed(inside: Mask, dpi: float) -> list[tuple[int, int, int, int]]:
    """Spaces that touch no side of the table's own box."""
    height, width = inside.shape
    boxes = []
    _, stats, _ = connected(inside, 4)
    for x, y, w, h, area in stats[1:].tolist():
        open_side = x == 0 or y == 0 or x + w == width or y + h == height
        if not open_side and w >= dpi * 0.1 and h >= dpi * 0.06 and area >= 0.5 * w * h:
            boxes.append((x, y, w, h))
    return boxes


def _on_grid(boxes: list[tuple[int, int, int, int]], table: int, dpi: float) -> list[TableCell]:
    near = _SAME_EDGE * dpi
    lefts, rights = _edges([b[0] for b in boxes], near), _edges([b[0] + b[2] for b in boxes], near)
    tops, bottoms = _edges([b[1] for b in boxes], near), _edges([b[1] + b[3] for b in boxes], near)
    cells = []
    for x, y, w, h in boxes:
        column, row = _place(lefts, x, near), _place(tops, y, near)
        columns = sum(x + near < edge <= x + w + near for edge in rights)
        rows = sum(y + near < edge <= y + h + near for edge in bottoms)
        cells.append(
            TableCell(table, row, column, max(1, rows), max(1, columns), x, y, x + w, y + h)
        )
    return sorted(cells, key=lambda cell: (cell.row, cell.column))


def _edges(values: list[int], near: float) -> list[float]:
    """Edges that lie within ``near`` of each other count as one."""
    groups: list[list[int]] = []
    for value in sorted(values):
        if groups and value - groups[-1][-1] <= near:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [float(np.mean(group)) for group in groups]


def _place(edges: list[float], value: float, near: float) -> int:
    return int(np.argmin([abs(edge - value) for edge in edges])) if near else 0
