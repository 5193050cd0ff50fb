"""Where and when a paper stands: its day, and the units that its other fields leave open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dossiers.reading import Field
from extractors.fields.evidence import Finding
from extractors.fields.labels import Found
from extractors.fields.values import normalise
from extractors.types import DocumentType, FieldKind, Zone

# Days on which a paper was made out, in the order in which they are asked.
_MADE_OUT = ("issue_date", "registered_on", "first_registered_on")


def paper_day(kind: DocumentType, found: Sequence[Found]) -> dt.date | None:
    """The day a paper was issued, by the first of its dates that is one of the calendar."""
    names = [field.name for field in kind.fields if field.zone is Zone.ISSUE_DATE]
    for name in (*names, *_MADE_OUT):
        for hit in found:
            if hit.field.name == name and hit.field.kind is FieldKind.DATE:
                value = normalise(hit.field, hit.raw)
                if value.validity == 1:
                    return dt.date.fromisoformat(value.text)
    return None


def made_out_on(fields: Mapping[str, Field]) -> dt.date | None:
    """The day a paper was made out, by the first of its dates."""
    made_out = next((fields[name].value for name in _MADE_OUT if name in fields), "")
    try:
        return dt.date.fromisoformat(made_out)
    except ValueError:
        return None


def located(kind: DocumentType, findings: Mapping[str, Finding]) -> dict[str, Finding]:
    """The findings, with units also for places that codes give, of which no print was read."""
    as_of = made_out_on({name: finding.field for name, finding in findings.items()})
    placed = dict(findings)
    for wanted in kind.fields:
        finding = findings.get(wanted.name)
        if finding is None or wanted.kind is not FieldKind.PLACE or finding.field.place:
            continue
        place = normalise(wanted, finding.field.value, as_of).place
        placed[wanted.name] = replace(finding, field=replace(finding.field, place=place))
    return placed
