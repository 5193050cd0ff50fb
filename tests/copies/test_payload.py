"""The attached data and the metadata."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pikepdf
import pytest

from copies.archival import make_copy
from copies.payload import read_payload
from copies.xmp import NAMESPACE
from dossiers.dossier import Subject, SubjectKind
from dossiers.errors import DamagedFile, NotFound
from dossiers.reading import PageOutcome, Problem
from tests.copies import makers

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "copy-payload.schema.json"


def _copy(tmp_path: Path) -> Path:
    makers.scan_pdf(tmp_path / "scan.pdf")
    made = makers.metadata()
    head = made.dossier
    applicant = Subject(SubjectKind.CITIZEN, "033199001234", "Nguyễn Thị Thảo Vy")
    dossier = type(head)(head.code, head.agency, head.procedure, applicant)
    problem = Problem("page_doubtful", "Trang mờ", "Faint page", 1)
    page = makers.page(outcome=PageOutcome.DOUBTFUL, problems=(problem,))
    make_copy(
        tmp_path / "scan.pdf",
        makers.reading(page),
        makers.metadata(dossier=dossier),
        tmp_path / "copy.pdf",
    )
    return tmp_path / "copy.pdf"


def test_the_data_follow_the_published_schema(tmp_path: Path) -> None:
    data = read_payload(_copy(tmp_path))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema, format_checker=jsonschema.FormatChecker())
    assert data["document"]["fields"]["document_number"]["box"] == [60, 80, 120, 92]
    assert data["document"]["fields"]["residence"]["place"]["now"][1]["ward_code"] == "12406"
    assert data["pages"][0]["outcome"] == "doubtful"
    assert data["created"] == "2026-11-23T09:30:00+07:00"
    del data["original"]["sha256"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema)


def test_the_file_is_associated_as_data(tmp_path: Path) -> None:
    with pikepdf.open(_copy(tmp_path)) as pdf:
        (spec,) = pdf.Root.AF
        assert spec.AFRelationship == pikepdf.Name.Data
        assert spec.EF.F.Subtype == pikepdf.Name("/application/json")
        assert int(spec.EF.F.Params.Size) == len(spec.EF.F.read_bytes())


def test_metadata_agree_and_hold_no_person(tmp_path: Path) -> None:
    with pikepdf.open(_copy(tmp_path)) as pdf:
        assert str(pdf.docinfo["/CreationDate"]) == "D:20261123093000+07'00'"
        packet = pdf.Root.Metadata.read_bytes().decode()
        with pdf.open_metadata() as found:
            title = "Giấy xác nhận tình trạng hôn nhân số 12/XN-UBND"
            assert found["dc:title"] == title == str(pdf.docinfo["/Title"])
            assert found["dc:creator"] == ["UBND xã Phù Cừ & Đoàn Đào"]
            assert found["dc:identifier"] == "H31.15.8-261123-0001-01"
            assert found["xmp:CreateDate"] == "2026-11-23T09:30:00+07:00"
            assert found[f"{{{NAMESPACE}}}dossierCode"] == "H31.15.8-261123-0001"
        assert str(pdf.Root.Lang) == "vi-VN"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert not re.search("033199001234|Thảo Vy", packet)


def test_files_without_data_are_told_apart(tmp_path: Path) -> None:
    makers.scan_pdf(tmp_path / "plain.pdf")
    with pytest.raises(NotFound):
        read_payload(tmp_path / "plain.pdf")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    with pytest.raises(DamagedFile):
        read_payload(tmp_path / "broken.pdf")
