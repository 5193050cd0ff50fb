"""``sohoa types``: what an administrator sees when writing a type file."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from PIL import Image

from dossiers.errors import InvalidDocumentType
from extractors.types import BUILT_IN, load_types
from fixtures.chance import seeded
from fixtures.kinds import KINDS, Style
from tests.conftest import run_sohoa

FAMILY = BUILT_IN / "administrative_documents.toml"
PERMIT = Path(__file__).parents[1] / "extractors" / "permit.toml"


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    paper = KINDS["official_letter"](seeded("types"), Style(dpi=200))
    path = tmp_path_factory.mktemp("types") / "công văn.png"
    paper.images[0].save(path, dpi=(200, 200))
    return path


def test_the_types_in_use_are_listed_with_the_administrators_own(tmp_path: Path) -> None:
    folder = tmp_path / "types"
    folder.mkdir()
    (folder / "permit.toml").write_bytes(PERMIT.read_bytes())
    env = {"SOHOA_READING__TYPES_FOLDER": str(folder)}
    listed = run_sohoa(tmp_path / "var", "types", "list", **env).stdout
    assert "Quyết định" in listed
    assert "permit.toml" in listed
    data = json.loads(run_sohoa(tmp_path / "var", "types", "list", "--json", **env).stdout)
    assert {"permit", "decision", "notice"} <= {kind["code"] for kind in data["types"]}


def test_a_file_is_checked_for_faults_and_clashes(tmp_path: Path) -> None:
    good = run_sohoa(tmp_path / "var", "types", "check", str(FAMILY))
    assert good.returncode == 0
    assert "✓ administrative_documents.toml" in good.stdout
    clash = tmp_path / "own.toml"
    text = (
        PERMIT.read_text("utf-8")
        .replace('"GIẤY PHÉP XE"', '"QUYẾT ĐỊNH"')
        .replace("KQ.G15", "KQ15")
    )
    clash.write_text(text, encoding="utf-8")
    told = run_sohoa(tmp_path / "var", "types", "check", str(clash)).stdout
    assert "dòng 3, khóa titles.1: “QUYẾT ĐỊNH” cũng là của loại decision" in told
    assert "dòng 6, khóa results.1" in told
    clash.write_text(text.replace("aliases", "alias"), encoding="utf-8")
    bad = run_sohoa(tmp_path / "var", "types", "check", str(clash), "--json")
    assert bad.returncode == 1
    assert json.loads(bad.stdout)["faults"][0]["line"] == 4


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("a = { x = 1", "bảng {…} chưa đóng bằng dấu }"),
        ("a = [1", "danh sách […] chưa đóng bằng dấu ]"),
        ('a = "x', "chuỗi chưa đóng bằng dấu ngoặc kép"),
        ("a = abc", "chuỗi phải đặt trong ngoặc kép"),
        ("a 1", "sau tên khóa phải là dấu ="),
        ("a = 1\na = 2", "khóa này đã có ở trên"),
        ("a = 1 b = 2", "thiếu dấu phẩy"),
        ("= 1", "không có dạng khóa = giá trị"),
        ("a = { , }", "tên khóa không hợp lệ"),
        ('a = "\\d"', "phải viết hai lần"),
        ("[a]\n[a]", "bảng này đã có ở trên"),
        ("[[a]", "chưa đóng bằng ]]"),
        ("a = 2024-02-30", "ngày hoặc giờ không hợp lệ"),
    ],
)
def test_broken_syntax_is_said_in_vietnamese_before_the_parsers_words(
    broken: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(broken, encoding="utf-8")
    with pytest.raises(InvalidDocumentType) as caught:
        load_types(tmp_path)
    told = caught.value.message()
    assert said in told
    assert told.index("sai cú pháp TOML") < told.index(said) < told.rindex("(")


def test_a_paper_s_dates_are_shown_as_people_write_them(tmp_path: Path) -> None:
    paper = KINDS["birth_certificate"](seeded("dates"), Style(dpi=200))
    paper.images[0].save(tmp_path / "giấy.png", dpi=(200, 200))
    shown = run_sohoa(tmp_path / "var", "extract", str(tmp_path / "giấy.png")).stdout
    born = paper.truth.fields["birth_date"]
    assert f"{dt.date.fromisoformat(born):%d/%m/%Y}" in shown
    assert born not in shown


def test_a_type_is_tried_on_a_scan_and_drawn(tmp_path: Path, scan: Path) -> None:
    target = tmp_path / "trang.png"
    shown = run_sohoa(tmp_path / "var", "types", "try", str(FAMILY), str(scan), "-o", str(target))
    assert shown.returncode == 0, shown.stderr
    assert "Nhận ra Công văn" in shown.stdout
    assert "Trích yếu" in shown.stdout
    with Image.open(target) as drawn:
        assert drawn.width == pytest.approx(8.27 * 150 + 620, abs=2)
        colours = {colour for _, colour in drawn.getcolors(1 << 24) or []}
    assert (22, 140, 70) in colours


def test_a_type_that_is_not_recognised_still_shows_what_it_would_read(
    tmp_path: Path, scan: Path
) -> None:
    tried = run_sohoa(tmp_path / "var", "types", "try", str(PERMIT), str(scan), "--json")
    assert tried.returncode == 1
    data = json.loads(tried.stdout)
    assert data["recognised"]["code"] == "official_letter"
    assert data["reading"]["type"]["code"] == "permit"
    assert "holder" in data["missing"]
    wrong = run_sohoa(tmp_path / "var", "types", "try", str(PERMIT), str(scan), "--page", "9")
    assert wrong.returncode == 2
