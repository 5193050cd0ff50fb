"""Whose dossier each page of a pile of scans is, by the printed cover sheets among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dossiers.errors import (
    CoverContradicts,
    CoverUnreadable,
    CoverWithoutPapers,
    InvalidIdentifier,
)
from dossiers.identifiers.cover_code import CoverCode, CoverKind, is_cover
from dossiers.reading import PageOutcome, PageReading
from extractors.first_pages import Sight, Titles


@dataclass(frozen=True, slots=True)
class PileShare:
    """Pages of a file that lie behind cover sheets of one dossier, the sheets themselves included.

    ``dossier`` is ``None`` for pages before the first cover sheet.
    """

    dossier: str | None
    pages: tuple[int, ...]


def shares_of(file: str, pages: Sequence[PageReading]) -> tuple[PileShare, ...]:
    """The dossiers in a file, in the order they begin; empty where it has no cover sheet. Pure.

    Nothing is guessed, since a paper in the wrong dossier is worse than one refused.

    Raises:
        CoverUnreadable: a cover sheet names no dossier; or a page that could not be read may be one.
        CoverContradicts: one sheet names two dossiers.
        CoverWithoutPapers: nothing lies behind a cover sheet.
    """
    sights = [Sight(page, Titles({})) for page in pages]
    covers = {sight.number: code for sight in sights if (code := _dossier(file, sight))}
    if not covers:
        return ()
    failed = next((page for page in pages if page.outcome is PageOutcome.FAILED), None)
    if failed is not None:
        reason = failed.problems[0].code if failed.problems else failed.outcome.value
        raise CoverUnreadable(file=file, page=failed.number, detail=reason)
    shares: dict[str | None, list[Sight]] = {}
    for code, run in _runs(sights, covers):
        if any(_is_paper(sight) for sight in run):
            shares.setdefault(code, []).extend(run)
        elif code is not None:
            raise CoverWithoutPapers(file=file, page=run[0].number, found=code)
    return tuple(
        PileShare(code, tuple(sight.number for sight in own)) for code, own in shares.items()
    )


def _runs(
    sights: Sequence[Sight], covers: dict[int, str]
) -> Iterator[tuple[str | None, list[Sight]]]:
    """Pages from one cover sheet to the next of another dossier."""
    code: str | None = None
    run: list[Sight] = []
    for sight in sights:
        found = covers.get(sight.number, code)
        if found != code and run:
            yield code, run
            run = []
        code = found
        run.append(sight)
    yield code, run


def _is_paper(sight: Sight) -> bool:
    return sight.cover is None and not sight.blank


def _dossier(file: str, sight: Sight) -> str | None:
    """The dossier that a page is the cover sheet of, if it is one."""
    found = {mark.text for mark in sight.page.marks if is_cover(mark.text)}
    codes = {code.code for code in map(_parsed, found) if code and code.kind is CoverKind.DOSSIER}
    if len(codes) > 1:
        first, second, *_ = sorted(str(code) for code in codes)
        raise CoverContradicts(file=file, page=sight.number, found=second, dossier=first)
    if codes:
        return codes.pop()
    if isinstance(sight.cover, InvalidIdentifier) and sight.is_dossier_cover:
        detail = str(sight.cover.context["value"])
        raise CoverUnreadable(file=file, page=sight.number, detail=detail)
    return None


def _parsed(text: str) -> CoverCode | None:
    try:
        return CoverCode.parse(text)
    except InvalidIdentifier:
        return None
