"""What the store knows of a person, and forms filled from it; every look is in the audit trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dossiers.clock import VIETNAM
from dossiers.errors import NotFound
from dossiers.identifiers.personal import PersonalNumber
from dossiers.states import DocumentState
from extractors.reuse.facts import Fact, Paper, facts_about
from extractors.reuse.forms import APPLICANT, FilledForm, Form, fill
from extractors.reuse.vocabulary import load_vocabulary
from extractors.types import DocumentTypes
from storage.ledger import Ledger

_READABLE = frozenset({DocumentState.READ, DocumentState.SIGNED, DocumentState.STORED})


def facts_of(
    ledger: Ledger, types: DocumentTypes, number: str, actor: str, today: dt.date | None = None
) -> dict[str, Fact]:
    """The best current value of everything that a person's papers say, by meaning.

    Raises:
        InvalidIdentifier: no personal number.
    """
    person = str(PersonalNumber.parse(number))
    papers = _papers(ledger, types, person)
    facts = facts_about(person, papers, load_vocabulary(), today or dt.datetime.now(VIETNAM).date())
    ledger.audit.append(
        actor, "subject.fields.read", person, documents=len(papers), fields=len(facts)
    )
    return facts


def _papers(ledger: Ledger, types: DocumentTypes, number: str) -> list[Paper]:
    papers = []
    for link in ledger.citizens.documents(number):
        document = ledger.documents.get(link.document_code)
        kind = types.get(document.type_code)
        if kind is None or document.state not in _READABLE:
            continue
        kept = ledger.documents.fields(document.code)
        doubtful = frozenset(name for name, own in kept.items() if own.doubtful)
        fields = {name: own.field for name, own in kept.items()}
        papers.append(Paper(document.code, kind, fields, doubtful))
    return papers


def prefill(
    ledger: Ledger,
    types: DocumentTypes,
    form: Form,
    people: Mapping[str, str],
    actor: str,
    today: dt.date | None = None,
) -> FilledForm:
    """A form filled from what the store knows of the people it asks about.

    Args:
        ledger: what is known.
        types: what papers there are.
        form: what is asked.
        people: personal numbers by role; one of them the applicant's.
        actor: who asks, for the audit trail.
        today: the day papers must be valid on.

    Raises:
        NotFound: the form asks about nobody in such a role.
        InvalidIdentifier: no personal number.
    """
    roles = {APPLICANT, *(role.name for role in form.roles)}
    for role in people:
        if role not in roles:
            raise NotFound(kind="vai trò / role", value=role)
    numbers = {role: str(PersonalNumber.parse(number)) for role, number in people.items()}
    facts = {
        role: facts_of(ledger, types, number, actor, today) for role, number in numbers.items()
    }
    filled = fill(form, numbers, facts)
    ledger.audit.append(
        actor, "form.prefilled", form.code, people=len(numbers), share=round(100 * filled.share)
    )
    return filled
