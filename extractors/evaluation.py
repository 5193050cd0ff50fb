"""How right readings were where people have settled the truth: by type, field and confidence.

Labelled material is what was doubtful, as a rule: its rates are those of doubtful values, not of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labelled:
    """A value as read, with its confidence (0 to 1), beside the value a person settled."""

    type_code: str
    field: str
    read: str
    settled: str
    confidence: float

    @property
    def right(self) -> bool:
        """Whether the reading was exactly right."""
        return self.read == self.settled


@dataclass(frozen=True, slots=True)
class Point:
    """What would pass at a threshold: the share of all values, and the share of these that is right."""

    threshold: float
    coverage: float
    precision: float


@dataclass(frozen=True, slots=True)
class FieldScore:
    """The figures of one field of a type; an empty ``field`` stands for the type as a whole.

    ``best`` is the lowest threshold at which what passes is as precise as asked, if there is one.
    """

    type_code: str
    field: str
    count: int
    right: int
    curve: tuple[Point, ...]
    best: Point | None

    @property
    def rate(self) -> float:
        """The share that was exactly right."""
        return self.right / self.count


_THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)


def evaluate(material: Iterable[Labelled], precision: float) -> list[FieldScore]:
    """Scores of each type and of each of its fields, the worst fields of a type first."""
    by_type: dict[str, list[Labelled]] = {}
    for one in material:
        by_type.setdefault(one.type_code, []).append(one)
    scores = []
    for type_code in sorted(by_type):
        every = by_type[type_code]
        scores.append(_score(type_code, "", every, precision))
        by_field: dict[str, list[Labelled]] = {}
        for one in every:
            by_field.setdefault(one.field, []).append(one)
        own = [_score(type_code, name, group, precision) for name, group in by_field.items()]
        scores += sorted(own, key=lambda score: (score.rate, -score.count, score.field))
    return scores


def _score(
    type_code: str, field: str, material: Sequence[Labelled], precision: float
) -> FieldScore:
    return FieldScore(
        type_code,
        field,
        len(material),
        sum(one.right for one in material),
        tuple(_at(threshold, material) for threshold in _THRESHOLDS),
        _lowest(material, precision),
    )


def _at(threshold: float, material: Sequence[Labelled]) -> Point:
    passing = [one for one in material if one.confidence >= threshold]
    right = sum(one.right for one in passing)
    share = len(passing) / len(material)
    return Point(threshold, share, right / len(passing) if passing else 1.0)


def _lowest(material: Sequence[Labelled], precision: float) -> Point | None:
    for threshold in sorted({one.confidence for one in material}):
        point = _at(threshold, material)
        if point.precision >= precision:
            return point
    return None
