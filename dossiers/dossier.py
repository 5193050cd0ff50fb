"""Dossier, document, subject, agency, procedure and the electronic copy."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class SubjectKind(StrEnum):
    """Whose electronic data store (kho dữ liệu điện tử) a document belongs to."""

    CITIZEN = "citizen"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Subject:
    """A citizen by personal number, or an organisation by tax code."""

    kind: SubjectKind
    identifier: str
    name: str | None = None


class SubjectLink(StrEnum):
    """How a document came to be linked to a subject, surest first."""

    MANIFEST = "manifest"
    PERSON = "person"
    CODE = "code"
    PRINTED = "printed"


@dataclass(frozen=True, slots=True)
class Agency:
    """The agency that digitises: its electronic identification code (QĐ 20/2020/QĐ-TTg)."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Procedure:
    """An administrative procedure (mã TTHC)."""

    code: str
    name: str | None = None


class Role(StrEnum):
    """Component handed in by the applicant, or result issued by the agency."""

    COMPONENT = "component"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class DossierHead:
    """What is known of a dossier before a page is read."""

    code: str
    agency: Agency
    procedure: Procedure | None = None
    applicant: Subject | None = None
    received_on: dt.date | None = None


class SigningRole(StrEnum):
    """In what capacity someone signs (NĐ 30/2020/NĐ-CP, Điều 13 and Phụ lục I).

    The officer who digitises, the competent person (người có thẩm quyền), the agency with its seal.
    """

    OFFICER = "officer"
    AUTHORITY = "authority"
    AGENCY = "agency"


class FormOfCopy(StrEnum):
    """Forms of a copy (NĐ 30/2020/NĐ-CP, Điều 3 and 25; NĐ 23/2015/NĐ-CP, Điều 2).

    The text shown is Vietnamese.
    """

    TRUE_COPY = "Sao y"
    COPY_OF_COPY = "Sao lục"
    EXTRACT = "Trích sao"
    CERTIFIED = "Bản sao chứng thực từ bản chính"
    FROM_REGISTER = "Bản sao từ sổ gốc"


@dataclass(frozen=True, slots=True)
class CopyMetadata:
    """What is written into an electronic copy beside the scan and the words.

    ``original_sha256`` is the hash of the original's bytes in hexadecimal; ``created_at`` is the
    moment of digitisation, with its time zone; ``certification`` the number in the register of a
    certified copy; ``original_pages`` the original's pages (from 1) where it is not all of them.
    """

    document_code: str
    dossier: DossierHead
    form: FormOfCopy
    original_name: str
    original_sha256: str
    created_at: dt.datetime
    role: Role = Role.COMPONENT
    type_name: str | None = None
    certification: str | None = None
    original_pages: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class ElectronicCopy:
    """A signed copy as stored: its place, hash (hexadecimal SHA-256) and size in bytes."""

    document_code: str
    key: str
    sha256: str
    size: int
    page_count: int
    pdfa: str
    signature_level: str
    signers: tuple[str, ...]
    signed_at: dt.datetime
