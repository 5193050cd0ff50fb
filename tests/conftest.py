"""Servers and the finished demo, each made once a session and process of the suite."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.postgresql import postgresql
from tests.servers.s3 import S3Server, seaweedfs
from tests.servers.trust_services import TrustServices, trust_services

SOHOA = Path(sys.executable).with_name("sohoa")


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with seaweedfs() as server:
        yield server


@pytest.fixture(scope="session")
def running_services() -> Iterator[TrustServices]:
    with trust_services() as running:
        yield running


@pytest.fixture
def services(running_services: TrustServices) -> TrustServices:
    """The trust services, well-behaved again whatever an earlier test did to them."""
    running_services.tsas.clear()
    running_services.revoked.clear()
    running_services.status_down, running_services.status_requests = False, 0
    return running_services


@dataclass(frozen=True)
class Demo:
    """A home folder in which ``sohoa demo`` has run once, and what it printed."""

    home: Path
    output: str

    def sohoa(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the real program on this home."""
        return run_sohoa(self.home, *arguments, **environment)


def run_sohoa(
    home: Path, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SOHOA, *arguments],
        env={**os.environ, "SOHOA_HOME": str(home), "COLUMNS": "160", **environment},
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("demo") / "var"
    done = run_sohoa(home, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    return Demo(home, done.stdout)
