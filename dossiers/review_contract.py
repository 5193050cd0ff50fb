"""The ``--json`` contract of ``sohoa review``; part of :mod:`dossiers.contract`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from dossiers.reading import FieldSource
from dossiers.review import ItemKind, ReviewState


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Corners = Annotated[
    tuple[float, float, float, float],
    Field(description="[x0, y0, x1, y1] in PDF points from the top left of the page as displayed"),
]


class ReviewCandidate(_Model):
    """Another way to read the value, and which reading or person says so."""

    value: str
    confidence: float
    source: str


class ReviewReason(_Model):
    """Why a person is asked: as recorded (English), and as an operator reads it."""

    en: str
    vi: str


class ReviewItemReport(_Model):
    """One question for a person; ``name`` is the field, the page's number, or empty for the type."""

    id: int
    document: str
    dossier: str
    file: str
    type: str | None
    kind: ItemKind
    name: str
    title: str
    page: int | None
    box: Corners | None
    value: Annotated[str, Field(description="as read; empty where nothing was found")]
    display: str
    confidence: float
    candidates: tuple[ReviewCandidate, ...]
    reasons: tuple[ReviewReason, ...]
    state: ReviewState
    claimed_by: str | None
    claimed_until: dt.datetime | None
    first_by: Annotated[str | None, Field(description="the first of two people")]
    settled_by: str | None
    settled_at: dt.datetime | None
    settled_value: str | None
    settled_display: Annotated[
        str, Field(description="as people write it; empty where that is settled_value")
    ] = ""
    absent: Annotated[bool, Field(description="settled: the paper does not have it")]
    note: str | None


class ReviewList(_Model):
    """``sohoa review list``."""

    items: tuple[ReviewItemReport, ...]


class FieldVersionReport(_Model):
    """A value a field has had; ``by`` is the reader or a person."""

    version: int
    value: str
    display: str
    source: FieldSource
    confidence: float
    by: str
    at: dt.datetime
    note: str | None


class ReviewShown(_Model):
    """``sohoa review show`` and ``next``: the item, what its field has been, the picture written."""

    item: ReviewItemReport | None
    versions: tuple[FieldVersionReport, ...] = ()
    picture: str | None = None


class ReviewAnswered(_Model):
    """``sohoa review accept`` and ``correct``: an item as it stands now.

    ``waiting`` counts the items of its document that still wait for a person.
    """

    item: ReviewItemReport
    waiting: int
