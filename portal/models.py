"""What the API answers: stable names, with examples for its documentation."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from dossiers.contract import PlaceReport


def _example(**values: JsonValue) -> ConfigDict:
    return ConfigDict(frozen=True, json_schema_extra={"examples": [values]})


class CopyOut(BaseModel):
    """A version of a signed copy; the highest version holds."""

    version: int
    sha256: str
    size: Annotated[int, Field(description="bytes")]
    page_count: int
    pdfa: str
    signature_level: str
    signers: list[str]
    signed_at: dt.datetime
    href: str


class DocumentOut(BaseModel):
    """A document of a dossier."""

    model_config = _example(
        code="H31.12-261102-0001-02",
        dossier="H31.12-261102-0001",
        type="birth_certificate",
        type_name="Giấy khai sinh",
        role="result",
        component_code="KQ.G15.000031",
        state="stored",
        needs_person=False,
        original_name="Giay khai sinh.pdf",
        original_sha256="9f" * 32,
        original_pages=[1],
        page_count=1,
        other_side=None,
        copies=[
            {
                "version": 1,
                "sha256": "1c" * 32,
                "size": 392675,
                "page_count": 1,
                "pdfa": "3u",
                "signature_level": "B-B",
                "signers": ["Cán bộ số hóa", "UBND tỉnh Hưng Yên"],
                "signed_at": "2026-11-24T04:16:16+07:00",
                "href": "/api/v1/documents/H31.12-261102-0001-02/copy?version=1",
            }
        ],
        fields_href="/api/v1/documents/H31.12-261102-0001-02/fields",
    )

    code: str
    dossier: str
    type: str | None
    type_name: str | None
    role: str
    component_code: str | None
    state: str
    needs_person: Annotated[
        bool, Field(description="a person has to look before its data may be reused unseen")
    ]
    original_name: str
    original_sha256: str
    original_pages: Annotated[
        list[int], Field(description="pages of the original that the document is; it may hold more")
    ]
    page_count: int
    other_side: Annotated[
        str | None, Field(description="the document with the other side of the same card")
    ]
    copies: list[CopyOut]
    fields_href: str


class DossierOut(BaseModel):
    """A dossier and its documents."""

    model_config = _example(
        code="H31.12-261102-0001",
        agency={"code": "H31", "name": "UBND tỉnh Hưng Yên"},
        procedure={"code": "1.001193", "name": "Thủ tục đăng ký khai sinh"},
        applicant={"kind": "citizen", "identifier": "033083044664", "name": "ĐỖ VĂN ĐĨNH"},
        received_on="2026-11-02",
        state="digitised",
        documents=[],
    )

    code: str
    agency: dict[str, str]
    procedure: dict[str, str | None] | None
    applicant: dict[str, str | None] | None
    received_on: dt.date | None
    state: str
    documents: list[DocumentOut]


class FieldOut(BaseModel):
    """One value, with where it stands and how sure it is."""

    model_config = _example(
        name="birth_date",
        title="Ngày, tháng, năm sinh",
        value="2026-10-16",
        raw="16/10/2026",
        confidence=0.98,
        doubtful=False,
        page=1,
        box=[201.1, 211.9, 260.2, 220.8],
        source="label",
        reasons=["birth year agrees with the personal number"],
        display="16/10/2026",
        place=None,
        agency_code=None,
    )

    name: str
    title: Annotated[str, Field(description="for display, Vietnamese")]
    value: Annotated[str, Field(description="normalised: dates ISO 8601, numbers without blanks")]
    raw: str
    confidence: float
    doubtful: Annotated[bool, Field(description="not to be reused unseen")]
    page: int | None
    box: Annotated[
        list[float] | None,
        Field(description="[x0, y0, x1, y1], points from the top left of the page as displayed"),
    ]
    source: str
    reasons: list[str]
    display: Annotated[str, Field(description="as people write it")]
    place: Annotated[
        PlaceReport | None,
        Field(
            description="administrative units by code that a place names, or that an agency is of"
        ),
    ]
    agency_code: Annotated[
        str | None, Field(description="identification code of an agency, where it is certain")
    ]


class LinkedOut(BaseModel):
    """A document of a subject, and how it came to be linked."""

    model_config = _example(
        document="H31.12-261102-0001-02",
        dossier="H31.12-261102-0001",
        type="birth_certificate",
        type_name="Giấy khai sinh",
        role="applicant",
        linked_by="manifest",
        confidence=1.0,
        href="/api/v1/documents/H31.12-261102-0001-02",
    )

    document: str
    dossier: str
    type: str | None
    type_name: str | None
    role: str
    linked_by: str
    confidence: float
    href: str


class SubjectOut(BaseModel):
    """The electronic data store of a citizen or organisation."""

    identifier: str
    name: str | None
    documents: list[LinkedOut]


class HitOut(BaseModel):
    """A document that holds the words searched for, marked by [ ]."""

    model_config = _example(
        document="H31.12-261102-0001-02",
        snippet="…[GIẤY] [KHAI] [SINH] Số: 209/2026…",
        href="/api/v1/documents/H31.12-261102-0001-02",
    )

    document: str
    snippet: str
    href: str
