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
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, block(dpi * 0.5, 1))
    # Joined serifs make long thin runs under words; a rule is clear above and below.
    tall = cv2.morphologyEx(ink, cv2.MORPH_OPEN, block(1, dpi * 0.05))
    level[cv2.dilate(tall, block(3, 1)) > 0] = 0
    level = cv2.morphologyEx(level, cv2.MORPH_CLOSE, block(dpi * 0.08, 1))
    level = cv2.morphologyEx(level, cv2.MORPH_OPEN, block(dpi * 0.25, 1))
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, block(1, 3))
    upright = cv2.morphologyEx(joined, cv2.MORPH_OPEN, block(1, dpi * 0.4))
    return Rules(level, upright)


def find_cells(rules: Rules, dpi: float) -> list[TableCell]:
    """Cells of all tables, row by row."""
    grid = cv2.bitwise_or(rules.level, rules.upright)
    if not cv2.countNonZero(rules.upright) or not cv2.countNonZero(rules.level):
        return []
    # Rules that nearly meet, do.
    reach = max(3, round(dpi * 0.035)) | 1
    grid = cv2.dilate(grid, block(reach, reach))
    names, tables, _ = connected(grid)
    found: list[TableCell] = []
    page = grid.shape[0] * grid.shape[1]
    for name in range(1, len(tables)):
        x, y, width, height, _ = (int(value) for value in tables[name])
        if width < dpi * 0.6 or height < dpi * 0.2:
            continue
        inside = (names[y : y + height, x : x + width] != name).astype(np.uint8)
        boxes = _enclosed(inside, dpi, reach)
        if len(boxes) < 2 or any(w * h > _FRAME * page for _, _, w, h in boxes):
            continue
        number = 1 + max((cell.table for cell in found), default=-1)
        found += _on_grid([(x + a, y + b, w, h) for a, b, w, h in boxes], number, dpi)
    return found


def _enclosed(inside: Mask, dpi: float, reach: int) -> list[tuple[int, int, int, int]]:
    """Spaces that touch no side of the table's own box, grown by what the rules were thickened."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=4)
    height, width = inside.shape
    boxes = []
    for x, y, w, h, area in stats[1:count].tolist():
        open_side = x == 0 or y == 0 or x + w == width or y + h == height
        if open_side or w < dpi * 0.1 or h < dpi * 0.06 or area < 0.5 * w * h:
            continue
        grow = reach // 2
        boxes.append((x - grow, y - grow, w + 2 * grow, h + 2 * grow))
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
