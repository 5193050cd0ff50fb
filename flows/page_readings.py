"""The pages of an original as read: once for each version of the reader, whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

from pydantic import TypeAdapter

from dossiers.contract import PageReport, page_from, page_report
from dossiers.reading import PageReading
from extractors.reader import STEP_VERSION
from extractors.sources import inspect
from flows.progress import Progress
from flows.services import Services

_PAGES = TypeAdapter(tuple[PageReport, ...])
# One file may hold papers of several dossiers, which are digitised at the same time.
_under_way: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


async def read_pages(
    services: Services,
    original_sha256: str,
    source: Path,
    wanted: Container[int],
    progress: Progress,
) -> list[PageReading]:
    """Pages as read now, or by an earlier run, or for another dossier with the same paper.

    All pages of ``source`` are read and kept; those ``wanted``, by number, are given.
    """
    lock = _under_way.setdefault(original_sha256, asyncio.Lock())
    async with lock:
        pages = await asyncio.to_thread(pages_of, services, original_sha256, wanted)
        if pages:
            for page in pages:
                progress.page_done(page.outcome)
            return pages
        return await _read(services, original_sha256, source, wanted, progress)


async def _read(
    services: Services,
    original_sha256: str,
    source: Path,
    wanted: Container[int],
    progress: Progress,
) -> list[PageReading]:
    sizes = inspect(source, services.settings.intake, decode=False).page_pixels
    jobs = [
        asyncio.wrap_future(services.pool.submit_page(source, number, pixels))
        for number, pixels in enumerate(sizes, start=1)
    ]
    pages = []
    for job in jobs:
        page = await job
        pages.append(page)
        if page.number in wanted:
            progress.page_done(page.outcome)
    _keep(services, original_sha256, pages)
    return [page for page in pages if page.number in wanted]


def read_now(
    services: Services, original_sha256: str, source: Path, sizes: Sequence[int]
) -> list[PageReading]:
    """All pages, for work that cannot go on before they are read; ``sizes`` are their pixels."""
    pages = pages_of(services, original_sha256)
    if pages:
        return pages
    jobs = [services.pool.submit_page(source, n, size) for n, size in enumerate(sizes, start=1)]
    pages = [job.result() for job in jobs]
    _keep(services, original_sha256, pages)
    return pages


def _keep(services: Services, original_sha256: str, pages: Sequence[PageReading]) -> None:
    """Keep what was read; a page whose process died may be read well next time."""
    if any(p.code in ("worker_died", "page_timeout") for page in pages for p in page.problems):
        return
    content = _PAGES.dump_python(tuple(map(page_report, pages)), mode="json")
    services.ledger.documents.save_pages(original_sha256, _version(services), content)


def pages_of(
    services: Services, original_sha256: str, wanted: Container[int] | None = None
) -> list[PageReading]:
    """The pages of an original as this version of the reader has read them; empty if it has not.

    ``wanted`` are the numbers of the pages asked for; all by default.
    """
    kept = services.ledger.documents.pages(original_sha256, _version(services)) or ()
    chosen = [page for page in kept if wanted is None or page["number"] in wanted]
    return [page_from(report) for report in _PAGES.validate_python(chosen)]


def _version(services: Services) -> str:
    return f"{STEP_VERSION}/{services.settings.reading.engine}"
