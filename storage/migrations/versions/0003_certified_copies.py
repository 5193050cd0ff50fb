"""The register of certified copies; its numbers can be neither removed nor changed."""

from __future__ import annotations

from alembic import op

from storage.tables import certified_copies, metadata, register_entries

revision = "0003_certified_copies"
down_revision = "0002_evidence"
branch_labels = None
depends_on = None

_FIXED = (
    "agency_code", "year", "symbol", "number", "volume", "certified_on", "original_sha256",
    "page_count", "requester", "received_at",
)  # fmt: skip
_SQLITE = (
    """CREATE TRIGGER register_no_delete BEFORE DELETE ON register_entries
         BEGIN SELECT RAISE(ABORT, 'a number stays in the register'); END""",
    f"""CREATE TRIGGER register_no_change BEFORE UPDATE OF {", ".join(_FIXED)} ON register_entries
         BEGIN SELECT RAISE(ABORT, 'a number of the register is not changed'); END""",
    """CREATE TRIGGER certified_no_delete BEFORE DELETE ON certified_copies
         BEGIN SELECT RAISE(ABORT, 'certified copies are append-only'); END""",
    """CREATE TRIGGER certified_no_change BEFORE UPDATE ON certified_copies
         BEGIN SELECT RAISE(ABORT, 'certified copies are append-only'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION register_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RAISE EXCEPTION 'a number of the register is neither removed nor changed'; END $$""",
    """CREATE TRIGGER register_no_delete BEFORE DELETE OR TRUNCATE ON register_entries
         FOR EACH STATEMENT EXECUTE FUNCTION register_append_only()""",
    f"""CREATE TRIGGER register_no_change BEFORE UPDATE OF {", ".join(_FIXED)} ON register_entries
         FOR EACH STATEMENT EXECUTE FUNCTION register_append_only()""",
    """CREATE TRIGGER certified_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON certified_copies
         FOR EACH STATEMENT EXECUTE FUNCTION register_append_only()""",
)


def upgrade() -> None:
    connection = op.get_bind()
    # On a new ledger the first migration has made the tables with all the others.
    metadata.create_all(connection, tables=[register_entries, certified_copies])
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
