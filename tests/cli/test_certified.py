"""``sohoa certify`` and ``sohoa register`` as a clerk types them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from dossiers.clock import VIETNAM
from tests.conftest import run_sohoa
from tests.extractors.pictures import page, scan_pdf
from tests.signing.ink import seal_picture, signature_picture

YEAR = str(dt.datetime.now(VIETNAM).year)


def test_a_clerk_certifies_lists_cancels_and_exports(tmp_path: Path) -> None:
    home = tmp_path / "var"
    scan = tmp_path / "giay.pdf"
    scan_pdf(
        scan, page(["GIẤY XÁC NHẬN", "Ông Lê Văn Ví Dụ", "đã nộp đủ giấy tờ"], dpi=150), dpi=150
    )
    pictures = {
        "SOHOA_PICTURES__SIGNATURE": str(signature_picture(tmp_path / "signature.png")),
        "SOHOA_PICTURES__SEAL": str(seal_picture(tmp_path / "seal.png")),
    }
    out = tmp_path / "out.pdf"
    options = ("--requester", "Lê Văn Ví Dụ", "--received", "2026-11-24T15:30")
    done = run_sohoa(home, "certify", scan, "-o", out, *options, **pictures)
    assert done.returncode == 0, done.stderr
    assert f"Số chứng thực 01 quyển số 01/{YEAR} - SCT/BS" in done.stdout
    assert "hạn trả 25/11/2026" in done.stdout
    extract = run_sohoa(
        home,
        "certify",
        scan,
        "-o",
        tmp_path / "e.pdf",
        "--extract",
        "--symbol",
        "TLKS-BS",
        "--json",
    )
    answer = json.loads(extract.stdout)
    assert (answer["number"], answer["symbol"], answer["state"]) == (1, "TLKS-BS", "issued")

    again = tmp_path / "again.pdf"
    handed = run_sohoa(home, "register", "copy", "1", "--year", YEAR, "-o", again)
    assert "PAdES B-B" in handed.stdout
    assert again.read_bytes() == out.read_bytes()
    none = run_sohoa(home, "register", "copy", "1", "--copy", "2", "--year", YEAR, "-o", again)
    assert (none.returncode, "not_found" in none.stderr) == (1, True)

    cancelled = run_sohoa(home, "register", "cancel", "1", "--year", YEAR, "--reason", "sai tên")
    assert "Đã hủy số 01" in cancelled.stdout
    listed = run_sohoa(home, "register", "list", "--year", YEAR, SOHOA_LANGUAGE="en")
    assert "cancelled: sai tên" in listed.stdout
    assert "01/TLKS-BS" in listed.stdout
    book = tmp_path / "so.pdf"
    exported = run_sohoa(
        home, "register", "export", "--year", YEAR, "-o", book, "--sign", **pictures
    )
    assert exported.returncode == 0, exported.stderr
    assert book.with_suffix(".csv").is_file()
    assert run_sohoa(home, "verify", out, book).returncode == 0


def test_wrong_use_is_told_before_anything_is_numbered(tmp_path: Path) -> None:
    home = tmp_path / "var"
    scan = tmp_path / "giay.pdf"
    scan_pdf(scan, page(["GIẤY XÁC NHẬN"], dpi=100), dpi=100)
    out = ("-o", tmp_path / "out.pdf")
    for options in (
        ("--symbol", "TLKS-BS"),
        ("--received", "2999-01-01T08:00"),
        ("--received", "hôm qua"),
    ):
        assert run_sohoa(home, "certify", scan, *out, *options).returncode == 2
    early = run_sohoa(home, "certify", scan, *out, "--received", "2999-01-01T08:00")
    assert "01/01/2999 08:00 chưa đến (bây giờ là" in early.stderr
    wrong = run_sohoa(home, "certify", scan, *out, "--extract", "--symbol", "../../x")
    assert wrong.returncode == 1
    assert "invalid_identifier" in wrong.stderr
    assert "chưa có số nào" in run_sohoa(home, "register", "list", "--year", YEAR).stdout
    gone = run_sohoa(home, "register", "cancel", "7", "--year", YEAR, "--reason", "x")
    assert (gone.returncode, "not_found" in gone.stderr) == (1, True)


def test_pictures_that_do_not_do_are_found_by_the_doctor(tmp_path: Path) -> None:
    bad = tmp_path / "seal.png"
    bad.write_bytes(b"no picture")
    signature = signature_picture(tmp_path / "signature.png")
    told = run_sohoa(
        tmp_path / "var", "doctor", "--json",
        SOHOA_PICTURES__SIGNATURE=str(signature), SOHOA_PICTURES__SEAL=str(bad),
    )  # fmt: skip
    checks = {check["name"]: check for check in json.loads(told.stdout)["checks"]}
    found = checks["Ảnh chữ ký và con dấu"]
    assert not found["ok"]
    assert "không phải tệp PNG" in found["detail"]
