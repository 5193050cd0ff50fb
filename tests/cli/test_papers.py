"""``sohoa extract`` on a file of several papers, ``covers``, ``split`` and ``join`` as programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from dossiers.contract import json_schemas
from fixtures.containers import write_pdf
from tests.conftest import run_sohoa
from tests.flows.test_dividing import pile, scans

_SCHEMA = Draft202012Validator(json_schemas()["extract"])


@pytest.fixture(scope="module")
def two_papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("papers") / "hai giay to.pdf"
    write_pdf(scans(pile("cli").paper("birth_certificate").blank().paper("application")), path)
    return path


def test_extract_tells_each_paper_of_a_file(tmp_path: Path, two_papers: Path) -> None:
    done = run_sohoa(tmp_path / "var", "extract", "--json", two_papers)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    _SCHEMA.validate(found)
    # Who scripts against one document a file gets no fields of two papers mixed.
    assert found["type"]["code"] == "unknown"
    assert found["fields"] == {}
    assert [problem["code"] for problem in found["problems"]] == ["several_papers"]
    assert [part["type"]["code"] for part in found["parts"]] == ["birth_certificate", "application"]
    assert [part["pages"] for part in found["parts"]] == [[1], [3]]
    assert {field["page"] for field in found["parts"][1]["fields"].values()} <= {3, None}
    assert found["left_out"] == [{"page": 2, "why": "blank"}]


def test_extract_shows_papers_and_their_pages_to_people(tmp_path: Path, two_papers: Path) -> None:
    shown = run_sohoa(tmp_path / "var", "extract", two_papers).stdout
    assert "hai giay to.pdf: 3 trang, 2 giấy tờ" in shown
    assert "trang 2: trang trắng" in shown
    assert "hai giay to.pdf · trang 3: Đơn đề nghị" in shown


def test_covers_are_printed_and_wrong_codes_told(tmp_path: Path) -> None:
    home, out = tmp_path / "var", tmp_path / "sheets.pdf"
    arguments = ["H31-261123-0009", "--component", "KQ.G15.000031", "--separators", "2"]
    done = run_sohoa(home, "covers", *arguments, "-o", out, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sheets"] == [
        "SOHOA/1/DOSSIER/H31-261123-0009", "SOHOA/1/DOCUMENT/KQ.G15.000031",
        "SOHOA/1/DOCUMENT", "SOHOA/1/DOCUMENT",
    ]  # fmt: skip
    assert out.read_bytes().startswith(b"%PDF-")
    wrong = run_sohoa(home, "covers", "nothing", "-o", out)
    assert wrong.returncode == 1
    assert "invalid_identifier" in wrong.stderr
    assert run_sohoa(home, "covers", "-o", out).returncode == 2


def test_split_and_join_refuse_what_they_do_not_know(tmp_path: Path) -> None:
    home = tmp_path / "var"
    assert "not_found" in run_sohoa(home, "split", "H31-261123-0009-01", "--at", "2").stderr
    assert run_sohoa(home, "split", "H31-261123-0009-01", "--at", "two").returncode == 2
    assert "not_found" in run_sohoa(home, "join", "H31-261123-0009-01", "x").stderr
