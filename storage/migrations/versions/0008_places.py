"""Fields keep the administrative units and the agency they name, by code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_places"
down_revision = "0007_review"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # On a new ledger the first migration has made the columns with the table.
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("fields")}
    for column in (
        sa.Column("place", sa.JSON),
        sa.Column("agency_code", sa.String(35), nullable=False, server_default=""),
    ):
        if column.name not in present:
            op.add_column("fields", column)
