"""Grey seals of photocopies over black print."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw

from extractors.connected import connected
from extractors.copied_seals import drop_copied_seals
from tests.extractors.pictures import font

DPI = 150


def sealed(tone: int) -> np.ndarray:
    """``PHÓ CHỦ TỊCH`` under the rim of a seal of this tone, at 150 dpi."""
    image = Image.new("L", (900, 500), 255)
    draw = ImageDraw.Draw(image)
    draw.ellipse((200, 120, 400, 320), outline=tone, width=6)
    draw.ellipse((225, 145, 375, 295), outline=tone, width=3)
    # The print's ink lies over the seal's, as a copier adds them.
    over = Image.new("L", image.size, 255)
    ImageDraw.Draw(over).text((250, 150), "PHÓ CHỦ TỊCH", font=font(30), fill=10, anchor="ls")
    return cv2.GaussianBlur(np.minimum(np.asarray(image), np.asarray(over)), (3, 3), 0)


def letters(ink: np.ndarray) -> int:
    _, stats, _ = connected(ink)
    height, width = stats[1:, 3], stats[1:, 2]
    return int(((height > 15) & (height < 50) & (width < 50)).sum())


def test_letters_under_a_pale_seal_are_set_free() -> None:
    page = sealed(120)
    ink = (page < 180).astype(np.uint8)
    before = letters(ink)
    _, stats, _ = connected(ink)
    assert drop_copied_seals(ink, page, stats[1:], DPI)
    unsealed = letters((sealed(255) < 180).astype(np.uint8))
    # Thin strokes may break, but none of the ten letters is part of the rim any more.
    assert before < unsealed <= letters(ink)


def test_a_seal_as_black_as_the_print_is_left_alone() -> None:
    page = sealed(10)
    ink = (page < 180).astype(np.uint8)
    whole = ink.copy()
    _, stats, _ = connected(ink)
    assert not drop_copied_seals(ink, page, stats[1:], DPI)
    assert np.array_equal(ink, whole)
