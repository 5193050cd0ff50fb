"""Faults of the operating system are sentences, whichever command meets them."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from cli.system_faults import code_of, sentence_of
from tests.conftest import run_sohoa
from tests.extractors.pictures import page, scan_pdf


@pytest.mark.parametrize(
    "command",
    [
        ("certify", "{file}", "-o", "{out}"),
        ("copy", "{file}", "-o", "{out}"),
        ("register", "export", "--year", "2026", "-o", "{out}"),
        ("register", "copy", "1", "--year", "2026", "-o", "{out}"),
        ("sign", "{file}", "-o", "{out}"),
        ("verify", "{file}", "--report", "{out}"),
        ("read", "{file}", "-o", "{out}"),
    ],
    ids=lambda command: " ".join(command[:2]).replace(" {file}", ""),
)
def test_a_folder_that_is_missing_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    file = scan_pdf(tmp_path / "a.pdf", page(["A"], dpi=75), dpi=75)
    out = tmp_path / "không có" / "ra.pdf"
    words = [word.format(file=file, out=out) for word in command]
    done = run_sohoa(tmp_path / "var", *words)
    assert done.returncode == 1
    assert f"Không có thư mục {out.parent} cho tệp ra.pdf" in done.stderr.replace("\n", "")
    assert "[file_missing]" in done.stderr
    assert "Traceback" not in done.stderr


def test_in_english_and_as_json_too(tmp_path: Path) -> None:
    out = tmp_path / "none" / "book.pdf"
    done = run_sohoa(
        tmp_path / "var", "register", "export", "--year", "2026", "-o", out, "--json",
        SOHOA_LANGUAGE="en",
    )  # fmt: skip
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "file_missing"
    assert error["message"].startswith(f"There is no folder {out.parent} for book.pdf.")


@pytest.mark.parametrize("number", [*sorted(errno.errorcode), None])
def test_every_fault_has_a_sentence_that_names_the_file(tmp_path: Path, number: int | None) -> None:
    partial = tmp_path / ".ra.pdf.0123456789ab"
    error = OSError(number, "x", str(partial)) if number else OSError("socket")
    assert code_of(error)
    said = sentence_of(error)
    assert said.endswith(".")
    if number:
        assert str(tmp_path / "ra.pdf") in said


def test_a_dossier_that_cannot_be_taken_in_is_told_and_the_exit_code_says_so(
    tmp_path: Path,
) -> None:
    home = tmp_path / "var"
    for number in (1, 2):
        (folder := home / "intake" / "H31" / f"H31-261123-000{number}").mkdir(parents=True)
        scan_pdf(folder / "a.pdf", page([f"A {number}"], dpi=75), dpi=75)
    blocked = home / "intake" / "done" / "H31" / "H31-261123-0001"
    blocked.parent.mkdir(parents=True)
    blocked.touch()  # a file where the folder of its papers would be
    done = run_sohoa(home, "ingest", "--json", SOHOA_INTAKE__QUIET_SECONDS="0")
    assert done.returncode == 1
    *reports, last = [json.loads(line) for line in done.stdout.splitlines()]
    # Its papers were recorded before its folder could not be emptied: they are digitised too.
    assert [report["state"] for report in reports] == ["digitised", "digitised"]
    assert last["error"]["code"] == "dossier_not_taken"
    assert "H31-261123-0001" in last["error"]["message"]
