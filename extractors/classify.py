"""Which document type a reading is, with the evidence and its strength, or an honest ``unknown``.

Four kinds of evidence speak for a type: its title as a heading, the symbol of the document's number,
phrases of the form, and its labels. Each leaves a part of the doubt; the parts multiply. A heading
that is no type's title speaks against all that are named by none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz import fuzz, process

from dossiers.reading import UNKNOWN_TYPE, TypeMatch
from dossiers.text import letters_of
from extractors.headings import Heading, headings
from extractors.numbering import number_row, symbol_in
from extractors.rows import Row, columns_of
from extractors.types import DocumentType, DocumentTypes
from extractors.vocabulary import Text, Title, Vocabulary, vocabulary_of

# One error in seven letters, as recognisers err on headings; the words must begin alike.
_SAME = 85.0
_BEGIN_ALIKE = 60.0
# How much of the doubt each kind of evidence takes away at its best.
_TITLE, _SYMBOL, _PHRASES, _LABELS = 0.88, 0.6, 0.6, 0.5
# Types without a title live by their phrases.
_UNTITLED = 0.92
_BROAD = 0.7
_ENOUGH = 0.6
_SURE = 0.5
_LEAD = 0.2
# A type whose case is weaker than this is not looked at with tolerance.
_RIVALS = 3
_HEADING_ROWS = 160
_UPPER_HALF = 0.5


@dataclass(slots=True)
class _Case:
    type: DocumentType
    title: float = 0.0
    heading: Heading | None = None
    named: str = ""
    symbol: str = ""
    phrases: list[str] = field(default_factory=list)
    share: float = 0.0
    labels: float = 0.0
    against: str = ""

    def entitle(self, strength: float, heading: Heading, title: str) -> None:
        """Take a heading as its title if it is a better one."""
        if strength > self.title:
            self.title, self.heading, self.named = strength, heading, title

    @property
    def score(self) -> float:
        """What is left when each evidence has taken its part of the doubt, from 1."""
        if self.type.titles:
            by_phrases = _PHRASES * self.share
        else:
            by_phrases = _UNTITLED * self.share if self.share >= _ENOUGH else 0.0
        doubt = (
            (1 - _TITLE * self.title)
            * (1 - (_SYMBOL if self.symbol else 0.0))
            * (1 - by_phrases)
            * (1 - _LABELS * self.labels)
        )
        return (1 - doubt) * (0.4 if self.against else 1.0)

    def evidence(self) -> tuple[str, ...]:
        told = []
        if self.heading is not None:
            told.append(
                f"title {self.named!r} on page {self.heading.page}, strength {self.title:.2f}"
            )
        if self.symbol:
            told.append(f"symbol {self.symbol!r} of the number, strength {_SYMBOL:.2f}")
        told += [f"phrase {phrase!r}" for phrase in self.phrases]
        if self.labels >= 0.1:
            told.append(f"{self.labels:.0%} of its labels")
        return (*told, self.against) if self.against else tuple(told)


def classify(rows: Sequence[Row], types: DocumentTypes) -> TypeMatch:
    """The type with the strongest case; close rivals lower the confidence.

    Evidence is told in English, strongest first.
    """
    if not rows or not len(types):
        return TypeMatch(UNKNOWN_TYPE, 0.0)
    pieces = columns_of(rows[:_HEADING_ROWS])
    text, vocabulary = Text(rows), vocabulary_of(types)
    cases = {kind.code: _Case(kind) for kind in types}
    unknown = _titles(headings(pieces), cases, vocabulary.titles)
    _symbols(pieces, cases.values())
    found = vocabulary.found(text)
    for case in cases.values():
        _phrases(case, found, vocabulary)
        if unknown and case.title <= _SURE:
            case.against = f"the heading {unknown!r} is another"
    ranked = sorted(cases.values(), key=lambda case: -case.score)
    for case in ranked[:_RIVALS]:
        missing = vocabulary.forms[case.type.code].phrases.keys() - found
        if case.score > 0.1 and missing and case.share < 1:
            found |= {key for key in missing if text.nearly(key)}
            _phrases(case, found, vocabulary)
    first, *rest = sorted(ranked[:_RIVALS], key=lambda case: -case.score)
    if first.score < _SURE:
        return TypeMatch(UNKNOWN_TYPE, 0.0, first.evidence())
    lead = first.score - (rest[0].score if rest else 0.0)
    confidence = first.score * (1.0 if lead >= _LEAD else 0.6 + 0.4 * lead / _LEAD)
    return TypeMatch(first.type.code, round(min(confidence, 0.99), 3), first.evidence())


def _titles(found: Sequence[Heading], cases: Mapping[str, _Case], titles: Sequence[Title]) -> str:
    """Gives each case the heading that is its title; returns a heading that is nobody's."""
    if not found or not titles:
        return ""
    wanted = [title.letters for title in titles]
    alike = process.cdist(
        [heading.letters for heading in found],
        wanted,
        scorer=fuzz.ratio,
        score_cutoff=_SAME,
        dtype=np.float32,
    )
    # A heading speaks only for the titles it is most like: THÔNG CÁO is not THÔNG BÁO.
    alike[alike < alike.max(axis=1, keepdims=True)] = 0
    claimed = False
    taken: set[int] = set()
    for row, heading in enumerate(found):
        if taken.issuperset(map(id, heading.rows)):
            continue  # part of a longer title: GIẤY CHỨNG NHẬN of … ĐĂNG KÝ DOANH NGHIỆP
        fits = [
            (at, fit / 100)
            for at, fit in enumerate(alike[row].tolist())
            if fit and fuzz.ratio(heading.letters[:5], wanted[at][:5]) >= _BEGIN_ALIKE
        ]
        if fits:
            taken.update(map(id, heading.rows))
        else:
            fits = list(_beginnings(heading, wanted))
        for at, fit in fits:
            title, case = titles[at], cases[titles[at].code]
            strength = (
                fit
                * _placed(heading, found[0].page)
                * (0.6 if claimed and not case.heading else 1.0)
            )
            if title.narrower:
                # Others go on from this title: the paper may be one of theirs, the rest unreadable.
                strength *= _BROAD
                for code in title.narrower:
                    cases[code].entitle(strength / 2, heading, f"{title.text} …")
            case.entitle(strength, heading, title.text)
        sure = heading.depth <= _UPPER_HALF and any(fit > 0.9 for _, fit in fits)
        claimed = claimed or sure
    return "" if claimed else _unclaimed(found)


