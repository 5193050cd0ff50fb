"""Several papers in one scan file: which pages are which paper, and which belong to none.

Pages are numbered as in the file, from 1. Every page of a file is in exactly one part or is left
out with a reason, so that pages in equal pages out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from dossiers.reading import DocumentReading, PageReading, Problem


class LeftOutReason(StrEnum):
    """Why a page belongs to no paper."""

    BLANK = "blank"
    SEPARATOR = "separator"
    COVER = "cover"


class CardSide(StrEnum):
    """Sides of an identity card; each may come as a page, or as a file, of its own."""

    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A page that belongs to no paper."""

    page: int
    why: LeftOutReason


@dataclass(frozen=True, slots=True)
class Part:
    """The pages of one paper, in the order scanned.

    ``evidence`` says in English and for the record why a paper begins here, ``confidence`` (0 to 1)
    how sure that is; the first paper of a file needs none. ``component_code`` is what a separator
    sheet before it says it is.
    """

    pages: tuple[int, ...]
    evidence: tuple[str, ...] = ()
    confidence: float = 1.0
    component_code: str | None = None


@dataclass(frozen=True, slots=True)
class Division:
    """What the pages of a file are. ``problems`` name pages where another paper *may* begin."""

    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class FileReading:
    """A file as understood: its pages, how they are divided, and a reading for each part."""

    file: str
    pages: tuple[PageReading, ...]
    division: Division
    readings: tuple[DocumentReading, ...]


def spoken(pages: Iterable[int]) -> str:
    """Page numbers as people write them: ``1–3, 5``."""
    runs = [
        [page for _, page in run]
        for _, run in groupby(enumerate(pages), key=lambda item: item[1] - item[0])
    ]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def pages_of_part(pages: Sequence[PageReading], numbers: Sequence[int]) -> list[PageReading]:
    """Some pages of a file as pages of a document of their own, numbered from 1.

    What is told of a page still names its place in the file, where an operator looks for it.

    Raises:
        KeyError: the file has no such page.
    """
    by_number = {page.number: page for page in pages}
    return [_renumbered(by_number[old], new) for new, old in enumerate(numbers, 1)]


def problems_on(
    numbers: Sequence[int], division: Division, firsts: Iterable[int] = ()
) -> tuple[Problem, ...]:
    """Doubts about the pages of one part, told of its own pages.

    One about a separator sheet goes to the part behind it; ``firsts`` are the pages on which parts
    begin, where they are no longer known from the division itself.
    """
    begins = set(firsts) or {part.pages[0] for part in division.parts}
    doubts = []
    for problem in division.problems:
        page = problem.page or 0
        if page in numbers:
            doubts.append(on_page(problem, list(numbers).index(page) + 1))
        elif min((first for first in begins if first > page), default=None) == numbers[0]:
            doubts.append(on_page(problem, 1))
    return tuple(doubts)


def on_page(problem: Problem, new: int) -> Problem:
    """A problem of a file's page, told of the page ``new`` of a document."""
    old = problem.page
    return replace(
        problem,
        vi=problem.vi.replace(f"Trang {old}:", f"Trang {old} của tệp:", 1),
        en=problem.en.replace(f"Page {old}:", f"Page {old} of the file:", 1),
        page=new,
    )


def _renumbered(page: PageReading, number: int) -> PageReading:
    if page.number == number:
        return page
    return replace(
        page,
        number=number,
        marks=tuple(replace(mark, page=number) for mark in page.marks),
        problems=tuple(on_page(problem, number) for problem in page.problems),
    )
