"""Cross-checks: what the values of a paper say about each other, and what the manifest says.

Agreement speaks for a value, contradiction against it, and both say which places it was between. How
much each weighs is fitted (:mod:`extractors.fields.confidence`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.dates import parse_date_words
from dossiers.identifiers.personal import PersonalNumber
from dossiers.text import fold
from extractors.fields.evidence import Finding
from extractors.fields.gathering import Findings
from extractors.rows import Row
from extractors.types import DocumentType, FieldKind

# Dates that may lie ahead: until when a paper holds.
_AHEAD = ("expiry_date", "valid_until")
_ISSUED = ("issue_date", "registered_on", "first_registered_on")
_BORN = ("birth_date", "owner_birth_date")


def cross_check(
    kind: DocumentType,
    findings: Mapping[str, Finding],
    rows: Sequence[Row],
    hints: Mapping[str, str],
    today: dt.date,
) -> Findings:
    """The findings with what they say about each other in their evidence.

    Args:
        kind: whose checks hold.
        findings: by field name.
        rows: the lines of the document, for what is printed beside the fields (dates in words).
        hints: values known from elsewhere (the one-stop system's manifest) by field name; they may
            only confirm, since the paper is the evidence.
        today: the day no paper was issued after.
    """
    checked = dict(findings)
    for person in kind.persons:
        _person(checked, person.number, person.birth_date, person.sex)
    for name, label in kind.date_in_words.items():
        _date_words(checked, name, label, rows)
    for name, value in hints.items():
        if name in checked and fold(checked[name].field.value) == fold(value):
            _agree(checked, name, "manifest", "agrees with the dossier's manifest")
    _dates(kind, checked, today)
    return checked


def _person(findings: Findings, number: str, birth: str | None, sex: str | None) -> None:
    """A personal number says province, century and sex, and year of birth (standards of 2016)."""
    if number not in findings:
        return
    try:
        says = PersonalNumber.parse(findings[number].field.value)
    except InvalidIdentifier:
        return
    born = _day(findings.get(birth or ""))
    if birth and born:
        if born.year == says.birth_year:
            reason = "birth year agrees with the personal number"
            _agree(findings, number, "birth_year", reason)
            _agree(findings, birth, "birth_year", reason)
        else:
            reason = f"number says born {says.birth_year}, paper says {born.year}"
            _contradict(findings, (number, birth), "birth_year", reason)
    if sex and sex in findings and (said := findings[sex].field.value) in ("Nam", "Nữ"):
        if said == says.sex:
            _agree(findings, sex, "sex", "sex agrees with the personal number")
            _agree(findings, number, "sex", "sex agrees with the personal number")
        else:
            reason = f"number says {says.sex}, paper says {said}"
            _contradict(findings, (number, sex), "sex", reason)


def _date_words(findings: Findings, name: str, label: str, rows: Sequence[Row]) -> None:
    """The date written out beside the label says the same as the figures."""
    if name not in findings:
        return
    for row in rows:
        if fold(label) not in row.folded:
            continue
        try:
            said = parse_date_words(row.text).isoformat()
        except InvalidIdentifier:
            continue
        if findings[name].field.value == said:
            _agree(findings, name, "date_words", "agrees with the date in words")
        else:
            _contradict(findings, (name,), "date_words", f"the date in words says {said}")
        return


def _dates(kind: DocumentType, findings: Findings, today: dt.date) -> None:
    """Nothing is issued after it was scanned, nor before the birth of whom it is about."""
    for declared in kind.fields:
        day = _day(findings.get(declared.name)) if declared.kind is FieldKind.DATE else None
        if day and day > today and declared.name not in _AHEAD:
            _contradict(findings, (declared.name,), "future", "lies in the future")
    births = [(name, born) for name in _BORN if (born := _day(findings.get(name)))]
    for name in _ISSUED:
        issued = _day(findings.get(name))
        for birth_name, born in births:
            if issued and issued < born:
                _contradict(findings, (name, birth_name), "order", "issued before the birth")


def _day(finding: Finding | None) -> dt.date | None:
    if finding is None:
        return None
    try:
        return dt.date.fromisoformat(finding.field.value)
    except ValueError:
        return None


def _agree(findings: Findings, name: str, check: str, reason: str) -> None:
    findings[name] = findings[name].agreeing(check, reason)


def _contradict(findings: Findings, names: Sequence[str], check: str, reason: str) -> None:
    for name in names:
        findings[name] = findings[name].contradicted(check, reason)
