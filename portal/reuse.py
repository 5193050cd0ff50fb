"""Routes of reuse: what the store knows of a person, and forms filled from it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from dossiers.errors import NotFound
from dossiers.identifiers.personal import PersonalNumber
from dossiers.reuse_contract import FactsReport, FormsReport, PrefilledForm
from extractors.reuse.forms import APPLICANT
from flows.reuse import facts_of, prefill
from flows.reuse_reports import facts_report, forms_report, prefilled_report
from portal.access import Reader, readers_with
from portal.problems import language_of
from storage.access import Scope

router = APIRouter(prefix="/api/v1")

# Whose papers, and what stands on them: both must be open to the caller.
PersonReader = Annotated[Reader, Depends(readers_with(Scope.SUBJECTS, Scope.FIELDS))]


class PrefillIn(BaseModel):
    """Whom a form is filled for; others the form asks about by their role."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"citizen": "033083044664", "people": {}}]},
    )

    citizen: str
    people: Annotated[dict[str, str], Field(max_length=8)] = {}


@router.get(
    "/subjects/{identifier}/fields",
    summary="The best current value of each field over a person's papers",
    tags=["reuse"],
)
def fields(request: Request, identifier: str, reader: PersonReader) -> FactsReport:
    """With provenance, date and conflicts; only `reusable` ones may be filled in unseen."""
    rooms = reader.rooms
    facts = facts_of(rooms.ledger, rooms.types, identifier, reader.actor)
    subject = rooms.ledger.citizens.subject(str(PersonalNumber.parse(identifier)))
    name = subject.name if subject else None
    return facts_report(identifier, name, facts, language_of(request))


@router.get("/forms", summary="Forms that can be pre-filled", tags=["reuse"])
def forms(request: Request, reader: PersonReader) -> FormsReport:
    """Their codes, procedures, and the roles of people they ask about."""
    return forms_report(reader.rooms.forms.values(), language_of(request))


@router.post("/forms/{code}/prefill", summary="A form filled from the store", tags=["reuse"])
def prefilled(
    request: Request, code: str, wanted: PrefillIn, reader: PersonReader
) -> PrefilledForm:
    """Each field with its state, value and provenance, and the share the store filled."""
    rooms = reader.rooms
    if code not in rooms.forms:
        raise NotFound(kind="biểu mẫu / form", value=code)
    people = {**wanted.people, APPLICANT: wanted.citizen}
    filled = prefill(rooms.ledger, rooms.types, rooms.forms[code], people, reader.actor)
    return prefilled_report(filled, people, language_of(request))
