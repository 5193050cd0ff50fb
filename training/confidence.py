"""Fits the confidence of fields: weights, curve and thresholds, stored as data.

Usage::

    python -m training.confidence [-o extractors/models/confidence.json] [--seed 410] [--count 360]
                                  [--precision 0.995]

Papers are generated in the fonts and degradations of ``MATERIAL``, read, and compared with what is
printed. Folds are by paper, so that no value is judged by a model that has seen its neighbours. The
curve is an isotonic regression over scores out of fold; the ends are drawn in by what the number of
values there allows to say. Benchmarks use other seeds and fonts.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction import DictVectorizer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from extractors.fields.confidence import ConfidenceModel, Thresholds, is_shaky
from extractors.installed import CONFIDENCE_MODEL
from training.labelled import Batch, Labelled, labelled, read_papers

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Fonts and degradations, and each one's share of the papers.
MATERIAL = (
    ("liberation-serif", "office", 0.35),
    ("noto-serif", "office", 0.2),
    ("free-serif", "office", 0.2),
    ("liberation-serif", "poor", 0.25),
)
_FOLDS = 5
# As many values as speak for what holds for all, beside those of a type itself.
_PRIOR = 500.0
# What is asked of fields that are not key.
_OTHER_PRECISION = 0.98
# And of the values that only just pass: among so many that are sure, they would not be seen.
_MARGINAL, _OTHER_MARGINAL = 0.97, 0.95
# What is asked of the fitted values, beyond what is asked of new ones.
_RESERVE = 0.5


def main() -> None:
    """Generate, read, fit, store, and print what came out."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=CONFIDENCE_MODEL)
    parser.add_argument("--seed", type=int, default=410)
    parser.add_argument("--count", type=int, default=360, help="papers in all")
    parser.add_argument("--precision", type=float, default=0.995)
    arguments = parser.parse_args()
    batches = [
        Batch(arguments.seed + index, font, degradation, max(1, round(arguments.count * share)))
        for index, (font, degradation, share) in enumerate(MATERIAL)
    ]
    values = [v for v in labelled(list(read_papers(batches))) if v.evidence is not None]
    model = fit(values, arguments.precision, {"seed": arguments.seed, "papers": arguments.count})
    text = json.dumps(model.model_dump(mode="json"), ensure_ascii=False, indent=1)
    arguments.output.write_text(text + "\n", encoding="utf-8")
    print(json.dumps(model.fitted_on, indent=1))


def fit(values: Sequence[Labelled], precision: float, source: dict[str, object]) -> ConfidenceModel:
    """The model for values that were read; those whose reading has a probability are left out."""
    values = [value for value in values if value.evidence and value.evidence.given is None]
    facts = [value.evidence.facts() for value in values if value.evidence]
    right = np.array([value.exact for value in values])
    vectorizer = DictVectorizer(sparse=False)
    design: Floats = vectorizer.fit_transform(facts)
    scale = np.maximum(design.std(axis=0), 1e-6)
    files = {file: place for place, file in enumerate(sorted({v.file for v in values}))}
    groups = np.array([files[value.file] for value in values])
    scores = np.empty(len(values))
    for train, test in GroupKFold(_FOLDS).split(design, right, groups):
        fold = _logistic().fit(design[train] / scale, right[train])
        scores[test] = fold.decision_function(design[test] / scale)
    whole = _logistic().fit(design / scale, right)
    curve = _curve(scores, right)
    weights = dict(zip(vectorizer.feature_names_, whole.coef_[0] / scale, strict=True))
    model = ConfidenceModel(
        intercept=round(float(whole.intercept_[0]), 5),
        weights={name: round(float(weight), 5) for name, weight in weights.items()},
        scores=curve[0],
        probabilities=curve[1],
        thresholds=_asked(precision, default=1.0, other=1.0),
        fitted_on={},
    )
    sure = _judged(model, values, scores)
    thresholds = _thresholds(values, sure, right, precision)
    told = source | _figures(values, sure, right, thresholds)
    return model.model_copy(update={"thresholds": thresholds, "fitted_on": told})


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=0.3, max_iter=2000)


