"""The schedules, served by this process until it is ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from dossiers.errors import StoreUnavailable
from dossiers.settings import Settings
from flows.prefect_environment import prepare

_START_SECONDS = 180


def serve(settings: Settings) -> None:
    """Serve both deployments with their schedules.

    Without ``prefect.api_url`` a Prefect server of our own is started beside this process, on SQLite
    under the home folder: the server that Prefect makes inside a process runs no scheduler.

    Raises:
        StoreUnavailable: our own Prefect server did not start.
    """
    prepare(settings)
    if settings.prefect.api_url:
        _serve(settings)
        return
    with _own_server() as url:
        os.environ["PREFECT_API_URL"] = url
        _serve(settings)


def _serve(settings: Settings) -> None:
    from prefect import serve as serve_deployments

    from flows.prefect_flows import ingest_flow, nightly_flow

    serve_deployments(
        ingest_flow.to_deployment(  # type: ignore[arg-type]
            name="ingest", cron=settings.prefect.watch_cron, concurrency_limit=1
        ),
        nightly_flow.to_deployment(  # type: ignore[arg-type]
            name="nightly", cron=settings.prefect.nightly_cron, concurrency_limit=1
        ),
        pause_on_shutdown=False,
        print_starting_message=False,
    )


@contextmanager
def _own_server() -> Iterator[str]:
    """A Prefect server on a free port of this machine; ended with us."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    command = [sys.executable, "-m", "prefect", "server", "start"]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port), "--no-ui", "--log-level", "WARNING"],
        stdout=subprocess.DEVNULL,
        # Ctrl-C ends us first; the server is still there to be told.
        start_new_session=True,
    )
    try:
        _wait(url, server)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise StoreUnavailable(detail="Prefect server")
