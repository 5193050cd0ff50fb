"""Long-lived reading processes, one a granted core, each single-threaded with its engine loaded once.

Processes are spawned, never forked from a threaded parent; one that dies or overruns its time costs
one attempt at one page.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pebble import ProcessExpired, ProcessPool

from dossiers.errors import PageTimeout, SohoaError, UnexpectedFault, WorkerDied
from dossiers.reading import PageReading
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.installed import check_engine
from extractors.outcomes import failed_page

if TYPE_CHECKING:
    from extractors.engines import Engine

log = logging.getLogger(__name__)

# Tesseract and OpenCV keep a little more with every page; a fresh process costs half a second.
_PAGES_PER_PROCESS = 500
_ATTEMPTS = 2
# A colour A4 at 300 dpi, and at 600.
_USUAL_PIXELS = 8_700_000
_PIXELS_A_WORKER = 36_000_000


# Loaded once by the server that the reading processes are forked from; it stays single-threaded.
_PRELOADED = ["__main__", "extractors.page", "extractors.engines.fast"]


def _context() -> multiprocessing.context.ForkServerContext:
    """Processes are forked from a server that has only imported: never from a threaded parent."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    # It imports while the caller still looks at its files.
    forkserver.ensure_running()
    return context


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


@dataclass(frozen=True, slots=True)
class _Page:
    path: Path
    number: int
    pixels: int
    outcome: Future[PageReading]


class ReaderPool:
    """Reads pages in parallel. A context manager; leaving it ends the processes."""

    def __init__(self, reading: ReadingSettings, limits: IntakeSettings) -> None:
        # Fails here, in the caller's process, with a clear error if the engine is missing.
        check_engine(reading)
        self.engine_name = reading.engine
        self.workers = reading.workers or granted_cores()
        self._timeout = reading.page_timeout_seconds
        self._lock = threading.RLock()
        self._waiting: deque[_Page] = deque()
        self._pixels = 0
        self._pool = ProcessPool(
            max_workers=self.workers,
            max_tasks=_PAGES_PER_PROCESS,
            initializer=_start,
            initargs=(reading, limits),
            context=_context(),
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

    def submit_page(self, path: Path, number: int, pixels: int = 0) -> Future[PageReading]:
        """Read page ``number`` (1-based) of ``path``; ``pixels`` is its size, if known.

        The future never fails for the page's sake: a time-out or a dead process gives a page with
        outcome ``failed``. A page whose process died is tried once more, since the process may have
        died of something else (memory, an administrator).

        Pages wait their turn here, so that those being read never hold more pixels together than the
        pool's share of memory allows; a page larger than that is read alone.
        """
        outcome: Future[PageReading] = Future()
        with self._lock:
            self._waiting.append(_Page(path, number, pixels or _USUAL_PIXELS, outcome))
        self._admit()
        return outcome

    def _admit(self) -> None:
        """Start the pages that fit, in order."""
        start = []
        with self._lock:
            budget = self.workers * _PIXELS_A_WORKER
            while self._waiting and (
                not self._pixels or self._pixels + self._waiting[0].pixels <= budget
            ):
                page = self._waiting.popleft()
                if page.outcome.set_running_or_notify_cancel():
                    self._pixels += page.pixels
                    start.append(page)
        for page in start:
            page.outcome.add_done_callback(partial(self._leave, page.pixels))
            self._attempt(page, 1)

    def _leave(self, pixels: int, _: Future[PageReading]) -> None:
        with self._lock:
            self._pixels -= pixels
        self._admit()

    def _attempt(self, page: _Page, attempt: int) -> None:
        path, number, outcome = page.path, page.number, page.outcome

        def fail(reason: SohoaError) -> None:
            outcome.set_result(failed_page(number, self.engine_name, reason))

        def settle(done: Future[PageReading]) -> None:
            if done.cancelled():  # the pool was stopped
                fail(WorkerDied(file=path.name, page=number, detail="stopped"))
                return
            error = done.exception()
            if error is None:
                outcome.set_result(done.result())
            elif isinstance(error, TimeoutError):
                fail(PageTimeout(file=path.name, page=number, seconds=self._timeout))
            elif isinstance(error, (ProcessExpired, MemoryError)):
                log.warning("%r on page %d of %s, attempt %d", error, number, path.name, attempt)
                if attempt < _ATTEMPTS:
                    self._attempt(page, attempt + 1)
                else:
                    fail(WorkerDied(file=path.name, page=number, detail=repr(error)))
            elif isinstance(error, SohoaError):
                fail(error)
            else:
                log.error("page %d of %s", number, path.name, exc_info=error)
                detail = f"{type(error).__name__}: {error}"
                fail(UnexpectedFault(file=f"{path.name}, {number}", detail=detail))

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

    from extractors.engines import open_engine

    global _engine, _limits
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    _engine, _limits = open_engine(reading), limits


def _read(path: Path, number: int) -> PageReading:
    from extractors.page import read_page

    if _engine is None or _limits is None:
        raise RuntimeError("reading process was not initialised")
    return read_page(path, number, _engine, _limits)
