"""Trains the line recogniser on generated strips, from Tesseract's weights.

    python -m training.train --base vie.traineddata --shards FOLDER --out RUN --model vie.onnx

Two processes share each step (gradients are summed), a thread each: twice as fast on two cores as two
threads. The run's state is saved every few minutes; the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.distributed as dist
from rapidfuzz.distance import Levenshtein
from torch import Tensor
from torch.nn import functional

from extractors.ctc import Alphabet
from extractors.strips import HEIGHT
from training.convert import alphabet_of, as_int8, build, extended, save
from training.network import Recogniser, read_recogniser
from training.shards import LINES, Shard, shard_path
from training.torch_network import LineNetwork, trained, with_classes
from training.traineddata import read_traineddata

_RATE, _BETAS, _DECAY = 6e-4, (0.9, 0.98), 1e-3
_WARM_UP = 100
_AVERAGE = 0.998
# Pixels of strip width in a step, over all processes.
_COLUMNS = 32_000
_MOST_LINES = 128


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of; the same plan gives the same batches."""

    base: Path
    shards: Path
    shard_count: int
    passes: float
    out: Path
    seed: int
    world: int
    save_seconds: float


@dataclass(frozen=True, slots=True)
class Batch:
    """Strips (lines, 1, 36, width), their steps, all labels in a row, and the labels' lengths."""

    strips: Tensor
    steps: Tensor
    labels: Tensor
    lengths: Tensor


