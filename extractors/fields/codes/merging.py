"""Codes and print put together: agreement makes a value sure, contradiction names both sources."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from rapidfuzz.distance import Levenshtein

from dossiers.reading import Candidate, Field, FieldSource
from dossiers.text import fold
from extractors.fields.evidence import Evidence, Finding
from extractors.types import DocumentType, FieldKind

# Print read with less than this does not speak against a code: the reading is what is wrong.
_READ_WELL = 0.8
# A code whose own confidence is less was mended: until print agrees, it is for a person.
_WHOLE = 0.9
_NAME = "full_name"
# So much of a value must have been read to be a part of it.
_PART = 10
# Badly read print is off by no more letters than this.
_MISREAD = 2
# Combining grave, acute, tilde, hook above, dot below; breve, circumflex and horn shape letters.
_TONES, _SHAPES = "\u0300\u0301\u0303\u0309\u0323", "\u0302\u0306\u031b"
_UNITS = {
    "p": "phường", "x": "xã", "tt": "thị trấn", "tx": "thị xã", "tp": "thành phố", "q": "quận",
    "h": "huyện", "t": "tỉnh",
}  # fmt: skip


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
    """The letters are confirmed; their marks, where names are misread, are the print's alone."""
    if named.agrees(finding.field.value):
        why = f"agrees with the name in the {source}"
        return replace(finding, field=_for_reason(finding.field, why))
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
    likeness = _likeness(printed.field.value, best.value)
    if likeness is _Likeness.EQUAL:
        as_printed = replace(
            printed.field, page=best.page, box=best.box, source=FieldSource.CODE,
            reasons=(*printed.field.reasons, *coded.field.reasons),
        )  # fmt: skip
        told = f"print agrees with the {strongest}"
        confirmed = replace(coded.evidence, given=None)
        return Finding(as_printed, confirmed).agreeing("print", told)
    if likeness is _Likeness.UNMARKED:
        why = f"the {strongest} has the same letters without marks"
        return replace(printed, field=_for_reason(printed.field, why))
    badly = printed.evidence.worst < _READ_WELL
    if likeness is _Likeness.PART or (likeness is _Likeness.NEAR and badly):
        value = best.value.upper() if printed.field.value.isupper() else best.value
        why = f"print was read as {printed.field.value!r}"
        return _with(
            replace(coded, field=_for_reason(replace(coded.field, value=value), why)),
            _print(printed),
        )
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


def _for_reason(field: Field, reason: str) -> Field:
    return replace(field, reasons=(*field.reasons, reason))


class _Likeness(Enum):
    """How print stands to what a code says."""

    EQUAL = auto()
    UNMARKED = auto()  # the code gives no diacritics, and the letters are the same
    PART = auto()  # a value cut off at its beginning or end
    NEAR = auto()  # a letter or two, or marks, differ
    OTHER = auto()


def _likeness(printed: str, coded: str) -> _Likeness:
    one, other = _spelt(printed), _spelt(coded)
    if one == other:
        return _Likeness.EQUAL
    bare, bare_other = fold(one), fold(other)
    if bare == bare_other and other == bare_other:
        return _Likeness.UNMARKED
    if len(one) >= _PART and (other.startswith(one) or other.endswith(one)):
        return _Likeness.PART
    if Levenshtein.distance(bare, bare_other) <= min(_MISREAD, len(bare) // 4):
        return _Likeness.NEAR
    return _Likeness.OTHER


def _spelt(text: str) -> str:
    """Letters and figures in small letters, kinds of units in full, each tone behind its syllable."""
    words = " ".join(_UNITS.get(word.strip(".,"), word) for word in text.casefold().split())
    return "".join(map(_toned, words.split()))


def _toned(word: str) -> str:
    # Two ways to place a tone mark are in use: hòa, hoà.
    letters = unicodedata.normalize("NFD", word)
    tones = [mark for mark in letters if mark in _TONES]
    kept = "".join(
        mark for mark in letters if mark not in _TONES and (mark.isalnum() or mark in _SHAPES)
    )
    return kept + "".join(tones)


def _same(one: Field, other: Field) -> bool:
    """Whether two codes say the same; an MRZ has neither marks nor small letters."""
    return _likeness(one.value, other.value) in (_Likeness.EQUAL, _Likeness.UNMARKED)
