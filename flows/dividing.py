"""Which documents an original holds: found once its pages are read, and by people afterwards.

What was found is in the ledger before any of the documents is made; a killed run goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dossiers.parts import Division, Part, pages_of_part, problems_on
from dossiers.reading import DocumentReading, PageReading, Problem
from dossiers.states import DocumentState
from extractors.splitting import divide
from flows.services import Services
from storage.divisions import DivisionRecord
from storage.documents import DocumentRecord

ACTOR = "digitise"
OPEN = frozenset(
    {DocumentState.RECEIVED, DocumentState.READ, DocumentState.SIGNED, DocumentState.FAILED}
)


def documents_in(
    services: Services,
    known: Sequence[DocumentRecord],
    pages: Sequence[PageReading],
    *,
    signed: bool,
) -> list[DocumentRecord]:
    """All documents of an original that are still to be made, of which some are ``known``.

    A ``signed`` file is one document: its signatures cover the whole of it.

    Raises:
        CoverContradicts, CoverUnreadable: a cover sheet names another dossier, or none.
        NothingToDigitise: it holds no paper.
    """
    first = known[0]
    divisions = services.ledger.divisions
    if divisions.of(first.dossier_code, first.original_sha256) is not None:
        return list(known)
    if signed:
        division = Division((Part(first.pages),))
    else:
        own = [page for page in pages if page.number in set(first.pages)]
        division = divide(first.original_name, own, services.types, dossier=first.dossier_code)
    found = divisions.record(first.code, division, ACTOR)
    return [document for document in found if document.state in OPEN]


def pages_of_document(doc: DocumentRecord, pages: Sequence[PageReading]) -> Sequence[PageReading]:
    """A document's own pages out of its original's, numbered from 1."""
    return pages if doc.whole else pages_of_part(pages, doc.pages)


def with_doubts(
    services: Services, doc: DocumentRecord, reading: DocumentReading
) -> DocumentReading:
    """A reading with what was doubtful about where its paper begins and ends."""
    record = services.ledger.divisions.of(doc.dossier_code, doc.original_sha256)
    doubts = problems_of(doc, record)
    return replace(reading, problems=(*reading.problems, *doubts)) if doubts else reading


def problems_of(doc: DocumentRecord, record: DivisionRecord | None) -> tuple[Problem, ...]:
    """Doubts about a document's pages, told of its own pages."""
    if record is None:
        return ()
    return problems_on(doc.pages, Division((), problems=record.problems), record.evidence)
