"""Values read from generated scans beside what is printed there: what confidence is fitted on.

Every paper is generated from the seed alone, so the same arguments give the same papers. A value that
was read where the paper has none is wrong: it was invented.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from dossiers.reading import PageReading
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.fields.evidence import Evidence
from extractors.pool import ReaderPool
from extractors.reader import Examined, examine
from extractors.types import DocumentTypes, FieldKind, load_types
from fixtures.batch import generate
from fixtures.kinds import KINDS
from fixtures.render.flow import TableRules
from fixtures.truth import DocumentTruth

_AT_ONCE = 40
_ARTISTS = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """Papers of one font and degradation; with a ``pen``, numbers and days are written by hand.

    ``tables`` are the rules printed in tables; ``None``: drawn for each paper.
    """

    seed: int
    font: str
    degradation: str
    count: int
    kinds: Sequence[str] = tuple(KINDS)
    pen: bool = False
    tables: TableRules | None = TableRules.ALL

    def slices(self) -> Iterator[Batch]:
        """The batch in parts that a disk holds easily, each with a seed of its own."""
        for index, start in enumerate(range(0, self.count, _AT_ONCE)):
            first = start % len(self.kinds)
            kinds = (*self.kinds[first:], *self.kinds[:first])
            yield replace(
                self,
                seed=self.seed * 1000 + index,
                count=min(_AT_ONCE, self.count - start),
                kinds=kinds,
            )


@dataclass(frozen=True, slots=True)
class Labelled:
    """One value: where it comes from, what was read and what is printed (``None``: nothing)."""

    type: str
    name: str
    key: bool
    passed: bool
    read: str | None
    printed: str | None
    confidence: float
    evidence: Evidence | None
    file: str

    @property
    def exact(self) -> bool:
        """Whether what was read is what is printed."""
        if self.read is None or self.printed is None:
            return False
        read, printed = plain(self.read), plain(self.printed)
        # Whether a name is set in capitals is the form's choice, not part of the name.
        if self.evidence and self.evidence.kind is FieldKind.PERSON_NAME:
            return read.casefold() == printed.casefold()
        return read == printed


@dataclass(frozen=True, slots=True)
class ReadPaper:
    """A generated paper as printed and as read; ``name`` is no other's."""

    name: str
    truth: DocumentTruth
    pages: tuple[PageReading, ...]
    examined: Examined


def plain(value: str) -> str:
    """A value for comparing: single blanks, no full stop at the end."""
    return " ".join(value.split()).rstrip(".")


def read_papers(batches: Sequence[Batch], workers: int = 0) -> Iterator[ReadPaper]:
    """Generates and reads papers; the next ones are drawn while the present ones are read."""
    types = load_types()
    parts = [part for batch in batches for part in batch.slices()]
    with (
        tempfile.TemporaryDirectory() as scratch,
        ReaderPool(ReadingSettings(workers=workers), IntakeSettings()) as pool,
        ProcessPoolExecutor(_ARTISTS) as artist,
    ):
        folders = [Path(scratch) / str(index) for index in range(len(parts))]
        drawn = [
            artist.submit(_draw, part, folder) for part, folder in zip(parts, folders, strict=True)
        ]
        for job, folder in zip(drawn, folders, strict=True):
            yield from _read(pool, types, folder, job.result())
            for file in folder.iterdir():
                file.unlink()


def _draw(batch: Batch, folder: Path) -> list[DocumentTruth]:
    return generate(
        folder,
        batch.seed,
        batch.kinds,
        batch.count,
        font=batch.font,
        degradation=batch.degradation,
        pen_numbers=batch.pen,
        tables=batch.tables,
    )


def _read(
    pool: ReaderPool, types: DocumentTypes, folder: Path, truths: Sequence[DocumentTruth]
) -> Iterator[ReadPaper]:
    jobs = [
        [pool.submit_page(folder / str(t.file), n + 1) for n in range(len(t.pages))] for t in truths
    ]
    for truth, job in zip(truths, jobs, strict=True):
        pages = tuple(future.result() for future in job)
        name = f"{folder.name}/{truth.file}"
        yield ReadPaper(name, truth, pages, examine(str(truth.file), pages, types))


def labelled(papers: Sequence[ReadPaper]) -> list[Labelled]:
    """Every value printed or read, of the fields that papers of its kind have."""
    types = load_types()
    known: dict[str, set[str]] = {}
    for paper in papers:
        known.setdefault(paper.truth.kind, set()).update(paper.truth.fields)
    values = []
    for paper in papers:
        truth, reading = paper.truth, paper.examined.reading
        kind = types.get(truth.kind)
        for name in known[truth.kind]:
            field = reading.fields.get(name)
            printed = truth.fields.get(name)
            if field is None and printed is None:
                continue
            declared = kind.field(name) if kind else None
            values.append(
                Labelled(
                    type=truth.kind,
                    name=name,
                    key=bool(declared and (declared.key or declared.required)),
                    passed=field is not None and name not in reading.doubtful,
                    read=field.value if field else None,
                    printed=printed,
                    confidence=field.confidence if field else 0.0,
                    evidence=paper.examined.evidence.get(name),
                    file=paper.name,
                )
            )
    return values