def _curve(scores: Floats, right: Flags) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Centred isotonic regression: each level stands at the middle of its scores, straight between.

    A level is the share of right values by Laplace's rule, so that none is surer than its number of
    values allows.
    """
    levels = IsotonicRegression(out_of_bounds="clip").fit(scores, right).predict(scores)
    points = []
    for level in np.unique(levels):
        own = levels == level
        share = (right[own].sum() + 1) / (own.sum() + 2)
        points.append((float(scores[own].mean()), float(share)))
    places, shares = zip(*points, strict=True)
    rising = np.maximum.accumulate(shares)
    return tuple(np.round(places, 4).tolist()), tuple(np.round(rising, 5).tolist())


def _judged(model: ConfidenceModel, values: Sequence[Labelled], scores: Floats) -> Floats:
    """What the model says of each value by its score out of fold."""
    sure = []
    for value, score in zip(values, scores, strict=True):
        if value.evidence is None:
            raise ValueError("a value without evidence cannot be judged")
        sure.append(model.judged(value.evidence, float(score)))
    return np.array(sure)


def _asked(
    precision: float, default: float, other: float, by_type: Mapping[str, float] | None = None
) -> Thresholds:
    return Thresholds(
        precision=precision,
        marginal=_MARGINAL,
        default=default,
        by_type=by_type or {},
        other_precision=_OTHER_PRECISION,
        other_marginal=_OTHER_MARGINAL,
        other=other,
    )


def _may_pass(values: Sequence[Labelled]) -> Flags:
    """Those that a threshold decides on; the others are for a person anyway."""
    return np.array(
        [value.evidence is not None and not is_shaky(value.evidence) for value in values]
    )


def _thresholds(
    values: Sequence[Labelled], sure: Floats, right: Flags, precision: float
) -> Thresholds:
    """For all key fields, for those of each type, and for the others.

    Two things are asked: that of all values that pass enough are right, and of those that only just
    pass, too.
    """
    wrong_share = (1 - precision) * (1 - _RESERVE)
    may_pass = _may_pass(values)
    is_key = np.array([value.key for value in values])
    key, others = may_pass & is_key, may_pass & ~is_key
    types = np.array([value.type for value in values])
    least = _surest_from(sure[key], right[key], _MARGINAL)
    default = max(least, _lowest(sure[key], right[key], wrong_share))
    by_type = {}
    for kind in sorted(set(types[key])):
        own = key & (types == kind)
        lowest = _lowest(sure[own], right[own], wrong_share)
        by_type[str(kind)] = max(least, _drawn(lowest, default, int(own.sum())))
    other = max(
        _surest_from(sure[others], right[others], _OTHER_MARGINAL),
        _lowest(sure[others], right[others], 1 - _OTHER_PRECISION),
    )
    return _asked(precision, default, other, by_type)


def _surest_from(sure: Floats, right: Flags, asked: float) -> float:
    """From where on of values about as sure so many are right, by the curve and by their own."""
    own = IsotonicRegression(out_of_bounds="clip").fit(sure, right).predict(sure)
    enough = sure[(own >= asked) & (sure >= asked)]
    return float(enough.min()) if enough.size else 1.0


def _lowest(sure: Floats, right: Flags, wrong_share: float) -> float:
    """The lowest threshold that keeps the share of wrong ones."""
    best = 1.0
    for threshold in np.unique(np.round(sure, 4))[::-1]:
        passing = sure >= threshold
        if np.sum(passing & ~right) <= wrong_share * np.sum(passing):
            best = float(threshold)
    return best


def _drawn(own: float, common: float, count: int) -> float:
    """A type's threshold between its own and the common one, by its number of values; in log odds."""
    share = count / (count + _PRIOR)
    odds = share * _log_odds(own) + (1 - share) * _log_odds(common)
    return round(1 / (1 + math.exp(-odds)), 4)


def _log_odds(probability: float) -> float:
    clipped = min(0.9995, max(0.5, probability))
    return math.log(clipped / (1 - clipped))


def _figures(
    values: Sequence[Labelled], sure: Floats, right: Flags, thresholds: Thresholds
) -> dict[str, object]:
    limits = np.array([thresholds.of(value.type, key=value.key) for value in values])
    passing = (sure >= limits) & _may_pass(values)
    return {
        "values": len(values),
        "right": round(float(right.mean()), 4),
        "coverage": round(float(passing.mean()), 4),
        "precision": round(float(right[passing].mean()), 5) if passing.any() else None,
        "expected_calibration_error": round(calibration_error(sure, right), 4),
        "reliability": reliability(sure, right),
        "material": [list(part) for part in MATERIAL],
    }


def reliability(sure: Floats, right: Flags, bins: int = 10) -> list[dict[str, float]]:
    """By tenths of the values in order of confidence: how sure, how many right."""
    order = np.argsort(sure, kind="stable")
    return [
        {
            "confidence": round(float(sure[part].mean()), 4),
            "right": round(float(right[part].mean()), 4),
            "values": len(part),
        }
        for part in np.array_split(order, bins)
        if len(part)
    ]


def calibration_error(sure: Floats, right: Flags, bins: int = 15) -> float:
    """Expected calibration error over bins of equal size, 0 to 1."""
    order = np.argsort(sure, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(float(sure[part].mean() - right[part].mean())) * len(part) for part in parts]
    return sum(gaps) / max(1, len(sure))


if __name__ == "__main__":
    main()
