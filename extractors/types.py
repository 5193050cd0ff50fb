"""Document types are data: TOML files, checked when loaded, editable without code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from dossiers.errors import InvalidDocumentType
from extractors.bindings import Check, PersonCheck
from extractors.checked_toml import (
    Code,
    Document,
    Fault,
    FaultyFile,
    Located,
    LooseEnd,
    Table,
    Text,
    load_located,
)
from extractors.checked_toml.tables import Place
from extractors.patterns import CodeSource, Pattern

BUILT_IN = Path(__file__).parent / "document_types"


class FieldKind(StrEnum):
    """What a value is, and so how it is normalised and checked."""

    PERSON_NAME = "person_name"
    DATE = "date"
    DATE_TIME = "date_time"
    YEAR = "year"
    SEX = "sex"
    PERSONAL_NUMBER = "personal_number"
    IDENTITY_DOCUMENT = "identity_document"
    BUSINESS_CODE = "business_code"
    TAX_CODE = "tax_code"
    DOCUMENT_NUMBER = "document_number"
    DOSSIER_CODE = "dossier_code"
    PROCEDURE_CODE = "procedure_code"
    SERIAL = "serial"
    LICENCE_CLASS = "licence_class"
    PLOT_NUMBER = "plot_number"
    MAP_SHEET = "map_sheet"
    AGENCY = "agency"
    PLACE = "place"
    PHONE = "phone"
    EMAIL = "email"
    MONEY = "money"
    MONEY_WORDS = "money_words"
    NUMBER = "number"
    AREA = "area"
    PERCENTAGE = "percentage"
    CHOICE = "choice"
    TEXT = "text"


class Zone(StrEnum):
    """Places of an administrative document (NĐ 30/2020/NĐ-CP, Phụ lục I)."""

    ISSUER = "issuer"
    PARENT_AGENCY = "parent_agency"
    NUMBER = "number"
    SYMBOL = "symbol"
    PLACE = "place"
    ISSUE_DATE = "issue_date"
    SUBJECT = "subject"
    LETTER_SUBJECT = "letter_subject"
    ADDRESSEE = "addressee"
    SIGNER = "signer"
    SIGNER_TITLE = "signer_title"
    RECIPIENTS = "recipients"


class Name(Table):
    """A name for people, in both languages."""

    vi: Text
    en: Text


class Side(StrEnum):
    """The side of a card a field stands on."""

    FRONT = "front"
    BACK = "back"


class FieldType(Table):
    """One field: where it stands, what it is, and how it is bound to others.

    ``labels`` are the printed labels with their variants; ``zone`` is a place instead; ``pattern``
    is what a line that holds the value looks like, as a regular expression for all of the line (of
    which the group ``value``, if there is one, is the value). ``section``
    ties a repeated label to the block it stands in; ``opens`` starts such a block. ``lines`` is how
    many lines a value may run over. ``layouts`` are the layouts that have the field (none: all);
    ``side`` is where it stands on a card. A field ``within`` another stands in the same words
    (``Số: 127/2019 ngày 15/01/2019``), of which its kind takes its part. A document number that is
    ``bare`` may stand without symbol or year, as those of civil-status certificates do (``Số: 45``).
    What is entered later ``beneath`` a heading, its first label, stands in all the room down to the
    next label; its other labels are the heads of the table there.
    """

    name: Code
    title: Name
    kind: FieldKind = FieldKind.TEXT
    labels: tuple[Text, ...] = ()
    zone: Zone | None = None
    pattern: Pattern | None = None
    section: str | None = None
    opens: str | None = None
    lines: Annotated[int, Field(ge=1, le=12)] = 1
    key: bool = False
    required: bool = False
    choices: tuple[Text, ...] = ()
    layouts: tuple[str, ...] = ()
    side: Side | None = None
    within: Code | None = None
    beneath: bool = False
    bare: bool = False

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if not (self.labels or self.zone or self.pattern or self.within):
            raise PydanticCustomError("unplaced", "no labels, zone or pattern say where it stands")
        if self.kind is FieldKind.CHOICE and not self.choices:
            raise PydanticCustomError("no_choices", "a choice needs its choices")
        if self.beneath and not self.labels:
            raise PydanticCustomError("no_heading", "what stands beneath a heading needs its label")
        return self


class Validity(Table):
    """How long a paper may be relied on; exactly one of three forms.

    ``months`` after the day in the field ``after``; ``until`` the day in a field; or papers of the
    kind have all ``ended`` on a day.
    """

    months: Annotated[int, Field(ge=1, le=1200)] | None = None
    after: Code | None = None
    until: Code | None = None
    ended: dt.date | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [self.months is not None, self.until is not None, self.ended is not None]
        if sum(forms) != 1 or (self.months is None) != (self.after is None):
            raise PydanticCustomError(
                "validity_form", "either months with after, or until, or ended is needed"
            )
        return self


class Layout(Table):
    """One printed form of the paper: when it was issued and what stands only on it."""

    code: Text
    since: dt.date | None = None
    until: dt.date | None = None
    title: Name
    marks: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise PydanticCustomError("layout_period", "since lies after until")
        return self


class Group(Table):
    """Fields that a paper repeats, such as those of the members of a household.

    Of the group ``member``, the field ``name`` is read as ``member_1_name``, ``member_2_name`` and
    so on, up to ``most``. The labels stand anew in each block, which the first of the fields opens;
    in a ``table`` they are the heads of its columns. ``checks`` bind the fields of one block or row.
    Where a phrase of ``announced`` stands on the paper, there is such a table; of each row the first
    and the ``required`` fields must be read, or a person is asked.
    """

    name: Code
    title: Name
    most: Annotated[int, Field(ge=2, le=40)] = 12
    table: bool = False
    announced: tuple[Text, ...] = ()
    fields: Annotated[tuple[FieldType, ...], Field(min_length=1)]
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _in_blocks(self) -> Self:
        placed = [bool(field.labels or field.within) for field in self.fields]
        if not all(placed) or any(field.opens or field.section for field in self.fields):
            raise PydanticCustomError(
                "group_field", "fields of a group have labels, and neither opens nor section"
            )
        return self

    def field(self, one: FieldType, number: int) -> FieldType:
        """A field of the block or row of that number, from 1."""
        block = f"{self.name}_{number}"
        opens = one is self.fields[0]
        title = Name(
            vi=f"{self.title.vi} {number}: {one.title.vi}",
            en=f"{self.title.en} {number}: {one.title.en}",
        )
        changes: dict[str, object] = {"name": f"{block}_{one.name}", "title": title}
        changes |= {"required": False, "within": f"{block}_{one.within}" if one.within else None}
        if not self.table:
            changes |= {"opens": block if opens else None, "section": None if opens else block}
        return one.model_copy(update=changes)

    def unfolded(self) -> Iterator[FieldType]:
        """The fields of all blocks or rows."""
        for number in range(1, self.most + 1):
            yield from (self.field(one, number) for one in self.fields)

    def bound(self) -> Iterator[Check]:
        """The checks of all blocks or rows."""
        for number in range(1, self.most + 1):
            yield from (check.of(f"{self.name}_{number}_") for check in self.checks)


# What the receiving agency stamps on a paper, whatever its type (NĐ 30/2020/NĐ-CP, Phụ lục IV).
ON_ARRIVAL = {
    "incoming_number": FieldType(
        name="incoming_number",
        title=Name(vi="Số đến", en="Incoming number"),
        kind=FieldKind.NUMBER,
        labels=("Số đến",),
    ),
    "incoming_date": FieldType(
        name="incoming_date",
        title=Name(vi="Ngày đến", en="Incoming date"),
        kind=FieldKind.DATE,
        labels=("Ngày đến",),
    ),
}


class DocumentType(Document):
    """A kind of paper.

    ``aliases`` are other names for it; ``titles`` are printed as a heading; ``symbols`` are the
    parts of a document number's symbol that speak for the type (``QĐ``, ``TLKS-BS``); ``evidence``
    are other phrases that do; ``stops`` are labels that end a value but are no field. ``results``
    are its codes in the national catalogue of results; ``groups`` are fields that repeat. ``codes``
    are QR codes and barcodes printed on it that give fields; ``card`` marks identity cards, whose
    own QR code and MRZ are read; ``restricted`` marks personal data that logs must not show.
    """

    code: Code
    name: Name
    aliases: tuple[Text, ...] = ()
    titles: tuple[Text, ...] = ()
    symbols: tuple[Text, ...] = ()
    evidence: tuple[Text, ...] = ()
    fields: Annotated[tuple[FieldType, ...], Field(min_length=1)]
    stops: tuple[Text, ...] = ()
    groups: tuple[Group, ...] = ()
    checks: tuple[Check, ...] = ()
    results: tuple[str, ...] = ()
    validity: Validity | None = None
    layouts: tuple[Layout, ...] = ()
    codes: tuple[CodeSource, ...] = ()
    card: bool = False
    restricted: bool = False

    @model_validator(mode="after")
    def _findable(self) -> Self:
        if not self.titles and not self.evidence:
            raise PydanticCustomError(
                "unfindable", "neither titles nor evidence: the type can never be found"
            )
        return self

    def field(self, name: str) -> FieldType | None:
        """The field of a name: of the type, or of the stamp any paper may bear on arrival."""
        return next(
            (field for field in self.every_field if field.name == name), ON_ARRIVAL.get(name)
        )

    @cached_property
    def every_field(self) -> tuple[FieldType, ...]:
        """The fields, then those of the groups, time after time."""
        return (*self.fields, *(field for group in self.groups for field in group.unfolded()))

    @cached_property
    def every_check(self) -> tuple[Check, ...]:
        """The checks, then those of the groups, time after time."""
        return (*self.checks, *(check for group in self.groups for check in group.bound()))

    def layout(self, code: str) -> Layout | None:
        """The layout of a code."""
        return next((layout for layout in self.layouts if layout.code == code), None)

    @property
    def persons(self) -> tuple[PersonCheck, ...]:
        """The people the paper describes, by the fields that do."""
        return tuple(check for check in self.every_check if isinstance(check, PersonCheck))

    def loose_ends(self) -> Iterator[LooseEnd]:
        """Fields, layouts and titles that are named and do not exist, or exist twice."""
        names = [field.name for field in self.fields]
        layouts = [layout.code for layout in self.layouts]
        yield from _loose_fields(self, (), layouts)
        for index, group in enumerate(self.groups):
            yield from _loose_fields(group, ("groups", index), layouts)
        for index, code in enumerate(layouts):
            if code in layouts[:index]:
                yield LooseEnd(("layouts", index, "code"), "repeated", code)
        for named_at, name in self._named():
            if name not in names:
                yield LooseEnd(named_at, "unknown_field", name, names)
        for index, title in enumerate(self.titles):
            if sum(letter.isalpha() for letter in title) < 3:
                yield LooseEnd(("titles", index), "unread_title", title)

    def _named(self) -> Iterator[tuple[Place, str]]:
        """The fields that codes and validity name, and where they do."""
        for index, code in enumerate(self.codes):
            yield from ((("codes", index, "pattern"), given) for given in code.gives)
        for key in ("after", "until"):
            if name := getattr(self.validity, key, None):
                yield ("validity", key), name


def _loose_fields(
    holder: DocumentType | Group, place: Place, layouts: Sequence[str]
) -> Iterator[LooseEnd]:
    """What the fields and checks of a type, or of a group, name that is not there, or is twice."""
    names = [field.name for field in holder.fields]
    known = names if isinstance(holder, Group) else [f.name for f in holder.every_field]
    for index, field in enumerate(holder.fields):
        at = (*place, "fields", index)
        if field.name in names[:index]:
            yield LooseEnd((*at, "name"), "repeated", field.name)
        for position, code in enumerate(field.layouts):
            if code not in layouts:
                yield LooseEnd((*at, "layouts", position), "unknown_layout", code, layouts)
        if field.within and field.within not in names:
            yield LooseEnd((*at, "within"), "unknown_field", field.within, names)
    for index, check in enumerate(holder.checks):
        for key, name in check.named():
            if name not in known:
                yield LooseEnd((*place, "checks", index, *key), "unknown_field", name, names)


class DocumentTypes:
    """All document types known, by code, and the files they come from."""

    def __init__(
        self, types: Mapping[str, DocumentType], files: Mapping[str, Path] | None = None
    ) -> None:
        self._types = dict(types)
        self.files: Mapping[str, Path] = dict(files or {})

    def __iter__(self) -> Iterator[DocumentType]:
        return iter(self._types.values())

    def __len__(self) -> int:
        return len(self._types)

    def get(self, code: str | None) -> DocumentType | None:
        """The type of a code, or ``None``."""
        return self._types.get(code) if code else None


def load_types(folder: Path | None = None) -> DocumentTypes:
    """The built-in types, and an administrator's own, which may replace built-in ones by code.

    Raises:
        InvalidDocumentType: a file breaks the schema; names file, lines and keys.
    """
    files = sorted(BUILT_IN.glob("*.toml"))
    if folder is not None:
        if not folder.is_dir():
            raise _invalid(str(folder), (Fault(1, "–", "không có thư mục này", "no such folder"),))
        files += sorted(folder.glob("*.toml"))
    found = [(kind, file) for file in files for kind in load_file(file)]
    return DocumentTypes(
        {kind.code: kind for kind, _ in found}, {kind.code: file for kind, file in found}
    )


def load_file(file: Path) -> tuple[DocumentType, ...]:
    """The types of one file: one, or as many as it has ``members``.

    Raises:
        InvalidDocumentType: not TOML, or it breaks the schema; tells every fault by line and key.
    """
    return tuple(located.made for located in locate(file))


def locate(file: Path) -> tuple[Located[DocumentType], ...]:
    """The types of one file, which can tell where in it their parts stand.

    Raises:
        InvalidDocumentType: as of :func:`load_file`.
    """
    try:
        types = load_located(file, DocumentType)
    except FaultyFile as error:
        raise _invalid(file.name, error.faults) from error
    return types


def _invalid(file: str, faults: tuple[Fault, ...]) -> InvalidDocumentType:
    return InvalidDocumentType(
        file=file,
        faults=faults,
        vi="; ".join(fault.told(english=False) for fault in faults),
        en="; ".join(fault.told(english=True) for fault in faults),
    )
