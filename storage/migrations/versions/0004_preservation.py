"""How long each version of a copy stands, and what is still to be added to it."""

from __future__ import annotations

from alembic import op

from storage.tables import metadata, preservation

revision = "0004_preservation"
down_revision = "0003_certified_copies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # On a new ledger the first migration has made it with all the others.
    metadata.create_all(op.get_bind(), tables=[preservation])
