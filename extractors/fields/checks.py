"""Cross-checks: agreement raises confidence, contradiction lowers it and says why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.personal import PersonalNumber
from dossiers.reading import Field
from dossiers.text import fold
from extractors.types import DocumentType, FieldKind

_CONTRADICTED = 0.35
_AGREED = 0.5  # how much of the remaining doubt an agreement takes away

_ISSUED = ("issue_date", "registered_on", "first_registered_on")
_BORN = ("birth_date", "owner_birth_date")


def cross_check(
    kind: DocumentType,
    fields: Mapping[str, Field],
    words: Mapping[str, str],
    hints: Mapping[str, str],
    today: dt.date,
) -> dict[str, Field]:
    """The fields with their confidence moved by what they say about each other.

    ``words`` holds, by the name of a date field, the same date as printed in words, ISO 8601;
    ``hints`` are values known from elsewhere (the one-stop system's manifest) by field name.
    """
    checked = dict(fields)
    for person in kind.persons:
        if person.number:
            _person(checked, person.number, person.birth_date, person.sex)
    for name, said in words.items():
        _compare(checked, name, said, "the date in words")
    for name, value in hints.items():
        # A manifest may only confirm: the paper is the evidence.
        if name in checked and fold(checked[name].value) == fold(value):
            _agree(checked, name, "agrees with the dossier's manifest")
    _order_of_dates(kind, checked, today)
    return checked


def _person(
    fields: dict[str, Field], number_name: str, birth_name: str | None, sex_name: str | None
) -> None:
    number_field = fields.get(number_name)
    if number_field is None:
        return
    try:
        number = PersonalNumber.parse(number_field.value)
    except InvalidIdentifier:
        return
    birth, sex = fields.get(birth_name or ""), fields.get(sex_name or "")
    if birth and (born := _day(birth)):
        if born.year == number.birth_year:
            _agree(fields, number_name, "birth year agrees with the personal number")
            _agree(fields, birth.name, "birth year agrees with the personal number")
        else:
            reason = f"number says born {number.birth_year}, paper says {born.year}"
            _contradict(fields, (number_name, birth.name), reason)
    if sex and sex.value in ("Nam", "Nữ"):
        if sex.value == number.sex:
            _agree(fields, sex.name, "sex agrees with the personal number")
        else:
            reason = f"number says {number.sex}, paper says {sex.value}"
            _contradict(fields, (number_name, sex.name), reason)


def _compare(fields: dict[str, Field], name: str, said: str, what: str) -> None:
    field = fields.get(name)
    if field is None:
        return
    if field.value == said:
        _agree(fields, name, f"agrees with {what}")
    else:
        _contradict(fields, (name,), f"{what} says {said}")


def _order_of_dates(kind: DocumentType, fields: dict[str, Field], today: dt.date) -> None:
    for name in (f.name for f in kind.fields if f.kind is FieldKind.DATE):
        field = fields.get(name)
        day = _day(field) if field else None
        if day is None or name == "expiry_date":
            continue
        if day > today:
            _contradict(fields, (name,), "lies in the future")
    births = [(n, d) for n in _BORN if n in fields and (d := _day(fields[n]))]
    for name in _ISSUED:
        issued = _day(fields[name]) if name in fields else None
        for birth_name, born in births:
            if issued and issued < born:
                _contradict(fields, (name, birth_name), "issued before the birth")


def _day(field: Field) -> dt.date | None:
    try:
        return dt.date.fromisoformat(field.value)
    except ValueError:
        return None


def _agree(fields: dict[str, Field], name: str, reason: str) -> None:
    field = fields[name]
    confidence = field.confidence + (1 - field.confidence) * _AGREED
    fields[name] = replace(
        field, confidence=min(0.995, confidence), reasons=(*field.reasons, reason)
    )


def _contradict(fields: dict[str, Field], names: tuple[str, ...], reason: str) -> None:
    for name in names:
        field = fields[name]
        fields[name] = replace(
            field,
            confidence=min(field.confidence, _CONTRADICTED),
            reasons=(*field.reasons, f"contradiction: {reason}"),
        )
