"""Long-lived reading processes, one a granted core, each single-threaded with its engine loaded once.

Processes are spawned, never forked from a threaded parent; one that dies or overruns its time costs
one attempt at one page.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessPool

from dossiers.errors import PageTimeout, SohoaError, WorkerDied
from dossiers.reading import PageReading
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.engines import Engine, open_engine
from extractors.page import failed_page, read_page

log = logging.getLogger(__name__)

# Tesseract and OpenCV keep a little more with every page; a fresh process costs half a second.
_PAGES_PER_PROCESS = 500
_ATTEMPTS = 2


def granted_cores() -> int:
    """Cores this process may really use: its affinity mask, capped by the cgroup's quota (v1, v2)."""
    cores = len(os.sched_getaffinity(0))
    quota = _cgroup_quota()
    return max(1, min(cores, int(quota + 0.5))) if quota else cores


def _cgroup_quota() -> float | None:
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        try:
            base = Path("/sys/fs/cgroup/cpu")
            limit = (base / "cpu.cfs_quota_us").read_text(encoding="ascii").strip()
            period = (base / "cpu.cfs_period_us").read_text(encoding="ascii").strip()
        except OSError:
            return None
    if limit in ("max", "-1"):
        return None
    return int(limit) / int(period)


class ReaderPool:
    """Reads pages in parallel. A context manager; leaving it ends the processes."""

    def __init__(self, reading: ReadingSettings, limits: IntakeSettings) -> None:
        # Fails here, in the caller's process, with a clear error if the engine is missing.
        self.engine_name = open_engine(reading).name
        self.workers = reading.workers or granted_cores()
        self._timeout = reading.page_timeout_seconds
        self._pool = ProcessPool(
            max_workers=self.workers,
            max_tasks=_PAGES_PER_PROCESS,
            initializer=_start,
            initargs=(reading, limits),
            context=multiprocessing.get_context("spawn"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._pool.close()
        else:
            self._pool.stop()
        self._pool.join()

    def submit_page(self, path: Path, number: int) -> Future[PageReading]:
        """Read page ``number`` (1-based) of ``path``.

        The future never fails for the page's sake: a time-out or a dead process gives a page with
        outcome ``failed``. A page whose process died is tried once more, since the process may have
        died of something else (memory, an administrator).
        """
        outcome: Future[PageReading] = Future()
        self._attempt(path, number, outcome, attempt=1)
        return outcome

    def _attempt(self, path: Path, number: int, outcome: Future[PageReading], attempt: int) -> None:
        def settle(done: Future[PageReading]) -> None:
            if done.cancelled():
                outcome.cancel()
                return
            error = done.exception()
            if error is None:
                outcome.set_result(done.result())
            elif isinstance(error, TimeoutError):
                reason = PageTimeout(file=path.name, page=number, seconds=self._timeout)
                outcome.set_result(failed_page(number, self.engine_name, reason))
            elif isinstance(error, ProcessExpired):
                log.warning(
                    "reading process ended (%s) on page %d, attempt %d", error, number, attempt
                )
                if attempt < _ATTEMPTS:
                    self._attempt(path, number, outcome, attempt + 1)
                else:
                    died = WorkerDied(file=path.name, page=number, detail=f"exit {error.exitcode}")
                    outcome.set_result(failed_page(number, self.engine_name, died))
            elif isinstance(error, (SohoaError, MemoryError)):
                died = WorkerDied(file=path.name, page=number, detail=repr(error))
                outcome.set_result(failed_page(number, self.engine_name, died))
            else:
                outcome.set_exception(error)

        try:
            future = self._pool.schedule(_read, args=(path, number), timeout=self._timeout)
        except RuntimeError as error:  # closed meanwhile
            outcome.set_exception(error)
            return
        future.add_done_callback(settle)


_engine: Engine | None = None
_limits: IntakeSettings | None = None


def _start(reading: ReadingSettings, limits: IntakeSettings) -> None:
    """In each reading process: one thread, the engine loaded, Ctrl-C left to the parent."""
    import cv2

    global _engine, _limits
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    _engine, _limits = open_engine(reading), limits


def _read(path: Path, number: int) -> PageReading:
    if _engine is None or _limits is None:
        raise RuntimeError("reading process was not initialised")
    return read_page(path, number, _engine, _limits)
