"""The frame of an administrative document: what stands where on it (NĐ 30/2020/NĐ-CP, Phụ lục I)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rapidfuzz import fuzz

from dossiers.text import letters_of
from extractors.headings import NATION, headings, is_national
from extractors.numbering import number_row
from extractors.rows import Row, columns_of

# The day may be a pen's, and unreadable; the year is printed.
_DATED = re.compile(
    r"^(?P<place>[^,:;\d]{2,60}),?\s*[^a-z]{0,3}ngay.{0,10}?thang.{0,8}?nam\s*[0-9oil]{4}"
)
OFFICE = re.compile(
    r"^(tm|kt|tl|tuq|q)[.,]|^(quyen )?(pho )?(chu tich|giam doc|tong giam doc|truong phong|truong ban|"
    r"truong cong an|chanh van phong|chanh thanh tra|cuc truong|chi cuc truong|vu truong|"
    r"bo truong|thu truong|"
    r"vien truong|hieu truong|thu truong don vi|doi truong|to truong|bi thu|thu ky|nguoi ky)|"
    r"^pho truong|^pho chanh|^nguoi (?:ky|tiep nhan)"
)
# An office behind a seal keeps its end.
_OFFICE_END = re.compile(r"\b(tich|giam doc|truong|van phong|truong phong|thu truong)$")
_HEADER = 0.36
#: Where the right half begins, as a share of the width of a page's text.
_RIGHT = 0.4
_STROKES = " -–—_./'\"|~*"


def near(upper: Row, lower: Row, spacing: float = 1.6) -> bool:
    """Whether a line stands right below another; leaning lines have boxes that reach further."""
    between = lower.box.centre[1] - upper.box.centre[1] - (upper.height + lower.height) / 2
    return between < spacing * max(upper.height, lower.height)


def office_text(row: Row) -> str:
    """A line folded, without the strokes of a pen before it."""
    return row.folded.lstrip(_STROKES)


def names_office(row: Row) -> bool:
    """Whether a line is an office in capitals; the place behind it may be in small letters."""
    match = OFFICE.match(office_text(row))
    if match is None:
        return False
    return row.in_capitals or row.text.lstrip(_STROKES)[: match.end()].isupper()


@dataclass(frozen=True)
class Frame:
    """The lines of a document cut into columns, and the landmarks among them."""

    pieces: Sequence[Row]
    titles: Sequence[str]

    @cached_property
    def nation(self) -> Row | None:
        """The national heading: where the right column of the header starts."""
        return next((row for row in self.pieces if is_national(row)), None)

    @property
    def first_page(self) -> int:
        """The page with the header."""
        return self.nation.page if self.nation else self.pieces[0].page

    @cached_property
    def header_left(self) -> list[Row]:
        """The left column above the body, from the top."""
        if self.nation is None:
            return []
        edge, top = self.nation.box.x0, self.nation.box.y0 - 2 * self.nation.height
        left = [
            row
            for row in self.pieces
            if row.page == self.nation.page
            and row.box.x1 < edge + 0.04 * row.page_width
            and row.box.centre[0] < edge
            and top < row.box.y0 < _HEADER * row.page_height
        ]
        return sorted(left, key=lambda row: row.box.y0)

    @cached_property
    def number(self) -> Row | None:
        """The line of the number, in the left column of the header."""
        return number_row(self.header_left) if self.header_left else None

    @cached_property
    def dated(self) -> Row | None:
        """The line of place and day: in the header, else the first that reads like one."""
        rows = [row for row in self.pieces if _DATED.match(row.folded)]
        header = (
            row
            for row in rows
            if self.nation
            and row.page == self.nation.page
            and row.box.y0 < _HEADER * row.page_height
            and row.box.centre[0] > self.nation.box.x0
        )
        return next(header, rows[0] if rows else None)

    @cached_property
    def title(self) -> Row | None:
        """The last line of the type's title, on the first page."""
        wanted = [letters_of(title) for title in self.titles]
        first = [row for row in self.pieces if row.page == self.first_page]
        best, found = 0.0, None
        for heading in headings(first):
            fit = max((fuzz.ratio(title, heading.letters) for title in wanted), default=0.0)
            begun = any(heading.letters.startswith(title) for title in wanted)
            fit = fit if fit >= 87 else 80.0 if begun and len(heading.rows) == 1 else 0.0
            if fit > best:
                best, found = fit, heading.rows[-1]
        return found

    @cached_property
    def recipients(self) -> Row | None:
        """``Nơi nhận:``, the last if there are several."""
        rows = [row for row in self.pieces if fuzz.ratio("noi nhan", row.folded.strip(" :.")) >= 80]
        return rows[-1] if rows else None

    @cached_property
    def sign_off(self) -> list[Row]:
        """The right half from the signer's office down, beside the recipients if there are any."""
        anchor = self._office()
        if anchor is not None:
            return self._from(anchor)
        if self.recipients is None:
            return []
        # The office is hidden by the seal: the block stands beside the recipients.
        listed = self.recipients
        return [row for row in self._right(listed.page) if row.box.y0 > listed.box.y0 - 40]

    def _office(self) -> Row | None:
        offices = [
            row
            for row in self.pieces
            if self._is_right(row) and names_office(row) and not is_national(row)
        ]
        listed = self.recipients
        if listed is not None:
            beside = [
                row
                for row in self.pieces
                if row.page == listed.page
                and self._is_right(row)
                and row.box.y0 > listed.box.y0 - 60
                and (names_office(row) or (row.in_capitals and _OFFICE_END.search(row.folded)))
            ]
            if beside:
                return min(beside, key=lambda row: row.box.y0)
        return offices[-1] if offices else None

    def _right(self, page: int) -> list[Row]:
        right = [row for row in self.pieces if row.page == page and self._is_right(row)]
        return sorted(right, key=lambda row: row.box.y0)

    def _is_right(self, row: Row) -> bool:
        left, right = self._edges[row.page]
        return row.box.centre[0] > left + _RIGHT * (right - left)

    @cached_property
    def _edges(self) -> dict[int, tuple[float, float]]:
        """Left and right edge of the text of each page: a card lies on a page that is wider."""
        edges: dict[int, tuple[float, float]] = {}
        for row in self.pieces:
            left, right = edges.get(row.page, (row.box.x0, row.box.x1))
            edges[row.page] = min(left, row.box.x0), max(right, row.box.x1)
        return edges

    def _from(self, anchor: Row) -> list[Row]:
        right = self._right(anchor.page)
        start = next(i for i, row in enumerate(right) if row is anchor)
        while start and right[start - 1].in_capitals and near(right[start - 1], right[start]):
            start -= 1
        return right[start:]


def frame_of(rows: Sequence[Row], titles: Sequence[str]) -> Frame | None:
    """The frame of a document, or ``None`` where nothing is printed."""
    pieces = [part for piece in columns_of(rows) for part in _cut_at_nation(piece)]
    return Frame(pieces, titles) if pieces else None


def _cut_at_nation(piece: Row) -> Iterator[Row]:
    """A line on which the agency runs into the national heading is two."""
    if len(piece.words) < 8 or NATION not in piece.letters or is_national(piece):
        yield piece
        return
    rests = {
        start: replace(piece, words=piece.words[start:]) for start in range(1, len(piece.words))
    }
    best = max(rests, key=lambda start: fuzz.ratio(NATION, rests[start].letters))
    yield replace(piece, words=piece.words[:best])
    yield rests[best]
