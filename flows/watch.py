"""Watching the intake folder: poll, take what is settled, digitise, sleep; stops between dossiers."""

from __future__ import annotations

import asyncio
import logging
import signal
import time

from dossiers.errors import Category, SohoaError
from flows.batch import digitise, intake_lock, unfinished
from flows.intake import reconcile, take_in, tidy_emptied
from flows.intake_folder import find_dossiers
from flows.progress import Progress
from flows.services import Services
from flows.stability import StabilityTracker

log = logging.getLogger(__name__)


async def watch(services: Services, progress: Progress) -> None:
    """Take in and digitise for ever; ends after the step at hand on SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tracker = StabilityTracker(services.settings.intake.quiet_seconds)
    while not stop.is_set():
        try:
            codes = await asyncio.to_thread(take_settled, services, tracker)
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


def take_settled(services: Services, tracker: StabilityTracker) -> list[str]:
    """One look at the intake folder; codes of the dossiers taken in."""
    with intake_lock(services):
        reconcile(services)
        root = services.settings.intake_folder.absolute()
        folders = {folder.path: folder for folder in find_dossiers(root)}
        tidy_emptied(services, folders.values())
        snapshots = {path: folder.snapshot() for path, folder in folders.items()}
        settled = tracker.look(snapshots, time.monotonic())
        return [code for path in settled for code in take_in(services, folders[path]).codes]
