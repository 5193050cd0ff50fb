"""The ``--json`` contract of ``sohoa evidence``; part of :mod:`dossiers.contract`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Outcome = Literal["VALID", "EXPIRED", "UNTRUSTED", "REVOKED", "NOT_COVERED", "INVALID"]


class EvidenceTimeStamp(_Model):
    """One time stamp of a record; ``valid_until`` is the first end on its certificates' path."""

    at: dt.datetime
    authority: str
    valid_until: dt.datetime
    algorithm: str
    chain: Annotated[int, Field(ge=1)]
    ok: bool
    outcome: Outcome
    vi: str
    en: str
    detail: str | None


class EvidenceVerdict(_Model):
    """``sohoa evidence verify``: whether a file is proved by its record, and since when."""

    ok: bool
    file: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    outcome: Outcome
    vi: str
    en: str
    proved_since: dt.datetime | None
    valid_until: dt.datetime | None
    revocation: Literal["checked", "not_checked"]
    time_stamps: list[EvidenceTimeStamp]


class EvidenceExport(_Model):
    """``sohoa evidence export``: where the record was written, and what it says of its object.

    ``output`` is null when it does not prove the object; it is not written then.
    """

    name: str
    output: str | None
    size: Annotated[int, Field(gt=0)]
    verdict: EvidenceVerdict


class EvidenceStatus(_Model):
    """``sohoa evidence status``: counts of objects, of trees and time stamps, and what is due."""

    authority: Annotated[str, Field(description="URL, or 'test' for the one without legal value")]
    algorithm: str
    proved: int
    waiting: int
    trees: int
    planned: int
    time_stamps: int
    due: int
    next_renewal: dt.datetime | None
    last_time_stamp: dt.datetime | None
    audit_anchors: int
