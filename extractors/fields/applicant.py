"""The applicant as the dossier's manifest names them, held against the people of the paper.

The manifest confirms what it has the same. It denies a number or a name only of a person who is
clearly meant, under nearly the same number: who hands a paper in may well not stand on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rapidfuzz.distance import OSA

from dossiers.text import fold, nfc
from extractors.bindings import PersonCheck
from extractors.fields.gathering import Findings
from extractors.fields.peers import figures_apart
from extractors.types import DocumentType

MANIFEST = "the dossier's manifest"

_NUMBERS = ("personal_number", "owner_personal_number")
_NAMES = ("full_name", "owner_name")
# Figures of a number, and letters of a name beside it, that a slip of the keyboard changes.
_FIGURES, _LETTERS = 2, 1
_NUMBER = re.compile(r"\d{12}|\d{9}")


def check_applicant(kind: DocumentType, findings: Findings, hints: Mapping[str, str]) -> None:
    """Lets the manifest confirm what a paper says of the applicant, or deny it.

    Args:
        kind: which fields describe one person.
        findings: by field name; what is said of them is added.
        hints: the applicant's number and name, by the names that fields have.
    """
    for name, value in hints.items():
        if name in findings and _same_name(findings[name].field.value, value):
            findings[name] = findings[name].agreeing("manifest", f"agrees with {MANIFEST}")
    number = _first(hints, _NUMBERS)
    if _NUMBER.fullmatch(number):
        for person in kind.persons:
            _check(person, findings, number, _first(hints, _NAMES))


def _check(person: PersonCheck, findings: Findings, number: str, name: str) -> None:
    on_paper, called = findings.get(person.number or ""), findings.get(person.name or "")
    if on_paper is None or called is None or not name:
        return
    apart = figures_apart(on_paper.field.value, number)
    other_name = not _same_name(called.field.value, name)
    if apart > _FIGURES or (apart and other_name and not _nearly(called.field.value, name)):
        return
    if apart:
        said = f"{MANIFEST} says {number}, the paper says {on_paper.field.value}"
        findings[on_paper.field.name] = on_paper.contradicted("manifest", said)
    if other_name:
        said = f"{MANIFEST} says {name}, the paper says {called.field.value}"
        findings[called.field.name] = called.contradicted("manifest", said)


def _first(hints: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((hints[name] for name in names if name in hints), "")


def _same_name(one: str, other: str) -> bool:
    """Case and blanks do not count, marks do, unless the manifest was typed without any."""
    if other.isascii() and not other.isdigit():
        return fold(one) == fold(other)
    return _spoken(one) == _spoken(other)


def _nearly(one: str, other: str) -> bool:
    """Whether but a letter of a name, or only its marks, differ."""
    return fold(one) == fold(other) or OSA.distance(_spoken(one), _spoken(other)) <= _LETTERS


def _spoken(text: str) -> str:
    return " ".join(nfc(text).casefold().split())
