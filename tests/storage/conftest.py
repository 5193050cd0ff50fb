"""The ledger on both databases, the object store on both kinds of store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import storage
from dossiers.settings import StoreSettings
from storage.ledger import Ledger, open_ledger
from storage.objects import ObjectStore
from storage.objects.local import LocalStore
from storage.objects.s3 import S3Store
from tests.servers.s3 import S3Server

DATABASES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql")),
]
STORES = ["local", pytest.param("s3", marks=pytest.mark.xdist_group("s3"))]


@pytest.fixture(params=DATABASES)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    url: str = request.getfixturevalue("postgresql_url")
    name = f"t{uuid.uuid4().hex[:12]}"
    engine = create_engine(
        url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url.rpartition("/")[0] + "/" + name


def as_before(url: str, *newer: str, revision: str) -> None:
    """Make a ledger what it was at a revision, by dropping the tables that are newer."""
    with open_ledger(url) as ledger, ledger.database.writing() as connection:
        for table in newer:
            connection.execute(text(f"DROP TABLE {table}"))
        if connection.dialect.name == "postgresql" and "register_entries" in newer:
            connection.execute(text("DROP FUNCTION register_append_only"))
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def revision_before(revision: str) -> str:
    """The revision that a migration builds upon."""
    config = Config()
    config.set_main_option("script_location", str(Path(storage.__file__).parent / "migrations"))
    found = ScriptDirectory.from_config(config).get_revision(revision).down_revision
    assert isinstance(found, str)
    return found


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with open_ledger(ledger_url) as opened:
        yield opened


def s3_settings(server: S3Server, bucket: str, retention_days: int) -> StoreSettings:
    return StoreSettings(
        kind="s3",
        endpoint=server.endpoint,
        bucket=bucket,
        access_key=server.access_key,
        secret_key=server.secret_key,
        secure=False,
        retention_days=retention_days,
    )


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "local":
        return LocalStore(tmp_path / "store")
    server: S3Server = request.getfixturevalue("s3_server")
    settings = s3_settings(server, f"b{uuid.uuid4().hex[:12]}", 0)
    return S3Store(settings, tmp_path / "work")
