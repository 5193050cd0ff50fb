"""How long each version of a certified copy stands; what was made is not taken back."""

from __future__ import annotations

from alembic import op

from storage.tables import certified_versions, metadata

revision = "0009_certified_versions"
down_revision = "0008_places"
branch_labels = None
depends_on = None

_FIXED = "entry_id, sequence, version, key, sha256, size, level"
_SQLITE = (
    """CREATE TRIGGER IF NOT EXISTS versions_no_delete BEFORE DELETE ON certified_versions
         BEGIN SELECT RAISE(ABORT, 'versions of certified copies are append-only'); END""",
    f"""CREATE TRIGGER IF NOT EXISTS versions_no_change
         BEFORE UPDATE OF {_FIXED} ON certified_versions
         BEGIN SELECT RAISE(ABORT, 'versions of certified copies are append-only'); END""",
)
_POSTGRESQL = (
    "DROP TRIGGER IF EXISTS versions_no_delete ON certified_versions",
    "DROP TRIGGER IF EXISTS versions_no_change ON certified_versions",
    """CREATE TRIGGER versions_no_delete BEFORE DELETE OR TRUNCATE ON certified_versions
         FOR EACH STATEMENT EXECUTE FUNCTION register_append_only()""",
    f"""CREATE TRIGGER versions_no_change BEFORE UPDATE OF {_FIXED} ON certified_versions
         FOR EACH STATEMENT EXECUTE FUNCTION register_append_only()""",
)


def upgrade() -> None:
    connection = op.get_bind()
    # On a new ledger the first migration has made the table with all the others.
    metadata.create_all(connection, tables=[certified_versions])
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
