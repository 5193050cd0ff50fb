"""The object store: immutable objects under names that a repeated step lands on again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dossiers.errors import IntegrityFailure
from dossiers.settings import Settings


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in the store: its key, SHA-256 in hexadecimal, and size in bytes."""

    key: str
    sha256: str
    size: int


class ObjectStore(Protocol):
    """Write-once storage. Safe to use from several threads."""

    def put_file(
        self, key: str, path: Path, *, content_type: str, sha256: str | None = None
    ) -> StoredObject:
        """Store a file's bytes durably; verified after writing.

        The same bytes under the same key again are the same object. With ``sha256`` nothing is
        stored unless the file still has that hash.

        Raises:
            WriteOnceViolation: other bytes are stored under the key.
            StoreUnavailable: the store does not answer.
            IntegrityFailure: the file changed, or what was written is not what was read.
        """
        ...

    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of an object, or of a range of it, in chunks.

        Raises:
            NotFound: no such object.
        """
        ...

    def stat(self, key: str) -> StoredObject:
        """What is stored under a key.

        Raises:
            NotFound: no such object.
        """
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with ``prefix``, in no order; a prefix ends with a slash."""
        ...

    def fetched(self, key: str) -> AbstractContextManager[Path]:
        """The object as a local file, for as long as the context lasts; not to be written to."""
        ...

    def check(self) -> dict[str, str]:
        """What the store can do, proved on a canary object: for ``sohoa doctor``."""
        ...


def verify(store: ObjectStore, key: str, sha256: str) -> None:
    """Read an object back and compare.

    Raises:
        IntegrityFailure: its bytes have another hash.
        NotFound: it is gone.
    """
    import hashlib

    digest = hashlib.sha256()
    for chunk in store.open(key):
        digest.update(chunk)
    if digest.hexdigest() != sha256:
        raise IntegrityFailure(key=key, detail=f"sha256 {digest.hexdigest()}, recorded {sha256}")


def open_store(settings: Settings) -> ObjectStore:
    """The store that the settings name."""
    if settings.store.kind == "s3":
        from storage.objects.s3 import S3Store

        return S3Store(settings.store, settings.work_folder)
    from storage.objects.local import LocalStore

    return LocalStore(settings.store_folder)
