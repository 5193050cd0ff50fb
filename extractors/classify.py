"""Which document type a reading is, with the evidence, or an honest ``unknown``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from dossiers.reading import UNKNOWN_TYPE, TypeMatch
from dossiers.text import fold
from extractors.rows import Row
from extractors.types import DocumentType, DocumentTypes

# One edit in eight characters, as recognisers err on headings.
_SAME = 87.0
_HEADING_ZONE = 0.5
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class _Case:
    type: DocumentType
    score: float
    evidence: tuple[str, ...]


def classify(rows: Sequence[Row], types: DocumentTypes) -> TypeMatch:
    """The type with the strongest case.

    A title printed as a heading in the upper half of the first page counts most; phrases of the form
    confirm it, or carry a type that has no title (official letters). Close rivals lower the
    confidence.
    """
    headings = [_headings(rows, index) for index in range(len(rows))]
    cases = sorted((_case(kind, rows, headings) for kind in types), key=lambda case: -case.score)
    if not cases or cases[0].score < _SURE:
        best = cases[0].evidence if cases else ()
        return TypeMatch(UNKNOWN_TYPE, 0.0, best)
    first = cases[0]
    lead = first.score - (cases[1].score if len(cases) > 1 else 0.0)
    confidence = min(0.99, first.score) * (1.0 if lead >= 0.2 else 0.6 + 2 * lead)
    return TypeMatch(first.type.code, round(min(confidence, 0.99), 3), first.evidence)


def _case(kind: DocumentType, rows: Sequence[Row], headings: Sequence[Sequence[str]]) -> _Case:
    evidence: list[str] = []
    title_score = 0.0
    for title in kind.titles:
        score, where = _find_title(title, rows, headings)
        if score > title_score:
            title_score = score
            evidence = [f"title {title!r} {where}"]
    text = [row.folded for row in rows]
    found = [phrase for phrase in kind.evidence if _find_phrase(phrase, text)]
    evidence += [f"phrase {phrase!r}" for phrase in found]
    share = len(found) / len(kind.evidence) if kind.evidence else 0.0
    if kind.titles:
        # A heading alone is enough; phrases alone are not, unless nearly all are there.
        score = max(title_score * (0.75 + 0.25 * share), 0.7 * share if share >= 0.6 else 0.0)
    else:
        score = 0.95 * share if share >= 0.6 else 0.0
    return _Case(kind, score, tuple(evidence))


def _find_title(
    title: str, rows: Sequence[Row], headings: Sequence[Sequence[str]]
) -> tuple[float, str]:
    """How surely a title stands as a heading: alone on its line (or over two), high on a page."""
    wanted = fold(title)
    best, where = 0.0, ""
    for row, texts in zip(rows, headings, strict=True):
        for text in texts:
            ratio = fuzz.ratio(wanted, text, score_cutoff=_SAME)
            if not ratio:
                continue
            score = ratio / 100
            if row.page > 1:
                score *= 0.6
            if row.box.y0 > _HEADING_ZONE * row.page_height:
                score *= 0.7
            if not row.in_capitals:
                score *= 0.8
            if score > best:
                best, where = score, f"on page {row.page}, {ratio:.0f} % alike"
    return best, where


def _headings(rows: Sequence[Row], index: int) -> list[str]:
    """A row as a heading: alone, and with the next if both are in capitals."""
    row = rows[index]
    texts = [row.folded.strip(" .:")]
    after = rows[index + 1] if index + 1 < len(rows) else None
    if after is not None and after.page == row.page and row.in_capitals and after.in_capitals:
        texts.append(f"{texts[0]} {after.folded}".strip(" .:"))
    return texts


def _find_phrase(phrase: str, texts: Sequence[str]) -> bool:
    wanted = fold(phrase)
    return any(
        len(text) >= 0.8 * len(wanted) and fuzz.partial_ratio(wanted, text, score_cutoff=_SAME)
        for text in texts
    )
