"""One consent for all documents of a dossier, where a key asks a person for it.

Documents are made in threads of their own, as many as there are documents: one that waits for the
consent must not take the thread from another that it waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from dossiers.errors import Language, SohoaError
from flows.services import Services
from signing.keys.gathering import Gathering
from storage.documents import DocumentRecord

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class Consent:
    """Runs the signing part of documents; with keys that ask nobody, in the usual threads."""

    def __init__(
        self,
        gathering: Gathering | None,
        threads: ThreadPoolExecutor | None,
        describe: Callable[[Sequence[DocumentRecord]], str] = lambda _: "",
        documents: Sequence[DocumentRecord] = (),
    ) -> None:
        self._gathering = gathering
        self._threads = threads
        self._describe = describe
        self._documents = list(documents)

    def join(self, documents: Sequence[DocumentRecord]) -> None:
        """More documents, found in a file of which one is still under way."""
        if self._gathering is not None and documents:
            self._documents += documents
            self._gathering.join(len(documents), self._describe(self._documents))

    async def run(
        self,
        work: Callable[_Given, _Result],
        *arguments: _Given.args,
        **keywords: _Given.kwargs,
    ) -> _Result:
        """Do the work of one document, signatures included."""
        gathering = self._gathering
        if gathering is None:
            return await asyncio.to_thread(work, *arguments, **keywords)

        def inside() -> _Result:
            with gathering.taking_part():
                return work(*arguments, **keywords)

        return await asyncio.get_running_loop().run_in_executor(self._threads, inside)

    async def leave(self) -> None:
        """A document has ended, well or not: the others no longer wait for it."""
        if self._gathering is not None:
            await asyncio.to_thread(self._gathering.leave)


@asynccontextmanager
async def consent_for(services: Services, due: Sequence[DocumentRecord]) -> AsyncIterator[Consent]:
    """The consent that these documents share; each must :meth:`Consent.leave` when it ends."""
    try:
        people = await asyncio.to_thread(lambda: services.signatories)
    except SohoaError:
        # Each document will meet the same error where it signs, and be recorded with it.
        people = None
    if people is None or not people.together:
        yield Consent(None, None)
        return
    english = services.settings.language is Language.ENGLISH

    def describe(documents: Sequence[DocumentRecord]) -> str:
        count = len(documents)
        begin = f"Sign {count} documents" if english else f"Ký {count} văn bản"
        names = ", ".join(dict.fromkeys(doc.original_name for doc in documents))
        return f"{begin} – {documents[0].dossier_code}: {names}"

    # A file may turn out to hold a document a page.
    with ThreadPoolExecutor(sum(doc.page_count for doc in due), "consent") as threads:
        yield Consent(Gathering(len(due), describe(due)), threads, describe, due)
