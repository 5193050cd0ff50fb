"""What on a page tells whether a paper begins on it: headings, numbering, sign-offs, sheets.

Layout of administrative documents: NĐ 30/2020/NĐ-CP, Phụ lục I (national heading at the top right,
number at the top left, page numbers at the top from the second page on, sign-off and recipients at
the end, appendices that name the document they come with).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rapidfuzz import fuzz, process

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.cover_code import CoverCode, is_cover
from dossiers.reading import PageOutcome, PageReading
from dossiers.text import fold
from extractors.card_sides import CardSight, card_sight
from extractors.rows import Row, columns_of, rows_of
from extractors.types import DocumentTypes

_NATION = ("cong hoa xa hoi chu nghia viet nam", "dang cong san viet nam")
# Headings of printed sheets; a dossier's code is never taken from recognised print.
_SHEETS = ("to bia ho so", "to phan cach giay to")
_MOTTO = "doc lap - tu do - hanh phuc"
# One edit in eight characters, as recognisers err on headings.
_SAME = 87.0
# Shares of the page's height, from its top.
_NATION_ZONE, _TITLE_ZONE, _NUMBER_ZONE = 0.35, 0.5, 0.3
_TOP, _FOOT, _SIGNED_ZONE = 0.1, 0.92, 0.15
_WIDEST = 1.5
_OWN_NUMBER = re.compile(r"^s[o0]\s*[:.]?\s*\d*\s*/\s*[a-z0-9]|^s[o0]\s*[:.]\s*\d")
_DATED = re.compile(r"^[^,]{2,60},?\s*ngay\s*[\d.…]*\s*thang\s*[\d.…]*\s*nam\s*\d{4}")
_APPENDIX = re.compile(
    r"^(phu luc|danh sach|bieu|bang)\b.*\bkem theo\b|^phu luc(\s+([ivxl]+|\d+|so \d+))?\s*[:.]?$|"
    r"^\(?\s*(ban hanh )?kem theo (quyet dinh|thong bao|cong van|to trinh|ke hoach|bao cao|van ban|"
    r"don|to khai|hop dong|bien ban|giay)"
)
_SYMBOL = re.compile(r"\d+\s*/\s*(?:\d{4}\s*/\s*)?[a-z0-9]+(?:\s*-\s*[a-z0-9]+)*")
_COUNTED = re.compile(
    r"^\W*(?:(?:trang|page)\s*:?\s*)?(\d{1,4})(?:\s*(?:/|of|tren)\s*(\d{1,4}))?\W*$"
)
_BARE = re.compile(r"^\W*\d{1,4}\W*$")
_ENDING = re.compile(
    r"^noi nhan\b|^(tm|kt|tl|tuq)[.,] ?[a-z]|^(nguoi (khai|lam don|viet don|de nghi|yeu cau|ky|nop|"
    r"cam ket|dai dien|duoc uy quyen|uy quyen|lap)|chu tich|pho chu tich|giam doc|pho giam doc|"
    r"chu ho|dai dien ho kinh doanh|truong phong|pho truong phong|cong chung vien|ben [ab])\b"
)
_ENDED = re.compile(r"[.:;!?)/”\"]$")
_MOST_HEADING_WORDS = 14


@dataclass(frozen=True, slots=True)
class Counter:
    """The number printed on a page, and of how many if that is printed too."""

    page: int
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles of all types, folded, with the code of the type they stand for."""

    codes: Mapping[str, str]

    @staticmethod
    def of(types: DocumentTypes) -> Titles:
        """The titles of the types known."""
        return Titles({fold(title): kind.code for kind in types for title in kind.titles})

    def find(self, texts: Sequence[str]) -> tuple[str, str] | None:
        """Title and type code of the first text that is a title."""
        for text in texts:
            found = process.extractOne(
                text, self.codes.keys(), scorer=fuzz.ratio, score_cutoff=_SAME
            )
            if found:
                return found[0], self.codes[found[0]]
        return None


