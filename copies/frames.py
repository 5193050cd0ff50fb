"""Where an image file's pixels go on its page: size, turn and, for mirrored scans, the flip."""

from __future__ import annotations

from copies.text_layer import PageFrame
from dossiers.reading import PageReading

# Exif orientation (CIPA DC-008, 4.6.4): clockwise turn and whether the upright picture is mirrored.
_TURNS = {1: (0, False), 2: (0, True), 3: (180, False), 4: (180, True)}
_TURNS |= {5: (270, True), 6: (90, False), 7: (90, True), 8: (270, False)}


def image_frame(page: PageReading, orientation: int) -> tuple[PageFrame, bool]:
    """The page of an image file, and whether its stored picture must be mirrored left to right.

    The page's displayed size is the reading's; its turn is the file's own plus the reading's.
    """
    turn, mirrored = _TURNS[orientation]
    rotate = (turn + page.rotation) % 360
    width, height = (page.width, page.height)
    if rotate % 180:
        width, height = height, width
    return PageFrame(0.0, 0.0, width, height, rotate), mirrored
