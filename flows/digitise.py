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
import traceback
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from dossiers.contract import DossierReport
from dossiers.errors import SohoaError, UnexpectedFault
from dossiers.reading import DocumentReading, PageReading
from dossiers.states import DocumentState, DossierState
from extractors.declared import Declared
from extractors.fields.peers import KnownPerson
from extractors.reader import understand
from extractors.sources import inspect
from flows.consent import Consent, consent_for
from flows.dividing import OPEN, documents_in, pages_of_document, with_doubts
from flows.linking import link_subjects
from flows.page_readings import read_pages
from flows.peers import Peers, people_kept, people_read
from flows.progress import Progress
from flows.report import dossier_report
from flows.services import Services
from flows.sides import join_sides
from flows.signed_input import judge_arrival, signing_hints
from flows.storing import (
    adopt_stored,
    holds_data,
    make_signed_copy,
    next_place,
    same_data,
    store_signed,
)
from storage.database import may_disclose
from storage.documents import DocumentRecord
from storage.dossiers import DossierRecord

log = logging.getLogger(__name__)

ACTOR = "digitise"
_LEASE = dt.timedelta(minutes=10)
_FIRST_RETRY = dt.timedelta(minutes=10)
_MOST_ATTEMPTS = 6


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
        reviewed = set(ledger.review.awaiting_copy())
        every = ledger.documents.of_dossier(code)
        due = [doc for doc in every if doc.state in OPEN or doc.code in reviewed]
        if due:
            ledger.dossiers.move(code, DossierState.DIGITISING)
            for doc in due:
                if doc.state is DocumentState.STORED:
                    ledger.documents.move(doc.code, DocumentState.READ)
            progress.expect(sum(doc.page_count for doc in due))
            await _all(services, record, due, owner, progress)
            await asyncio.to_thread(join_sides, services, code)
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
        files: dict[str, list[DocumentRecord]] = {}
        for doc in due:
            files.setdefault(doc.original_sha256, []).append(doc)
        done = await asyncio.to_thread(people_kept, services, record.head.code, due)
        peers = Peers(len(files), done)
        tasks = [
            asyncio.create_task(_file(services, record, docs, progress, consent, peers))
            for docs in files.values()
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


async def _file(
    services: Services,
    dossier: DossierRecord,
    docs: list[DocumentRecord],
    progress: Progress,
    consent: Consent,
    peers: Peers,
) -> None:
    """One original: read, divided into its documents, and each of these made by itself."""
    known, source_of = len(docs), docs[0]
    async with AsyncExitStack() as stack, AsyncExitStack() as leaving:
        # Whatever happens here, those that joined leave: the others may wait for their signature.
        for _ in docs:
            leaving.push_async_callback(consent.leave)
        try:
            source = stack.enter_context(_original(services, source_of))
            signed = await asyncio.to_thread(_arrival, services, source_of, source)
            pages = await _pages(services, docs, source, progress)
            docs = await asyncio.to_thread(documents_in, services, docs, pages, signed=signed)
            await asyncio.to_thread(_introduce, services, dossier, docs, pages, peers)
        except Exception as unexpected:
            for doc in docs:
                await asyncio.to_thread(_record_failure, services, doc, unexpected)
            return
        finally:
            peers.leave()
        await peers.complete()
        consent.join(docs[known:])
        leaving.pop_all()
        # All end before the source goes, also where the ledger cannot even record a failure.
        ended = await asyncio.gather(
            *(
                _document(services, dossier, doc, source, pages, consent, peers, signed=signed)
                for doc in docs
            ),
            return_exceptions=True,
        )
        for fault in ended:
            if fault is not None:
                raise fault


def _introduce(
    services: Services,
    dossier: DossierRecord,
    docs: Sequence[DocumentRecord],
    pages: Sequence[PageReading],
    peers: Peers,
) -> None:
    """Tell the other files of the dossier whom these documents are about."""
    for doc in docs:
        reading = understood(services, dossier, doc, pages)
        peers.tell(doc.code, people_read(services, doc, reading))


async def _document(
    services: Services,
    dossier: DossierRecord,
    doc: DocumentRecord,
    source: Path,
    pages: Sequence[PageReading],
    consent: Consent,
    peers: Peers,
    *,
    signed: bool,
) -> None:
    """One document; its failures are recorded, not raised."""
    try:
        if doc.state is DocumentState.FAILED:
            services.ledger.documents.move(doc.code, DocumentState.RECEIVED)
        others = peers.besides(doc.code)
        await consent.run(_finish, services, dossier, doc, source, pages, others, signed)
    except Exception as unexpected:
        _record_failure(services, doc, unexpected)
    finally:
        await consent.leave()


def _record_failure(services: Services, doc: DocumentRecord, fault: Exception) -> None:
    documents = services.ledger.documents
    error = fault if isinstance(fault, SohoaError) else _named(doc, fault)
    log.warning("document %s failed: %s", doc.code, error.code)
    attempts = len(documents.attempts(doc.code))
    again = error.retryable and attempts + 1 < _MOST_ATTEMPTS
    next_try = dt.datetime.now(dt.UTC) + _FIRST_RETRY * 2**attempts if again else None
    documents.save_failure(doc.code, error, next_try)
    services.ledger.audit.append(ACTOR, "document.failed", doc.code, error=error.code)


def _named(doc: DocumentRecord, fault: Exception) -> SohoaError:
    """A fault nobody raised on purpose, with the file it happened to."""
    kind = type(fault).__name__
    if may_disclose(fault):
        where = "".join(traceback.format_tb(fault.__traceback__))
        log.error("document %s: %s\n%s", doc.code, kind, where)
        return UnexpectedFault(file=doc.original_name, detail=kind)
    log.error("document %s", doc.code, exc_info=fault)
    return UnexpectedFault(file=doc.original_name, detail=f"{kind}: {fault}")


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
    services: Services, docs: Sequence[DocumentRecord], source: Path, progress: Progress
) -> list[PageReading]:
    """The documents' pages, by their numbers in the original (:mod:`flows.page_readings`)."""
    wanted = {number for doc in docs for number in doc.pages}
    return await read_pages(services, docs[0].original_sha256, source, wanted, progress)


