"""``sohoa evidence`` as a person and another program see it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from dossiers.contract import json_schemas
from dossiers.settings import Settings
from flows.services import Services
from tests.conftest import run_sohoa
from tests.flows.kept import CODE, keep_documents
from tests.servers.certificates import from_now, make_certificate, make_key, write_pem

NOBODY = json.dumps([{"url": "http://127.0.0.1:9/"}])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two documents, proved by the test authority."""
    home = tmp_path_factory.mktemp("evidence") / "var"
    with Services(Settings(home=home)) as services:
        keep_documents(services, 0, 2)
    done = run_sohoa(home, "evidence", "stamp", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["time_stamps_taken"] == 1
    return home


def make_root(path: Path) -> None:
    valid = from_now((-1, 3650))
    write_pem(path, make_certificate("Gốc khác", make_key("p256"), None, valid, ca=True))


def test_a_record_goes_out_and_proves_its_file_elsewhere(home: Path, tmp_path: Path) -> None:
    record, file = tmp_path / "copy.er", tmp_path / "copy.pdf"
    done = run_sohoa(home, "evidence", "export", f"{CODE}-01", "-o", record, "--json")
    report = json.loads(done.stdout)
    jsonschema.validate(report, json_schemas()["evidence-export"])
    assert report["size"] == record.stat().st_size
    file.write_bytes(b"copy 0")
    # Where its authority is not trusted, nothing is written.
    missing = tmp_path / "missing.er"
    untrusted = run_sohoa(
        home, "evidence", "export", f"{CODE}-01", "-o", missing, "--json",
        SOHOA_TIMESTAMPS__AUTHORITIES=NOBODY,
    )  # fmt: skip
    assert untrusted.returncode == 1
    jsonschema.validate(json.loads(untrusted.stdout), json_schemas()["evidence-export"])
    assert json.loads(untrusted.stdout)["verdict"]["outcome"] == "UNTRUSTED"
    assert not missing.exists()
    # On a machine that has neither ledger nor store: only the file, its record and the root.
    root = home / "pki" / "evidence" / "authority" / "root.pem"
    arguments = ("evidence", "verify", file, "--record", record)
    away = tmp_path / "away" / "var"
    away.parent.mkdir()
    good = run_sohoa(away, *arguments, "--trust-root", root, "--json")
    assert good.returncode == 0, good.stdout + good.stderr
    verdict = json.loads(good.stdout)
    jsonschema.validate(verdict, json_schemas()["evidence-verify"])
    assert verdict["outcome"] == "VALID"
    assert not (away / "ledger.sqlite").exists()
    stranger = json.loads(run_sohoa(away, *arguments, "--json").stdout)
    assert stranger["outcome"] == "UNTRUSTED"
    # Who names a root trusts that one: those of the settings are not added to it.
    make_root(tmp_path / "other.pem")
    wrong = run_sohoa(home, *arguments, "--trust-root", tmp_path / "other.pem", "--json")
    assert (wrong.returncode, json.loads(wrong.stdout)["outcome"]) == (1, "UNTRUSTED")
    assert run_sohoa(home, *arguments, "--json").returncode == 0
    late = run_sohoa(away, *arguments, "--trust-root", root, "--at", "2099-01-01", "--json")
    assert json.loads(late.stdout)["outcome"] == "EXPIRED"
    file.write_bytes(b"copy 1")
    changed = run_sohoa(home, *arguments, "--json")
    assert changed.returncode == 1
    assert json.loads(changed.stdout)["outcome"] == "NOT_COVERED"
    record.write_bytes(b"no record")
    assert json.loads(run_sohoa(home, *arguments, "--json").stdout)["outcome"] == "INVALID"


def test_verifying_by_the_ledger_speaks_vietnamese_or_english(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "giấy.pdf"
    file.write_bytes(b"original 1")
    done = run_sohoa(home, "evidence", "verify", file)
    assert done.returncode == 0
    assert "Tệp nguyên vẹn kể từ thời điểm của dấu thời gian đầu tiên." in done.stdout
    assert "không có giá trị pháp lý" in done.stdout
    english = run_sohoa(home, "evidence", "verify", file, SOHOA_LANGUAGE="en")
    assert "The file is unchanged since the first time stamp." in english.stdout
    file.write_bytes(b"unknown")
    unknown = run_sohoa(home, "evidence", "verify", file)
    assert unknown.returncode == 1
    assert "Không tìm thấy" in unknown.stderr
    nothing = run_sohoa(home, "evidence", "export", "H31-000000-0000-01", "-o", tmp_path / "x.er")
    assert nothing.returncode == 1
    assert not (tmp_path / "x.er").exists()


def test_status_says_what_waits_and_what_is_due(home: Path) -> None:
    done = run_sohoa(home, "evidence", "status", "--json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    jsonschema.validate(report, json_schemas()["evidence-status"])
    assert (report["proved"], report["waiting"], report["audit_anchors"]) == (5, 0, 1)
    assert report["authority"] == "test"
    assert "Đối tượng đã có chứng cứ" in run_sohoa(home, "evidence", "status").stdout
    overdue = run_sohoa(home, "evidence", "status", SOHOA_EVIDENCE__RENEW_BEFORE_DAYS="99999")
    assert overdue.returncode == 0  # never before half the life of a time stamp
    rebuilt = run_sohoa(home, "evidence", "rebuild", "--json")
    assert json.loads(rebuilt.stdout) == {"trees": 1}
    trail = json.loads(run_sohoa(home, "audit", "verify", "--json").stdout)
    assert trail["ok"]
    assert trail["anchors"] == 1


def test_an_unreachable_authority_is_said_in_plain_words(home: Path) -> None:
    with Services(Settings(home=home)) as services:
        services.ledger.audit.append("test", "something.done", "x")
        before = services.ledger.evidence.counts()
        keep_documents(services, 9, 1)
    done = run_sohoa(home, "evidence", "stamp", SOHOA_TIMESTAMPS__AUTHORITIES=NOBODY)
    assert done.returncode == 1
    assert "Chưa lấy được dấu thời gian" in done.stdout
    assert "Traceback" not in done.stderr
    assert run_sohoa(home, "evidence", "status").returncode == 1  # a tree waits
    assert run_sohoa(home, "evidence", "stamp").returncode == 0
    with Services(Settings(home=home)) as services:
        assert services.ledger.evidence.counts().proved == before.proved + 3
