"""Where and when a paper stands: its day, and the units that its other fields leave open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dossiers.identifiers.number_words import is_number_word
from dossiers.identifiers.personal import PROVINCES
from dossiers.identifiers.place import Place
from dossiers.reading import Field
from extractors.agencies.reading import read_agency
from extractors.fields.labels import Found
from extractors.fields.values import normalise
from extractors.places.units import REFORM, gazetteer
from extractors.rows import Row
from extractors.types import DocumentType, FieldKind, Zone

# Days on which a paper was made out, in the order in which they are asked.
# A line that ends left of this ends its sentence too.
_FULL = 0.7
_MADE_OUT = ("issue_date", "registered_on", "first_registered_on")


def paper_day(kind: DocumentType, found: Sequence[Found]) -> dt.date | None:
    """The day a paper was issued, by the first of its dates that is one of the calendar."""
    names = [field.name for field in kind.fields if field.zone is Zone.ISSUE_DATE]
    for name in (*names, *_MADE_OUT):
        for hit in found:
            if hit.field.name == name and hit.field.kind is FieldKind.DATE:
                value = normalise(hit.field, hit.raw)
                if value.validity == 1:
                    return dt.date.fromisoformat(value.text)
    return None


def made_out_on(fields: Mapping[str, Field]) -> dt.date | None:
    """The day a paper was made out, by the first of its dates."""
    made_out = next((fields[name].value for name in _MADE_OUT if name in fields), "")
    try:
        return dt.date.fromisoformat(made_out)
    except ValueError:
        return None


def run_on(rows: Sequence[Row], index: int) -> str:
    """The text of a line, with the next one where a number in words goes on in it."""
    row = rows[index]
    if row.box.x1 <= _FULL * row.page_width:
        return row.text
    after = rows[index + 1] if index + 1 < len(rows) else None
    if after is not None and after.page == row.page:
        first = after.words[0].text
        if is_number_word(first) and not first[:1].isupper():
            return f"{row.text} {after.text}"
    return row.text


def located(kind: DocumentType, fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields, with the units that others tell.

    These are of places that only a code gives, and of agencies that print their own unit alone
    (``ỦY BAN NHÂN DÂN XÃ YÊN MỸ``).
    """
    as_of = made_out_on(fields)
    placed = dict(fields)
    wanted = [
        (kind_of, fields[kind_of.name])
        for kind_of in kind.fields
        if kind_of.name in fields and fields[kind_of.name].place is None
    ]
    for kind_of, field in wanted:
        if kind_of.kind is FieldKind.PLACE:
            placed[field.name] = replace(field, place=normalise(kind_of, field.value, as_of).place)
    province = _province(placed.values())
    for kind_of, field in wanted:
        if kind_of.kind is FieldKind.AGENCY and province is not None:
            placed[field.name] = replace(field, place=_unit_of(field.value, as_of, province))
    return placed


def number_provinces(place: Place) -> tuple[str, ...]:
    """The provinces of a place as personal numbers name them: those of before the merger."""
    if place.as_of < REFORM:
        return tuple(code for code in PROVINCES if code == f"0{place.province_code}")
    known = gazetteer()
    listed = [code for code in PROVINCES if known.before.get(code[1:])]
    return tuple(code for code in listed if known.province_now(code[1:]) == place.province_code)


def _province(fields: Iterable[Field]) -> Place | None:
    """The one province that a paper's places and agencies tell, by its name of today."""
    told = [field.place for field in fields if field.place]
    today = {now.province_code for place in told for now in place.now}
    return told[0] if len(today) == 1 else None


def _unit_of(agency: str, as_of: dt.date | None, told: Place) -> Place | None:
    """The unit of an agency in the province a paper tells, as it was called then and is called now."""
    known = gazetteer()
    names = [known.after[now.province_code].title for now in told.now[:1]]
    old = known.before.get(told.province_code)
    if old is not None and told.as_of < REFORM:
        names.insert(0, old.title)
    for name in names:
        read = read_agency(agency, as_of, name)
        if read.place is not None and read.text == agency:
            return read.place
    return None
