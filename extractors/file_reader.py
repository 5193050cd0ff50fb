"""A file as understood without a dossier: its papers, each with type and fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dossiers.parts import Division, FileReading, Part, pages_of_part, problems_on
from dossiers.reading import DocumentReading, PageReading
from extractors.reader import understand
from extractors.splitting import divide
from extractors.types import DocumentTypes


def understand_file(
    file: str,
    pages: Sequence[PageReading],
    types: DocumentTypes,
    *,
    accept: float | None,
    signed: bool,
) -> FileReading:
    """The papers of a file. A ``signed`` one is one paper: its signatures cover the whole of it.

    Raises:
        CoverUnreadable, NothingToDigitise: see :func:`extractors.splitting.divide`.
    """
    whole = Division((Part(tuple(page.number for page in pages)),))
    division = whole if signed else divide(file, pages, types)

    def one(part: Part) -> DocumentReading:
        own = pages_of_part(pages, part.pages)
        reading = understand(file, own, types, accept=accept)
        return replace(reading, problems=(*reading.problems, *problems_on(part.pages, division)))

    return FileReading(file, tuple(pages), division, tuple(map(one, division.parts)))
