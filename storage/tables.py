"""The ledger's tables as code sees them; the migrations in ``storage/migrations`` make them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[dt.datetime]):
    """An aware moment, kept in UTC (SQLite itself would lose the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        """To UTC; SQLite gets it without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(dt.UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """Back with its zone."""
        del dialect
        if value is None:
            return None
        moment: dt.datetime = value
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


metadata = MetaData()

dossiers = Table(
    "dossiers",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("agency_code", String(35), nullable=False),
    Column("agency_name", String(200), nullable=False),
    Column("procedure_code", String(64)),
    Column("procedure_name", Text),
    Column("applicant_kind", String(16)),
    Column("applicant_id", String(35), index=True),
    Column("applicant_name", Text),
    Column("received_on", Date),
    Column("state", String(16), nullable=False, index=True),
    Column("lease_owner", String(64)),
    Column("lease_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

intake_files = Table(
    "intake_files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dossier_code", String(64), ForeignKey("dossiers.code"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("source_path", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("document_code", String(80)),
    Column("reason_code", String(64)),
    Column("reason", Text),
    Column("moved_to", Text),
    Column("claimed_at", Moment, nullable=False),
    Column("settled_at", Moment),
    UniqueConstraint("dossier_code", "sha256", "name"),
)

documents = Table(
    "documents",
    metadata,
    Column("code", String(80), primary_key=True),
    Column("dossier_code", String(64), ForeignKey("dossiers.code"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("original_sha256", String(64), nullable=False, index=True),
    Column("original_name", Text, nullable=False),
    Column("original_key", Text, nullable=False),
    Column("original_size", Integer, nullable=False),
    Column("page_count", Integer, nullable=False),
    # Pages of the original that the document is, from 1; NULL where it is all of them.
    Column("first_page", Integer, nullable=False, default=1, server_default="1"),
    Column("pages", JSON(none_as_null=True)),
    Column("other_side", String(80)),
    Column("role", String(16), nullable=False),
    Column("component_code", String(64)),
    Column("declared_name", Text),
    Column("state", String(16), nullable=False, index=True),
    Column("type_code", String(64), index=True),
    Column("type_confidence", Float),
    Column("needs_person", Boolean, nullable=False, default=False),
    Column("input_signatures", JSON),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("dossier_code", "original_sha256", "first_page"),
    UniqueConstraint("dossier_code", "number"),
)

divisions = Table(
    "divisions",
    metadata,
    Column("dossier_code", String(64), ForeignKey("dossiers.code"), primary_key=True),
    Column("original_sha256", String(64), primary_key=True),
    Column("decided_by", String(128), nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("left_out", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("problems", JSON, nullable=False),
)

readings = Table(
    "readings",
    metadata,
    Column("original_sha256", String(64), primary_key=True),
    Column("step_version", String(64), primary_key=True),
    Column("pages", JSON, nullable=False),
    Column("read_at", Moment, nullable=False),
)

fields = Table(
    "fields",
    metadata,
    Column("document_code", String(80), ForeignKey("documents.code"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("page", Integer),
    Column("box", JSON),
    Column("source", String(16), nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("display", Text, nullable=False, server_default=""),
    Column("candidates", JSON, nullable=False, server_default="[]"),
    Column("place", JSON),
    Column("agency_code", String(35), nullable=False, server_default=""),
)

copies = Table(
    "copies",
    metadata,
    Column("document_code", String(80), ForeignKey("documents.code"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("page_count", Integer, nullable=False),
    Column("pdfa", String(8), nullable=False),
    Column("signature_level", String(8), nullable=False),
    Column("signers", JSON, nullable=False),
    Column("signed_at", Moment, nullable=False),
    Column("reencoded", JSON, nullable=False),
    Column("stored_at", Moment, nullable=False),
)

preservation = Table(
    "preservation",
    metadata,
    Column("document_code", String(80), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("level", String(8), nullable=False),
    Column("wanted", String(8), nullable=False),
    Column("protected_until", Moment),
    Column("protected_since", Moment),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Moment, index=True),
    Column("error_code", String(64)),
    Column("message", Text),
    ForeignKeyConstraint(["document_code", "version"], ["copies.document_code", "copies.version"]),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_code", String(80), ForeignKey("documents.code"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("error_code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("retryable", Boolean, nullable=False),
    Column("next_try", Moment),
)

subjects = Table(
    "subjects",
    metadata,
    Column("identifier", String(35), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("name", Text),
    Column("first_seen", Moment, nullable=False),
)

subject_documents = Table(
    "subject_documents",
    metadata,
    Column("identifier", String(35), ForeignKey("subjects.identifier"), primary_key=True),
    Column("document_code", String(80), ForeignKey("documents.code"), primary_key=True),
    Column("how", String(16), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("role", String(64)),
    Column("linked_at", Moment, nullable=False),
    Index("ix_subject_documents_document", "document_code"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("target", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)

evidence_trees = Table(
    "evidence_trees",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("root", String(128), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("algorithm", String(16), nullable=False),
    Column("leaf_count", Integer, nullable=False),
    Column("leaves_sha256", String(64), nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("renewed_by", String(128), ForeignKey("evidence_trees.root"), index=True),
    Column("token", LargeBinary),
    Column("stamped_at", Moment),
    Column("valid_until", Moment),
    Column("authority", Text),
)

# Grows by a row an object: numbers and bytes instead of hexadecimal where they can be.
evidence_leaves = Table(
    "evidence_leaves",
    metadata,
    Column("tree", Integer, ForeignKey("evidence_trees.number"), primary_key=True),
    Column("leaf", LargeBinary, primary_key=True),
    Column("item", String(128), nullable=False, index=True),
    Column("key", Text, nullable=False),
    sqlite_with_rowid=False,
)

evidence_anchors = Table(
    "evidence_anchors",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("tree", Integer, ForeignKey("evidence_trees.number"), nullable=False),
)

register_entries = Table(
    "register_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agency_code", String(35), nullable=False),
    Column("year", Integer, nullable=False),
    Column("symbol", String(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("volume", Integer, nullable=False),
    Column("certified_on", Date, nullable=False),
    Column("paper", Text, nullable=False),
    Column("original_sha256", String(64), nullable=False, index=True),
    Column("original_name", Text, nullable=False),
    Column("page_count", Integer, nullable=False),
    Column("requester", Text, nullable=False),
    Column("certifier", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("state", String(16), nullable=False),
    Column("holder", String(128), nullable=False),
    Column("reserved_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("reason", Text),
    UniqueConstraint("agency_code", "year", "symbol", "number"),
)

certified_copies = Table(
    "certified_copies",
    metadata,
    Column("entry_id", Integer, ForeignKey("register_entries.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("object_key", Text, nullable=False),
    Column("signers", JSON, nullable=False),
    Column("signed_at", Moment, nullable=False),
)

review_items = Table(
    "review_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_code", String(80), ForeignKey("documents.code"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("name", String(64), nullable=False),
    Column("type_code", String(64), nullable=False),
    Column("page", Integer),
    Column("box", JSON),
    Column("rotation", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("display", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("candidates", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("claimed_by", String(128)),
    Column("claimed_until", Moment),
    Column("first_by", String(128)),
    Column("first_answer", JSON),
    Column("settled_by", String(128)),
    Column("settled_at", Moment),
    Column("settled_value", Text),
    Column("settled_display", Text),
    Column("settled_place", JSON),
    Column("settled_agency_code", String(35), nullable=False, server_default=""),
    Column("absent", Boolean, nullable=False),
    Column("note", Text),
    # Whether the newest copy was, or is being, made with the answer.
    Column("carried", Boolean, nullable=False),
    Column("opened_at", Moment, nullable=False),
    UniqueConstraint("document_code", "kind", "name"),
)

field_versions = Table(
    "field_versions",
    metadata,
    Column("document_code", String(80), ForeignKey("documents.code"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("value", Text, nullable=False),
    Column("display", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("source", String(16), nullable=False),
    Column("page", Integer),
    Column("box", JSON),
    Column("by", String(128), nullable=False),
    Column("at", Moment, nullable=False),
    Column("note", Text),
    # The audit trail names a value only by the hash of salt and value.
    Column("salt", String(32), nullable=False),
)

labelled_values = Table(
    "labelled_values",
    metadata,
    Column("item_id", Integer, ForeignKey("review_items.id"), primary_key=True),
    Column("document_code", String(80), nullable=False),
    Column("original_sha256", String(64), nullable=False),
    Column("type_code", String(64), nullable=False),
    Column("field", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("page", Integer),
    Column("box", JSON),
    Column("value_read", Text, nullable=False),
    Column("value_settled", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("settled_at", Moment, nullable=False, index=True),
)

# What each version of a certified copy is, and what is still to be added to it; the first version is
# the copy as it was certified.
certified_versions = Table(
    "certified_versions",
    metadata,
    Column("entry_id", Integer, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("level", String(8), nullable=False),
    Column("wanted", String(8), nullable=False),
    Column("protected_until", Moment),
    Column("protected_since", Moment),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Moment, index=True),
    Column("error_code", String(64)),
    Column("message", Text),
    ForeignKeyConstraint(
        ["entry_id", "sequence"], ["certified_copies.entry_id", "certified_copies.sequence"]
    ),
)
