"""Where and when a paper stands: its day, and the units that its other fields leave open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dossiers.reading import Field
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


def located(kind: DocumentType, fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields, with units also for places that codes give, of which no print was read."""
    made_out = next((fields[name].value for name in _MADE_OUT if name in fields), "")
    try:
        as_of = dt.date.fromisoformat(made_out)
    except ValueError:
        as_of = None
    placed = dict(fields)
    for wanted in kind.fields:
        field = fields.get(wanted.name)
        if field is not None and field.place is None and wanted.kind is FieldKind.PLACE:
            placed[field.name] = replace(field, place=normalise(wanted, field.value, as_of).place)
    return placed
