"""The choice whose check box is marked: ``☐ Trực tiếp ☑ Bưu chính ☐ Trực tuyến``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from dossiers.reading import Word
from dossiers.text import fold
from dossiers.tick_marks import MARKED_MARKS, TICK_MARKS
from extractors.fields.grammars.names import usual
from extractors.fields.grammars.value import Value, doubtful
from extractors.types import FieldKind

_BOX = re.compile("([" + "".join(sorted(TICK_MARKS)) + "])")
_AROUND = " .,;:()/-"
_ALIKE = 75
_CHOSEN = frozenset({FieldKind.CHOICE, FieldKind.SEX})
# Boxes that are neither plainly empty nor plainly marked are read less surely than this.
_PLAIN = 0.6


def has_boxes(raw: str) -> bool:
    """Whether check boxes stand in a text."""
    return _BOX.search(raw) is not None


def ticked(raw: str, choices: Sequence[str]) -> Value:
    """The choice beside the one marked box; behind it, or before it where the form has it so.

    Several marked boxes, or none, tell nothing: the text stays as read, for a person.
    """
    first, *rest = _BOX.split(raw)
    before = first.strip(_AROUND)
    marks, labels = rest[::2], [text.strip(_AROUND) for text in rest[1::2]]
    told = _resembles(before, choices)
    if told is bool(labels[-1]):
        # A choice before the first box and behind the last one, or at neither end: a box is missing.
        return doubtful(raw, 0.3, "it is not clear which choice the boxes belong to")
    if told:
        labels = [before, *labels[:-1]]
    marked = [
        label for mark, label in zip(marks, labels, strict=True) if mark in MARKED_MARKS
    ]  # fmt: skip
    if len(marked) != 1:
        why = "several boxes are marked" if marked else "no box is marked"
        return doubtful(raw, 0.2, why)
    found = usual(marked[0], choices)
    if found is None:
        return doubtful(raw, 0.3, "beside the marked box stands none of the usual values")
    choice, same = found
    return Value(choice, 1.0) if same else Value(choice, 0.8, f"misread: “{marked[0]}” is {choice}")


def _resembles(label: str, choices: Sequence[str]) -> bool:
    """Whether a text is a choice, be it badly read."""
    folded = [fold(choice) for choice in choices]
    return (
        process.extractOne(fold(label), folded, score_cutoff=_ALIKE, scorer=fuzz.ratio) is not None
    )


def with_doubt(value: Value, kind: FieldKind, words: Sequence[Word]) -> Value:
    """The value of a choice, no longer valid where one of its boxes is neither empty nor marked."""
    unclear = any(word.text in TICK_MARKS and word.confidence < _PLAIN for word in words)
    if kind not in _CHOSEN or not unclear or value.validity <= 0.3:
        return value
    return doubtful(value.text, 0.3, "a box is neither plainly empty nor plainly marked")
