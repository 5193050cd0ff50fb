"""What people are asked about readings, every value a field ever had, and labelled material."""

from __future__ import annotations

from alembic import op

from storage.tables import field_versions, labelled_values, metadata, review_items

revision = "0007_review"
down_revision = "0005_field_readings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # On a new ledger the first migration has made the tables with all the others.
    metadata.create_all(op.get_bind(), tables=[review_items, field_versions, labelled_values])
