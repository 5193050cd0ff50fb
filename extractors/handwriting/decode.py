"""From class probabilities along a strip to what may be written there, likeliest first.

Connectionist temporal classification (Graves et al. 2006): the probability of a string is the sum over
all ways to cut the strip into its figures, so no cut is decided and touching figures need none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from extractors.handwriting.alphabet import NULL, OTHER, PEN, PRINT, SLASH

Floats = npt.NDArray[np.float32]

FIGURES = "0123456789"
SLASHES, OTHERS = "/", "?"
_SYMBOLS = FIGURES + SLASHES + OTHERS
_BEAM = 16
# What is less likely than this at a step is not followed.
_LEAST = 2e-3
_LONGEST = 12


@dataclass(frozen=True, slots=True)
class Written:
    """What a strip may say.

    ``texts`` are strings of figures, ``/`` and ``?`` (ink that is none) and their probability,
    likeliest first; ``printed`` is the share of the figures that looks set by a machine, 0 to 1.
    """

    texts: tuple[tuple[str, float], ...]
    printed: float


def decode(logits: Floats) -> Written:
    """What the (steps, classes) logits of one strip may say."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    each = shifted / shifted.sum(axis=1, keepdims=True)
    pen, printed = each[:, PEN : PEN + 10], each[:, PRINT : PRINT + 10]
    steps = np.concatenate(
        [each[:, NULL : NULL + 1], pen + printed, each[:, SLASH : OTHER + 1]], axis=1
    )
    by_pen, by_print = float(pen.sum()), float(printed.sum())
    return Written(_beam(steps), by_print / max(by_pen + by_print, 1e-9))


def _beam(steps: Floats) -> tuple[tuple[str, float], ...]:
    """Prefix beam search; of each prefix, the chance that it ended in nothing, and in its last."""
    beams: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    for step in steps:
        nothing = float(step[0])
        likely = [
            (_SYMBOLS[place], float(step[place + 1]))
            for place in np.flatnonzero(step[1:] > _LEAST).tolist()
        ]
        if not likely:
            beams = {text: ((a + b) * nothing, 0.0) for text, (a, b) in beams.items()}
            continue
        chances = dict(likely)
        after: dict[str, list[float]] = {}
        for text, (blank, last) in beams.items():
            whole = blank + last
            kept = after.setdefault(text, [0.0, 0.0])
            kept[0] += whole * nothing
            if text and text[-1] in chances:
                kept[1] += last * chances[text[-1]]
            if len(text) >= _LONGEST:
                continue
            for symbol, chance in likely:
                before = blank if text.endswith(symbol) else whole
                after.setdefault(text + symbol, [0.0, 0.0])[1] += before * chance
        best = sorted(after.items(), key=lambda item: -sum(item[1]))[:_BEAM]
        beams = {text: (blank, last) for text, (blank, last) in best}
    found = sorted(((text, sum(both)) for text, both in beams.items()), key=lambda item: -item[1])
    return tuple((text, min(1.0, chance)) for text, chance in found)
