"""From text as read to a normalised value and how valid it is, by the kind of field."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping

from dossiers.text import printable
from extractors.fields.grammars import amounts, boxes, codes, days, leaders, names, people
from extractors.fields.grammars.value import Value, doubtful
from extractors.types import FieldKind, FieldType

_SMALL = "a-zàáâãèéêìíòóôõùúýăđĩũơư" + "".join(map(chr, range(0x1EA1, 0x1EFA, 2)))
# In running text, leader dots between words of small letters end no sentence.
_DOTS_INSIDE = re.compile(rf"(?<=[{_SMALL}]{{2}})\s?[.…]+\s(?=[{_SMALL}]{{2}})")
_TEXTS = frozenset({FieldKind.TEXT, FieldKind.CHOICE})
# Figures, and the words that say them too; of what is longer nothing is read.
_FIGURES = frozenset(
    {FieldKind.MONEY, FieldKind.NUMBER, FieldKind.AREA, FieldKind.PERCENTAGE}
)  # fmt: skip
_LONGEST_FIGURES = 400
_NAMES = frozenset({FieldKind.PERSON_NAME, FieldKind.PLACE, FieldKind.AGENCY})


def normalise(field: FieldType, raw: str, as_of: dt.date | None = None) -> Value:
    """The value of a field from its text as read; never empty unless the text is.

    ``as_of`` is the paper's day, where it is known: administrative units are those of then.
    """
    raw = printable(raw)
    if field.kind in _TEXTS:
        raw = _DOTS_INSIDE.sub(" ", raw)
    if field.kind in _TEXTS | _NAMES:
        raw = _even_capitals(raw)
    offered = _offered(field)
    if offered and boxes.has_boxes(raw):
        return boxes.ticked(raw, offered)
    if field.kind is FieldKind.CHOICE:
        return names.choice(raw, field.choices)
    if field.kind is FieldKind.PLACE:
        return names.place(leaders.of_place(raw), as_of)
    if field.kind is FieldKind.AGENCY:
        return names.agency(leaders.of_place(raw), as_of)
    if field.kind is FieldKind.PERSON_NAME:
        return people.person_name(leaders.of_name(raw))
    if field.kind is FieldKind.DOCUMENT_NUMBER:
        return codes.document_number(raw, bare=field.bare)
    if field.kind in _FIGURES and len(raw) > _LONGEST_FIGURES:
        return doubtful(raw, 0.2, "too long for figures")
    return _GRAMMARS[field.kind](raw)


def _offered(field: FieldType) -> tuple[str, ...]:
    """What a form may print beside check boxes."""
    return ("Nam", "Nữ") if field.kind is FieldKind.SEX else tuple(field.choices)


def _even_capitals(text: str) -> str:
    """Words of capitals wholly so: marks above make some look like small letters (``PHó``)."""
    return " ".join(
        word.upper() if word[:2].isupper() and len(word) > 2 and _one_small(word) else word
        for word in text.split(" ")
    )


def _one_small(word: str) -> bool:
    small = [c for c in word if c.islower()]
    return len(small) == 1 and not small[0].isascii() and word.isalpha()


_GRAMMARS: Mapping[FieldKind, Callable[[str], Value]] = {
    FieldKind.DATE: days.date,
    FieldKind.DATE_TIME: days.date_time,
    FieldKind.YEAR: days.year,
    FieldKind.SEX: people.sex,
    FieldKind.PERSONAL_NUMBER: people.personal_number,
    FieldKind.IDENTITY_DOCUMENT: people.identity_document,
    FieldKind.BUSINESS_CODE: codes.business_code,
    FieldKind.TAX_CODE: codes.tax_code,
    FieldKind.DOSSIER_CODE: codes.dossier_code,
    FieldKind.PROCEDURE_CODE: codes.procedure_code,
    FieldKind.SERIAL: codes.serial,
    FieldKind.LICENCE_CLASS: codes.licence_class,
    FieldKind.PLOT_NUMBER: codes.plot_number,
    FieldKind.MAP_SHEET: codes.map_sheet,
    FieldKind.PHONE: people.phone,
    FieldKind.EMAIL: people.email,
    FieldKind.MONEY: amounts.money,
    FieldKind.MONEY_WORDS: amounts.money_words,
    FieldKind.NUMBER: amounts.number,
    FieldKind.AREA: amounts.area,
    FieldKind.PERCENTAGE: amounts.percentage,
    FieldKind.TEXT: names.text,
}
