"""Archive evidence: hash trees, their leaves and time stamps, anchors of the audit trail."""

from __future__ import annotations

from alembic import op

from storage.tables import evidence_anchors, evidence_leaves, evidence_trees, metadata

revision = "0002_evidence"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # On a new ledger the first migration has made them with all the others.
    metadata.create_all(op.get_bind(), tables=[evidence_trees, evidence_leaves, evidence_anchors])
