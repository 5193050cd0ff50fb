"""What speaks for and against one value: the facts that its confidence is computed from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dossiers.reading import Field, FieldSource, Word
from extractors.types import FieldKind

# Doubt below this makes no difference any more: nothing is read that surely.
_LEAST_DOUBT = 1e-4
_MOST_AGREEMENTS = 3
_MOST_LOOKS = 4


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts about a value, each from 0 (nothing) to 1 (all) where not said otherwise.

    Attributes:
        kind: what the value is.
        source: how it was found.
        mean: the recogniser's confidence on its words, by letters.
        worst: and on the worst of them.
        fit: how well the label fitted, or how surely the zone was found.
        validity: how well the text is a value of its kind.
        type: how sure the document type is.
        letters: how long it is.
        lines: how many lines it runs over.
        same, other: how many second looks at doubtful words read the same, and how many did not.
        agreed: what other places say the same, by the names of the checks.
        contradicted: what other places say something else.
        given: a probability that the reading itself has (handwriting has a model of its own), or none.
    """

    kind: FieldKind
    source: FieldSource
    mean: float
    worst: float
    fit: float
    validity: float
    type: float
    letters: int
    lines: int = 1
    same: int = 0
    other: int = 0
    agreed: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    given: float | None = None

    def facts(self) -> dict[str, float]:
        """The numbers that a model of confidence weighs; absent ones are nought."""
        agreements = min(_MOST_AGREEMENTS, len(set(self.agreed)))
        return {
            "doubt_worst": _doubt(self.worst),
            "doubt_mean": _doubt(self.mean),
            "misfit": 1 - self.fit,
            "invalid": 1 - self.validity,
            "doubt_type": 1 - self.type,
            "length": math.log1p(self.letters),
            "further_lines": float(self.lines - 1),
            "looks_same": float(min(_MOST_LOOKS, self.same)),
            "looks_other": float(min(_MOST_LOOKS, self.other)),
            "looked_otherwise": float(self.other > 0),
            "agreements": float(agreements),
            "agreed": float(agreements > 0),
            f"source_{self.source}": 1.0,
            f"kind_{self.kind}": 1.0,
            f"doubt_{self.kind}": _doubt(self.worst),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """A field with its evidence, before its confidence is known."""

    field: Field
    evidence: Evidence

    def agreeing(self, check: str, reason: str) -> Finding:
        """The finding, confirmed by another place."""
        evidence = replace(self.evidence, agreed=(*self.evidence.agreed, check))
        return Finding(_told(self.field, reason), evidence)

    def contradicted(self, check: str, reason: str) -> Finding:
        """The finding, denied by another place."""
        evidence = replace(self.evidence, contradicted=(*self.evidence.contradicted, check))
        return Finding(_told(self.field, f"contradiction: {reason}"), evidence)


def read_confidences(words: Sequence[Word]) -> tuple[float, float]:
    """The recogniser's confidence on a value's words: by letters, and on the worst; nought if none."""
    letters = [word for word in words if any(c.isalnum() for c in word.text)]
    if not letters:
        return 0.0, 0.0
    weight = sum(len(word.text) for word in letters)
    mean = sum(word.confidence * len(word.text) for word in letters) / weight
    return mean, min(word.confidence for word in letters)


def count_looks(words: Sequence[Word]) -> tuple[int, int]:
    """Second looks that read the same and those that did not; blanks and full stops do not count."""
    looks = [is_same_look(word.text, look) for word in words for look in word.looks]
    return sum(looks), len(looks) - sum(looks)


def is_same_look(text: str, look: str) -> bool:
    """Whether a look read the same word: marks between and behind words are read in context only."""
    return text == look or _bare(text) == _bare(look)


def _bare(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


def _doubt(confidence: float) -> float:
    """On a scale where doubts multiply: 0 for certainty as good as it gets."""
    return math.log(max(_LEAST_DOUBT, 1 - confidence) / _LEAST_DOUBT)


def _told(field: Field, reason: str) -> Field:
    return replace(field, reasons=(*field.reasons, reason))
