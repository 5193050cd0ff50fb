"""Reading in processes: what becomes of pages when one dies, hangs, or a page is odd or huge."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from concurrent.futures import Future
from pathlib import Path

import pikepdf
import pytest

from dossiers.reading import PageOutcome, PageReading
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors import pool as pools
from extractors.pool import ReaderPool, granted_cores
from extractors.sources import inspect
from tests.extractors.pictures import LINES, page, scan_pdf

LIMITS = IntakeSettings()


def settle(futures: list[Future[PageReading]]) -> list[PageReading]:
    return [future.result(timeout=120) for future in futures]


def readers() -> list[int]:
    """Processes forked from the fork server of this one, the youngest last."""
    table = subprocess.run(
        ["ps", "-ww", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [row.split(None, 2) for row in table.splitlines()]
    servers = {
        pid for pid, parent, args in rows if parent == str(os.getpid()) and "forkserver" in args
    }
    return [int(pid) for pid, parent, _ in rows if parent in servers]


def test_pages_in_are_pages_out_even_when_a_process_is_killed(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "page.pdf", page(LINES * 4))
    with ReaderPool(ReadingSettings(workers=2), LIMITS) as pool:
        settle([pool.submit_page(path, 1)])  # warm
        futures = [pool.submit_page(path, 1) for _ in range(12)]
        time.sleep(0.1)
        os.kill(readers()[0], signal.SIGKILL)
        results = settle(futures)
    # The page whose process was killed was tried again: nothing is lost.
    assert [result.outcome for result in results] == [PageOutcome.OK] * 12


def test_a_page_that_takes_too_long_is_a_failed_page(tmp_path: Path) -> None:
    # Of 34 million pixels: decoding alone takes longer than it may.
    path = scan_pdf(tmp_path / "page.pdf", page(LINES * 4, dpi=600), dpi=600)
    settings = ReadingSettings(workers=1, page_timeout_seconds=0.05)
    with ReaderPool(settings, LIMITS) as pool:
        (result,) = settle([pool.submit_page(path, 1)])
    assert result.outcome is PageOutcome.FAILED
    assert result.problems[0].code == "page_timeout"


@pytest.mark.parametrize(
    "box",
    [[0, 0, 0, 0], [0, 0, 595, 0], [0, 0, 1e9, 1e9], [5, 5, 5, 900]],
)
def test_a_page_of_no_or_absurd_size_fails_alone(tmp_path: Path, box: list[float]) -> None:
    path = scan_pdf(tmp_path / "page.pdf", page())
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages.append(pdf.pages[0])
        pdf.pages[0].obj.MediaBox = pikepdf.Array(
            [pikepdf.Object.parse(f"{s:f}".encode()) for s in box]
        )
        pdf.save(path)
    with ReaderPool(ReadingSettings(workers=1), LIMITS) as pool:
        odd, good = settle([pool.submit_page(path, number) for number in (1, 2)])
    assert good.outcome is PageOutcome.OK
    # What the renderer makes of it is an outcome as well, but never an exception.
    assert odd.outcome in (PageOutcome.FAILED, PageOutcome.OK, PageOutcome.BLANK)
    if odd.outcome is PageOutcome.FAILED:
        assert "page.pdf" in odd.problems[0].vi


def test_a_fault_nobody_thought_of_is_an_outcome_with_the_files_name(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "page.pdf", page())
    with ReaderPool(ReadingSettings(workers=1), LIMITS) as pool:
        (result,) = settle([pool.submit_page(path, "one")])  # type: ignore[arg-type]
    assert result.outcome is PageOutcome.FAILED
    assert "page.pdf" in result.problems[0].en


def test_pages_wait_until_their_pixels_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scan_pdf(tmp_path / "page.pdf", page())
    (pixels,) = inspect(path, LIMITS).page_pixels
    assert pixels == 1654 * 2338
    started: list[int] = []
    attempt = ReaderPool._attempt

    def spy(self: ReaderPool, page: pools._Page, number: int) -> None:
        started.append(self._pixels)
        attempt(self, page, number)

    monkeypatch.setattr(ReaderPool, "_attempt", spy)
    monkeypatch.setattr(pools, "_PIXELS_A_WORKER", 2 * pixels)
    with ReaderPool(ReadingSettings(workers=1), LIMITS) as pool:
        huge = pool.submit_page(path, 1, pixels=50 * pixels)
        futures = [huge, *(pool.submit_page(path, 1, pixels=pixels) for _ in range(5))]
        results = settle(futures)
    assert [result.outcome for result in results] == [PageOutcome.OK] * 6
    # The page that is larger than the share was read, but alone.
    assert started[0] == 50 * pixels
    assert max(started[1:]) <= 2 * pixels


def test_no_more_cores_are_used_than_granted() -> None:
    assert 1 <= granted_cores() <= len(os.sched_getaffinity(0))
