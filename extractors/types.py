"""Document types are data: one TOML file each, checked when loaded, editable without code."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dossiers.errors import InvalidDocumentType

_BUILT_IN = Path(__file__).parent / "document_types"

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


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
    PLACE = "place"
    ISSUE_DATE = "issue_date"
    SUBJECT = "subject"
    LETTER_SUBJECT = "letter_subject"
    ADDRESSEE = "addressee"
    SIGNER = "signer"
    SIGNER_TITLE = "signer_title"
    RECIPIENTS = "recipients"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(_Strict):
    """A name for people, in both languages."""

    vi: str
    en: str


class FieldType(_Strict):
    """One field: where it stands, what it is, and how it is bound to others.

    ``labels`` are the printed labels with their variants; ``zone`` is a place instead. ``section``
    ties a repeated label to the block it stands in; ``opens`` starts such a block. ``lines`` is how
    many lines a value may run over.
    """

    name: Code
    title: Name
    kind: FieldKind = FieldKind.TEXT
    labels: tuple[str, ...] = ()
    zone: Zone | None = None
    section: str | None = None
    opens: str | None = None
    lines: Annotated[int, Field(ge=1, le=12)] = 1
    key: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _placed(self) -> FieldType:
        if not self.labels and self.zone is None:
            raise ValueError(f"field {self.name} has neither labels nor a zone")
        if self.kind is FieldKind.CHOICE and not self.choices:
            raise ValueError(f"field {self.name} is a choice without choices")
        return self


class Person(_Strict):
    """Fields that describe one person, so that they can be checked against each other."""

    number: Code
    birth_date: Code | None = None
    sex: Code | None = None
    name: Code | None = None


class DocumentType(_Strict):
    """A kind of paper.

    ``titles`` are printed as a heading; ``evidence`` are other phrases that speak for the type;
    ``stops`` are labels that end a value but are no field; ``card`` marks identity cards, whose QR
    code and MRZ are read as fields; ``restricted`` marks personal data that logs must not show.
    """

    code: Code
    name: Name
    titles: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    fields: Annotated[tuple[FieldType, ...], Field(min_length=1)]
    stops: tuple[str, ...] = ()
    persons: tuple[Person, ...] = ()
    date_in_words: Mapping[str, str] = {}
    card: bool = False
    restricted: bool = False

    @model_validator(mode="after")
    def _bound(self) -> DocumentType:
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names):
            raise ValueError("a field is named twice")
        if not self.titles and not self.evidence:
            raise ValueError("neither titles nor evidence: the type can never be found")
        bound = [name for p in self.persons for name in p.model_dump().values() if name]
        for name in [*bound, *self.date_in_words]:
            if name not in names:
                raise ValueError(f"{name!r} is bound by a check but is no field")
        return self

    def field(self, name: str) -> FieldType | None:
        """The field of a name."""
        return next((field for field in self.fields if field.name == name), None)


class DocumentTypes:
    """All document types known, by code."""

    def __init__(self, types: Mapping[str, DocumentType]) -> None:
        self._types = dict(types)

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
        InvalidDocumentType: a file breaks the schema; names file and key.
    """
    files = sorted(_BUILT_IN.glob("*.toml"))
    if folder is not None:
        if not folder.is_dir():
            raise InvalidDocumentType(file=folder, key="–", detail="no such folder")
        files += sorted(folder.glob("*.toml"))
    types = [load_type(file) for file in files]
    return DocumentTypes({kind.code: kind for kind in types})


def load_type(file: Path) -> DocumentType:
    """One type from its file.

    Raises:
        InvalidDocumentType: not TOML, or it breaks the schema; names file and key.
    """
    try:
        content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidDocumentType(file=file.name, key="–", detail=str(error)) from error
    try:
        return DocumentType.model_validate(content)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"]) or "–"
        raise InvalidDocumentType(file=file.name, key=key, detail=fault["msg"]) from error
