"""The ``--json`` contract of reuse and its routes; part of :mod:`dossiers.contract`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dossiers.reading import FieldSource


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Provenance(_Model):
    """Where a value comes from, and how far to believe it."""

    document: str
    type: str
    field: Annotated[str, Field(description="its name on that type of paper")]
    dated: Annotated[dt.date | None, Field(description="the day the paper said so")]
    page: int | None
    confidence: float
    source: FieldSource
    doubtful: bool
    expired_on: Annotated[dt.date | None, Field(description="the paper's last day, if past")]
    changed: Annotated[str, Field(description="what was entered on the paper afterwards")] = ""


class StatementReport(_Model):
    """What one paper says."""

    value: str
    display: str
    provenance: Provenance


class FactReport(_Model):
    """The best current value of one thing; ``reusable`` ones may be filled in unseen.

    ``conflicts`` are what other papers say and cannot both be true.
    """

    meaning: str
    title: str
    value: str
    display: str
    reusable: bool
    provenance: Provenance
    conflicts: tuple[StatementReport, ...] = ()
    earlier: Annotated[
        tuple[StatementReport, ...], Field(description="other papers, most believed first")
    ] = ()


class FactsReport(_Model):
    """``sohoa find --citizen … --fields``: what the store knows of a person."""

    subject: str
    name: str | None
    deceased: Annotated[bool, Field(description="a paper says so; nothing is reusable then")]
    facts: tuple[FactReport, ...]


class FormReport(_Model):
    """A form that can be pre-filled; ``roles`` are people it asks about beside the applicant."""

    code: str
    name: str
    basis: str
    procedures: tuple[str, ...]
    roles: tuple[str, ...]
    fields: int
    known: Annotated[int, Field(description="fields that papers can say")]


class FormsReport(_Model):
    """``sohoa forms list``."""

    forms: tuple[FormReport, ...]


class PrefilledField(_Model):
    """A field of a form.

    ``filled`` from the store; ``given`` is the number asked with; ``suggested`` has a value that
    somebody must confirm; ``asked`` is empty.
    """

    name: str
    title: str
    of: str
    state: Literal["filled", "given", "suggested", "asked"]
    value: str
    display: str
    provenance: Provenance | None


class PrefilledForm(_Model):
    """``sohoa prefill``: a form as far as the store can fill it.

    ``share`` is that of all its fields which the store filled, 0 to 1; numbers given do not count.
    """

    form: str
    name: str
    basis: str
    people: dict[str, str]
    fields: tuple[PrefilledField, ...]
    share: Annotated[float, Field(ge=0, le=1)]
