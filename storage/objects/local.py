"""The object store as a folder: atomic, durable, read-only files."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from dossiers.errors import IntegrityFailure, NotFound, WriteOnceViolation
from storage.objects import StoredObject

_CHUNK = 1024 * 1024


class LocalStore:
    """Objects under ``folder/objects``; files in the making under ``folder/incoming``."""

    def __init__(self, folder: Path) -> None:
        self._objects = folder / "objects"
        self._incoming = folder / "incoming"
        self._objects.mkdir(parents=True, exist_ok=True)
        self._incoming.mkdir(parents=True, exist_ok=True)

    def put_file(
        self, key: str, path: Path, *, content_type: str, sha256: str | None = None
    ) -> StoredObject:
        """See :class:`storage.objects.ObjectStore`."""
        del content_type  # a folder keeps none
        target = self._path(key)
        temporary = self._incoming / secrets.token_hex(16)
        try:
            written, size = _copy(path, temporary)
            if _hash(temporary) != written or sha256 not in (None, written):
                raise IntegrityFailure(key=key, detail="bytes changed while being written")
            temporary.chmod(0o444)
            _make_durable_folder(target.parent, self._objects)
            try:
                os.link(temporary, target)  # fails where the name is taken: nothing is overwritten
            except FileExistsError:
                if _hash(target) != written:
                    raise WriteOnceViolation(key=key) from None
            _sync_folder(target.parent)
        finally:
            temporary.unlink(missing_ok=True)
        return StoredObject(key, written, size)

    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See :class:`storage.objects.ObjectStore`."""
        path = self._existing(key)
        return _chunks(path, start, length)

    def stat(self, key: str) -> StoredObject:
        """See :class:`storage.objects.ObjectStore`; reads the whole object to hash it."""
        path = self._existing(key)
        return StoredObject(key, _hash(path), path.stat().st_size)

    def keys(self, prefix: str) -> Iterator[str]:
        """See :class:`storage.objects.ObjectStore`."""
        for path in self._path(prefix).rglob("*"):
            if path.is_file():
                yield path.relative_to(self._objects).as_posix()

    @contextmanager
    def fetched(self, key: str) -> Iterator[Path]:
        """See :class:`storage.objects.ObjectStore`; the object's own file."""
        yield self._existing(key)

    def check(self) -> dict[str, str]:
        """See :class:`storage.objects.ObjectStore`."""
        canary = self._incoming / f"canary-{secrets.token_hex(8)}"
        canary.write_bytes(b"sohoa")
        canary.unlink()
        free = os.statvfs(self._objects)
        return {
            "folder": str(self._objects),
            "free_bytes": str(free.f_bavail * free.f_frsize),
            "object_lock": "no (files are read-only; use S3 with object lock in production)",
        }

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(key).parts
        if not parts or key.startswith("/") or ".." in parts:
            raise ValueError(f"not an object key: {key!r}")
        return self._objects.joinpath(*parts)

    def _existing(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise NotFound(kind="object", value=key)
        return path


def _copy(source: Path, target: Path) -> tuple[str, int]:
    """Copy durably; the hash of the bytes read, and their number."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reader, target.open("xb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest(), size


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _chunks(path: Path, start: int, length: int | None) -> Iterator[bytes]:
    left = path.stat().st_size - start if length is None else length
    with path.open("rb") as file:
        file.seek(start)
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _make_durable_folder(folder: Path, root: Path) -> None:
    """Make a folder and write its entry, and its parents', to the disk."""
    if folder.is_dir():
        return
    _make_durable_folder(folder.parent, root)
    folder.mkdir(exist_ok=True)
    if folder != root:
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
