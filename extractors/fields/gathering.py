"""Every value a document's type asks for, from wherever it stands, with the evidence for it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dossiers.reading import Box, Candidate, Field, FieldSource, PageReading, TypeMatch
from dossiers.text import fold
from extractors.fields.beneath import find_beneath
from extractors.fields.evidence import (
    Evidence,
    Finding,
    count_looks,
    is_same_look,
    read_confidences,
)
from extractors.fields.grammars.boxes import with_doubt
from extractors.fields.grammars.value import Value, at_most
from extractors.fields.labels import Found, find_labelled
from extractors.fields.located import paper_day
from extractors.fields.shapes import find_shaped
from extractors.fields.tabled import Tabled, find_tabled
from extractors.fields.values import normalise
from extractors.fields.zones import find_zoned, listed
from extractors.rows import Row, rows_of, value_text
from extractors.types import DocumentType, FieldKind

Findings = dict[str, Finding]

_MOST_CANDIDATES = 5
# As little valid as a value is that nobody may pass unseen.
_IN_DOUBT = 0.3
# What forms say where there is nothing to say: no number, no second residence, no end of validity.
_NONE = frozenset({"khong", "khong co", "khong thoi han", "khong xac dinh thoi han"})
# Kinds of which a part looks like the whole.
_LONG = frozenset({
    FieldKind.TEXT, FieldKind.CHOICE, FieldKind.PLACE, FieldKind.AGENCY, FieldKind.PERSON_NAME,
    FieldKind.MONEY_WORDS,
})  # fmt: skip
_CUT = 0.4
# What is less valid contradicts nothing.
_A_VALUE = 0.5
_FREE = frozenset({FieldKind.TEXT, FieldKind.CHOICE})


def gather(
    kind: DocumentType,
    pages: Sequence[PageReading],
    rows: Sequence[Row],
    match: TypeMatch,
    tabled: Tabled | None = None,
) -> Findings:
    """Values by label, table, zone and shape; of two for one field, the one better founded.

    ``tabled`` is what the tables hold, where that is known already.
    """
    tabled = tabled or find_tabled(kind, pages)
    beside = rows_of(tabled.untabled(pages)) if tabled.words else rows
    labelled = [*find_labelled(kind, beside), *tabled.found, *find_beneath(kind, rows)]
    hits = [(hit, FieldSource.LABEL) for hit in labelled]
    hits += [(hit, FieldSource.ZONE) for hit in find_zoned(kind, rows)]
    hits += [(hit, FieldSource.ZONE) for hit in find_shaped(kind, rows)]
    as_of = paper_day(kind, [hit for hit, _ in hits])
    findings: Findings = {}
    for hit, source in hits:
        finding = _finding(hit, source, match, as_of)
        if not finding.field.value or _says_none(hit):
            continue
        before = findings.get(hit.field.name)
        if before is None or _worth(finding.evidence) > _worth(before.evidence):
            findings[hit.field.name] = finding
    return findings


def _says_none(hit: Found) -> bool:
    """Whether the form says that there is no such value; of a text it would be the text."""
    return hit.field.kind not in _FREE and fold(hit.raw).strip(" .-") in _NONE


def _finding(hit: Found, source: FieldSource, match: TypeMatch, as_of: dt.date | None) -> Finding:
    raw = listed(hit.field, hit.raw)
    value = with_doubt(normalise(hit.field, raw, as_of), hit.field.kind, hit.words)
    if hit.doubt:
        value = at_most(value, _IN_DOUBT, hit.doubt)
    if hit.cut and hit.field.kind in _LONG:
        value = at_most(value, _CUT, "the value may go on below")
    mean, worst = read_confidences(hit.words)
    same, other = count_looks(hit.words)
    evidence = Evidence(
        kind=hit.field.kind,
        source=source,
        mean=mean,
        worst=worst,
        fit=hit.fit,
        validity=value.validity,
        type=match.confidence,
        letters=sum(c.isalnum() for c in raw),
        lines=len({word.line for word in hit.words}),
        same=same,
        other=other,
        agreed=tuple(value.confirmed),
    )
    reasons = (value.reason,) if value.reason else ()
    others = [normalise(hit.field, listed(hit.field, other), as_of) for other in hit.others]
    differing = {v.text: None for v in others if _differs(v, value)}
    box = Box.around(word.box for word in hit.words)
    field = Field(
        hit.field.name,
        value.text,
        raw,
        0.0,
        hit.page,
        box,
        source,
        reasons,
        value.display,
        _candidates(hit, value.text),
        place=value.place,
        agency_code=value.agency_code,
    )
    finding = Finding(field, evidence)
    if any(word.disputed for word in hit.words):
        finding = finding.contradicted("own_text", "the page's own text differs from its print")
    if differing:
        told = "; ".join((value.text, *differing))
        finding = finding.contradicted("repeated", f"printed differently ({told})")
    return finding


def _differs(other: Value, value: Value) -> bool:
    """Whether another place has another value, and not just what is none."""
    return other.validity >= _A_VALUE and other.text.casefold() != value.text.casefold()


def _candidates(hit: Found, value: str) -> tuple[Candidate, ...]:
    """The values that second looks at single words would give, by how many looks read them."""
    votes: Counter[str] = Counter()
    looked = 0
    for place, word in enumerate(hit.words):
        looked = max(looked, len(word.looks))
        for look in word.looks:
            if is_same_look(word.text, look):
                continue
            words = (*hit.words[:place], replace(word, text=look), *hit.words[place + 1 :])
            other = normalise(hit.field, listed(hit.field, value_text(words))).text
            if other and other != value:
                votes[other] += 1
    return tuple(
        Candidate(other, round(times / (looked + 1), 3), "second look")
        for other, times in votes.most_common(_MOST_CANDIDATES)
    )


def _worth(evidence: Evidence) -> float:
    return evidence.validity * evidence.fit * (evidence.mean + evidence.worst)
