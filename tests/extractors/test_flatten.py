"""Photos of papers: found, brought flat, read, and the words placed on the photo."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from rapidfuzz import fuzz

from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.engines import Engine, open_engine
from extractors.flatten import find_sheet
from extractors.page import read_page
from tests.extractors.pictures import LINES, page

LIMITS = IntakeSettings()
SHEET = LINES * 3


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(ReadingSettings())


def photo(path: Path, turn: int = 0) -> tuple[Path, np.ndarray]:
    """A sheet on a dark desk, seen from the side in a falling light; and its homography."""
    sheet = np.asarray(page(SHEET, dpi=250).convert("L"))
    height, width = sheet.shape
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    seen = np.float32([[430, 300], [2150, 380], [2420, 3050], [240, 2950]])
    matrix = cv2.getPerspectiveTransform(corners, seen)
    desk = np.full((3400, 2700), 70, np.uint8)
    desk = cv2.add(desk, np.random.default_rng(1).integers(0, 25, desk.shape, np.uint8))
    laid = cv2.warpPerspective(
        sheet, matrix, (2700, 3400), dst=desk.copy(), borderMode=cv2.BORDER_TRANSPARENT
    )
    light = np.linspace(1.0, 0.6, 2700)[None, :] * np.linspace(1.0, 0.85, 3400)[:, None]
    Image.fromarray((laid * light).astype(np.uint8)).rotate(-turn, expand=True).save(
        path, quality=92
    )
    return path, matrix


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_photo_is_read_like_a_scan(tmp_path: Path, engine: Engine, turn: int) -> None:
    path, matrix = photo(tmp_path / "photo.jpg", turn)
    reading = read_page(path, 1, engine, LIMITS)
    assert fuzz.ratio(reading.text, "\n".join(SHEET)) > 96
    # The first word stands on the photo where the camera saw it.
    point = matrix @ np.array([250 + 60, 250 + 25, 1.0])
    wanted = point[:2] / point[2] * 841.89 / 3400
    x, y = reading.words[0].box.centre
    assert (x, y) == pytest.approx(tuple(wanted), abs=12)
    assert reading.width < reading.height


def test_scans_are_left_as_they_are() -> None:
    assert find_sheet(np.asarray(page(SHEET).convert("L"))) is None
    # A small paper square on the glass, the lid open: a scan, not a photo.
    glass = np.full((3508, 2480), 40, np.uint8)
    glass[300:2400, 200:1700] = 245
    assert find_sheet(glass) is None
    assert find_sheet(np.zeros((2000, 1500), np.uint8)) is None
    noise = np.random.default_rng(0).integers(0, 256, (2000, 1500), np.uint8)
    assert find_sheet(noise) is None