class Sight:
    """One page as looked at for its place in a file."""

    def __init__(self, page: PageReading, titles: Titles) -> None:
        self.page = page
        self._titles = titles
        self.rows = rows_of([page])

    @property
    def number(self) -> int:
        """Of the page in its file."""
        return self.page.number

    @cached_property
    def cover(self) -> CoverCode | InvalidIdentifier | None:
        """What a cover or separator sheet says, or why its code is of no use.

        A sheet whose codes cannot be read is still known by its heading; a separator's says enough.
        """
        for mark in self.page.marks:
            if is_cover(mark.text):
                try:
                    return CoverCode.parse(mark.text)
                except InvalidIdentifier as error:
                    return error
        headings = [row.folded for row in self._above(_TITLE_ZONE) if row.in_capitals]
        if process.extractOne(_SHEETS[0], headings, scorer=fuzz.ratio, score_cutoff=_SAME):
            return InvalidIdentifier(kind="Mã tờ bìa", value="?", detail="QR")
        if process.extractOne(_SHEETS[1], headings, scorer=fuzz.ratio, score_cutoff=_SAME):
            return CoverCode.document()
        return None

    @property
    def is_dossier_cover(self) -> bool:
        """Whether a sheet whose code is of no use was to begin a dossier, not just a paper."""
        heading = any(
            fuzz.ratio(_SHEETS[0], row.folded) >= _SAME for row in self._above(_TITLE_ZONE)
        )
        return heading or any("/DOSSIER" in mark.text for mark in self.page.marks)

    @property
    def blank(self) -> bool:
        """Whether nothing is on it."""
        return self.page.outcome is PageOutcome.BLANK

    @cached_property
    def columns(self) -> list[Row]:
        """Lines cut into columns, from the top."""
        return sorted(columns_of(self.rows), key=lambda row: row.box.y0)

    @cached_property
    def card(self) -> CardSight | None:
        """What it shows of an identity card."""
        return card_sight(self.page, self.rows)

    @cached_property
    def nation(self) -> bool:
        """Whether the national heading (or the Party's) stands at its top."""
        top = self._above(_NATION_ZONE)
        return any(fuzz.ratio(line, row.folded) >= _SAME for row in top for line in _NATION) or any(
            fuzz.ratio(_MOTTO, row.folded) >= _SAME for row in top
        )

    @cached_property
    def title(self) -> tuple[str, str] | None:
        """Title in the heading zone and the code of its type."""
        rows = [row for row in self._above(_TITLE_ZONE) if row.in_capitals]
        texts = [row.folded.strip(" .:") for row in rows]
        for row, after in pairwise(rows):
            if after.box.y0 - row.box.y1 < 2 * row.height:
                texts.append(f"{row.folded} {after.folded}".strip(" .:"))
        return self._titles.find(texts)

    @cached_property
    def own_number(self) -> str | None:
        """The document's number and symbol in its heading, without blanks."""
        for row in self._above(_NUMBER_ZONE):
            if _OWN_NUMBER.match(row.folded) and row.box.centre[0] < 0.65 * row.page_width:
                return row.folded.split(":", 1)[-1].replace(" ", "").strip(".;,")
        return None

    @cached_property
    def dated(self) -> bool:
        """Whether place and date stand in its heading."""
        return any(
            _DATED.match(row.folded) and row.box.x1 > 0.5 * row.page_width
            for row in self._above(_NUMBER_ZONE)
        )

    @cached_property
    def appendix(self) -> bool:
        """Whether it calls itself an appendix, or a list that comes with another document."""
        return any(_APPENDIX.match(row.folded) for row in self._above(_TITLE_ZONE))

    @cached_property
    def refers_to(self) -> frozenset[str]:
        """Numbers of documents that its upper half says it comes with, without blanks."""
        text = " ".join(row.folded for row in self._above(_TITLE_ZONE))
        start = text.find("kem theo")
        found = _SYMBOL.findall(text[start : start + 160]) if start >= 0 else []
        return frozenset(symbol.replace(" ", "") for symbol in found)

    @cached_property
    def counter(self) -> Counter | None:
        """Its printed page number: alone at the top or foot, or anywhere as ``Trang 2/3``."""
        height = self.page.height
        for row in self.columns:
            match = _COUNTED.match(row.folded)
            if match is None:
                continue
            # A rule or an ornament reads as a figure now and then, but is much too wide for one.
            if any(w.box.width > _WIDEST * len(w.text) * w.box.height for w in row.words):
                continue
            edge = row.box.y1 < _TOP * height or row.box.y0 > _FOOT * height
            words = row.folded.startswith(("trang", "page"))
            if not edge or not (words or match[2] or self._centred(row)):
                continue
            page, of = int(match[1]), int(match[2]) if match[2] else None
            if page and (of is None or page <= of):
                return Counter(page, of)
        return None

    @cached_property
    def unknown_heading(self) -> str | None:
        """A centred line in capitals at the top that is no known title."""
        for row in self._above(0.25):
            words = len(row.words)
            national = any(fuzz.partial_ratio(line, row.folded) >= _SAME for line in _NATION)
            fits = 2 <= words <= _MOST_HEADING_WORDS and not national
            if fits and row.in_capitals and self._centred(row):
                return row.text
        return None

    @cached_property
    def signed_off(self) -> bool:
        """Whether a sign-off, or the recipients, stand on it with nothing like a body below."""
        rows = self.columns
        signs = [row for row in rows if _ENDING.match(row.folded)]
        signs = [row for row in signs if row.box.y0 > _SIGNED_ZONE * self.page.height]
        if not signs:
            return False
        last = max(row.box.y1 for row in signs)
        below = [row for row in rows if row.box.y0 > last and row.box.width > 0.6 * row.page_width]
        return len(below) <= 1

    @cached_property
    def goes_on(self) -> bool:
        """Whether its text breaks off: the last line is full and ends without a stop."""
        body = [row for row in self.rows if not _BARE.match(row.text) and len(row.words) >= 5]
        if not body:
            return False
        last = max(body, key=lambda row: row.box.y0)
        return last.box.x1 > 0.8 * last.page_width and not _ENDED.search(last.text)

    @cached_property
    def starts_within(self) -> bool:
        """Whether its first line of text begins in the middle of a sentence."""
        for row in self.columns:
            if _COUNTED.match(row.folded):
                continue
            first = next((letter for letter in row.text if letter.isalpha()), "")
            return first.islower() and len(row.words) >= 3
        return False

    def other_size(self, other: Sight) -> bool:
        """Whether it is of another size of paper (by more than a centimetre)."""
        mine = sorted((self.page.width, self.page.height))
        its = sorted((other.page.width, other.page.height))
        return any(abs(a - b) > 28.0 for a, b in zip(mine, its, strict=True))

    def _above(self, share: float) -> list[Row]:
        return [row for row in self.columns if row.box.y0 < share * self.page.height]

    def _centred(self, row: Row) -> bool:
        return abs(row.box.centre[0] - self.page.width / 2) < 0.12 * self.page.width
