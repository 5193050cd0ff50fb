"""The ``--json`` contract of ``sohoa types evaluate``; part of :mod:`dossiers.contract`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Share = Annotated[float, Field(ge=0, le=1)]


class ThresholdReport(_Model):
    """What passes at a threshold, and how much of that is right."""

    threshold: Share
    coverage: Share
    precision: Share


class FieldScoreReport(_Model):
    """The figures of a field, or of a type as a whole where ``field`` is empty."""

    type: str
    field: str
    count: int
    right: int
    best: Annotated[ThresholdReport | None, Field(description="lowest that is precise enough")]
    curve: tuple[ThresholdReport, ...]


class EvaluationReport(_Model):
    """``sohoa types evaluate``; ``left_out`` values could not be read anew."""

    count: int
    left_out: int
    precision: Annotated[float, Field(description="asked of what passes unseen")]
    scores: tuple[FieldScoreReport, ...]
