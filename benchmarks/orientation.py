"""Generated pages turned by quarters: how many are turned back, and how many are left alone.

Usage::

    python -m benchmarks.orientation [--count 24] [--seed 20264] [--font dejavu-serif]
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from dossiers.reading import PageOutcome
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.engines import open_engine
from extractors.page import read_image
from extractors.page_image import PageImage, load_page
from extractors.sources import inspect
from fixtures.batch import generate


def turned(image: PageImage, turn: int) -> PageImage:
    """The page as if scanned turned clockwise by ``turn`` degrees."""
    width, height = image.width, image.height
    if turn % 180:
        width, height = height, width
    colour = None if image.colour is None else np.rot90(image.colour, -turn // 90).copy()
    grey = np.rot90(image.grey, -turn // 90).copy()
    return replace(image, grey=grey, colour=colour, width=width, height=height)


def main() -> None:
    """Print one line for each turn."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--seed", type=int, default=20264)
    parser.add_argument("--font", default="dejavu-serif")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    engine = open_engine(ReadingSettings())
    right = dict.fromkeys((0, 90, 180, 270), 0)
    pages = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        generate(folder, asked.seed, count=asked.count, font=asked.font)
        for path in sorted(folder.glob("*.pdf")):
            for number in range(1, inspect(path, IntakeSettings()).page_count + 1):
                image = load_page(path, number, IntakeSettings())
                upright = read_image(image, 1, engine)
                if upright.outcome is PageOutcome.BLANK:
                    continue
                # Some scans are generated turned; the first reading is held to be right if it
                # is the one that reads best, which the accuracy benchmark tells.
                start = turned(image, upright.rotation)
                pages += 1
                for turn in right:
                    found = read_image(turned(start, turn), 1, engine).rotation
                    right[turn] += found == (360 - turn) % 360
    for turn, count in right.items():
        print(f"turned by {turn:3}: {count} of {pages} right")


if __name__ == "__main__":
    main()
