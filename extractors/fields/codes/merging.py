"""Codes and print put together: agreement makes a value sure, contradiction names both sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from dossiers.reading import Candidate, Field, FieldSource
from dossiers.text import fold

_AGREED = 0.995
_CONTRADICTED = 0.35
# Print read with less than this does not speak against a code: the reading is what is wrong.
_READ_WELL = 0.8
_OVER_BAD_PRINT = 0.96
_NAME = "full_name"
# Addresses are written a little differently in codes; their figures are the same.
_LONG, _ALIKE = 20, 88


@dataclass(frozen=True, slots=True)
class Named:
    """A name without diacritics: it can confirm or contradict a name, and is none itself.

    ``agrees`` tells whether a name with diacritics may be it; ``sure`` whether it was read clean.
    """

    agrees: Callable[[str], bool]
    text: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Coded:
    """Fields that one code gives, what to call it, and the name of the person it may tell."""

    source: str
    fields: Mapping[str, Field]
    named: Named | None = None


def merged(printed: Mapping[str, Field], sources: Sequence[Coded]) -> dict[str, Field]:
    """Print under codes, each source over those before it.

    Where all say the same the value is as printed (capitals) and nearly sure. Where two codes, or a
    code and print that was read well, differ, the confidence is that of a contradiction and both
    stand in the reasons; what was not taken is a candidate.
    """
    fields = dict(printed)
    names = dict.fromkeys(name for source in sources for name in source.fields)
    for name in names:
        said = [(s.source, s.fields[name]) for s in reversed(sources) if name in s.fields]
        fields[name] = _one(printed.get(name), said)
    for source in sources:
        if source.named and _NAME in fields:
            fields[_NAME] = _name(fields[_NAME], source.source, source.named)
    return fields


def _name(field: Field, source: str, named: Named) -> Field:
    if named.agrees(field.value):
        # Diacritics are still the print's alone: half of the doubt goes.
        confidence = max(field.confidence, (1 + field.confidence) / 2)
        why = f"agrees with the name in the {source}"
        return replace(field, confidence=confidence, reasons=(*field.reasons, why))
    if not named.sure:
        return field
    told = f"contradiction: {source} names {named.text!r}, the paper {field.value!r}"
    return replace(
        field, confidence=_CONTRADICTED, reasons=(*field.reasons, told),
        candidates=(*field.candidates, Candidate(named.text, _CONTRADICTED, source)),
    )  # fmt: skip


def _one(printed: Field | None, said: Sequence[tuple[str, Field]]) -> Field:
    (strongest, best), *others = said
    for source, other in others:
        if not _same(best, other):
            return _contradicted(best, strongest, other, source, printed)
    reasons = tuple(dict.fromkeys(reason for _, field in said for reason in field.reasons))
    best = replace(best, reasons=reasons)
    if printed is None:
        return best
    if best.value.casefold() == printed.value.casefold():
        why = (*printed.reasons, *reasons, f"print agrees with the {strongest}")
        return replace(
            printed, confidence=_AGREED, page=best.page, box=best.box, source=FieldSource.CODE,
            reasons=why,
        )  # fmt: skip
    if _same(best, printed) or printed.confidence < _READ_WELL:
        why = (*reasons, f"print was read as {printed.value!r}")
        value = best.value.upper() if printed.value.isupper() else best.value
        return replace(
            best, value=value, confidence=min(best.confidence, _OVER_BAD_PRINT), reasons=why,
            candidates=(*best.candidates, Candidate(printed.value, printed.confidence, "print")),
        )  # fmt: skip
    return _contradicted(best, strongest, printed, "print", None)


def _same(one: Field, other: Field) -> bool:
    """Whether two readings mean the same: case, diacritics and blanks aside."""
    first, second = _bare(one.value), _bare(other.value)
    if first == second:
        return True
    if min(len(first), len(second)) < _LONG or _figures(first) != _figures(second):
        return False
    return fuzz.ratio(first, second) >= _ALIKE


def _figures(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _bare(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalnum())


def _contradicted(
    field: Field, source: str, other: Field, other_source: str, printed: Field | None
) -> Field:
    rivals = [Candidate(other.value, other.confidence, other_source)]
    told = f"contradiction: {source} says {field.value!r}, {other_source} says {other.value!r}"
    if printed is not None:
        rivals.append(Candidate(printed.value, printed.confidence, "print"))
        told += f", print says {printed.value!r}"
    return replace(
        field, confidence=_CONTRADICTED, reasons=(*field.reasons, told),
        candidates=(*field.candidates, *rivals),
    )  # fmt: skip
