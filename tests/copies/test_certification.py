"""The page of the certification and the register as a book: wording, place, PDF/A."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest

from copies.archival import make_copy
from copies.certification import Certification, append_certification
from copies.conformance import Validator
from copies.register_book import Book, register_csv, write_book
from dossiers.certification import (
    CertificationNumber,
    CertifiedCopy,
    EntryState,
    RegisterEntry,
    RegisterKey,
)
from dossiers.reading import Box
from tests.copies import makers

KEY = RegisterKey("H31.12", 2026, "SCT/BS")
DAY = dt.date(2026, 11, 5)
NOW = dt.datetime(2026, 11, 5, 3, 0, tzinfo=dt.UTC)
SHA = "0123456789abcdef" * 4
SAYS = Certification(
    CertificationNumber(KEY, 7), DAY, "UBND xã Văn Giang", ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
    "Đỗ Thị Ví Dụ", "Giấy khai sinh", 1, SHA,
)  # fmt: skip


def text_of(path: Path, page: int) -> str:
    command = ["pdftotext", "-f", str(page), "-l", str(page), path, "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    makers.scan_pdf(tmp_path / "scan.pdf")
    made = tmp_path / "copy.pdf"
    make_copy(tmp_path / "scan.pdf", makers.reading(), makers.metadata(), made)
    return made


def test_the_page_says_what_the_law_asks_for(
    copy: Path, tmp_path: Path, validator: Validator
) -> None:
    out = tmp_path / "out.pdf"
    append_certification(copy, SAYS, out)
    assert validator.check(out).failures == ()
    assert validator.check(out).flavour == "3u"
    with pikepdf.open(copy) as before, pikepdf.open(out) as after:
        assert len(after.pages) == len(before.pages) + 1
        for old, new in zip(before.pages, after.pages, strict=False):
            assert old.Contents.read_raw_bytes() == new.Contents.read_raw_bytes()
        assert "sohoa.json" in after.attachments
        assert "/OpenAction" not in after.Root
        last = len(after.pages)
    words = text_of(out, last)
    assert "ỦY BAN NHÂN DÂN XÃ VĂN GIANG" in words
    assert (
        "Chứng thực bản sao đúng với bản chính Số chứng thực 07 quyển số 01/2026 - SCT/BS "
        "Ngày 05 tháng 11 năm 2026 TM. ỦY BAN NHÂN DÂN CHỦ TỊCH Đỗ Thị Ví Dụ"
    ) in words
    assert "gồm 1 trang" in words
    assert SHA in words


def test_an_extract_names_its_register(copy: Path, tmp_path: Path, validator: Validator) -> None:
    number = CertificationNumber(RegisterKey("H31.12", 2026, "TLKS-BS"), 12)
    out = tmp_path / "out.pdf"
    append_certification(copy, replace(SAYS, number=number), out)
    words = text_of(out, len(pikepdf.open(out).pages))
    assert "Bản sao được cấp từ sổ gốc Số: 12/TLKS-BS" in words
    assert "bản chính" not in words
    assert validator.check(out).compliant


def test_the_room_for_signatures_is_blank(copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    room = append_certification(copy, SAYS, out)
    # Lower than a seal of 36 mm by two: it touches position and name, as on paper.
    assert room.height == pytest.approx(34 * 72 / 25.4)
    page = len(pikepdf.open(out).pages) - 1
    assert ink_in(out, page, room) == 0
    above = Box(room.x0, room.y0 - 20, room.x1, room.y0)
    below = Box(room.x0, room.y1, room.x1, room.y1 + 25)
    assert ink_in(out, page, above) > 100
    assert ink_in(out, page, below) > 100


def ink_in(path: Path, page: int, box: Box) -> int:
    with pdfium.PdfDocument(path) as document:
        picture = document[page].render(scale=2).to_pil().convert("L")
    part = picture.crop(tuple(round(2 * side) for side in (box.x0, box.y0, box.x1, box.y1)))
    return sum(part.histogram()[:128])


def test_what_no_font_can_show_spoils_nothing(
    copy: Path, tmp_path: Path, validator: Validator
) -> None:
    strange = "Giấy \x00 xác nhận\n漢字 🙂 **đậm** " + "rất dài " * 60
    out = tmp_path / "out.pdf"
    append_certification(copy, replace(SAYS, paper=strange, agency="Trung tâm " * 20), out)
    assert validator.check(out).compliant
    assert "Giấy ? xác nhận ?? ? **đậm** rất dài" in text_of(out, len(pikepdf.open(out).pages))


# --- the book ---------------------------------------------------------------------------------


def entry(number: int, state: EntryState = EntryState.ISSUED, **changes: object) -> RegisterEntry:
    made = RegisterEntry(
        number, CertificationNumber(KEY, number), state, DAY, "Giấy khai sinh", SHA, "a.pdf", 2,
        f"Lê Văn Ví Dụ {number}", "Đỗ Thị Ví Dụ", NOW, DAY, "h", None,
        (CertifiedCopy("cd" * 32, 9, "k", ("An",), NOW),) if state is EntryState.ISSUED else (),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def book(*entries: RegisterEntry) -> Book:
    return Book(KEY, entries, "UBND xã Văn Giang", ("CHỦ TỊCH",), "Đỗ Thị Ví Dụ", NOW)


def test_every_number_has_its_line_the_cancelled_too(tmp_path: Path, validator: Validator) -> None:
    entries = [entry(number) for number in range(1, 61)]
    entries[4] = entry(5, EntryState.CANCELLED, reason="ký không thành công")
    entries[59] = entry(60, EntryState.RESERVED)
    entries[9] = entry(10, due_on=dt.date(2026, 11, 4))
    out = tmp_path / "book.pdf"
    place = write_book(book(*entries), out)
    assert validator.check(out).failures == ()
    with pikepdf.open(out) as pdf:
        pages = len(pdf.pages)
        (name,) = pdf.attachments
        attached = pdf.attachments[name].get_file().read_bytes().decode("utf-8-sig")
    assert pages > 2
    assert place.page == pages - 1
    assert ink_in(out, place.page, place.room) == 0
    words = " ".join(text_of(out, page) for page in range(1, pages + 1))
    assert re.findall(r"(\d\d), quyển 01", words) == [f"{n:02d}" for n in range(1, 61)]
    assert "Đã hủy: ký không thành công" in words
    assert "Quá hạn (hẹn 04/11/2026)" in words
    assert "ghi 60 số, từ số 01 đến số 60; 1 số đã hủy; 1 số chưa hoàn thành." in words
    assert attached == register_csv(entries)


def test_the_same_book_has_the_same_bytes(tmp_path: Path) -> None:
    # In two different seconds: nothing may come from the clock.
    for name in ("a.pdf", "b.pdf"):
        write_book(book(entry(1)), tmp_path / name)
        time.sleep(1.0)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_an_empty_book_is_a_book(tmp_path: Path, validator: Validator) -> None:
    write_book(book(), tmp_path / "book.pdf")
    assert validator.check(tmp_path / "book.pdf").compliant
    assert "chưa ghi số nào" in text_of(tmp_path / "book.pdf", 1)


def test_the_table_is_read_back_and_runs_nothing(tmp_path: Path) -> None:
    names = ['Lê "Ví" Dụ, con', "=HYPERLINK(1)", "+84", "@x"]
    entries = [entry(n, requester=name) for n, name in enumerate(names, start=1)]
    rows = list(csv.DictReader(io.StringIO(register_csv(entries))))
    assert [row["nguoi_yeu_cau"] for row in rows] == [names[0], "'=HYPERLINK(1)", "'+84", "'@x"]
    assert [row["so"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["tiep_nhan"] == "2026-11-05T10:00:00+07:00"
    assert rows[0]["trang_thai"] == "đã chứng thực"
