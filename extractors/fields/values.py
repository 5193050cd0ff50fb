"""Grammar of values: from text as read to a normalised value and how valid it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.dates import parse_date
from dossiers.identifiers.document_number import DocumentNumber
from dossiers.identifiers.personal import PersonalNumber
from dossiers.identifiers.tax import HouseholdBusinessCode
from dossiers.text import fold
from extractors.types import FieldKind, FieldType

_TWELVE = re.compile(r"(?:\d[\s.]*){12}")
_NAME = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+){1,6}")
_MONEY = re.compile(r"\d{1,3}(?:[.,\s]\d{3})+|\d{4,}")
_PHONE = re.compile(r"\+?\d(?:[\s.-]?\d){8,11}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


# A leader dot behind a small letter; abbreviations (TP.) end in a capital.
_STRAY_DOT = re.compile(r"(?<=[a-zà-ỹ])\s?\.(?=\s?[^\W_])")
_WITHOUT_DOTS = frozenset({FieldKind.PERSON_NAME, FieldKind.PLACE, FieldKind.AGENCY})


@dataclass(frozen=True, slots=True)
class Value:
    """A normalised value; ``validity`` 0 to 1 tells how well the text fits its kind."""

    text: str
    validity: float
    reason: str | None = None


def normalise(field: FieldType, raw: str) -> Value:
    """The value of a field from its text as read; never empty unless the text is."""
    if field.kind in _WITHOUT_DOTS:
        raw = " ".join(_STRAY_DOT.sub(" ", raw).split())
    return _GRAMMARS[field.kind](raw, field)


def _date(raw: str, _: FieldType) -> Value:
    try:
        return Value(parse_date(raw).isoformat(), 1.0)
    except InvalidIdentifier:
        return Value(raw, 0.2, "not a date of the calendar")


def _year(raw: str, _: FieldType) -> Value:
    match = _YEAR.search(raw)
    return Value(match[0], 1.0) if match else Value(raw, 0.2, "not a year")


def _sex(raw: str, _: FieldType) -> Value:
    first = fold(raw).split(" ")[0].strip(".,;:") if raw else ""
    if first in ("nam", "nu"):
        return Value({"nam": "Nam", "nu": "Nữ"}[first], 1.0)
    return Value(raw, 0.2, "neither Nam nor Nữ")


def _personal_number(raw: str, _: FieldType) -> Value:
    match = _TWELVE.search(raw)
    try:
        number = PersonalNumber.parse(match[0] if match else raw)
    except InvalidIdentifier:
        digits = re.sub(r"\D", "", raw)
        return Value(digits or raw, 0.2, "not a personal number of twelve digits")
    if number.padded:
        return Value(str(number), 0.5, "a leading zero was missing")
    if number.province is None:
        return Value(str(number), 0.7, f"province code {number.province_code} is not known")
    return Value(str(number), 1.0)


def _business_code(raw: str, _: FieldType) -> Value:
    try:
        return Value(str(HouseholdBusinessCode.parse(raw)), 1.0)
    except InvalidIdentifier:
        return Value(re.sub(r"\s", "", raw), 0.3, "not a business or tax code")


def _document_number(raw: str, _: FieldType) -> Value:
    text = re.sub(r"^\s*s[ốoô0óòỏ]\s*[:.]?\s*", "", raw, flags=re.IGNORECASE)
    try:
        return Value(str(DocumentNumber.parse(text)), 1.0)
    except InvalidIdentifier:
        return Value(text, 0.3, "not a document number with its symbol")


def _person_name(raw: str, _: FieldType) -> Value:
    if not _NAME.fullmatch(raw):
        return Value(raw, 0.4, "not a name of two to seven words")
    words = raw.split()
    if all(w.isupper() for w in words) or all(w[0].isupper() for w in words):
        return Value(raw, 1.0)
    return Value(raw, 0.6, "capitals do not fit a name")


def _agency(raw: str, _: FieldType) -> Value:
    return Value(raw, 1.0 if len(raw) >= 4 else 0.4)


def _place(raw: str, _: FieldType) -> Value:
    return Value(raw, 1.0 if raw[:1].isalnum() and len(raw) >= 3 else 0.5)


def _phone(raw: str, _: FieldType) -> Value:
    match = _PHONE.search(raw)
    if match is None:
        return Value(raw, 0.3, "not a telephone number")
    return Value(re.sub(r"[^\d+]", "", match[0]), 1.0)


def _money(raw: str, _: FieldType) -> Value:
    match = _MONEY.search(raw)
    if match is None:
        return Value(raw, 0.3, "not an amount")
    return Value(re.sub(r"\D", "", match[0]), 1.0)


def _choice(raw: str, field: FieldType) -> Value:
    found = process.extractOne(fold(raw), [fold(c) for c in field.choices], scorer=fuzz.ratio)
    if found is None or found[1] < 75:
        return Value(raw, 0.5, "none of the usual values")
    # Only a tone mark apart is the usual value misread; anything else stays as read.
    same = found[1] >= 99.9
    return Value(field.choices[found[2]], 1.0 if same else 0.8)


def _text(raw: str, _: FieldType) -> Value:
    return Value(raw, 1.0 if raw else 0.0)


_GRAMMARS: Mapping[FieldKind, Callable[[str, FieldType], Value]] = {
    FieldKind.PERSON_NAME: _person_name,
    FieldKind.DATE: _date,
    FieldKind.YEAR: _year,
    FieldKind.SEX: _sex,
    FieldKind.PERSONAL_NUMBER: _personal_number,
    FieldKind.BUSINESS_CODE: _business_code,
    FieldKind.DOCUMENT_NUMBER: _document_number,
    FieldKind.AGENCY: _agency,
    FieldKind.PLACE: _place,
    FieldKind.PHONE: _phone,
    FieldKind.MONEY: _money,
    FieldKind.CHOICE: _choice,
    FieldKind.TEXT: _text,
}