def batch(shard: Shard, chosen: npt.NDArray[np.int64]) -> Batch:
    """The chosen lines, padded with paper to the widest."""
    width = -(-int(shard.widths[chosen].max()) // 3) * 3
    strips = np.ones((len(chosen), 1, HEIGHT, width), np.float32)
    for row, index in enumerate(chosen):
        pixels = shard.strip(index)
        strips[row, 0, :, : pixels.shape[1]] = pixels / np.float32(127.5) - 1
    labels = np.concatenate([shard.label(index) for index in chosen]).astype(np.int64)
    return Batch(
        torch.from_numpy(strips),
        torch.from_numpy(np.maximum(1, shard.widths[chosen] // 3).astype(np.int64)),
        torch.from_numpy(labels),
        torch.from_numpy(shard.lengths[chosen].astype(np.int64)),
    )


def shares(
    shard: Shard, chance: np.random.Generator, world: int
) -> list[list[npt.NDArray[np.int64]]]:
    """The shard's lines in batches of about equal width and in random order, each cut in ``world``."""
    order = np.argsort(shard.widths + chance.uniform(0, 30, len(shard)), kind="stable")
    batches = []
    start = 0
    while start < len(order):
        wide = shard.widths[order[min(start + 60, len(order) - 1)]]
        count = int(np.clip(_COLUMNS // wide, 8, _MOST_LINES)) // world * world
        lines = order[start : start + count]
        start += count
        if len(lines) >= world:
            batches.append([lines[rank::world] for rank in range(world)])
    chance.shuffle(batches)
    return batches


def plan_steps(plan: Plan) -> Iterator[tuple[int, int]]:
    """(pass, shard) in the order they are trained on."""
    total = round(plan.passes * plan.shard_count)
    for number in range(total):
        turn, place = divmod(number, plan.shard_count)
        order = np.random.default_rng([plan.seed, turn]).permutation(plan.shard_count)
        yield turn, int(order[place])


def error_rate(network: LineNetwork, shard: Shard, null: int, lines: int = 800) -> float:
    """Edits per character over some lines of a shard, read greedily."""
    edits = characters = 0
    chosen = np.argsort(shard.widths[:lines], kind="stable")
    network.eval()
    with torch.no_grad():
        for start in range(0, len(chosen), 32):
            part = batch(shard, chosen[start : start + 32])
            best = network(part.strips, part.steps).argmax(-1).numpy()
            for row, index in enumerate(chosen[start : start + 32]):
                path = best[: int(part.steps[row]), row]
                kept = path[(path != null) & np.concatenate([[True], path[1:] != path[:-1]])]
                edits += Levenshtein.distance(kept.tolist(), shard.label(index).tolist())
                characters += int(shard.lengths[index])
    network.train()
    return edits / characters


class Run:
    """One process's part of the training."""

    def __init__(self, plan: Plan, rank: int) -> None:
        self.plan = plan
        self.rank = rank
        self.recogniser, self.alphabet = start_point(plan.base)
        torch.manual_seed(plan.seed)
        self.network = LineNetwork(self.recogniser)
        self.average = LineNetwork(self.recogniser)
        self.learned = [p for p in self.network.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(
            self.learned, lr=_RATE, betas=_BETAS, weight_decay=_DECAY
        )
        self.step = 0
        self.done_shards = 0
        self._resume()

    @property
    def _state(self) -> Path:
        return self.plan.out / "state.pt"

    def _resume(self) -> None:
        if not self._state.exists():
            return
        state = torch.load(self._state, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.done_shards = state["step"], state["shards"]

    def keep(self) -> None:
        """Save the state; the old one stays until the new one is whole."""
        partial = self._state.with_suffix(".partial")
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
                "shards": self.done_shards,
            },
            partial,
        )
        partial.replace(self._state)

    def train(self) -> None:
        """All steps that are left; a state is kept only between shards."""
        order = list(plan_steps(self.plan))
        saved = time.monotonic()
        held_out = Shard(shard_path(self.plan.shards, self.plan.shard_count))
        for number in range(self.done_shards, len(order)):
            turn, name = order[number]
            shard = Shard(shard_path(self.plan.shards, name))
            chance = np.random.default_rng([self.plan.seed, turn, name])
            start, losses = time.monotonic(), []
            pieces = shares(shard, chance, self.plan.world)
            for place, piece in enumerate(pieces):
                part = (number + place / len(pieces)) / len(order)
                losses.append(self._learn(batch(shard, piece[self.rank]), part))
            self.done_shards = number + 1
            if self.rank == 0:
                speed = LINES / (time.monotonic() - start)
                print(
                    f"{number + 1}/{len(order)} loss {np.mean(losses):.4f} {speed:.0f} lines/s",
                    flush=True,
                )
                if time.monotonic() - saved > self.plan.save_seconds:
                    self.keep()
                    rate = error_rate(self.average, held_out, self.alphabet.null)
                    print(f"  held out: {100 * rate:.3f} % of characters wrong", flush=True)
                    saved = time.monotonic()
            dist.barrier()
        if self.rank == 0:
            self.keep()
            rate = error_rate(self.average, held_out, self.alphabet.null)
            print(f"done: {100 * rate:.3f} % of characters wrong", flush=True)

    def _learn(self, part: Batch, progress: float) -> float:
        rate = _RATE * min(1, (self.step + 1) / _WARM_UP)
        rate *= 0.02 + 0.49 * (1 + math.cos(math.pi * progress))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        logs = self.network(part.strips, part.steps).log_softmax(-1)
        total = functional.ctc_loss(
            logs, part.labels, part.steps, part.lengths,
            blank=self.alphabet.null, reduction="sum", zero_infinity=True,
        )  # fmt: skip
        # Strips of no text have no characters but must count.
        loss = total / (part.lengths.sum() + len(part.lengths))
        self.optimiser.zero_grad()
        loss.backward()
        self._share_gradients()
        torch.nn.utils.clip_grad_norm_(self.learned, 1.0)
        self.optimiser.step()
        self.step += 1
        keep = min(_AVERAGE, (self.step + 1) / (self.step + 20))
        with torch.no_grad():
            both = zip(self.average.parameters(), self.network.parameters(), strict=True)
            for slow, quick in both:
                slow.mul_(keep).add_(quick, alpha=1 - keep)
        return float(loss.item())

    def _share_gradients(self) -> None:
        flat = torch.cat([p.grad.flatten() for p in self.learned if p.grad is not None])
        dist.all_reduce(flat)
        flat /= self.plan.world
        start = 0
        for parameter in self.learned:
            count = parameter.numel()
            parameter.grad = flat[start : start + count].view_as(parameter)
            start += count


def start_point(base: Path) -> tuple[Recogniser, Alphabet]:
    """Tesseract's model with our alphabet."""
    data = read_traineddata(base)
    recogniser = read_recogniser(data.network)
    alphabet = extended(alphabet_of(data, recogniser))
    return with_classes(recogniser, alphabet), alphabet


def _worker(rank: int, plan: Plan) -> None:
    torch.set_num_threads(1)
    meeting = (plan.out / f"meeting-{os.getppid()}").absolute()
    dist.init_process_group("gloo", f"file://{meeting}", rank=rank, world_size=plan.world)
    Run(plan, rank).train()
    dist.destroy_process_group()


def export(plan: Plan, path: Path, *, int8: bool) -> None:
    """The averaged weights of the run as the model that ships."""
    run = Run(plan, 0)
    model = build(trained(run.recogniser, run.average))
    if int8:
        model = as_int8(model)
    save(model, run.alphabet, path, {"specification": run.recogniser.specification})


def main() -> None:
    """Train, then write the model; a run that is done only writes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--shards", type=Path, required=True)
    parser.add_argument("--shard-count", type=int, default=50, help="one more is held out")
    parser.add_argument("--passes", type=float, default=1.0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--save-minutes", type=float, default=4)
    parser.add_argument("--export-only", action="store_true")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    plan = Plan(
        asked.base, asked.shards, asked.shard_count, asked.passes, asked.out, asked.seed,
        asked.processes, asked.save_minutes * 60,
    )  # fmt: skip
    if not asked.export_only:
        torch.multiprocessing.spawn(_worker, (plan,), nprocs=plan.world)
    export(plan, asked.model, int8=False)
    export(plan, asked.model.with_suffix(".int8.onnx"), int8=True)


if __name__ == "__main__":
    main()
