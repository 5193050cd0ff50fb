"""The people on the papers of one dossier, known before any of its papers is concluded.

Every file tells whom its papers are about and then waits for the others, so that what the papers
confirm or deny of each other does not depend on which is read first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dossiers.reading import DocumentReading
from dossiers.states import DocumentState
from extractors.fields.peers import KnownPerson, people_of
from flows.services import Services
from storage.documents import DocumentRecord


class Peers:
    """People by the document they stand on; ``files`` are still to tell theirs."""

    def __init__(self, files: int, known: dict[str, list[KnownPerson]] | None = None) -> None:
        self._files = files
        self._people: dict[str, list[KnownPerson]] = known or {}
        self._complete = asyncio.Event()
        if not files:
            self._complete.set()

    def tell(self, document_code: str, people: Sequence[KnownPerson]) -> None:
        """Whom a document is about."""
        self._people[document_code] = list(people)

    def leave(self) -> None:
        """A file has told of all its documents, or never will."""
        self._files -= 1
        if self._files <= 0:
            self._complete.set()

    async def complete(self) -> None:
        """Wait until every file has told or left."""
        await self._complete.wait()

    def besides(self, document_code: str) -> list[KnownPerson]:
        """The people on all other documents, in the order of their codes."""
        return [
            person
            for code in sorted(self._people)
            if code != document_code
            for person in self._people[code]
        ]


def people_read(
    services: Services, document: DocumentRecord, reading: DocumentReading
) -> list[KnownPerson]:
    """The people of a reading."""
    kind = services.types.get(reading.type.code)
    if kind is None:
        return []
    return list(people_of(kind, document.original_name, reading.fields, reading.doubtful))


def people_kept(
    services: Services, dossier_code: str, without: Sequence[DocumentRecord]
) -> dict[str, list[KnownPerson]]:
    """The people of a dossier's documents but some, as the ledger has them from earlier runs.

    A superseded document is no other paper: its pages belong to another document now.
    """
    left_out = {document.code for document in without}
    found: dict[str, list[KnownPerson]] = {}
    for document in services.ledger.documents.of_dossier(dossier_code):
        kind = services.types.get(document.type_code)
        superseded = document.state is DocumentState.SUPERSEDED
        if kind is None or superseded or document.code in left_out:
            continue
        kept = services.ledger.documents.fields(document.code)
        fields = {name: each.field for name, each in kept.items()}
        doubtful = [name for name, each in kept.items() if each.doubtful]
        found[document.code] = list(people_of(kind, document.original_name, fields, doubtful))
    return found
