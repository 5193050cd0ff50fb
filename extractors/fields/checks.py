"""Cross-checks: what the values of a paper say about each other, and what the manifest says.

Agreement speaks for a value, contradiction against it, and both say which places it was between. How
much each weighs is fitted (:mod:`extractors.fields.confidence`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.dates import parse_date_words
from dossiers.identifiers.personal import PROVINCES, PersonalNumber
from dossiers.text import fold
from extractors.bindings import (
    AmountWordsCheck,
    Check,
    DateWordsCheck,
    OrderCheck,
    PersonCheck,
    SameCheck,
    SumCheck,
)
from extractors.fields.applicant import check_applicant
from extractors.fields.evidence import Finding
from extractors.fields.gathering import Findings
from extractors.fields.grammars.amounts import amounts_agree
from extractors.fields.located import number_provinces, run_on
from extractors.rows import Row
from extractors.types import DocumentType, FieldKind

# Dates that may lie ahead: until when a paper holds.
_AHEAD = ("expiry_date", "valid_until")
_PLACES = 2
# Since when registering a birth gives the number, and until when it is the first registration.
_AT_BIRTH, _SOON = dt.date(2016, 1, 1), dt.timedelta(days=366)


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
        hints: values known from elsewhere (the one-stop system's manifest) by field name; they fill
            nothing in, since the paper is the evidence.
        today: the day no paper was issued after.
    """
    checked = dict(findings)
    for check in kind.every_check:
        _apply(check, checked, rows)
    check_applicant(kind, checked, hints)
    for declared in kind.every_field:
        day = _day(checked.get(declared.name)) if declared.kind is FieldKind.DATE else None
        if day and day > today and declared.name not in _AHEAD:
            _contradict(checked, (declared.name,), "future", "lies in the future")
    return checked


def _apply(check: Check, findings: Findings, rows: Sequence[Row]) -> None:
    match check:
        case PersonCheck():
            _person(check, findings)
        case DateWordsCheck():
            _date_words(check, findings, rows)
        case OrderCheck():
            _order(check, findings)
        case AmountWordsCheck():
            _amount_words(check, findings)
        case SumCheck():
            _sum(check, findings)
        case SameCheck():
            _same(check, findings)


def _person(check: PersonCheck, findings: Findings) -> None:
    """A personal number says province, century, sex and year of birth (NĐ 137/2015/NĐ-CP, Điều 13)."""
    number, birth, sex = check.number, check.birth_date, check.sex
    if number not in findings or number is None:
        return
    try:
        says = PersonalNumber.parse(findings[number].field.value)
    except InvalidIdentifier:
        return
    born = _year(findings.get(birth or ""))
    if birth and born:
        if born == says.birth_year:
            reason = "birth year agrees with the personal number"
            _agree(findings, (number, birth), "birth_year", reason)
        else:
            reason = f"number says born {says.birth_year}, paper says {born}"
            _contradict(findings, (number, birth), "birth_year", reason)
    if sex and sex in findings and (said := findings[sex].field.value) in ("Nam", "Nữ"):
        if said == says.sex:
            _agree(findings, (number, sex), "sex", "sex agrees with the personal number")
        else:
            reason = f"number says {says.sex}, paper says {said}"
            _contradict(findings, (number, sex), "sex", reason)

    _province(check, findings, says)


def _province(check: PersonCheck, findings: Findings, says: PersonalNumber) -> None:
    """The province a number was given in is that of the office, where the office gave the number.

    Since 2016 registering a birth gives it. A province that differs says nothing of others: older
    people got their number where they lived, and births are registered anew elsewhere.
    """
    at = findings.get(check.registered_at or "")
    if at is None or at.field.place is None or check.number is None:
        return
    provinces = number_provinces(at.field.place)
    if says.province_code in provinces:
        reason = "the personal number names the province of registration"
        _agree(findings, (check.number,), "province", reason)
        return
    born, on = (
        _day(findings.get(check.birth_date or "")),
        _day(findings.get(check.registered_on or "")),
    )
    newborn = born and on and born >= _AT_BIRTH and dt.timedelta() <= on - born <= _SOON
    if newborn and says.province and provinces:
        office = " / ".join(PROVINCES[code] for code in provinces)
        reason = f"number given in {says.province}, birth registered in {office}"
        _contradict(findings, (check.number,), "province", reason)


