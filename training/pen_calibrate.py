"""Fits how far the reader of handwriting is to be believed, and writes it into the model.

    python -m training.pen_calibrate extractors/models/pen.onnx --digits FOLDER

On generated strips with the figures of ``FOLDER`` that were kept out of training, letters, crossed
out and empty ones among them. The fit is a logistic regression for each kind of slot on one half of
the strips; the other half is measured.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import helper
from sklearn.linear_model import LogisticRegression

from dossiers.reading import SlotKind
from extractors.handwriting.blanks import Blank
from extractors.handwriting.model import Calibration, PenReader
from extractors.handwriting.reading import Reading, judge, value_of
from training.pen_strips import PenStrip, Press, read_idx
from training.pen_train import HELD_OUT
from training.typesetting import Fonts

_BOUNDS = (0.5, 0.7, 0.85, 0.95, 0.99)
KINDS = (
    SlotKind.NUMBER,
    SlotKind.DAY,
    SlotKind.MONTH,
    SlotKind.INCOMING_NUMBER,
    SlotKind.INCOMING_DAY,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A reading, and whether the likeliest value is what stands there."""

    reading: Reading
    right: bool


def judged(reader: PenReader, strips: Sequence[PenStrip]) -> list[Judged]:
    """The strips read; empty ones that are read as such are no question and are left out."""
    found = []
    for strip in strips:
        truth = value_of(strip.kind, strip.text)
        if truth is None and strip.text.strip("0123456789/") == "" and strip.text:
            continue  # figures that no such slot holds, as a 47th day
        (written,) = reader.read([strip.pixels])
        reading = judge(Blank(strip.kind, (0.0, 0.0), (1.0, 0.0), 1.0), written)
        if reading.values:
            found.append(Judged(reading, reading.values[0][0] == truth))
    return found


def fitted(readings: Sequence[Judged]) -> Calibration:
    """The regression on what speaks for readings, by whether they are right."""
    evidence = np.array([one.reading.evidence for one in readings])
    right = [one.right for one in readings]
    used = np.ones(evidence.shape[1], bool)
    # What speaks for a reading must not speak against it: such a term is noise, and left out.
    while True:
        regression = LogisticRegression(C=1.0).fit(evidence * used, right)
        against = used & (regression.coef_[0] < 0)
        if not against.any():
            break
        used &= ~against
    weights = tuple(round(float(weight), 4) for weight in regression.coef_[0] * used)
    return Calibration(weights, round(float(regression.intercept_[0]), 4))


def report(kind: str, readings: Sequence[Judged], calibration: Calibration) -> str:
    """How many readings reach a bound, and how many of those are wrong."""
    sure = np.array([calibration.probability(one.reading.evidence) for one in readings])
    right = np.array([one.right for one in readings])
    parts = [f"{kind}: {len(readings)} slots, {right.mean():.1%} right"]
    for bound in _BOUNDS:
        over = sure >= bound
        parts.append(f">= {bound}: {over.mean():.0%}, {int((over & ~right).sum())} wrong")
    return "; ".join(parts)


def main() -> None:
    """Read strips, fit, measure, store."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--digits", type=Path, required=True)
    parser.add_argument("--strips", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=77)
    asked = parser.parse_args()
    figures = read_idx(asked.digits)
    kept_out = figures.part(len(figures.labels) - HELD_OUT, len(figures.labels))
    press, chance = Press(kept_out, Fonts()), random.Random(asked.seed)
    strips = [press.strip(chance) for _ in range(asked.strips)]
    reader = PenReader(asked.model)
    stored = {}
    for kind in KINDS:
        readings = judged(reader, [strip for strip in strips if strip.kind is kind])
        calibration = fitted(readings[::2])
        print(report(kind, readings[1::2], calibration), flush=True)
        stored[kind.value] = {"weights": calibration.weights, "intercept": calibration.intercept}
    model = onnx.load(asked.model)
    facts = {entry.key: entry.value for entry in model.metadata_props}
    facts["calibration"] = json.dumps(stored)
    helper.set_model_props(model, facts)
    onnx.save(model, asked.model)


if __name__ == "__main__":
    main()
