"""Validation of files from outside in a process of its own, bounded in time and memory.

A file made to exhaust a parser ends that process, not the run: its verdict is then ``INDETERMINATE``.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import resource
from concurrent.futures import TimeoutError as FutureTimeout
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from asn1crypto import x509 as asn1_x509
from pebble import ProcessExpired, ProcessPool

from signing.validation.outcomes import Outcome, reason
from signing.validation.rules import Rules, unjudged
from signing.validation.trust import Trust
from signing.validation.verdicts import VerificationReport

_MEGABYTE = 1024 * 1024


class Guard:
    """A warm process that validates one file at a time. A context manager."""

    def __init__(self, seconds: float, megabytes: int) -> None:
        self._seconds, self._megabytes = seconds, megabytes
        # Spawned: the program may have threads, and the reading processes' fork server is not ours.
        self._pool = ProcessPool(
            max_workers=1,
            context=multiprocessing.get_context("spawn"),
            initializer=_confine,
            initargs=(megabytes,),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.stop()
        self._pool.join()

    def verify(
        self, path: Path, trust: Trust, at: dt.datetime | None = None, rules: Rules | None = None
    ) -> VerificationReport:
        """As :func:`signing.validation.verify`, or ``INDETERMINATE`` where a limit was reached.

        Raises:
            OSError: the file cannot be read.
        """
        rules, now = rules or Rules(), at or dt.datetime.now(dt.UTC)
        anchors = tuple(c.dump() for c in trust.anchors)
        others = tuple(c.dump() for c in trust.intermediates)
        job = self._pool.schedule(
            _work, args=(path, anchors, others, now, rules), timeout=self._seconds
        )
        try:
            report: VerificationReport = job.result()
        except FutureTimeout:
            limit = f"{self._seconds:g} s"
        except (MemoryError, ProcessExpired):
            limit = f"{self._megabytes} MB"
        else:
            return report
        return unjudged(path, Outcome.INDETERMINATE, reason("TOO_COSTLY", limit), now, rules)


def _confine(megabytes: int) -> None:
    """Load the machinery, then bound what this process may still allocate."""
    import_module("signing.validation.files")
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + megabytes * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _work(
    path: Path,
    anchors: tuple[bytes, ...],
    others: tuple[bytes, ...],
    now: dt.datetime,
    rules: Rules,
) -> VerificationReport:
    # Only here: the caller has no use for the machinery.
    from signing.validation.files import verify

    trust = Trust(
        tuple(asn1_x509.Certificate.load(c) for c in anchors),
        tuple(asn1_x509.Certificate.load(c) for c in others),
    )
    return verify(path, trust, now, rules)