def _date_words(check: DateWordsCheck, findings: Findings, rows: Sequence[Row]) -> None:
    """The date written out beside the label says the same as the figures."""
    if check.field not in findings:
        return
    label = fold(check.label)
    for index, row in enumerate(rows):
        if label not in row.folded:
            continue
        try:
            said = parse_date_words(run_on(rows, index))
        except InvalidIdentifier:
            continue
        if findings[check.field].field.value == said.isoformat():
            _agree(findings, (check.field,), "date_words", "agrees with the date in words")
        else:
            reason = f"the date in words says {said:%d/%m/%Y}"
            _contradict(findings, (check.field,), "date_words", reason)
        return


def _order(check: OrderCheck, findings: Findings) -> None:
    """No paper is issued before the birth of whom it is about, and the like."""
    earlier, later = _day(findings.get(check.earlier)), _day(findings.get(check.later))
    if earlier and later and later < earlier:
        reason = (
            f"{check.later} ({later:%d/%m/%Y}) lies before {check.earlier} ({earlier:%d/%m/%Y})"
        )
        _contradict(findings, (check.earlier, check.later), "order", reason)


def _amount_words(check: AmountWordsCheck, findings: Findings) -> None:
    names = (check.field, check.words)
    if not all(name in findings for name in names):
        return
    figures, words = (findings[name].field for name in names)
    if amounts_agree(figures.value, words.raw):
        _agree(findings, names, "amount_words", "figures and words agree")
    else:
        reason = f"figures say {figures.shown}, words say {words.raw}"
        _contradict(findings, names, "amount_words", reason)


def _sum(check: SumCheck, findings: Findings) -> None:
    names = (*check.parts, check.total)
    amounts = [_amount(findings.get(name)) for name in names]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(names):
        return
    if sum(known[:-1]) == known[-1]:
        _agree(findings, names, "sum", "the parts add up to the total")
    else:
        reason = f"the parts add up to {sum(known[:-1])}, the total says {known[-1]}"
        _contradict(findings, names, "sum", reason)


def _same(check: SameCheck, findings: Findings) -> None:
    """One value printed at several places; names in capitals are the same names."""
    condition = findings.get(check.when or "")
    if check.says and (condition is None or fold(condition.field.value) != fold(check.says)):
        return
    present = [name for name in check.fields if name in findings]
    if len(present) < _PLACES:
        return
    values = {name: findings[name].field.value for name in present}
    if len({value.casefold() for value in values.values()}) == 1:
        _agree(findings, present, "same", f"the same at {len(present)} places")
    else:
        told = ", ".join(f"{name}: {findings[name].field.shown}" for name in values)
        _contradict(findings, present, "same", f"printed differently ({told})")


def _day(finding: Finding | None) -> dt.date | None:
    if finding is None:
        return None
    try:
        return dt.date.fromisoformat(finding.field.value)
    except ValueError:
        return None


def _year(finding: Finding | None) -> int | None:
    """Of a date or of a bare year, which is all that older papers have."""
    text = finding.field.value[:4] if finding else ""
    return int(text) if text.isdigit() and len(text) == 4 else None


def _amount(finding: Finding | None) -> Decimal | None:
    try:
        return Decimal(finding.field.value) if finding else None
    except InvalidOperation:
        return None


def _agree(findings: Findings, names: Sequence[str], check: str, reason: str) -> None:
    for name in names:
        findings[name] = findings[name].agreeing(check, reason)


def _contradict(findings: Findings, names: Sequence[str], check: str, reason: str) -> None:
    for name in names:
        findings[name] = findings[name].contradicted(check, reason)
