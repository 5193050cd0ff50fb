"""Generated strips on disk: shards of some thousand lines, made in order from a seed.

    python -m training.shards --text TEXT.xz --out FOLDER --seed 1 --shards 50

Shard ``n`` depends on the seed and ``n`` alone; those that exist are kept, so that a run that was
stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from extractors.ctc import Alphabet
from training.alphabet import encode
from training.convert import load_alphabet
from training.scanning import scan, strips_of
from training.texts import Texts
from training.typesetting import Fonts, set_block

LINES = 4000
# A strip with fewer time steps than this for each character cannot be spelt out by CTC.
_LEAST_STEPS = 1.25


class Shard:
    """Strips side by side in one image (36, total width) uint8, and their classes one after another."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            self.pixels: npt.NDArray[np.uint8] = arrays["pixels"]
            self.widths: npt.NDArray[np.int32] = arrays["widths"]
            self.classes: npt.NDArray[np.int16] = arrays["classes"]
            self.lengths: npt.NDArray[np.int32] = arrays["lengths"]
        self.starts = np.concatenate([[0], np.cumsum(self.widths)])
        self.spells = np.concatenate([[0], np.cumsum(self.lengths)])

    def __len__(self) -> int:
        return len(self.widths)

    def strip(self, index: int) -> npt.NDArray[np.uint8]:
        """The pixels of one line, (36, width)."""
        return self.pixels[:, self.starts[index] : self.starts[index + 1]]

    def label(self, index: int) -> npt.NDArray[np.int16]:
        """The classes of one line."""
        return self.classes[self.spells[index] : self.spells[index + 1]]


def shard_path(folder: Path, number: int) -> Path:
    """Where shard ``number`` lies."""
    return folder / f"lines-{number:04d}.npz"


def make_shard(text: Path, folder: Path, seed: int, number: int, alphabet: Alphabet) -> Path:
    """Write one shard, unless it is there."""
    path = shard_path(folder, number)
    if path.exists():
        return path
    cv2.setNumThreads(1)
    chance = random.Random(f"{seed}/{number}")
    noise = np.random.default_rng([seed, number])
    texts, fonts = Texts.of_file(text, chance), Fonts()
    pixels: list[npt.NDArray[np.uint8]] = []
    labels: list[list[int]] = []
    while len(pixels) < LINES:
        canvas, lines = set_block(texts, fonts, chance)
        image, lines = scan(canvas, lines, chance, noise)
        for strip, line in strips_of(image, lines, chance):
            label = encode(alphabet, line)
            if label is not None and strip.shape[1] // 3 >= len(label) * _LEAST_STEPS + 2:
                pixels.append(strip)
                labels.append(label)
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        pixels=np.concatenate(pixels, axis=1),
        widths=np.array([strip.shape[1] for strip in pixels], np.int32),
        classes=np.concatenate([np.array(label, np.int16) for label in labels]),
        lengths=np.array([len(label) for label in labels], np.int32),
    )
    partial.rename(path)
    return path


def main() -> None:
    """Make the shards that are missing, two at a time."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True, help="the traineddata to start from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shards", type=int, default=50)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    alphabet = load_alphabet(asked.base)
    with ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn")) as pool:
        jobs = [
            pool.submit(make_shard, asked.text, asked.out, asked.seed, number, alphabet)
            for number in range(asked.shards)
        ]
        for job in jobs:
            print(job.result(), flush=True)


if __name__ == "__main__":
    main()
