"""Fields keep how they are shown and how else they may be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_field_readings"
down_revision = "0004_preservation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # On a new ledger the first migration has made the columns with the table.
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("fields")}
    for column in (
        sa.Column("display", sa.Text, nullable=False, server_default=""),
        sa.Column("candidates", sa.JSON, nullable=False, server_default="[]"),
    ):
        if column.name not in present:
            op.add_column("fields", column)
