"""The database connection, set up so that a commit means the disk has it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from dossiers.errors import StoreUnavailable

_MIGRATIONS = Path(__file__).parent / "migrations"
# Any constant does; two programs that migrate at once meet here (PostgreSQL).
_MIGRATION_LOCK = 0x536F686F61


class Database:
    """Transactions on the ledger. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # A busy writer is waited for; two processes on one SQLite file take turns.
        arguments: dict[str, Any] = {"timeout": 60} if self.sqlite else {"connect_timeout": 10}
        # What is written are people's data: no error may carry it into a log.
        self._engine = create_engine(
            parsed,
            connect_args=arguments,
            pool_pre_ping=not self.sqlite,
            hide_parameters=True,
        )
        if self.sqlite:
            _prepare_sqlite(self._engine)
        with _translated():
            self._migrate()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write; committed at the end, rolled back on an error."""
        with _translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that only reads, and so never waits for a writer."""
        engine = self._engine.execution_options(sohoa_reads=True)
        with _translated(), engine.begin() as connection:
            yield connection

    def lock(self, connection: Connection, number: int) -> None:
        """Make writers of one kind take turns (SQLite has one writer at a time anyway)."""
        if not self.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": number})

    def describe(self) -> str:
        """Engine and version, without the password."""
        with self.reading() as connection:
            query = "SELECT sqlite_version()" if self.sqlite else "SHOW server_version"
            version = connection.execute(text(query)).scalar_one()
        return f"{'SQLite' if self.sqlite else 'PostgreSQL'} {version}"

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        head = ScriptDirectory.from_config(config).get_current_head()
        with self._engine.connect() as connection:
            if MigrationContext.configure(connection).get_current_revision() == head:
                return
        with self._engine.begin() as connection:
            self.lock(connection, _MIGRATION_LOCK)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours, below
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL: a commit survives a power cut; intake moves the source only after it.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # IMMEDIATE: two writers wait for each other instead of failing half-way.
        reads = connection.get_execution_options().get("sohoa_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def may_disclose(fault: BaseException) -> bool:
    """Whether an error's text may hold values of a row, as the engine's own words can."""
    return isinstance(fault, SQLAlchemyError)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        # The driver's text may hold the URL; only its kind is told.
        raise StoreUnavailable(detail=f"ledger: {type(error.orig).__name__}") from error
