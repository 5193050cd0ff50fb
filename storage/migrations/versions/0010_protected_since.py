"""When the archive time stamp of a copy was made: half its life has to pass before the next one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Moment

revision = "0010_protected_since"
down_revision = "0009_certified_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Copies of before have none and are renewed once by the end of their protection alone.
    for table in ("preservation", "certified_versions"):
        # On a new ledger the first migration has made the column with the table.
        present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
        if "protected_since" not in present:
            op.add_column(table, sa.Column("protected_since", Moment))
