"""Scores of labelled values: what is right, what passes at which threshold, what is worst."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from extractors.evaluation import Labelled, evaluate

VALUES = st.builds(
    Labelled,
    st.sampled_from(["birth_certificate", "decision"]),
    st.sampled_from(["full_name", "sex", "signer"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["a", "b"]),
    st.floats(0, 1),
)


def value(field: str, confidence: float, *, right: bool) -> Labelled:
    return Labelled("decision", field, "x", "x" if right else "y", confidence)


def test_the_threshold_is_the_lowest_at_which_what_passes_is_right_enough() -> None:
    material = [
        value("signer", 0.6, right=False),
        value("signer", 0.7, right=True),
        value("signer", 0.8, right=False),
        value("signer", 0.9, right=True),
        value("subject", 0.5, right=True),
    ]
    whole, signer, subject = evaluate(material, 0.99)
    assert (whole.field, whole.count, whole.right) == ("", 5, 3)
    # The worst field comes first.
    assert (signer.field, signer.rate) == ("signer", 0.5)
    assert signer.best is not None
    assert (signer.best.threshold, signer.best.coverage, signer.best.precision) == (0.9, 0.25, 1.0)
    assert subject.best is not None
    assert subject.best.coverage == 1.0


def test_where_nothing_is_right_no_threshold_helps() -> None:
    whole, field = evaluate([value("signer", 0.99, right=False)], 0.9)
    assert whole.best is None
    assert field.best is None
    assert evaluate([], 0.9) == []


@given(st.lists(VALUES, max_size=40), st.floats(0.5, 1))
def test_scores_add_up_and_less_passes_the_more_is_asked(
    material: list[Labelled], precision: float
) -> None:
    scores = evaluate(material, precision)
    assert sum(score.count for score in scores if not score.field) == len(material)
    assert sum(score.count for score in scores if score.field) == len(material)
    for score in scores:
        coverages = [point.coverage for point in score.curve]
        assert coverages == sorted(coverages, reverse=True)
        assert score.best is None or score.best.precision >= precision
