"""Thresholds are chosen so that what passes is right, and what only just passes, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("sklearn")

from dossiers.reading import FieldSource
from extractors.fields.evidence import Evidence
from extractors.types import FieldKind
from training.confidence import fit
from training.labelled import Labelled

SURE = Evidence(FieldKind.TEXT, FieldSource.LABEL, 0.99, 0.98, 1.0, 1.0, 0.99, 14)
SHAKY = replace(SURE, mean=0.8, worst=0.5)


def material(count: int, share: float, evidence: Evidence, *, key: bool = False) -> list[Labelled]:
    """Values of which ``share`` are right, spread over all papers."""
    kind, right = "decision" if key else "plan", round(count * share)
    return [
        Labelled(
            type=kind,
            name="subject",
            key=key,
            passed=True,
            read="a",
            printed="a" if index < right else "b",
            confidence=0.0,
            evidence=replace(evidence, letters=10 + index % 7),
            file=f"{index % 50}.pdf",
        )
        for index in range(count)
    ]


def test_many_sure_values_do_not_carry_a_few_bad_ones_past_the_threshold() -> None:
    # Of all of them 98.7 % are right: more than is asked of fields that are not key.
    values = material(2000, 1.0, SURE) + material(40, 0.35, SHAKY)
    values += material(1000, 1.0, SURE, key=True) + material(20, 0.5, SHAKY, key=True)
    model = fit(values, 0.995, {})
    thresholds = model.thresholds
    assert model.confidence(SURE) > thresholds.other >= thresholds.other_marginal
    assert model.confidence(SHAKY) < thresholds.other_marginal
    assert thresholds.of("decision") >= thresholds.marginal > model.confidence(SHAKY)


def test_what_is_for_a_person_anyway_moves_no_threshold() -> None:
    values = material(1000, 1.0, SURE) + material(300, 1.0, SURE, key=True)
    values += material(60, 0.5, SHAKY) + material(20, 0.5, SHAKY, key=True)
    ambiguous = material(300, 0.9, replace(SURE, validity=0.6))
    model = fit([*values, *ambiguous], 0.995, {})
    assert model.thresholds.other <= model.confidence(SURE)
    assert model.fitted_on["precision"] == 1.0
    assert model.fitted_on["coverage"] == pytest.approx(1300 / 1680, abs=0.01)
