"""Watching the intake folder: poll, take what is settled, digitise, sleep; stops between dossiers."""

from __future__ import annotations

import asyncio
import logging
import signal
import time

from dossiers.errors import Category, SohoaError
from flows.batch import digitise, intake_lock, unfinished
from flows.intake import reconcile, tidy_emptied
from flows.intake_folder import DossierFolder, find_dossiers
from flows.progress import Progress
from flows.services import Services
from flows.stability import StabilityTracker
from flows.taking import take_each

log = logging.getLogger(__name__)

_AGAIN = 900.0  # seconds; what went wrong may be a full disk that somebody clears


async def watch(services: Services, progress: Progress) -> None:
    """Take in and digitise for ever; ends after the step at hand on SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tracker = StabilityTracker(services.settings.intake.quiet_seconds)
    while not stop.is_set():
        try:
            codes = await asyncio.to_thread(take_settled, services, tracker, progress)
            await digitise(services, codes or unfinished(services), progress)
        except SohoaError as error:
            # The store or the database may be away for a while; nothing is lost by waiting.
            if error.category is not Category.UNAVAILABLE:
                raise
            log.warning("waiting: %s", error)
        await asyncio.to_thread(services.rest)
        try:
            await asyncio.wait_for(stop.wait(), services.settings.intake.poll_seconds)
        except TimeoutError:
            continue


def take_settled(services: Services, tracker: StabilityTracker, progress: Progress) -> list[str]:
    """One look at the intake folder; codes of the dossiers taken in.

    A folder that cannot be taken in is told of, and tried again when it changes, or a while later.
    """

    def refused(folder: DossierFolder, error: SohoaError) -> None:
        tracker.put_off(folder.path, time.monotonic() + _AGAIN)
        progress.dossier_refused(error)

    with intake_lock(services):
        reconcile(services)
        root = services.settings.intake_folder.absolute()
        folders = {folder.path: folder for folder in find_dossiers(root)}
        tidy_emptied(services, folders.values())
        snapshots = {path: folder.snapshot() for path, folder in folders.items()}
        settled = tracker.look(snapshots, time.monotonic())
        taken = take_each(services, [folders[path] for path in settled], refused)
        return [code for _, one in taken for code in one.codes]
