"""One dossier from originals to stored copies: read, copy, sign, verify, store, link.

Every step writes its outcome to the ledger and is found again there: readings by the original's hash
and the step's version, copies by their key. A document that fails is recorded and does not stop the
others.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter

from dossiers.contract import DossierReport, PageReport, page_from, page_report
from dossiers.errors import SohoaError, UnexpectedFault
from dossiers.reading import PageReading
from dossiers.states import DocumentState, DossierState
from extractors.reader import STEP_VERSION, understand
from extractors.sources import inspect
from flows.consent import Consent, consent_for
from flows.linking import link_subjects
from flows.progress import Progress
from flows.report import dossier_report
from flows.services import Services
from flows.signed_input import judge_arrival, signing_hints
from flows.storing import adopt_stored, make_signed_copy, next_place, store_signed
from storage.documents import DocumentRecord
from storage.dossiers import DossierRecord

log = logging.getLogger(__name__)

ACTOR = "digitise"
_LEASE = dt.timedelta(minutes=10)
_FIRST_RETRY = dt.timedelta(minutes=10)
_MOST_ATTEMPTS = 6
_PAGES = TypeAdapter(tuple[PageReport, ...])
_OPEN = frozenset(
    {DocumentState.RECEIVED, DocumentState.READ, DocumentState.SIGNED, DocumentState.FAILED}
)


async def digitise_dossier(services: Services, code: str, progress: Progress) -> DossierReport:
    """Carry all open documents of a dossier to stored copies.

    While another run holds the dossier, nothing is done and its present state is reported.
    """
    owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    ledger = services.ledger
    if not ledger.dossiers.lease(code, owner, _LEASE):
        log.info("dossier %s is being digitised by another run", code)
        return dossier_report(ledger, code)
    try:
        record = ledger.dossiers.get(code)
        due = [doc for doc in ledger.documents.of_dossier(code) if doc.state in _OPEN]
        if due:
            ledger.dossiers.move(code, DossierState.DIGITISING)
            progress.expect(sum(doc.page_count for doc in due))
            await _all(services, record, due, owner, progress)
        _conclude(services, code)
    finally:
        ledger.dossiers.release(code, owner)
    report = await asyncio.to_thread(dossier_report, ledger, code)
    progress.dossier_done(report)
    return report


async def _all(
    services: Services,
    record: DossierRecord,
    due: list[DocumentRecord],
    owner: str,
    progress: Progress,
) -> None:
    """All documents at once: the pages queue at the pool, so its workers never wait for a copy."""
    async with consent_for(services, due) as consent:
        tasks = [
            asyncio.create_task(_document(services, record, doc, progress, consent)) for doc in due
        ]
        pending = set(tasks)
        try:
            while pending:
                _, pending = await asyncio.wait(pending, timeout=_LEASE.total_seconds() / 3)
                services.ledger.dossiers.lease(record.head.code, owner, _LEASE)
            for task in tasks:
                task.result()
        finally:
            for task in pending:
                task.cancel()


def _conclude(services: Services, code: str) -> None:
    states = {doc.state for doc in services.ledger.documents.of_dossier(code)}
    dossiers = services.ledger.dossiers
    whole = states <= {DocumentState.STORED, DocumentState.SUPERSEDED}
    target = DossierState.DIGITISED if whole else DossierState.INCOMPLETE
    if states and dossiers.get(code).state is DossierState.DIGITISING:
        dossiers.move(code, target)
        services.ledger.audit.append(ACTOR, f"dossier.{target}", code, documents=len(states))


async def _document(
    services: Services,
    dossier: DossierRecord,
    doc: DocumentRecord,
    progress: Progress,
    consent: Consent,
) -> None:
    """One document; its failures are recorded, not raised."""
    documents = services.ledger.documents
    try:
        if doc.state is DocumentState.FAILED:
            documents.move(doc.code, DocumentState.RECEIVED)
        with _original(services, doc) as source:
            signed = await asyncio.to_thread(_arrival, services, doc, source)
            pages = await _pages(services, doc, source, progress)
            await consent.run(_finish, services, dossier, doc, source, pages, signed)
    except Exception as unexpected:
        error = unexpected if isinstance(unexpected, SohoaError) else _named(doc, unexpected)
        log.warning("document %s failed: %s", doc.code, error.code)
        attempts = len(documents.attempts(doc.code))
        again = error.retryable and attempts + 1 < _MOST_ATTEMPTS
        next_try = dt.datetime.now(dt.UTC) + _FIRST_RETRY * 2**attempts if again else None
        documents.save_failure(doc.code, error, next_try)
        services.ledger.audit.append(ACTOR, "document.failed", doc.code, error=error.code)
    finally:
        await consent.leave()


def _named(doc: DocumentRecord, fault: Exception) -> SohoaError:
    """A fault nobody raised on purpose, with the file it happened to."""
    log.error("document %s", doc.code, exc_info=fault)
    return UnexpectedFault(file=doc.original_name, detail=f"{type(fault).__name__}: {fault}")


@contextmanager
def _original(services: Services, doc: DocumentRecord) -> Iterator[Path]:
    """The original under its own name, so that messages name the file the operator knows."""
    work = services.settings.work_folder
    with (
        services.store.fetched(doc.original_key) as stored,
        tempfile.TemporaryDirectory(dir=work) as folder,
    ):
        named = Path(folder).absolute() / Path(doc.original_name).name
        named.symlink_to(stored.absolute())
        yield named


async def _pages(
    services: Services, doc: DocumentRecord, source: Path, progress: Progress
) -> list[PageReading]:
    """The pages as read now, or by an earlier run, or for another dossier with the same paper."""
    pages = pages_of(services, doc.original_sha256)
    if pages:
        for page in pages:
            progress.page_done(page.outcome)
        return pages
    jobs = [
        asyncio.wrap_future(services.pool.submit_page(source, number, pixels))
        for number, pixels in enumerate(_page_pixels(services, source), start=1)
    ]
    pages = []
    for job in jobs:
        page = await job
        pages.append(page)
        progress.page_done(page.outcome)
    reports = tuple(page_report(page) for page in pages)
    # A page whose process died may be read well next time: such readings are not kept.
    if not any(p.code in ("worker_died", "page_timeout") for page in pages for p in page.problems):
        content = _PAGES.dump_python(reports, mode="json")
        services.ledger.documents.save_pages(doc.original_sha256, _version(services), content)
    return pages


def _page_pixels(services: Services, source: Path) -> tuple[int, ...]:
    return inspect(source, services.settings.intake, decode=False).page_pixels


def _arrival(services: Services, doc: DocumentRecord, source: Path) -> bool:
    """Whether the original came with signatures; if so they are judged before anything else."""
    signed = inspect(source, services.settings.intake, decode=False).signed
    if signed and doc.input_signatures is None:
        judge_arrival(services, doc, source)
    return signed


def pages_of(services: Services, original_sha256: str) -> list[PageReading]:
    """The pages of an original as this version of the reader has read them; empty if it has not."""
    kept = services.ledger.documents.pages(original_sha256, _version(services))
    return [page_from(report) for report in _PAGES.validate_python(kept)] if kept else []


def _version(services: Services) -> str:
    return f"{STEP_VERSION}/{services.settings.reading.engine}"


def _finish(
    services: Services,
    dossier: DossierRecord,
    doc: DocumentRecord,
    source: Path,
    pages: list[PageReading],
    signed: bool,
) -> None:
    """From pages to a stored copy; runs in a thread of its own."""
    ledger = services.ledger
    reading = understand(
        doc.original_name,
        pages,
        services.types,
        hints=services.hints_of(dossier.head) | signing_hints(services, doc),
        accept=services.settings.reading.accept_confidence,
    )
    ledger.documents.save_reading(doc.code, reading)
    ledger.search.put(doc.code, reading.text)
    key, version = next_place(services, dossier, doc)
    with tempfile.TemporaryDirectory(dir=services.settings.work_folder) as folder:
        made = adopt_stored(services, doc, key, source, Path(folder)) or make_signed_copy(
            services, dossier, doc, source, reading, Path(folder), signed_input=signed
        )
        store_signed(services, doc, key, version, made)
    link_subjects(services, dossier, doc, reading)
    ledger.audit.append(ACTOR, "copy.stored", doc.code, key=key)
