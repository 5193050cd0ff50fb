"""Which column of a table holds which field of a group, by what its head says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from dossiers.reading import Word
from extractors.fields.label_hits import bare
from extractors.types import FieldType, Group

Heads = Mapping[int, tuple[FieldType, float]]
"""By column: the field it holds, and how well its head fits, 0 to 1."""

_SAME_HEAD = 82.0
#: Of the columns a group describes, so many must have been found, or it is another table.
ENOUGH = 0.6
_UNREAD_HEAD = 0.8


def heads_of(group: Group, row: Mapping[int, Sequence[Word]]) -> Heads:
    """Which column holds which field; nothing where a row is no head of the group's table."""
    texts = [(column, _letters(words)) for column, words in row.items()]
    fits = sorted(
        (
            (fit, column, index)
            for index, one in enumerate(group.fields)
            for label in map(bare, one.labels)
            for column, text in texts
            if text and (fit := fuzz.ratio(label, text, score_cutoff=_SAME_HEAD) / 100)
        ),
        reverse=True,
    )
    columns: dict[int, tuple[FieldType, float]] = {}
    taken: set[int] = set()
    for fit, column, index in fits:
        if column not in columns and index not in taken:
            columns[column] = group.fields[index], fit
            taken.add(index)
    if len(columns) < ENOUGH * len(group.fields) or 0 not in taken:
        return {}
    return columns | _between(group, row, columns)


def _between(
    group: Group, row: Mapping[int, Sequence[Word]], columns: Heads
) -> dict[int, tuple[FieldType, float]]:
    """Columns whose heads were not read, where their neighbours leave only one field for them."""
    of_field = {one.name: column for column, (one, _) in columns.items()}
    order = [of_field.get(one.name) for one in group.fields]
    found: dict[int, tuple[FieldType, float]] = {}
    for index in range(1, len(order) - 1):
        before, own, after = order[index - 1 : index + 2]
        if own is None and before is not None and after is not None:
            free = [column for column in row if before < column < after]
            if len(free) == 1 and free[0] not in columns:
                found[free[0]] = group.fields[index], _UNREAD_HEAD
    return found


def says_a_head(group: Group, words: Sequence[Word]) -> bool:
    """Whether a cell says what the head of one of the group's columns does."""
    text = _letters(words)
    return any(
        fuzz.ratio(bare(label), text, score_cutoff=_SAME_HEAD)
        for one in group.fields
        for label in one.labels
    )


def _letters(words: Sequence[Word]) -> str:
    return "".join(bare(word.text) for word in words)