def _arrival(services: Services, doc: DocumentRecord, source: Path) -> bool:
    """Whether the original came with signatures; if so they are judged before anything else."""
    signed = inspect(source, services.settings.intake, decode=False).signed
    if signed and doc.input_signatures is None:
        judge_arrival(services, doc, source)
    return signed


def _finish(
    services: Services,
    dossier: DossierRecord,
    doc: DocumentRecord,
    source: Path,
    pages: Sequence[PageReading],
    others: Sequence[KnownPerson],
    signed: bool,
) -> None:
    """From the original's pages to a stored copy; runs in a thread of its own."""
    ledger = services.ledger
    given = ledger.review.given_type(doc.code)
    reading = understood(services, dossier, doc, pages, others)
    reading = ledger.documents.save_reading(doc.code, reading, given=given)
    ledger.search.put(doc.code, reading.text)
    if signed and not holds_data(services, doc):
        # The original itself, signed: what a person corrected stands in the ledger alone.
        link_subjects(services, dossier, doc, reading)
        ledger.documents.move(doc.code, DocumentState.SIGNED)
        ledger.documents.move(doc.code, DocumentState.STORED)
        return
    key, version = next_place(services, dossier, doc)
    with tempfile.TemporaryDirectory(dir=services.settings.work_folder) as folder:
        adopted = adopt_stored(services, doc, key, source, Path(folder))
        made = adopted or make_signed_copy(
            services, dossier, doc, source, reading, Path(folder), signed_input=signed
        )
        # Before the copy is recorded: nobody looks again at a document that is stored.
        link_subjects(services, dossier, doc, reading)
        if adopted and not same_data(adopted.path, reading):
            ledger.review.recall(doc.code)
        store_signed(services, doc, key, version, made)
    ledger.audit.append(ACTOR, "copy.stored", doc.code, key=key)


def understood(
    services: Services,
    dossier: DossierRecord,
    doc: DocumentRecord,
    pages: Sequence[PageReading],
    others: Sequence[KnownPerson] = (),
) -> DocumentReading:
    """A document out of its original's pages, by the type a person gave it if one did.

    ``others`` are the people on the other papers of its dossier.
    """
    given = services.ledger.review.given_type(doc.code)
    reading = understand(
        doc.original_name,
        pages_of_document(doc, pages),
        services.types,
        hints=services.hints_of(dossier.head) | signing_hints(services, doc),
        accept=services.settings.reading.accept_confidence,
        given=given if services.types.get(given) else None,
        others=others,
        # Of several papers in a file it is not said which one is meant.
        declared=Declared(doc.component_code, doc.declared_name) if doc.whole else None,
    )
    return with_doubts(services, doc, reading)
