"""What people are asked about readings, every value a field ever had, and labelled material.

Documents that already need a person get their items: one a doubtful field, one for an unknown type,
and one for the first page where the ledger does not say why.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op

from dossiers.reading import UNKNOWN_TYPE
from storage.tables import (
    documents,
    field_versions,
    fields,
    labelled_values,
    metadata,
    review_items,
)

revision = "0007_review"
down_revision = "0006_document_parts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    # On a new ledger the first migration has made the tables with all the others.
    metadata.create_all(connection, tables=[review_items, field_versions, labelled_values])
    waiting = sa.select(documents.c.code, documents.c.type_code).where(documents.c.needs_person)
    for code, type_code in connection.execute(waiting).all():
        rows = [_field(row) for row in connection.execute(_doubtful(code))]
        if type_code == UNKNOWN_TYPE:
            rows.append(_blank("type", "", "the document type was not recognised"))
        if not rows:
            rows.append(_blank("page", "1", "kept before there were review items"))
        for row in rows:
            connection.execute(
                review_items.insert().values(
                    document_code=code,
                    type_code=type_code or "",
                    rotation=0,
                    state="open",
                    absent=False,
                    carried=False,
                    opened_at=dt.datetime.now(dt.UTC),
                    **row,
                )
            )


def _doubtful(code: str) -> sa.Select[tuple[object, ...]]:
    columns = [fields.c[name] for name in (
        "name", "page", "box", "value", "display", "confidence", "candidates", "reasons",
    )]  # fmt: skip
    return sa.select(*columns).where(fields.c.document_code == code, fields.c.doubtful)


def _field(row: sa.Row[tuple[object, ...]]) -> dict[str, object]:
    return {"kind": "field", **row._mapping}  # noqa: SLF001 - SQLAlchemy's public way to a dict


def _blank(kind: str, name: str, reason: str) -> dict[str, object]:
    return {
        "kind": kind,
        "name": name,
        "page": 1,
        "value": "",
        "display": "",
        "confidence": 0.0,
        "candidates": [],
        "reasons": [reason],
    }
