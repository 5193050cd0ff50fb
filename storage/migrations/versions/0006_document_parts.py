"""One original may hold several documents, each of its own pages; how it was divided is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import documents, metadata

revision = "0006_document_parts"
down_revision = "0005_field_readings"
branch_labels = None
depends_on = None

_NEW = ("first_page", "pages", "other_side")


def upgrade() -> None:
    connection = op.get_bind()
    inspector = sa.inspect(connection)
    metadata.create_all(connection, tables=[metadata.tables["divisions"]])
    # On a new ledger the first migration has made the table as it is now.
    if _NEW[0] in {column["name"] for column in inspector.get_columns("documents")}:
        return
    if connection.dialect.name == "sqlite":
        _made_anew(connection)
        return
    for name in _NEW:
        column = documents.c[name]
        op.add_column(
            "documents",
            sa.Column(name, column.type, nullable=column.nullable, server_default=sa.text("1"))
            if name == "first_page"
            else sa.Column(name, column.type),
        )
    for constraint in inspector.get_unique_constraints("documents"):
        if constraint["column_names"] == ["dossier_code", "original_sha256"]:
            op.drop_constraint(str(constraint["name"]), "documents")
    op.create_unique_constraint(
        None, "documents", ["dossier_code", "original_sha256", "first_page"]
    )


def _made_anew(connection: sa.Connection) -> None:
    """SQLite drops no constraint: the table is made anew under its name, and filled again.

    Rows of other tables point to its rows meanwhile. What points to nothing is counted when the old
    table goes and no longer when its rows are back, so the commit finds everything in its place.
    """
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    columns = [c["name"] for c in sa.inspect(connection).get_columns("documents")]
    names = ", ".join(columns)
    kept = f"CREATE TEMP TABLE documents_kept AS SELECT {names} FROM documents"  # noqa: S608
    connection.exec_driver_sql(kept)
    connection.exec_driver_sql("DROP TABLE documents")
    documents.create(connection)
    connection.exec_driver_sql(
        f"INSERT INTO documents ({names}) SELECT {names} FROM temp.documents_kept"  # noqa: S608
    )
    connection.exec_driver_sql("DROP TABLE temp.documents_kept")
