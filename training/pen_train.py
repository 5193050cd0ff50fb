"""Trains the reader of handwriting in printed frames.

    python -m training.pen_train --digits FOLDER --out extractors/models/pen.onnx

``FOLDER`` holds handwritten figures in IDX format (``*images*``, ``*labels*``). The last 1,500 of them
are kept out and measured at the end. Strips are generated while it trains: about twenty minutes on
two cores.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from extractors.handwriting.alphabet import NULL
from extractors.handwriting.frame import HEIGHT
from training.pen_network import STEP, PenNetwork, export, keep_norms, load_folded
from training.pen_strips import Figures, PenStrip, Press, read_idx
from training.typesetting import Fonts

HELD_OUT = 1500
_BATCH, _POOL = 128, 1024
_RATE, _DECAY, _AVERAGE = 4e-3, 1e-3, 0.998
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def batch(strips: list[PenStrip]) -> Batch:
    """Strips (lines, 1, 36, width) as ink 0 to 1, their steps, labels in a row, and their lengths."""
    widest = max(strip.pixels.shape[1] for strip in strips)
    images = np.zeros((len(strips), 1, HEIGHT, -(-widest // STEP) * STEP), np.float32)
    for row, strip in enumerate(strips):
        images[row, 0, :, : strip.pixels.shape[1]] = 1 - strip.pixels / np.float32(255)
    return (
        torch.from_numpy(images),
        torch.tensor([strip.pixels.shape[1] // STEP for strip in strips]),
        torch.tensor([name for strip in strips for name in strip.classes], dtype=torch.long),
        torch.tensor([len(strip.classes) for strip in strips]),
    )


class _Strips(IterableDataset[Batch]):
    """Batches of about equal width, without end."""

    def __init__(self, figures: Figures, seed: int) -> None:
        self._figures, self._seed = figures, seed

    def __iter__(self) -> Iterator[Batch]:
        press, chance = Press(self._figures, Fonts()), random.Random(self._seed)
        while True:
            pool = [press.strip(chance) for _ in range(_POOL)]
            pool.sort(key=lambda strip: strip.pixels.shape[1])
            parts = [pool[start : start + _BATCH] for start in range(0, _POOL, _BATCH)]
            chance.shuffle(parts)
            yield from map(batch, parts)


def exact(network: PenNetwork, strips: list[PenStrip]) -> float:
    """Share of strips of which every class is read right, greedily."""
    network.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(strips), _BATCH):
            part = strips[start : start + _BATCH]
            images, steps, _, _ = batch(part)
            best = network(images).argmax(-1).numpy()
            for row, strip in enumerate(part):
                path = best[row, : int(steps[row])]
                kept = path[(path != NULL) & np.concatenate([[True], path[1:] != path[:-1]])]
                right += kept.tolist() == list(strip.classes)
    network.train()
    return right / len(strips)


def train(
    figures: Figures, strips: int, seed: int, out: Path, start: Path | None = None
) -> PenNetwork:
    """The trained network, averaged over its last steps; the model is written on the way too.

    ``start`` is a model to go on from, more carefully.
    """
    torch.manual_seed(seed)
    network = PenNetwork().to(memory_format=torch.channels_last)
    rate = _RATE if start is None else _RATE / 4
    if start:
        load_folded(network, start)
        keep_norms(network)
    average: PenNetwork = deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=_DECAY)
    steps = max(1, strips // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=0.1)
    loader = DataLoader(_Strips(figures, seed), batch_size=None, num_workers=1, prefetch_factor=8)
    began, losses = time.monotonic(), []
    for step, (images, lengths, labels, counts) in zip(range(1, steps + 1), loader, strict=False):
        logits = network(images.to(memory_format=torch.channels_last))
        found = functional.log_softmax(logits, -1).transpose(0, 1)
        loss = functional.ctc_loss(found, labels, lengths, counts, NULL, zero_infinity=True)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        keep = min(_AVERAGE, step / (step + 20))
        with torch.no_grad():
            for mean, now in zip(
                average.state_dict().values(), network.state_dict().values(), strict=True
            ):
                if mean.dtype.is_floating_point:
                    mean.lerp_(now, 1 - keep)
        losses.append(loss.item())
        if step % 100 == 0:
            took = time.monotonic() - began
            print(f"step {step}/{steps} loss {np.mean(losses[-100:]):.3f} {took:.0f} s", flush=True)
            export(deepcopy(average), {}, out)
    return average


def main() -> None:
    """Train, export, measure on figures never seen."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--digits", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--strips", type=int, default=500_000)
    parser.add_argument("--start", type=Path, help="a model to go on from")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    figures = read_idx(asked.digits)
    kept_out = figures.part(len(figures.labels) - HELD_OUT, len(figures.labels))
    seen = figures.part(0, len(figures.labels) - HELD_OUT)
    network = train(seen, asked.strips, asked.seed, asked.out, asked.start)
    press, chance = Press(kept_out, Fonts()), random.Random(-asked.seed)
    share = exact(network, [press.strip(chance) for _ in range(3000)])
    export(network, {"version": str(asked.seed), "held_out_exact": f"{share:.4f}"}, asked.out)
    print(f"strips of figures never seen, read exactly: {share:.1%}")


if __name__ == "__main__":
    main()
