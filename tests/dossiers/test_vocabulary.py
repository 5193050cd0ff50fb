"""Errors, states, settings, text, manifests and the contract."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import string
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers import errors
from dossiers.contract import json_schemas, page_from, page_report, report_of
from dossiers.dossier import Agency, Role, SubjectKind
from dossiers.errors import IllegalMove, InvalidManifest, InvalidSettings, Language, SohoaError
from dossiers.manifest import load_manifest, load_manifest_csv
from dossiers.reading import (
    Box,
    DocumentReading,
    Mark,
    PageOutcome,
    PageReading,
    Problem,
    Symbology,
    TypeMatch,
    Word,
)
from dossiers.settings import load_settings
from dossiers.states import DOCUMENT_MOVES, DOSSIER_MOVES, INTAKE_MOVES, DocumentState, check_move
from dossiers.text import fold, has_diacritics, nfc

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


def kinds(base: type[SohoaError] = SohoaError) -> list[type[SohoaError]]:
    own = [base] if "code" in vars(base) else []
    return own + [kind for child in base.__subclasses__() for kind in kinds(child)]


def test_every_error_has_a_code_of_its_own_and_both_languages() -> None:
    named = [kind for kind in kinds() if kind.__module__.startswith(errors.__name__)]
    assert len({kind.code for kind in named}) == len(named) > 20
    for kind in named:
        holes = {hole for _, hole, _, _ in string.Formatter().parse(kind.vi) if hole}
        assert holes == {hole for _, hole, _, _ in string.Formatter().parse(kind.en) if hole}
        error = kind(**dict.fromkeys(holes, "giá trị"))
        assert "<" not in error.message(Language.VIETNAMESE) + error.message(Language.ENGLISH)


@pytest.mark.parametrize("kind", kinds())
def test_errors_cross_process_boundaries(kind: type[SohoaError]) -> None:
    error = pickle.loads(pickle.dumps(kind(file="a.pdf", page=3)))  # noqa: S301 - our own
    assert type(error) is kind
    assert error.context == {"file": "a.pdf", "page": 3}


@pytest.mark.parametrize("moves", [INTAKE_MOVES, DOCUMENT_MOVES, DOSSIER_MOVES])
def test_every_state_has_its_row_and_leads_somewhere_known(moves) -> None:
    assert set(moves) == set(type(next(iter(moves))))
    for source, targets in moves.items():
        check_move(moves, source, source)
        assert targets <= set(moves)


def test_a_move_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(IllegalMove):
        check_move(DOCUMENT_MOVES, DocumentState.STORED, DocumentState.FAILED)


@given(st.text())
def test_folding_is_done_once_and_keeps_composed_letters_in_place(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert has_diacritics(nfc("Thuỷ")) and not has_diacritics("Thuy")  # noqa: PT018
    assert fold("Thuỷ ĐƯỜNG") == fold("Thủy đường") == "thuy duong"


# --- settings --------------------------------------------------------------------------------


def test_settings_come_from_the_file_and_the_environment_overrides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sohoa.toml"
    file.write_text('[agency]\ncode = "H31.12"\n[reading]\nworkers = 3\n', encoding="utf-8")
    monkeypatch.setenv("SOHOA_CONFIG", str(file))
    monkeypatch.setenv("SOHOA_READING__WORKERS", "5")
    settings = load_settings()
    assert (settings.agency.code, settings.reading.workers) == ("H31.12", 5)


@pytest.mark.parametrize(
    ("text", "path"),
    [("[reading]\nworker = 1", "reading.worker"), ("[nope]\na=1", "nope"), ("= 3", "sohoa.toml")],
)
def test_wrong_settings_are_told_by_their_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, path: str
) -> None:
    file = tmp_path / "sohoa.toml"
    file.write_text(text)
    monkeypatch.setenv("SOHOA_CONFIG", str(file))
    with pytest.raises(InvalidSettings, match=path):
        load_settings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOHOA_STORE__SECRET_KEY", "hush")
    monkeypatch.setenv("SOHOA_LEDGER__URL", "postgresql://u:hush@h/d")
    assert "hush" not in repr(load_settings())


# --- manifests -------------------------------------------------------------------------------

MANIFEST = {
    "MaHoSo": "H31.12-261123-0001",
    "MaTTHC": "1.001193",
    "ChuHoSo": "Đỗ Văn Ví Dụ",
    "DinhDanhCHS": [{"LoaiDinhDanh": 1, "SoDinhDanh": "033083044664"}],
    "NgayTiepNhan": "20261123080512",
    "TaiLieuNop": [{"TenTepDinhKem": "CCCD.pdf", "MaThanhPhanHoSo": "TP-H31.000001"}],
    "DanhSachGiayToKetQua": [
        {
            "TenGiayTo": "Giấy khai sinh",
            "DuongDanTepTinKetQua": "gks.pdf",
            "MaGiayToKetQua": "KQ.G15.000031",
        }
    ],
    "KhoaLa": {"of another product": True},
}


def test_a_manifest_of_the_one_stop_system_is_understood() -> None:
    manifest = load_manifest(json.dumps(MANIFEST).encode("utf-8-sig"))
    head = manifest.head(Agency("H31", "UBND"))
    assert head.received_on == dt.date(2026, 11, 23)
    assert head.applicant is not None
    assert (head.applicant.kind, head.applicant.identifier) == (SubjectKind.CITIZEN, "033083044664")
    assert manifest.role_of("gks.pdf") is Role.RESULT
    assert manifest.role_of("CCCD.pdf") is Role.COMPONENT
    assert manifest.component_code_of("CCCD.pdf") == "TP-H31.000001"
    assert manifest.component_code_of("gks.pdf") == "KQ.G15.000031"
    assert manifest.name_of("gks.pdf") == "Giấy khai sinh"
    assert manifest.name_of("CCCD.pdf") is None


def test_an_organisation_is_not_taken_for_the_person_who_acts_for_it() -> None:
    company = {**MANIFEST, "LoaiDoiTuong": 2, "MaDoiTuong": "0100000010"}
    applicant = load_manifest(json.dumps(company).encode()).applicant()
    assert applicant is not None
    assert (applicant.kind, applicant.identifier) == (SubjectKind.ORGANISATION, "0100000010")


def test_results_may_be_named_by_address_or_without_their_ending() -> None:
    for names in (
        {"TenGiayTo": "x", "DuongDanTepTinKetQua": "https://x.example/f/gi%E1%BA%A5y.pdf"},
        {"TenGiayTo": "giấy"},
    ):
        result = {**names, "MaGiayToKetQua": "KQ.G15.000031"}
        manifest = load_manifest(
            json.dumps({**MANIFEST, "DanhSachGiayToKetQua": [result]}).encode()
        )
        assert manifest.role_of("giấy.pdf") is Role.RESULT
        assert manifest.component_code_of("giấy.pdf") == "KQ.G15.000031"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"NgayTiepNhan": "2026-11-23garbage"}, "NgayTiepNhan"),
        ({"NgayTiepNhan": 0}, "NgayTiepNhan"),
        ({"MaHoSo": "không phải mã"}, "MaHoSo"),
        ({"MaHoSo": None}, "MaHoSo"),
        ({"NgayTiepNhan": "20261399000000"}, "NgayTiepNhan"),
        ({"TaiLieuNop": [{}]}, "TaiLieuNop.0.TenTepDinhKem"),
    ],
)
def test_a_wrong_manifest_names_the_key(change: dict[str, object], key: str) -> None:
    with pytest.raises(InvalidManifest, match=key):
        load_manifest(json.dumps({**MANIFEST, **change}).encode())


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=5).map(
        lambda v: json.dumps(v).encode()
    )
)
def test_any_bytes_are_a_manifest_or_a_named_error(content: bytes) -> None:
    for load in (load_manifest, load_manifest_csv):
        try:
            load(content)
        except InvalidManifest as error:
            assert error.message()


def test_many_manifests_in_one_table() -> None:
    table = "\ufeffMaHoSo,ChuHoSo,SoDinhDanh\nH31-261123-0001,Ví Dụ,033083044664\n"
    manifests = load_manifest_csv(table.encode())
    applicant = manifests["H31-261123-0001"].applicant()
    assert applicant is not None
    assert applicant.identifier == "033083044664"
    with pytest.raises(InvalidManifest, match=":2"):
        load_manifest_csv(b"MaHoSo\nnope\n")
    with pytest.raises(InvalidManifest, match="×2"):
        load_manifest_csv(b"MaHoSo\nH31-261123-0001\nH31-261123-0001\n")


# --- the contract ----------------------------------------------------------------------------


def test_the_schemas_in_the_docs_are_those_of_the_code() -> None:
    for name, schema in json_schemas().items():
        assert json.loads((SCHEMAS / f"{name}.schema.json").read_text()) == schema
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_page_survives_being_kept_as_json() -> None:
    page = PageReading(
        2, 595.28, 841.89, 300.0, 90, -0.7, PageOutcome.DOUBTFUL, "tesserocr",
        words=(Word("Đỗ", Box(1, 2, 3.5, 4), 0.9, 0), Word("Ví", Box(5, 2, 7, 4), 0.8, 1)),
        marks=(Mark(Symbology.QR, "x|y", 2, Box(0, 0, 1, 1)),),
        problems=(Problem("hard_to_read", "khó", "hard", 2),),
    )  # fmt: skip
    content = page_report(page).model_dump_json()
    assert page_from(type(page_report(page)).model_validate_json(content)) == page
    report = report_of(DocumentReading("a.pdf", (page,), TypeMatch("unknown", 0.0)))
    jsonschema.validate(
        json.loads(report.model_dump_json(by_alias=True)), json_schemas()["extract"]
    )
