"""A person's correction of where papers begin: split a document, join several.

Only what has not been handed out is corrected: whoever fetched a copy relies on it. Originals and
stored copies stay; what changes is digitised anew, as a new version, and the audit trail says who.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from dossiers.errors import AlreadyHandedOut, NoSuchSplit, NotOfOneFile, SignedAsAWhole, UnderWay
from dossiers.parts import Part, spoken
from dossiers.states import DocumentState, DossierState
from flows.holding import held
from flows.services import Services
from storage.documents import DocumentRecord

_EVER = 100_000
_SETTLED = frozenset(
    {DocumentState.RECEIVED, DocumentState.READ, DocumentState.STORED, DocumentState.FAILED}
)
_BY_PERSON = ("cut by a person",)


def split(services: Services, code: str, at: Sequence[int], by: str) -> list[DocumentRecord]:
    """Begin new documents on pages ``at`` (from 2) of a document; the first keeps its code.

    Returns:
        All documents of its original that hold, by first page; what changed is to be digitised.

    Raises:
        NotFound: no such document.
        CannotBeDivided: it was handed out, came signed, is being digitised, or has no such pages.
    """
    doc = services.ledger.documents.get(code)
    starts = sorted(set(at))
    if not starts or not 2 <= starts[0] <= starts[-1] <= doc.page_count:
        raise NoSuchSplit(document=code, pages=spoken(starts) or "–", last=doc.page_count)
    edges = [1, *starts, doc.page_count + 1]
    cut = [Part(doc.pages[first - 1 : after - 1], _BY_PERSON) for first, after in pairwise(edges)]
    cut[0] = replace(cut[0], component_code=doc.component_code)
    return _redraw(services, [doc], cut, by)


def join(services: Services, codes: Sequence[str], by: str) -> list[DocumentRecord]:
    """Make several documents of one file one again: that which begins first.

    Returns, raises:
        As :func:`split`.
    """
    docs = [services.ledger.documents.get(code) for code in dict.fromkeys(codes)]
    if len(docs) < 2 or len({(doc.dossier_code, doc.original_sha256) for doc in docs}) > 1:
        raise NotOfOneFile(document=", ".join(codes))
    first = min(docs, key=lambda doc: doc.pages[0])
    pages = tuple(sorted(page for doc in docs for page in doc.pages))
    return _redraw(services, docs, [Part(pages, _BY_PERSON, 1.0, first.component_code)], by)


def _redraw(
    services: Services, docs: Sequence[DocumentRecord], parts: Sequence[Part], by: str
) -> list[DocumentRecord]:
    ledger, first = services.ledger, docs[0]
    with held(services, first.dossier_code, "correcting") as free:
        if not free:
            raise UnderWay(document=first.dossier_code, state=DossierState.DIGITISING)
        for doc in docs:
            _may_change(services, ledger.documents.get(doc.code))
        record = ledger.divisions.of(first.dossier_code, first.original_sha256)
        codes = {doc.code for doc in docs}
        others = [
            Part(doc.pages, record.evidence.get(doc.pages[0], ()) if record else ())
            for doc in ledger.documents.of_dossier(first.dossier_code)
            if doc.original_sha256 == first.original_sha256
            and doc.code not in codes
            and doc.state is not DocumentState.SUPERSEDED
        ]
        every = sorted([*others, *parts], key=lambda part: part.pages[0])
        left_out = record.left_out if record else ()
        found = ledger.divisions.redraw(
            first.dossier_code, first.original_sha256, every, left_out, by
        )
    return [doc for doc in found if doc.state is not DocumentState.SUPERSEDED]


def _may_change(services: Services, doc: DocumentRecord) -> None:
    if doc.state not in _SETTLED:
        raise UnderWay(document=doc.code, state=doc.state)
    if doc.input_signatures is not None:
        raise SignedAsAWhole(document=doc.code)
    entries = services.ledger.audit.entries(doc.code, limit=_EVER)
    if any(entry.action == "copy.read" for entry in entries):
        raise AlreadyHandedOut(document=doc.code)
