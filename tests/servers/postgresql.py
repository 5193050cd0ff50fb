"""A PostgreSQL of the suite's own, from Debian's package, on a free port of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    if not found:
        raise AssertionError("PostgreSQL is missing: apt-get install postgresql")
    return str(found[0])


@contextmanager
def postgresql() -> Iterator[str]:
    """URL of an empty database; the server is gone afterwards."""
    # initdb refuses root, as any administrator would.
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    prefix = as_user if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="sohoa-pg-"))
    if prefix:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data, port = folder / "data", free_port()
    try:
        subprocess.run(
            [*prefix, _program("initdb"), "-D", data, "-U", "sohoa", "-A", "trust", "-E", "UTF8"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        control = [*prefix, _program("pg_ctl"), "-D", data, "-w", "-l", folder / "log"]
        # Its own session: Ctrl-C of the suite must not reach it before its clean stop.
        subprocess.run(
            [*control, "-o", options, "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            start_new_session=True,
        )
        try:
            yield f"postgresql://sohoa@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run(
                [*control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd=folder
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
