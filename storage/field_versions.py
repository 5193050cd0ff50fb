"""Every value a field ever had: how it was obtained, by whom and when; the newest holds.

The audit trail is kept longer than the data it speaks of, so it names a value only by
:func:`fingerprint`: with the row one can prove what was changed, without it nothing is disclosed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, select

from dossiers.reading import Box, Field, FieldSource
from storage import tables

_V = tables.field_versions

READER = "reader"


@dataclass(frozen=True, slots=True)
class FieldVersion:
    """One value of a field; ``by`` is ``reader`` or a person."""

    name: str
    version: int
    value: str
    display: str
    confidence: float
    source: FieldSource
    page: int | None
    box: Box | None
    by: str
    at: dt.datetime
    note: str | None
    salt: str

    @property
    def fingerprint(self) -> str:
        """What the audit trail calls this value."""
        return fingerprint(self.salt, self.value)


def fingerprint(salt: str, value: str) -> str:
    """SHA-256, in hexadecimal, over a random salt and the value."""
    return hashlib.sha256(f"{salt}\0{value}".encode()).hexdigest()


def newest(connection: Connection, document_code: str) -> dict[str, FieldVersion]:
    """The value that holds, of each field a document has or had."""
    last = (
        select(_V.c.name, func.max(_V.c.version).label("version"))
        .where(_V.c.document_code == document_code)
        .group_by(_V.c.name)
        .subquery()
    )
    query = select(_V).join(last, and_(_V.c.name == last.c.name, _V.c.version == last.c.version))
    query = query.where(_V.c.document_code == document_code)
    return {row.name: version_of(row) for row in connection.execute(query)}


def note_fields(
    connection: Connection,
    document_code: str,
    fields: Mapping[str, Field],
    by: str = READER,
    note: str | None = None,
) -> None:
    """Add a version for each field whose value or source is another than the newest one's."""
    known = newest(connection, document_code)
    now = dt.datetime.now(dt.UTC)
    rows = []
    for name, field in fields.items():
        before = known.get(name)
        if before and (before.value, before.source) == (field.value, field.source):
            continue
        rows.append(
            {
                "document_code": document_code,
                "name": name,
                "version": before.version + 1 if before else 1,
                "value": field.value,
                "display": field.display,
                "confidence": field.confidence,
                "source": field.source,
                "page": field.page,
                "box": corners(field.box),
                "by": by,
                "at": now,
                "note": note,
                "salt": secrets.token_hex(16),
            }
        )
    if rows:
        connection.execute(insert(_V), rows)


def corners(box: Box | None) -> list[float] | None:
    """A box as JSON."""
    return [box.x0, box.y0, box.x1, box.y1] if box else None


def version_of(row: Row[Any]) -> FieldVersion:
    """A row as a value."""
    return FieldVersion(
        row.name,
        row.version,
        row.value,
        row.display,
        row.confidence,
        FieldSource(row.source),
        row.page,
        Box(*row.box) if row.box else None,
        row.by,
        row.at,
        row.note,
        row.salt,
    )
