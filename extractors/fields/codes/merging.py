"""Codes and print put together: agreement makes a value sure, contradiction names both sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from dossiers.reading import Candidate, Field, FieldSource
from dossiers.text import fold
from extractors.fields.evidence import Evidence, Finding
from extractors.types import DocumentType, FieldKind

# Print read with less than this does not speak against a code: the reading is what is wrong.
_READ_WELL = 0.8
# A code whose own confidence is less was mended: until print agrees, it is for a person.
_WHOLE = 0.9
_NAME = "full_name"
# Addresses are written a little differently in codes; their figures are the same.
_LONG, _ALIKE = 20, 88
# So much of a value must have been read to be a part of it.
_PART = 10


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


def merged(
    kind: DocumentType, printed: Mapping[str, Finding], sources: Sequence[Coded]
) -> dict[str, Finding]:
    """Print under codes, each source over those before it.

    Where all say the same the value is as printed (capitals) and confirmed. Where two codes, or a code
    and print that was read well, differ, it is contradicted and both stand in the reasons; what was
    not taken is a candidate.
    """
    findings = dict(printed)
    names = dict.fromkeys(name for source in sources for name in source.fields)
    for name in names:
        said = [(s.source, s.fields[name]) for s in reversed(sources) if name in s.fields]
        findings[name] = _one(kind, printed.get(name), said)
    for source in sources:
        if source.named and _NAME in findings:
            findings[_NAME] = _name(findings[_NAME], source.source, source.named)
    return findings


def _name(finding: Finding, source: str, named: Named) -> Finding:
    """Diacritics are the print's alone, but the letters under them are confirmed."""
    if named.agrees(finding.field.value):
        return finding.agreeing("coded_name", f"agrees with the name in the {source}")
    if not named.sure:
        return finding
    rival = Candidate(named.text, finding.evidence.mean, source)
    told = f"{source} names {named.text!r}, the paper {finding.field.value!r}"
    return _with(finding, rival).contradicted("coded_name", told)


def _one(kind: DocumentType, printed: Finding | None, said: Sequence[tuple[str, Field]]) -> Finding:
    (strongest, best), *others = said
    reasons = tuple(dict.fromkeys(reason for _, field in said for reason in field.reasons))
    coded = Finding(replace(best, reasons=reasons), _evidence(kind, best))
    for source, other in others:
        if not _same(best, other):
            rivals = [Candidate(other.value, other.confidence, source)]
            if printed is not None:
                rivals.append(_print(printed))
            return _contradicted(coded, strongest, rivals)
        coded = coded.agreeing("codes", f"the {source} says the same")
    if printed is None:
        return coded
    if best.value.casefold() == printed.field.value.casefold():
        as_printed = replace(
            printed.field, page=best.page, box=best.box, source=FieldSource.CODE,
            reasons=(*printed.field.reasons, *coded.field.reasons),
        )  # fmt: skip
        told = f"print agrees with the {strongest}"
        confirmed = replace(coded.evidence, given=None)
        return Finding(as_printed, confirmed).agreeing("print", told)
    partly = _is_part(printed.field, best)
    if partly or _same(best, printed.field) or printed.evidence.worst < _READ_WELL:
        value = best.value.upper() if printed.field.value.isupper() else best.value
        why = f"print was read as {printed.field.value!r}"
        field = replace(coded.field, value=value, reasons=(*coded.field.reasons, why))
        return _with(replace(coded, field=field), _print(printed))
    return _contradicted(coded, strongest, [_print(printed)])


def _print(printed: Finding) -> Candidate:
    return Candidate(printed.field.value, printed.evidence.mean, "print")


def _with(finding: Finding, *rivals: Candidate) -> Finding:
    field = replace(finding.field, candidates=(*finding.field.candidates, *rivals))
    return replace(finding, field=field)


def _evidence(kind: DocumentType, field: Field) -> Evidence:
    """A code that passes its own checks is read as surely as anything can be; a mended one is not."""
    declared = kind.field(field.name)
    return Evidence(
        kind=declared.kind if declared else FieldKind.TEXT,
        source=FieldSource.CODE,
        mean=field.confidence,
        worst=field.confidence,
        fit=1.0,
        validity=1.0,
        type=1.0,
        letters=sum(letter.isalnum() for letter in field.value),
        given=None if field.confidence >= _WHOLE else field.confidence,
    )


def _contradicted(coded: Finding, source: str, rivals: Sequence[Candidate]) -> Finding:
    told = ", ".join(f"{rival.source} says {rival.value!r}" for rival in rivals)
    told = f"{source} says {coded.field.value!r}, {told}"
    return _with(coded, *rivals).contradicted("codes", told)


def _same(one: Field, other: Field) -> bool:
    """Whether two readings mean the same: case, diacritics and blanks aside."""
    first, second = _bare(one.value), _bare(other.value)
    if first == second:
        return True
    if min(len(first), len(second)) < _LONG or _figures(first) != _figures(second):
        return False
    return fuzz.ratio(first, second) >= _ALIKE


def _is_part(printed: Field, coded: Field) -> bool:
    """Whether print is what a code says but for its beginning or end, as of a value cut off."""
    part, whole = _bare(printed.value), _bare(coded.value)
    return len(part) >= _PART and (whole.startswith(part) or whole.endswith(part))


def _figures(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _bare(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalnum())
