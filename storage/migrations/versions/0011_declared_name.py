"""What the one-stop system calls a result, to hold against the type that is recognised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import documents

revision = "0011_declared_name"
down_revision = "0010_protected_since"
branch_labels = None
depends_on = None


def upgrade() -> None:
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(documents.name)}
    # On a new ledger the first migration has made the column with its table.
    if "declared_name" not in present:
        op.add_column(documents.name, sa.Column("declared_name", sa.Text))
