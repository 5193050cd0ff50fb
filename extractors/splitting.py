"""Several papers in one scan file told apart, with the evidence for each cut.

A wrong cut is worse than one missing: only evidence that adds up beyond doubt cuts. Where it nearly
does, the pages stay together and a person is told where another paper may begin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dossiers.errors import (
    CoverContradicts,
    CoverUnreadable,
    InvalidIdentifier,
    Language,
    NothingToDigitise,
)
from dossiers.identifiers.cover_code import CoverCode, CoverKind
from dossiers.parts import CardSide, Division, LeftOut, LeftOutReason, Part
from dossiers.reading import PageReading, Problem
from extractors.first_pages import Sight, Titles
from extractors.types import DocumentTypes

# A page whose evidence reaches the first begins a paper; from the second on, perhaps.
_SURE, _PERHAPS = 0.9, 0.5

_Evidence = tuple[float, str]


@dataclass
class _Draft:
    """A paper while its pages are gathered."""

    sights: list[Sight]
    evidence: tuple[str, ...] = ()
    confidence: float = 1.0
    component: str | None = None
    trailing: list[Sight] = field(default_factory=list)

    @property
    def last(self) -> Sight:
        return self.sights[-1]

    @property
    def own_numbers(self) -> set[str]:
        return {sight.own_number for sight in self.sights if sight.own_number}

    @property
    def sides(self) -> set[CardSide]:
        return {side for sight in self.sights if sight.card for side in sight.card.sides}

    @property
    def card_number(self) -> str | None:
        return next((s.card.number for s in self.sights if s.card and s.card.number), None)

    @property
    def card(self) -> str | None:
        """The card whose sides all its pages are."""
        kinds = {
            sight.card.card if sight.card else None for sight in self.sights if not sight.blank
        }
        return kinds.pop() if len(kinds) == 1 else None


def divide(
    file: str, pages: Sequence[PageReading], types: DocumentTypes, *, dossier: str | None = None
) -> Division:
    """The papers in a file, from its pages as read. Pure.

    Args:
        file: name of the file, for messages.
        pages: as read, in order; some of the file's pages, or all.
        types: whose titles tell first pages.
        dossier: the dossier the file lies in; a cover sheet must not name another.

    Raises:
        CoverContradicts: a cover sheet names another dossier.
        CoverUnreadable: a dossier's cover sheet does not say which.
        NothingToDigitise: there are cover or separator sheets, and no paper.
    """
    titles = Titles.of(types)
    drafts: list[_Draft] = []
    left: list[LeftOut] = []
    problems: list[Problem] = []
    sheet: CoverCode | None = None
    sheets = cut = False
    for sight in (Sight(page, titles) for page in pages):
        if sight.cover is not None:
            sheets = cut = True
            sheet = _sheet(file, sight, dossier, problems)
            dossier_sheet = sheet is not None and sheet.kind is CoverKind.DOSSIER
            why = LeftOutReason.COVER if dossier_sheet else LeftOutReason.SEPARATOR
            left.append(LeftOut(sight.number, why))
        elif sight.blank:
            if drafts and not cut:
                drafts[-1].trailing.append(sight)
            else:
                left.append(LeftOut(sight.number, LeftOutReason.BLANK))
        elif cut or not drafts:
            component = sheet.code if sheet and sheet.kind is CoverKind.DOCUMENT else None
            evidence = ("a cover or separator sheet before it",) if sheets and cut else ()
            drafts.append(_Draft([sight], evidence, component=component))
            sheet, cut = None, False
        else:
            _place(sight, drafts, left, problems)
    if not drafts:
        if sheets:
            raise NothingToDigitise(file=file)
        return Division((Part(tuple(page.number for page in pages)),))
    for last, following in zip(drafts, [*drafts[1:], None], strict=True):
        # Blank pages at the very end of an undivided file are its last paper's reverse sides.
        if last.trailing:
            if following is None and len(drafts) == 1 and not sheets:
                last.sights.extend(last.trailing)
            else:
                left.extend(LeftOut(s.number, LeftOutReason.BLANK) for s in last.trailing)
    return Division(
        tuple(_part(draft) for draft in drafts),
        tuple(sorted(left, key=lambda item: item.page)),
        tuple(problems),
    )


def _part(draft: _Draft) -> Part:
    numbers = tuple(sorted(sight.number for sight in draft.sights))
    return Part(numbers, draft.evidence, round(draft.confidence, 3), draft.component)


def _sheet(
    file: str, sight: Sight, dossier: str | None, problems: list[Problem]
) -> CoverCode | None:
    """What a sheet says; a code of no use is told, and the sheet parts papers all the same."""
    if isinstance(sight.cover, InvalidIdentifier):
        page, why = sight.number, sight.cover
        if sight.is_dossier_cover:
            raise CoverUnreadable(file=file, page=page, detail=str(why.context["value"]))
        problems.append(
            Problem(
                "separator_unknown",
                f"Trang {page}: tờ phân cách có mã không đọc được ý nghĩa. "
                f"{why.message(Language.VIETNAMESE)}",
                f"Page {page}: the separator sheet's code says nothing known. "
                f"{why.message(Language.ENGLISH)}",
                page,
            )
        )
        return None
    cover = sight.cover
    if cover and cover.kind is CoverKind.DOSSIER and dossier is not None and cover.code != dossier:
        raise CoverContradicts(file=file, page=sight.number, found=cover.code, dossier=dossier)
    return cover


def _place(
    sight: Sight, drafts: list[_Draft], left: list[LeftOut], problems: list[Problem]
) -> None:
    """A page with content, behind others: the same paper, another one, or perhaps another one."""
    before = drafts[-1]
    if sight.card:
        mate = _other_side(sight, drafts)
        if mate is not None:
            if mate is not before:
                left.extend(LeftOut(s.number, LeftOutReason.BLANK) for s in mate.trailing)
                mate.trailing = []
            _append(mate, sight)
            return
        drafts.append(_Draft([sight], ("a side of a card",), 0.97))
        return
    evidence = list(_evidence(sight, before))
    score = sum(weight for weight, _ in evidence)
    if score >= _SURE:
        told = tuple(text for weight, text in evidence if weight > 0)
        drafts.append(_Draft([sight], told, min(0.99, score)))
        return
    if score >= _PERHAPS:
        problems.append(_maybe(sight, evidence))
    _append(before, sight)


def _append(draft: _Draft, sight: Sight) -> None:
    draft.sights += [*draft.trailing, sight]
    draft.trailing = []


def _other_side(sight: Sight, drafts: Sequence[_Draft]) -> _Draft | None:
    """The card whose other side this is: by its number, else the one before that lacks this side."""
    assert sight.card is not None  # noqa: S101 - the caller has seen it
    open_cards = [d for d in drafts if d.card == sight.card.card and not d.sides & sight.card.sides]
    if sight.card.number:
        same = [d for d in open_cards if d.card_number == sight.card.number]
        if same:
            return same[-1]
    before = drafts[-1]
    unread = before.card_number is None or sight.card.number is None
    return before if before in open_cards and unread else None


def _evidence(sight: Sight, before: _Draft) -> Iterator[_Evidence]:
    """For (above nought) and against (below) a paper beginning on a page."""
    yield from _heading(sight, before)
    yield from _numbering(sight, before)
    if before.card:
        yield 0.5, "a card before it"
    elif before.last.signed_off:
        yield 0.3, "the page before ends with a sign-off"
    elif before.last.goes_on and sight.starts_within:
        yield -0.5, "a sentence goes on from the page before"
    if before.trailing:
        yield 0.1, "a blank page before it"
    if sight.other_size(before.last):
        yield 0.2, "another size of paper"


def _heading(sight: Sight, before: _Draft) -> Iterator[_Evidence]:
    if sight.title:
        yield 0.6, f"title {sight.title[0]!r} in the heading"
    if sight.nation:
        yield 0.5, "national heading"
    if sight.own_number and sight.own_number not in before.own_numbers:
        yield 0.25, "a number of its own"
    if sight.dated:
        yield 0.2, "place and date in the heading"
    if sight.unknown_heading and not sight.title:
        yield 0.2 if sight.nation else 0.3, "a centred heading in capitals"
    if before.own_numbers & sight.refers_to:
        yield -2.0, "it comes with the document before, whose number it names"
    elif sight.appendix and not (sight.nation and sight.own_number):
        yield -0.7, "it calls itself an appendix"


def _numbering(sight: Sight, before: _Draft) -> Iterator[_Evidence]:
    counter, last = sight.counter, before.last.counter
    if last and last.of == last.page:
        yield 0.4, f"the page before is numbered {last.page}/{last.of}"
    if counter is None:
        return
    if counter.page == 1:
        yield 0.5, "page numbering begins anew"
    elif counter.page in (len(before.sights) + 1, last.page + 1 if last else 0):
        yield -0.8, f"page number {counter.page} goes on"
    else:
        yield -0.3, f"page number {counter.page}"


def _maybe(sight: Sight, evidence: Sequence[_Evidence]) -> Problem:
    page = sight.number
    why = "; ".join(text for weight, text in evidence if weight > 0)
    return Problem(
        "maybe_several_papers",
        f"Trang {page}: có thể bắt đầu một giấy tờ khác. Hãy xem trang này; nếu đúng, hãy tách từ "
        "trang này.",
        f"Page {page}: another paper may begin here ({why}). Look at it; if so, split there.",
        page,
    )
