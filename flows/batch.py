"""The main job: every settled dossier of the intake folder becomes stored copies."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dossiers.contract import DossierReport
from flows.digitise import digitise_dossier
from flows.intake import reconcile, tidy_emptied
from flows.intake_folder import DossierFolder, find_dossiers, named_dossiers
from flows.progress import Progress, Silent
from flows.services import Services
from flows.stability import StabilityTracker
from flows.taking import take_each

log = logging.getLogger(__name__)

# Enough dossiers in flight that reading never waits for signing; the pool bounds the rest.
_IN_FLIGHT = 4


async def ingest(
    services: Services, paths: Sequence[Path], progress: Progress
) -> list[DossierReport]:
    """Take in what is settled (in ``paths``, or in the whole intake folder) and digitise it.

    Dossiers that an earlier run left unfinished in the same place are finished too.

    Returns:
        One report for each dossier that there was something to do for, in the order taken in.
        ``progress`` is told of folders that could not be taken in.
    """
    codes = await asyncio.to_thread(_take_all, services, paths, progress)
    return await digitise(services, codes, progress)


async def digitise(
    services: Services, codes: Sequence[str], progress: Progress
) -> list[DossierReport]:
    """Digitise dossiers, several at a time; reports in the order of ``codes``.

    One that cannot be digitised at all does not stop the others: its error is raised at the end.
    """
    gate = asyncio.Semaphore(_IN_FLIGHT)

    async def one(code: str) -> DossierReport:
        async with gate:
            return await digitise_dossier(services, code, progress)

    ended = await asyncio.gather(*(one(code) for code in codes), return_exceptions=True)
    reports = []
    for code, outcome in zip(codes, ended, strict=True):
        if isinstance(outcome, BaseException):
            log.error("dossier %s could not be digitised: %s", code, type(outcome).__name__)
        else:
            reports.append(outcome)
    for outcome in ended:
        if isinstance(outcome, BaseException):
            raise outcome
    return reports


def unfinished(services: Services) -> list[str]:
    """Dossiers whose documents have no copy yet, or none with what people have settled."""
    documents = services.ledger.documents
    codes = [doc.dossier_code for doc in documents.unfinished()]
    codes += [documents.get(code).dossier_code for code in services.ledger.review.awaiting_copy()]
    return list(dict.fromkeys(codes))


def failed(services: Services) -> list[str]:
    """Dossiers with documents that ended in an error, such as a refused PIN or a declined signature."""
    codes = [doc.dossier_code for doc in services.ledger.documents.failed()]
    return list(dict.fromkeys(codes))


def take_settled_once(services: Services) -> list[str]:
    """Take in every folder that is settled by now; codes of their dossiers."""
    return _take_all(services, [], Silent())


def _take_all(services: Services, paths: Sequence[Path], progress: Progress) -> list[str]:
    """Take in all settled folders; codes of the dossiers that have something to be done."""
    with intake_lock(services):
        reconcile(services)
        codes: list[str] = []
        settled = _settled(services, paths)
        for folder, taken in take_each(
            services, settled, lambda _, error: progress.dossier_refused(error)
        ):
            if taken.fresh or folder.inside or not paths:
                codes.extend(taken.codes)
    if not paths:
        codes += unfinished(services)
    return list(dict.fromkeys(codes))


def _settled(services: Services, paths: Sequence[Path]) -> Iterator[DossierFolder]:
    """Wait until the folders have been quiet long enough, then hand them out, oldest name first."""
    root = services.settings.intake_folder.absolute()
    if paths:
        folders = [folder for path in paths for folder in named_dossiers(path, root)]
    else:
        folders = find_dossiers(root)
    tidy_emptied(services, folders)
    tracker = StabilityTracker(services.settings.intake.quiet_seconds)
    waiting = {folder.path: folder for folder in folders}
    give_up = time.monotonic() + 4 * services.settings.intake.quiet_seconds + 1
    while waiting:
        snapshots = {path: folder.snapshot() for path, folder in waiting.items()}
        for path in [path for path, snapshot in snapshots.items() if not snapshot]:
            del waiting[path], snapshots[path]
        for path in tracker.look(snapshots, time.monotonic()):
            yield waiting.pop(path)
        if waiting and time.monotonic() > give_up:
            # Still being written to: the next run, or the watcher, will find it settled.
            log.info("%d folders are still changing, left for the next run", len(waiting))
            return
        if waiting:
            time.sleep(min(0.25, services.settings.intake.quiet_seconds))


@contextmanager
def intake_lock(services: Services) -> Iterator[None]:
    """One process at a time empties the intake folder; digitising needs no such lock."""
    services.settings.home.mkdir(parents=True, exist_ok=True)
    with (services.settings.home / "intake.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
