"""Putting right what a chain of units leaves no doubt about; telling what it does."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from extractors.places.chains import Chain
from extractors.places.details import HAMLET
from extractors.places.keys import bare
from extractors.places.matching import Match
from extractors.places.segments import Segment
from extractors.places.units import Level

COMMA = 0.99
MENDED = 0.97
LIKELY = 0.9
DOUBTFUL = 0.6


@dataclass
class Verdict:
    """How far a chain is to be believed; only ever falls."""

    validity: float
    reasons: list[str]

    def at_most(self, validity: float, reason: str) -> None:
        """Lower it, with the reason."""
        self.validity = min(self.validity, validity)
        self.reasons.append(reason)


def mended(text: str, chain: Chain, verdict: Verdict) -> str:
    """The text with names put right where their chain leaves no doubt; the rest is told."""
    top = chain.steps[0][1].unit
    units = {segment.end for segment, _ in chain.steps}
    whole_chain = top.level is Level.PROVINCE and not chain.skipped
    letters = sum(found.cost for segment, found in chain.steps if not _lost_marks(segment, found))
    for segment, found in sorted(chain.steps, key=lambda step: -step[0].start):
        if segment.kind and segment.certain and _lacks_comma(text, segment.begins, units):
            text = f"{text[: segment.begins - 1]}, {text[segment.begins :]}"
            verdict.at_most(COMMA, f"a comma was lost in front of {found.unit.title}")
            segment = segment.moved(1)
        if found.cost == 0 and not _kind_misread(text, segment, found):
            continue
        printed = segment.whole if found.whole else segment.name
        printed = segment.whole if not found.cost else printed
        reason = f"misread: {printed} is {found.unit.title}"
        one_letter = found.cost <= 1 and found.gap >= 2
        if whole_chain and letters <= 2 and (one_letter or _lost_marks(segment, found)):
            verdict.at_most(MENDED, reason)
            start = segment.begins if found.whole else segment.start
            text = text[:start] + _in_case(found.unit.name, printed) + text[segment.end :]
            if segment.kind and not found.whole:
                before = text[segment.begins : segment.start]
                kind = _kind_in_full(found.unit.kind, before)
                text = text[: segment.begins] + kind + text[start:]
        else:
            verdict.at_most(DOUBTFUL, reason)
    return text


def _lacks_comma(text: str, at: int, units: Collection[int]) -> bool:
    """Whether a unit runs on to one in front that ends in ``units``, or to a hamlet or street.

    Commas are small, and recognisers lose them. No comma belongs into the name of an institution
    (``Bệnh viện đa khoa tỉnh Hưng Yên``).
    """
    if at < 2 or text[at - 1] != " " or not text[at - 2].isalnum():
        return False
    if at - 1 in units:
        return True
    in_front = text[: at - 1].rpartition(",")[2].strip().lower()
    return "," in text and HAMLET.match(in_front) is not None


def _kind_misread(text: str, segment: Segment, found: Match) -> bool:
    """Whether the kind is printed as no kind is written."""
    if segment.kind is None or segment.certain or found.whole or found.other_kind:
        return False
    before = text[segment.begins : segment.start]
    return _kind_in_full(found.unit.kind, before) != before


def _kind_in_full(kind: str, printed: str) -> str:
    """The printed kind put right; abbreviations stay."""
    word = printed.rstrip(" .:")
    if Levenshtein.distance(bare(word), bare(kind)) > 1 or len(word) < len(kind) - 1:
        return printed
    cased = kind.upper() if word.isupper() else kind.capitalize() if word[0].isupper() else kind
    return cased + printed[len(word) :]


def _lost_marks(segment: Segment, found: Match) -> bool:
    """Whether only marks were lost, and no other name has the same letters."""
    printed = segment.whole if found.whole else segment.name
    return bare(printed) == found.unit.bare and (found.gap >= 1)


def _in_case(name: str, printed: str) -> str:
    return name.upper() if printed.isupper() and len(printed) > 1 else name