def _beginnings(heading: Heading, titles: Sequence[str]) -> Iterable[tuple[int, float]]:
    """Titles a longer heading begins with: the longest (``PHIẾU LÝ LỊCH TƯ PHÁP SỐ 1``)."""
    if not heading.in_capitals or len(heading.rows) > 2:
        return
    begun = [at for at, letters in enumerate(titles) if heading.letters.startswith(letters)]
    longest = max((len(titles[at]) for at in begun), default=0)
    for at in begun:
        if len(titles[at]) == longest:
            # How much of the heading the title is.
            yield at, 0.6 + 0.4 * longest / len(heading.letters)


def _placed(heading: Heading, first_page: int) -> float:
    """How much a heading is one by its place: first page, upper half, capitals, nothing above it."""
    strength = 1.0 if heading.page == first_page else 0.6
    if heading.depth > _UPPER_HALF:
        strength *= 0.5
    if not heading.in_capitals:
        strength *= 0.8
    if not heading.first:
        strength *= 0.8
    if heading.after is not None and not heading.after.letters.startswith(("ve", "vv")):
        strength *= 0.9  # it may go on
    return strength


def _unclaimed(found: Sequence[Heading]) -> str:
    """A heading in the middle of the first page that no type has as its title."""
    for heading in found:
        middle = heading.rows[0].box.centre[0] / max(1.0, heading.rows[0].page_width)
        if (
            heading.page == found[0].page
            and heading.first
            and len(heading.rows) == 1
            and heading.rows[0].in_capitals
            and abs(middle - 0.5) < 0.1
            and heading.depth < _UPPER_HALF
            and len(heading.letters) >= 6
        ):
            return heading.text
    return ""


def _symbols(pieces: Sequence[Row], cases: Iterable[_Case]) -> None:
    """Gives the case that the number's symbol names; a symbol without a type names letters."""
    row = number_row(pieces)
    symbol = symbol_in(row.text) if row else None
    if symbol is None:
        return
    groups = symbol.replace("/", "-").split("-")
    # Đ and D part ĐA from DA; only where none is the same does a lost stroke not matter.
    named = _named_by(groups, cases, str.casefold) or _named_by(groups, cases, letters_of)
    if not named and len(groups) > 1:
        for case in cases:
            if not case.type.titles and not case.type.symbols:
                case.symbol = symbol


def _named_by(groups: Sequence[str], cases: Iterable[_Case], form: Callable[[str], str]) -> bool:
    """Whether a symbol begins as the type's symbols do; whole groups only: TT is not TTr."""
    begun = [form(group) for group in groups]
    named = False
    for case in cases:
        for own in case.type.symbols:
            parts = [form(part) for part in own.split("-")]
            if begun[: len(parts)] == parts:
                case.symbol, named = own, True
    return named


def _phrases(case: _Case, found: set[str], vocabulary: Vocabulary) -> None:
    """Which phrases and labels of the type stand in the text, weighted by how few types share them."""
    form, weights = vocabulary.forms[case.type.code], vocabulary.weights
    if form.every.isdisjoint(found):
        return
    case.phrases = [phrase for key, phrase in form.phrases.items() if key in found]
    total = sum(weights[key] for key in form.phrases)
    case.share = sum(weights[key] for key in form.phrases if key in found) / total if total else 0.0
    # Alternatives of one label stand for each other; a few labels are no form.
    hits = [max((weights[key] for key in keys & found), default=0.0) for keys in form.labels]
    if len(hits) >= 3 and any(hits):
        case.labels = sum(hit > 0 for hit in hits) / len(hits) * max(hits)
