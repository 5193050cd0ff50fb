"""The object store on any S3 server, with object lock where the server has it."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.error import MinioException, S3Error
from minio.retention import Retention

from dossiers.errors import (
    IntegrityFailure,
    InvalidSettings,
    NotFound,
    SohoaError,
    StoreUnavailable,
    WriteOnceViolation,
)
from dossiers.settings import StoreSettings
from storage.objects import StoredObject

log = logging.getLogger(__name__)

_CHUNK = 1024 * 1024
_HASH = "x-amz-meta-sha256"
_MISSING = frozenset({"NoSuchKey", "NoSuchObject", "NoSuchBucket"})


class S3Store:
    """Objects in one bucket, which is made with object lock when it is missing."""

    def __init__(self, settings: StoreSettings, work_folder: Path) -> None:
        if not (settings.endpoint and settings.access_key and settings.secret_key):
            raise InvalidSettings(
                detail="store: endpoint, access_key and secret_key are needed for s3"
            )
        self._bucket = settings.bucket
        self._retention_days = settings.retention_days
        self._work = work_folder
        self._client = Minio(
            settings.endpoint,
            access_key=settings.access_key.get_secret_value(),
            secret_key=settings.secret_key.get_secret_value(),
            secure=settings.secure,
            region=settings.region,
            # The client's own default waits five minutes for a lost connection.
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=5, read=60),
                maxsize=16,
                block=True,
                retries=urllib3.Retry(
                    total=3, backoff_factor=0.2, status_forcelist=[502, 503, 504]
                ),
            ),
        )
        with _translated(self._bucket):
            if not self._client.bucket_exists(bucket_name=self._bucket):
                self._client.make_bucket(
                    bucket_name=self._bucket, object_lock=settings.retention_days > 0
                )

    def put_file(
        self, key: str, path: Path, *, content_type: str, sha256: str | None = None
    ) -> StoredObject:
        """See :class:`storage.objects.ObjectStore`."""
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
        if sha256 not in (None, actual):
            raise IntegrityFailure(key=key, detail="bytes changed while being read")
        sha256 = actual
        size = path.stat().st_size
        try:
            present = self.stat(key)
        except NotFound:
            pass
        else:
            if present.sha256 != sha256:
                raise WriteOnceViolation(key=key)
            return present
        with _translated(key), path.open("rb") as file:
            self._client.put_object(
                bucket_name=self._bucket,
                object_name=key,
                data=file,
                length=size,
                content_type=content_type,
                metadata={"sha256": sha256},
                retention=self._retention(),
            )
        self._confirm(key, sha256)
        return StoredObject(key, sha256, size)

    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See :class:`storage.objects.ObjectStore`."""
        with _translated(key):
            response = self._client.get_object(
                bucket_name=self._bucket, object_name=key, offset=start, length=length or 0
            )
        return _drained(response, key)

    def stat(self, key: str) -> StoredObject:
        """See :class:`storage.objects.ObjectStore`; the hash is the one recorded when stored."""
        with _translated(key):
            found = self._client.stat_object(bucket_name=self._bucket, object_name=key)
        metadata = {name.lower(): value for name, value in (found.metadata or {}).items()}
        return StoredObject(key, metadata.get(_HASH, ""), int(found.size or 0))

    def keys(self, prefix: str) -> Iterator[str]:
        """See :class:`storage.objects.ObjectStore`."""
        with _translated(prefix):
            found = self._client.list_objects(
                bucket_name=self._bucket, prefix=prefix, recursive=True
            )
            for item in found:
                if item.object_name and not item.is_dir:
                    yield item.object_name

    @contextmanager
    def fetched(self, key: str) -> Iterator[Path]:
        """See :class:`storage.objects.ObjectStore`; a temporary file."""
        self._work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._work) as folder:
            path = Path(folder) / "object"
            with path.open("wb") as file:
                for chunk in self.open(key):
                    file.write(chunk)
            yield path

    def check(self) -> dict[str, str]:
        """See :class:`storage.objects.ObjectStore`: puts a locked canary and tries to delete it."""
        key = f"canary/{secrets.token_hex(8)}"
        with _translated(key):
            self._client.put_object(
                bucket_name=self._bucket, object_name=key, data=io.BytesIO(b"sohoa"), length=5
            )
            self._client.remove_object(bucket_name=self._bucket, object_name=key)
        return {"bucket": self._bucket, "object_lock": self._lock_holds()}

    def _lock_holds(self) -> str:
        """Whether the server really refuses to delete a version under COMPLIANCE retention."""
        if not self._retention_days:
            return "not asked for (store.retention_days = 0)"
        key = f"canary/lock-{secrets.token_hex(8)}"
        brief = Retention(COMPLIANCE, dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2))
        try:
            put = self._client.put_object(
                bucket_name=self._bucket,
                object_name=key,
                data=io.BytesIO(b"sohoa"),
                length=5,
                retention=brief,
            )
        except (MinioException, ValueError) as error:
            return f"NO: retention refused ({error})"
        try:
            self._client.remove_object(
                bucket_name=self._bucket, object_name=key, version_id=put.version_id
            )
        except S3Error:
            return "yes (deletion of a locked version was refused)"
        return "NO: a locked version could be deleted"

    def _retention(self) -> Retention | None:
        if not self._retention_days:
            return None
        until = dt.datetime.now(dt.UTC) + dt.timedelta(days=self._retention_days)
        return Retention(COMPLIANCE, until)

    def _confirm(self, key: str, sha256: str) -> None:
        digest = hashlib.sha256()
        for chunk in self.open(key):
            digest.update(chunk)
        if digest.hexdigest() != sha256:
            raise IntegrityFailure(key=key, detail="bytes read back differ from those sent")


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """Faults of the client as errors with a name; secrets never reach their text."""
    try:
        yield
    except SohoaError:
        raise
    except S3Error as error:
        if error.code in _MISSING:
            raise NotFound(kind="object", value=key) from error
        raise StoreUnavailable(detail=f"S3 {error.code}: {error.message}") from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise StoreUnavailable(detail=type(error).__name__) from error


def _drained(response: urllib3.BaseHTTPResponse, key: str) -> Iterator[bytes]:
    try:
        with _translated(key):
            yield from response.stream(_CHUNK)
    finally:
        response.close()
        response.release_conn()
