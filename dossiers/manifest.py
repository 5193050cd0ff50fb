"""``dossier.json``: what the one-stop system knows of a dossier, under the national field names.

Names and codes are those of the messages to the national portal (``DongBoHoSoMC``); keys not used
here are passed over, since every product adds its own.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from dossiers.dossier import Agency, DossierHead, Procedure, Role, Subject, SubjectKind
from dossiers.errors import InvalidIdentifier, InvalidManifest
from dossiers.identifiers.dossier_code import DossierCode
from dossiers.identifiers.personal import OldCardNumber, PersonalNumber
from dossiers.identifiers.tax import TaxCode
from dossiers.text import nfc

FILE_NAME = "dossier.json"
CSV_NAME = "dossiers.csv"

# LoaiDoiTuong: 1 person, 2 enterprise, 3 state agency, 4 other organisation.
_PERSON = "1"
_MOMENT = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]?\d{2}:?\d{2}:?\d{2})?", re.ASCII)


def _moment(value: object) -> object:
    """``yyyyMMdd[HHmmss]``, as the portal writes it; ISO 8601 as well."""
    if value in ("", None):
        return None
    match = _MOMENT.fullmatch(str(value).strip())
    if match is None:
        raise ValueError("must be yyyyMMddHHmmss")
    return dt.date(*map(int, match.groups()))


Text = Annotated[str, BeforeValidator(lambda v: nfc(v).strip() if isinstance(v, str) else v)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class IdentityPaper(_Part):
    """``DinhDanhCHS``: 1 is a personal number, 2 an older card or another paper."""

    LoaiDinhDanh: Annotated[str, BeforeValidator(str)] = "1"
    SoDinhDanh: Text


class HandedIn(_Part):
    """``TaiLieuNop``: one component of the dossier."""

    TenTepDinhKem: Text
    MaThanhPhanHoSo: Text | None = None


class Result(_Part):
    """``DanhSachGiayToKetQua``: one result."""

    TenGiayTo: Text
    MaGiayToKetQua: Text | None = None
    DuongDanTepTinKetQua: Text | None = None


class DossierManifest(_Part):
    """One dossier as the one-stop system exports it."""

    MaHoSo: Text
    MaTTHC: Text | None = None
    TenTTHC: Text | None = None
    ChuHoSo: Text | None = None
    LoaiDoiTuong: Annotated[str, BeforeValidator(str)] | None = None
    MaDoiTuong: Text | None = None
    DinhDanhCHS: tuple[IdentityPaper, ...] = ()
    NgayTiepNhan: Annotated[dt.date | None, BeforeValidator(_moment)] = None
    TaiLieuNop: tuple[HandedIn, ...] = Field(default=())
    DanhSachGiayToKetQua: tuple[Result, ...] = Field(default=())

    def head(self, agency: Agency) -> DossierHead:
        """What it says of the dossier as a whole."""
        return DossierHead(
            code=str(DossierCode.parse(self.MaHoSo)),
            agency=agency,
            procedure=Procedure(self.MaTTHC, self.TenTTHC) if self.MaTTHC else None,
            applicant=self.applicant(),
            received_on=self.NgayTiepNhan,
        )

    def applicant(self) -> Subject | None:
        """The applicant, if it names one by a number that obeys its rules."""
        numbers = [self.MaDoiTuong or "", *(paper.SoDinhDanh for paper in self.DinhDanhCHS)]
        # An organisation is named together with the person who acts for it.
        person = self.LoaiDoiTuong in (None, "", _PERSON)
        readers = (_citizen, _organisation) if person else (_organisation,)
        for read in readers:
            for number in numbers:
                if subject := read(number, self.ChuHoSo):
                    return subject
        return None

    def role_of(self, file_name: str) -> Role:
        """Whether a file is one of the results; everything else is a component."""
        return Role.RESULT if self._result(file_name) else Role.COMPONENT

    def component_code_of(self, file_name: str) -> str | None:
        """The code of the component or result that a file is."""
        names = _names(file_name)
        for part in self.TaiLieuNop:
            if part.TenTepDinhKem in names:
                return part.MaThanhPhanHoSo
        result = self._result(file_name)
        return result.MaGiayToKetQua if result else None

    def name_of(self, file_name: str) -> str | None:
        """What the result that a file is, is called."""
        result = self._result(file_name)
        return result.TenGiayTo if result else None

    def _result(self, file_name: str) -> Result | None:
        """The result that a file is: by its name, or by the last part of its address."""
        names = _names(file_name)
        for result in self.DanhSachGiayToKetQua:
            address = unquote((result.DuongDanTepTinKetQua or "").rpartition("/")[2])
            if address in names or result.TenGiayTo in names:
                return result
        return None


def load_manifest(content: bytes, file: str = FILE_NAME) -> DossierManifest:
    """A manifest from the bytes of its file.

    Raises:
        InvalidManifest: not JSON, or a key is missing or wrong; the key is named.
    """
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidManifest(file=file, detail=f"JSON: {error}") from error
    return _checked(data, file)


def load_manifest_csv(content: bytes, file: str = CSV_NAME) -> dict[str, DossierManifest]:
    """Many manifests, a row each, columns named as the keys; by dossier code.

    Raises:
        InvalidManifest: not a table, or a row is wrong; row and column are named.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidManifest(file=file, detail=f"CSV: {error}") from error
    manifests = {}
    for number, row in enumerate(rows, start=2):
        data: dict[str, Any] = {key: value for key, value in row.items() if key and value}
        if identity := data.pop("SoDinhDanh", None):
            data["DinhDanhCHS"] = [{"SoDinhDanh": identity}]
        manifest = _checked(data, f"{file}:{number}")
        if manifest.MaHoSo in manifests:
            raise InvalidManifest(file=f"{file}:{number}", detail=f"MaHoSo: {manifest.MaHoSo} ×2")
        manifests[manifest.MaHoSo] = manifest
    return manifests


def _checked(data: object, file: str) -> DossierManifest:
    try:
        manifest = DossierManifest.model_validate(data)
        DossierCode.parse(manifest.MaHoSo)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"]) or "–"
        raise InvalidManifest(file=file, detail=f"{key}: {fault['msg']}") from error
    except InvalidIdentifier as error:
        raise InvalidManifest(file=file, detail=f"MaHoSo: {error}") from error
    return manifest


def _names(file_name: str) -> tuple[str, str]:
    """A file's name with and without its ending."""
    name = nfc(file_name)
    return name, name.rpartition(".")[0] or name


def _citizen(number: str, name: str | None) -> Subject | None:
    for parse in (PersonalNumber.parse, OldCardNumber.parse):
        try:
            return Subject(SubjectKind.CITIZEN, str(parse(number)), name)
        except InvalidIdentifier:
            continue
    return None


def _organisation(number: str, name: str | None) -> Subject | None:
    try:
        code = str(TaxCode.parse(number))
    except InvalidIdentifier:
        return None
    # Twelve digits are a person's number, which is a tax code too (TT 86/2024/TT-BTC).
    return None if len(code) == 12 else Subject(SubjectKind.ORGANISATION, code, name)
