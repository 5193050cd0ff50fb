"""Calibrated confidence: of the values given 0.9, nine in ten are right.

A logistic model over :meth:`~extractors.fields.evidence.Evidence.facts`, straightened by isotonic
regression, and a threshold for each document type, so that of what passes unseen as many are right
as is asked. All of it is data (``models/confidence.json``), fitted by ``training.confidence``.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dossiers.errors import EngineMissing
from extractors.fields.evidence import Evidence
from extractors.installed import CONFIDENCE_MODEL

# What another place denies, or what is no value of its kind, cannot be believed, however well it reads.
CONTRADICTED = 0.35
_LEAST_VALID = 0.5
_INVALID = 0.3
# What its grammar holds for less may be one of several values, or none: it is kept with the reason.
LEAST_CERTAIN = 0.8


class Thresholds(BaseModel):
    """From which confidence on values pass unseen.

    Key fields, which say what a paper is about, are asked more of than what stands beside them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    precision: float = Field(
        description="share of right key fields among those that pass, as asked"
    )
    marginal: float = Field(description="and among those about as sure as the threshold")
    default: float
    by_type: Mapping[str, float] = {}
    other_precision: float
    other_marginal: float
    other: float

    def of(self, type_code: str, *, key: bool = True) -> float:
        """The threshold of a type's key fields, or of others; types not fitted have the default."""
        return self.by_type.get(type_code, self.default) if key else self.other


class ConfidenceModel(BaseModel):
    """Weights of facts, the curve from score to probability, thresholds, and what it was fitted on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intercept: float
    weights: Mapping[str, float]
    scores: tuple[float, ...]
    probabilities: tuple[float, ...]
    thresholds: Thresholds
    fitted_on: Mapping[str, object]

    @model_validator(mode="after")
    def _is_a_curve(self) -> ConfidenceModel:
        curve = (self.scores, self.probabilities)
        if len(self.scores) != len(self.probabilities) or len(self.scores) < 2:
            raise ValueError("scores and probabilities are no curve")
        if any(list(side) != sorted(side) for side in curve):
            raise ValueError("scores and probabilities must not fall")
        return self

    def score(self, evidence: Evidence) -> float:
        """The weighted facts, before they are straightened."""
        facts = evidence.facts().items()
        return self.intercept + sum(self.weights.get(name, 0.0) * fact for name, fact in facts)

    def confidence(self, evidence: Evidence) -> float:
        """The probability that a value is right, 0 to 1."""
        return self.judged(evidence, self.score(evidence))

    def judged(self, evidence: Evidence, score: float) -> float:
        """The probability for a score, bounded by what the evidence rules out."""
        sure = self._straightened(score) if evidence.given is None else evidence.given
        if evidence.contradicted:
            sure = min(sure, CONTRADICTED)
        if is_invalid(evidence):
            sure = min(sure, _INVALID)
        return round(sure, 4)

    def _straightened(self, score: float) -> float:
        """Between the points of the curve in straight lines."""
        if math.isnan(score) or score <= self.scores[0]:
            return self.probabilities[0]
        if score >= self.scores[-1]:
            return self.probabilities[-1]
        right = bisect_right(self.scores, score)
        x0, x1 = self.scores[right - 1], self.scores[right]
        y0, y1 = self.probabilities[right - 1], self.probabilities[right]
        return y0 + (y1 - y0) * (score - x0) / (x1 - x0)


def is_invalid(evidence: Evidence) -> bool:
    """Whether a text is no value of its kind."""
    return evidence.validity < _LEAST_VALID


def is_shaky(evidence: Evidence) -> bool:
    """Whether a value is for a person, whatever its confidence, agreements and the thresholds are.

    So is what another place denies, and what its own grammar calls invalid or ambiguous.
    """
    return bool(evidence.contradicted) or evidence.validity < LEAST_CERTAIN


@cache
def load_confidence(file: Path = CONFIDENCE_MODEL) -> ConfidenceModel:
    """The model, loaded once a process.

    Raises:
        EngineMissing: it is not installed, or no such model.
    """
    try:
        return ConfidenceModel.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise EngineMissing(engine="confidence", detail=f"{file}: {error}") from error
