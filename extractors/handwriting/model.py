"""The network that reads figures written in frames, in ONNX Runtime, and how far to believe it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime

from dossiers.errors import EngineMissing
from extractors.connected import Grey
from extractors.handwriting.decode import Written, decode
from extractors.handwriting.frame import HEIGHT

STEP = 2


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic regression: from what the network says to how often that is right.

    Fitted on figures it was not trained on (``training.pen_calibrate``); without a fit nothing is
    believed.
    """

    weights: tuple[float, ...] = (0.0, 0.0, 0.0)
    intercept: float = 0.0

    def probability(self, evidence: Sequence[float]) -> float:
        """How sure a reading is, 0 to 1, by its evidence (see :func:`evidence`)."""
        if not any(self.weights):
            return 0.5
        score = self.intercept + sum(
            weight * value for weight, value in zip(self.weights, evidence, strict=True)
        )
        # Whatever the fit says of most, the next likeliest keeps its share.
        score = min(score, evidence[1])
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def evidence(first: float, second: float, other: float) -> tuple[float, ...]:
    """What speaks for the likeliest reading.

    Args:
        first: its probability by the network.
        second: that of the next that may stand there.
        other: that of all that may not (no day of a calendar, letters, nothing).
    """
    known = min(max(first, 1e-4), 1 - 1e-4)
    return (
        math.log(known / (1 - known)),
        math.log(known / min(known, max(second, 1e-4))),
        math.log(max(1 - other, 1e-2)),
    )


class PenReader:
    """Reads strips; one instance serves one thread."""

    def __init__(self, model: Path) -> None:
        if not model.is_file():
            raise EngineMissing(engine="handwriting", detail=str(model))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        facts = self._session.get_modelmeta().custom_metadata_map
        self.calibrations = {
            kind: Calibration(tuple(stored["weights"]), stored["intercept"])
            for kind, stored in json.loads(facts.get("calibration", "{}")).items()
        }

    def calibration(self, kind: str) -> Calibration:
        """How far to believe it in slots of a kind."""
        return self.calibrations.get(kind, Calibration())

    def read(self, strips: Sequence[Grey]) -> list[Written]:
        """What each strip may say (see extractors.handwriting.strip)."""
        if not strips:
            return []
        widest = max(strip.shape[1] for strip in strips)
        images = np.zeros((len(strips), 1, HEIGHT, -(-widest // STEP) * STEP), np.float32)
        for row, strip in enumerate(strips):
            images[row, 0, :, : strip.shape[1]] = 1 - strip / np.float32(255)
        logits = self._session.run(None, {"strips": images})[0]
        return [
            decode(logits[row, : max(1, strip.shape[1] // STEP)])
            for row, strip in enumerate(strips)
        ]


@cache
def pen_reader(model: Path) -> PenReader:
    """The reader of a model, loaded once a process."""
    return PenReader(model)
