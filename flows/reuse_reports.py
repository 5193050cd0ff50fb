"""Facts and filled forms under the contract, for the console and the API alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dossiers.errors import Language
from dossiers.reuse_contract import (
    FactReport,
    FactsReport,
    FormReport,
    FormsReport,
    PrefilledField,
    PrefilledForm,
    Provenance,
    StatementReport,
)
from extractors.reuse.facts import Fact, Statement
from extractors.reuse.forms import FilledField, FilledForm, Form
from extractors.types import Name


def facts_report(
    subject: str, name: str | None, facts: Mapping[str, Fact], language: Language
) -> FactsReport:
    """What is known of a person."""
    rows = tuple(_fact(fact, language) for fact in facts.values())
    deceased = any(fact.deceased for fact in facts.values())
    return FactsReport(subject=subject, name=name, deceased=deceased, facts=rows)


def _fact(fact: Fact, language: Language) -> FactReport:
    best = fact.best
    return FactReport(
        meaning=fact.meaning.name,
        title=_in(fact.meaning.title, language),
        value=best.field.value,
        display=best.shown,
        reusable=fact.reusable,
        provenance=_provenance(best),
        conflicts=tuple(_statement(other) for other in fact.conflicts),
        earlier=tuple(_statement(o) for o in fact.others if o not in fact.conflicts),
    )


def _statement(one: Statement) -> StatementReport:
    return StatementReport(value=one.field.value, display=one.shown, provenance=_provenance(one))


def _provenance(one: Statement) -> Provenance:
    return Provenance(
        document=one.document,
        type=one.type_code,
        field=one.field.name,
        dated=one.dated,
        page=one.field.page,
        confidence=one.field.confidence,
        source=one.field.source,
        doubtful=one.doubtful,
        expired_on=one.expired,
        changed=one.changed,
    )


def forms_report(forms: Iterable[Form], language: Language) -> FormsReport:
    """The forms known."""
    return FormsReport(
        forms=tuple(
            FormReport(
                code=form.code,
                name=_in(form.name, language),
                basis=form.basis,
                procedures=form.procedures,
                roles=tuple(role.name for role in form.roles),
                fields=len(form.fields),
                known=sum(field.meaning is not None for field in form.fields),
            )
            for form in forms
        )
    )


def prefilled_report(
    filled: FilledForm, people: Mapping[str, str], language: Language
) -> PrefilledForm:
    """A form as far as it was filled."""
    form = filled.form
    return PrefilledForm(
        form=form.code,
        name=_in(form.name, language),
        basis=form.basis,
        people=dict(people),
        fields=tuple(_field(own, language) for own in filled.fields),
        share=round(filled.share, 4),
    )


def _field(own: FilledField, language: Language) -> PrefilledField:
    return PrefilledField(
        name=own.field.name,
        title=_in(own.field.title, language),
        of=own.field.of,
        state=own.filling.value,
        value=own.value,
        display=own.display,
        provenance=_provenance(own.fact.best) if own.fact and own.value else None,
    )


def _in(name: Name, language: Language) -> str:
    return name.vi if language is Language.VIETNAMESE else name.en
