"""Two printed names that may be one person's: who asks for a paper, and whom it is about.

The form does not say whether they are one person. They are, if the names are the same or so near
that one is the other misread or misprinted, of which a person must tell. Else they are two people.
"""

from __future__ import annotations

from itertools import combinations

from rapidfuzz.distance import Levenshtein

from dossiers.text import letters_of
from extractors.bindings import NamesakeCheck
from extractors.fields.evidence import Finding
from extractors.places.keys import spoken
from extractors.types import DocumentType

# A letter lost or read for another; names of two people differ by more, or in a whole word.
_MISREAD = 1


def check_namesakes(kind: DocumentType, findings: dict[str, Finding]) -> None:
    """Lets names of one person confirm each other, and those that differ a little contradict."""
    for check in kind.every_check:
        if isinstance(check, NamesakeCheck):
            for one, other in combinations(check.fields, 2):
                if one in findings and other in findings:
                    _compare(one, other, findings)


def _compare(one: str, other: str, findings: dict[str, Finding]) -> None:
    names = {name: findings[name].field.value for name in (one, other)}
    if len({spoken(value) for value in names.values()}) == 1:
        for name in names:
            findings[name] = findings[name].agreeing("same", "the same at 2 places")
    elif Levenshtein.distance(*map(letters_of, names.values())) <= _MISREAD:
        told = "; ".join(names.values())
        for name in names:
            reason = f"printed differently ({told})"
            findings[name] = findings[name].contradicted("same", reason)
