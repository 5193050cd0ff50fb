"""The demo end to end, and every command on what it left, as a newcomer would type them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import jsonschema
import pikepdf
import pytest

from copies.conformance import Validator
from dossiers.contract import json_schemas
from dossiers.settings import Settings
from dossiers.states import DocumentState, IntakeState
from fixtures.sample import sample_folder, truth_folder
from storage.ledger import open_ledger
from tests.conftest import Demo, run_sohoa
from tests.extractors.pictures import page, scan_pdf

pytestmark = pytest.mark.xdist_group("demo")
DOSSIER = "H31.12-261102-0001"


def test_every_file_of_the_sample_ends_as_it_should(demo: Demo) -> None:
    wanted = {"document": IntakeState.ACCEPTED, "duplicate": IntakeState.DUPLICATE,
              "rejected": IntakeState.REJECTED}  # fmt: skip
    with open_ledger(Settings(home=demo.home).ledger_url) as ledger:
        for truth_file in truth_folder().glob("*.json"):
            truth = json.loads(truth_file.read_text(encoding="utf-8"))
            claims = {c.name: c for c in ledger.intake.of_dossier(truth["dossier"])}
            expected = sorted(wanted[file["expect"]] for file in truth["files"])
            # Which of two equal files came first is not the point; that one is a duplicate is.
            assert sorted(claim.state for claim in claims.values()) == expected
            documents = ledger.documents.of_dossier(truth["dossier"])
            assert {d.state for d in documents} == {DocumentState.STORED}
            by_name = {f["file"]: f for f in truth["files"]}
            for document in documents:
                kind = by_name[document.original_name].get("kind")
                assert kind in (None, document.type_code)
        assert ledger.intake.unsettled() == []
        assert ledger.audit.verify().ok


def test_most_fields_are_read_exactly_and_few_wrong_ones_pass_unseen(demo: Demo) -> None:
    exact = total = passed = passed_wrong = 0
    with open_ledger(Settings(home=demo.home).ledger_url) as ledger:
        for truth_file in truth_folder().glob("*.json"):
            truth = json.loads(truth_file.read_text(encoding="utf-8"))
            by_name = {f["file"]: f for f in truth["files"]}
            for document in ledger.documents.of_dossier(truth["dossier"]):
                fields = ledger.documents.fields(document.code)
                for name, value in by_name[document.original_name].get("fields", {}).items():
                    total += 1
                    kept = fields.get(name)
                    same = kept is not None and kept.field.value.casefold() == value.casefold()
                    exact += same
                    if kept is not None and not kept.doubtful:
                        passed += 1
                        passed_wrong += not same
    assert exact / total > 0.8
    assert passed / total > 0.6
    assert passed_wrong / passed < 0.07


def test_the_intake_folder_is_empty_and_the_refused_file_is_kept_with_its_reason(
    demo: Demo,
) -> None:
    intake = demo.home / "intake"
    assert sorted(p.name for p in intake.iterdir() if p.name != "H31") == [
        "done", "duplicate", "rejected",
    ]  # fmt: skip
    assert list((intake / "H31").rglob("*")) == []
    (reason,) = (intake / "rejected").rglob("*.ly-do.txt")
    text = reason.read_text(encoding="utf-8")
    kept = reason.with_name(reason.name.removesuffix(".ly-do.txt"))
    (original,) = sample_folder().rglob(kept.name)
    assert kept.read_bytes() == original.read_bytes()
    assert "bị hỏng hoặc bị cắt cụt" in text
    assert kept.name in text


def test_the_table_shows_what_was_read_and_what_to_type_next(demo: Demo) -> None:
    for words in ("Giấy khai sinh", "ĐỖ VĂN ĐĨNH", "PAdES B-B", "⚠ cần người xem", "trùng với",
                  "19 trang", "Lệnh tiếp theo", "sohoa find", "Bearer sohoa_"):  # fmt: skip
        assert words in demo.output


def test_a_second_run_finds_nothing_new(demo: Demo) -> None:
    with open_ledger(Settings(home=demo.home).ledger_url) as ledger:
        before = [record.copy.sha256 for record in ledger.documents.all_copies()]
    again = demo.sohoa("demo")
    assert again.returncode == 0
    assert "Không có gì mới" in again.stdout
    with open_ledger(Settings(home=demo.home).ledger_url) as ledger:
        assert [record.copy.sha256 for record in ledger.documents.all_copies()] == before


def test_every_copy_is_pdfa_signed_and_has_the_pages_of_its_scan(demo: Demo) -> None:
    copies = sorted((demo.home / "store").rglob("*.pdf"))
    assert len(copies) == 14
    verdicts = demo.sohoa("verify", "--json", *copies)
    assert verdicts.returncode == 0
    reports = [json.loads(line) for line in verdicts.stdout.splitlines()]
    assert all(report["ok"] and len(report["signatures"]) == 2 for report in reports)
    with Validator() as vera, open_ledger(Settings(home=demo.home).ledger_url) as ledger:
        for record in ledger.documents.all_copies():
            path = demo.home / "store" / "objects" / record.copy.key
            result = vera.check(path)
            assert result.compliant, result.failures
            assert result.flavour == record.copy.pdfa == "3u"
            with pikepdf.open(path) as pdf:
                document = ledger.documents.get(record.copy.document_code)
                assert len(pdf.pages) == document.page_count == record.copy.page_count


def test_export_gives_text_that_can_be_copied_and_fields(demo: Demo, tmp_path: Path) -> None:
    done = demo.sohoa("export", DOSSIER, "--to", tmp_path, "--json")
    files = [Path(name) for name in json.loads(done.stdout)["files"]]
    assert len(files) == 5
    pdf = next(f for f in files if f.name.endswith("-02.pdf"))
    text = subprocess.run(
        ["pdftotext", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Họ, chữ đệm, tên người mẹ:" in " ".join(text.split())
    assert "GIẤY KHAI SINH" in pdf.with_suffix(".txt").read_text(encoding="utf-8")
    report = json.loads((tmp_path / DOSSIER / "dossier.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, json_schemas()["dossier"])


def test_looking_things_up(demo: Demo) -> None:
    dossier = demo.sohoa("find", "--dossier", DOSSIER, "--json")
    jsonschema.validate(json.loads(dossier.stdout), json_schemas()["dossier"])
    citizen = json.loads(demo.sohoa("find", "--citizen", "033083044664", "--json").stdout)
    assert len(citizen["documents"]) == 2
    hits = json.loads(demo.sohoa("find", "--text", "giay khai sinh", "--json").stdout)["hits"]
    assert f"{DOSSIER}-02" in {hit["document"] for hit in hits}
    assert demo.sohoa("find", "--text", "không hề có").returncode == 1
    assert demo.sohoa("find").returncode == 2
    missing = demo.sohoa("find", "--dossier", "H31-000000-0000", "--json")
    assert missing.returncode == 1
    assert json.loads(missing.stdout)["error"]["code"] == "not_found"


def test_reading_without_storing(demo: Demo, tmp_path: Path) -> None:
    good = scan_pdf(tmp_path / "đơn.pdf", page())
    bad = tmp_path / "rỗng.pdf"
    bad.touch()
    done = demo.sohoa("extract", "--json", good, bad)
    first, second = map(json.loads, done.stdout.splitlines())
    jsonschema.validate(first, json_schemas()["extract"])
    assert second["error"]["code"] == "empty_file"
    assert done.returncode == 1
    assert (
        "Giá trị" in demo.sohoa("extract", next(sample_folder().rglob("Giay khai sinh.pdf"))).stdout
    )


def test_one_file_copied_signed_and_judged(demo: Demo, tmp_path: Path) -> None:
    source = scan_pdf(tmp_path / "a.pdf", page())
    out, signed = tmp_path / "copy.pdf", tmp_path / "signed.pdf"
    done = demo.sohoa("copy", source, "-o", out, "--json")
    assert json.loads(done.stdout)["compliant"]
    assert demo.sohoa("verify", out).returncode == 1
    assert demo.sohoa("sign", out, "-o", signed).returncode == 0
    verdict = demo.sohoa("verify", signed, SOHOA_LANGUAGE="en")
    assert verdict.returncode == 0
    assert "Content is intact" in verdict.stdout
    assert demo.sohoa("doctor", "--pdfa", signed).returncode == 0
    assert demo.sohoa("doctor", "--pdfa", source).returncode == 1


def test_the_doctor_finds_everything_and_hides_secrets(demo: Demo) -> None:
    done = demo.sohoa("doctor", "--json", SOHOA_STORE__SECRET_KEY="hush")
    report = json.loads(done.stdout)
    assert report["ok"], report
    assert "hush" not in done.stdout
    away = demo.sohoa("doctor", SOHOA_LEDGER__URL="postgresql://u:hush@127.0.0.1:9/x")
    assert away.returncode == 1
    assert "hush" not in away.stdout + away.stderr


def test_the_audit_trail_and_keys_by_hand(demo: Demo) -> None:
    head = demo.sohoa("audit", "head").stdout.strip()
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", head)
    assert demo.sohoa("audit", "verify", "--kept", head).returncode == 0
    assert demo.sohoa("audit", "verify", "--kept", "1:" + "0" * 64).returncode == 1
    made = json.loads(demo.sohoa("keys", "create", "x", "--scope", "search:read", "--json").stdout)
    assert made["scopes"] == ["search:read"]
    assert demo.sohoa("keys", "revoke", made["id"]).returncode == 0
    assert made["token"] not in demo.sohoa("keys", "list").stdout


def test_wrong_settings_are_usage_errors_without_a_stack_trace(tmp_path: Path) -> None:
    done = run_sohoa(tmp_path / "var", "doctor", SOHOA_READING__WORKERS="-1")
    assert done.returncode == 2
    assert "reading.workers" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_is_quick_and_in_the_language_asked_for(tmp_path: Path) -> None:
    assert "Nhận và số hóa" in run_sohoa(tmp_path / "var", "--help").stdout
    assert (
        "Take in and digitise" in run_sohoa(tmp_path / "var", "--help", SOHOA_LANGUAGE="en").stdout
    )
