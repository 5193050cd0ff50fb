"""What every object store promises, and what only the local or only the S3 one does."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from dossiers.errors import IntegrityFailure, NotFound, StoreUnavailable, WriteOnceViolation
from dossiers.settings import StoreSettings
from storage.objects import ObjectStore, verify
from storage.objects.keys import copy_key, original_key, safe
from storage.objects.local import LocalStore
from storage.objects.s3 import S3Store
from tests.servers.s3 import S3Server
from tests.storage.conftest import s3_settings


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "giấy tờ.pdf"
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 4000)
    return path


def put(store: ObjectStore, key: str, path: Path) -> str:
    return store.put_file(key, path, content_type="application/pdf").sha256


def test_an_object_comes_back_as_it_was_put(store: ObjectStore, paper: Path) -> None:
    stored = store.put_file("copies/a/b.pdf", paper, content_type="application/pdf")
    content = paper.read_bytes()
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.size == len(content)
    assert b"".join(store.open("copies/a/b.pdf")) == content
    assert b"".join(store.open("copies/a/b.pdf", 1000, 77)) == content[1000:1077]
    assert store.stat("copies/a/b.pdf") == stored
    with store.fetched("copies/a/b.pdf") as path:
        assert path.read_bytes() == content
    verify(store, "copies/a/b.pdf", stored.sha256)


def test_the_same_bytes_again_are_the_same_object(store: ObjectStore, paper: Path) -> None:
    assert put(store, "k", paper) == put(store, "k", paper)


def test_other_bytes_never_overwrite(store: ObjectStore, paper: Path, tmp_path: Path) -> None:
    first = put(store, "k", paper)
    other = tmp_path / "other"
    other.write_bytes(b"forged")
    with pytest.raises(WriteOnceViolation):
        put(store, "k", other)
    verify(store, "k", first)


def test_a_file_that_changed_since_it_was_hashed_is_not_stored(
    store: ObjectStore, paper: Path
) -> None:
    with pytest.raises(IntegrityFailure):
        store.put_file("k", paper, content_type="application/pdf", sha256="0" * 64)
    with pytest.raises(NotFound):
        store.stat("k")


def test_what_is_not_there_is_not_found(store: ObjectStore) -> None:
    with pytest.raises(NotFound):
        store.stat("nothing")
    with pytest.raises(NotFound):
        list(store.open("nothing"))


def test_a_damaged_object_is_noticed(tmp_path: Path, paper: Path) -> None:
    store = LocalStore(tmp_path / "store")
    digest = put(store, "k", paper)
    path = tmp_path / "store" / "objects" / "k"
    path.chmod(0o644)
    path.write_bytes(b"rot")
    with pytest.raises(IntegrityFailure):
        verify(store, "k", digest)


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "a/../../b", ""])
def test_a_key_cannot_leave_the_store(tmp_path: Path, paper: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not an object key"):
        put(LocalStore(tmp_path / "store"), key, paper)


def test_local_objects_are_read_only(tmp_path: Path, paper: Path) -> None:
    put(LocalStore(tmp_path / "store"), "k", paper)
    mode = (tmp_path / "store" / "objects" / "k").stat().st_mode
    assert mode & 0o777 == 0o444


def test_a_put_that_is_killed_leaves_no_half_object(tmp_path: Path) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(400_000_000)
    script = (
        "import sys; from pathlib import Path; from storage.objects.local import LocalStore;"
        "LocalStore(Path(sys.argv[1])).put_file('k', Path(sys.argv[2]), content_type='x')"
    )
    root = tmp_path / "store"
    process = subprocess.Popen([sys.executable, "-c", script, root, big])
    while not any((root / "incoming").glob("*")) and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (root / "objects" / "k").exists()
    big.write_bytes(b"small now")
    put(LocalStore(root), "k", big)  # what was left behind is in nobody's way
    assert (root / "objects" / "k").read_bytes() == b"small now"


@pytest.mark.xdist_group("s3")
def test_a_locked_version_cannot_be_deleted(
    s3_server: S3Server, tmp_path: Path, paper: Path
) -> None:
    settings = s3_settings(s3_server, f"b{uuid.uuid4().hex[:12]}", retention_days=1)
    store = S3Store(settings, tmp_path)
    put(store, "copies/locked.pdf", paper)
    from minio import Minio
    from minio.error import S3Error

    client = Minio(
        s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        secure=False,
    )
    version = client.stat_object(bucket_name=settings.bucket, object_name="copies/locked.pdf")
    with pytest.raises(S3Error):
        client.remove_object(
            bucket_name=settings.bucket,
            object_name="copies/locked.pdf",
            version_id=version.version_id,
        )
    assert "yes" in store.check()["object_lock"]


def test_a_store_that_is_away_is_told_without_secrets(tmp_path: Path) -> None:
    settings = StoreSettings(
        kind="s3", endpoint="127.0.0.1:9", access_key="me", secret_key="hush", secure=False
    )
    with pytest.raises(StoreUnavailable) as caught:
        S3Store(settings, tmp_path)
    assert caught.value.retryable
    assert "hush" not in str(caught.value)


def test_names_of_objects() -> None:
    assert original_key("ab" * 32) == f"originals/ab/ab/{'ab' * 32}"
    key = copy_key("H31", "H31-261123-0001", "H31-261123-0001-01", 2)
    assert key == "copies/H31/H31-261123-0001/H31-261123-0001-01.v2.pdf"
    assert safe("../12/QĐ UBND") == "12_Q_UBND"
