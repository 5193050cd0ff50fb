"""Places of an administrative document, with what pens, seals and stamps do to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.reading import DocumentReading
from extractors.reader import understand
from extractors.types import load_types
from tests.extractors.papers import Line, centred, document, page_of

TYPES = load_types()

LONG = "Kính gửi: Ủy ban nhân dân tỉnh Hưng Yên, Sở Tài chính tỉnh Hưng Yên và các"


def read(*pages: Sequence[Line]) -> DocumentReading:
    readings = [page_of(lines, number) for number, lines in enumerate(pages, start=1)]
    return understand("a.pdf", readings, TYPES, today=dt.date(2026, 11, 23))


def values(*pages: Sequence[Line]) -> dict[str, str]:
    return {name: field.value for name, field in read(*pages).fields.items()}


def test_the_symbol_is_found_whatever_the_pen_wrote_before_it() -> None:
    for number in ("Số: 4+ /QĐ-UBND", "Số: đ# /QĐ-UBND", "Số:.1 /QĐ- UBND", "Số: /QĐ-UBND"):
        assert values(document(title="QUYẾT ĐỊNH", number=number))["symbol"] == "QĐ-UBND", number
    assert values(document(title="QUYẾT ĐỊNH", number="Số: 9/2023/QĐ-UBND"))["symbol"] == "QĐ-UBND"


def test_a_number_left_out_leaves_a_gap_and_its_symbol() -> None:
    lines = document(title="THÔNG BÁO", number="Số:   /TB-UBND")
    assert values(lines)["symbol"] == "TB-UBND"
    assert "document_number" in read(lines).doubtful


def test_the_place_is_found_where_the_day_cannot_be_read() -> None:
    for day in ("ngày 1Í tháng 01 năm 2025", "ngày/ 5 tháng 4 năm 2020", "ngày tháng 11 năm 2024"):
        lines = document(title="CHỈ THỊ", number="Số: 7/CT-UBND", day=f"Quảng Ngãi, {day}")
        assert values(lines)["place"] == "Quảng Ngãi", day
        assert "issue_date" in read(lines).doubtful


def test_agencies_run_over_lines_and_into_the_national_heading() -> None:
    lines = document(
        title="QUYẾT ĐỊNH",
        number="Số: 15/QĐ-SNNMT",
        agency=("UBND TỈNH HƯNG YÊN", "SỞ NÔNG NGHIỆP", "VÀ MÔI TRƯỜNG"),
    )
    found = values(lines)
    assert found["issuer"] == "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"
    assert found["parent_agency"] == "UBND TỈNH HƯNG YÊN"
    nation = next(at for at, line in enumerate(lines) if line[2].startswith("CỘNG HÒA"))
    merged = [
        (90.0, 60.0, "UBND TỈNH HƯNG YÊN CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        *(line for at, line in enumerate(lines) if at not in (0, nation)),
    ]
    found = values(merged)
    assert found["parent_agency"] == "UBND TỈNH HƯNG YÊN"
    assert found["issuer"] == "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"


def test_a_department_is_not_a_number() -> None:
    lines = document(
        title="BÁO CÁO", number="Số: 7/BC-SYT", agency=("UBND TỈNH HƯNG YÊN", "SỞ Y TẾ")
    )
    assert values(lines)["issuer"] == "SỞ Y TẾ"
    assert values(lines)["parent_agency"] == "UBND TỈNH HƯNG YÊN"
    # Capitals that look like small letters are what the form has: capitals.
    small = document(
        title="BÁO CÁO", number="Số: 7/BC-SYT", agency=("UBND TỈNH HƯNG YÊN", "sở Y TẾ")
    )
    assert values(small)["issuer"] == "SỞ Y TẾ"
    alone = document(title="BÁO CÁO", number="Số: 7/BC-SYT", agency=("SỞ Y TẾ HƯNG YÊN",))
    assert values(alone)["issuer"] == "SỞ Y TẾ HƯNG YÊN"


def test_a_subject_is_what_stands_centred_between_title_and_body() -> None:
    lines = document(
        title="CHỈ THỊ",
        number="Số: 11/CT-UBND",
        subject=("Về tăng cường chỉ đạo Kỳ thi tốt nghiệp", "trung học phổ thông năm 2021"),
        body=("Thực hiện Chỉ thị số 11/CT-TTg ngày 16 tháng 4 năm 2021 của Thủ tướng",),
    )
    expected = "Về tăng cường chỉ đạo Kỳ thi tốt nghiệp trung học phổ thông năm 2021"
    assert values(lines)["subject"] == expected
    report = document(title="BÁO CÁO", number="Số: 2/BC-UBND", subject="Kết quả công tác quý I")
    assert values(report)["subject"] == "Kết quả công tác quý I"


def test_an_incoming_stamp_beside_the_subject_is_left_out() -> None:
    lines = document(
        title="CHỈ THỊ", number="Số: 7/CT-UBND", subject=("Về tăng cường", "số hóa hồ sơ")
    )
    at = next(i for i, line in enumerate(lines) if line[2] == "Về tăng cường")
    left, top, text = lines[at]
    lines[at] = (left - 30, top, f"5 v {text}")
    stamp = [(40.0, top + 4, "CÔNG VĂN"), (40.0, top + 18, "ĐẾN Số 2352"), (40.0, top + 30, "Ngày")]
    assert (
        values([*lines[: at + 1], *stamp, *lines[at + 1 :]])["subject"]
        == "Về tăng cường số hóa hồ sơ"
    )


def test_the_signer_deputises_and_holds_a_second_office() -> None:
    deputy = document(
        title="QUYẾT ĐỊNH",
        number="Số: 1/QĐ-UBND",
        office=("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
    )
    found = values(deputy)
    assert (found["signer_title"], found["signer"]) == ("PHÓ CHỦ TỊCH", "Hà Duy Mẫu")
    chief = document(title="QUYẾT ĐỊNH", number="Số: 1/QĐ-BCĐ", office=("TRƯỞNG BAN",))
    name = chief.pop()
    second = centred(430, name[1] - 15, "CHỦ TỊCH UBND TỈNH")
    found = values([*chief, second, name])
    assert (found["signer_title"], found["signer"]) == ("TRƯỞNG BAN", "Hà Duy Mẫu")


def test_a_name_is_found_behind_a_seal_and_beside_strokes_of_the_pen() -> None:
    lines = document(title="QUYẾT ĐỊNH", number="Số: 1/QĐ-UBND", signer="- Hà Duy Mẫu /")
    assert values(lines)["signer"] == "Hà Duy Mẫu"
    hidden = document(
        title="QUYẾT ĐỊNH",
        number="Số: 1/QĐ-UBND",
        office=(".C TỊCH", "TỊCH"),
        signer="ạm Trường Mẫu",
    )
    reading = read(hidden)
    assert reading.fields["signer"].raw == "ạm Trường Mẫu"
    # Only one family name ends so: told as what it may be, and for a person to see.
    assert reading.fields["signer"].value == "Phạm Trường Mẫu"
    assert "signer" in reading.doubtful


def test_the_signer_of_an_appendix_is_not_the_signer() -> None:
    first = document(title="QUYẾT ĐỊNH", number="Số: 1/QĐ-UBND")
    appendix = [centred(300, 80, "PHỤ LỤC"), centred(430, 500, "KẾ TOÁN TRƯỞNG")]
    assert values(first, [*appendix, centred(430, 560, "Lê Thị Khác")])["signer"] == "Hà Duy Mẫu"


def test_addressees_end_where_the_form_goes_on() -> None:
    lines = document(title="TỜ TRÌNH", number="Số: 1/TTr-STP", body=())
    at = next(i for i, line in enumerate(lines) if line[2] == "Nơi nhận:")
    told = [
        (150.0, 200.0, LONG),
        (160.0, 215.0, "phòng chuyên môn"),
        (100.0, 248.0, "Giới tính: Nữ"),
    ]
    assert values([*lines[:at], *told, *lines[at:]])["addressee"].endswith("các phòng chuyên môn")


def test_a_department_is_no_number() -> None:
    """Without its tones ``SỞ Y TẾ`` begins as ``Số`` does."""
    lines = [
        (100.0, 60.0, "SỞ Y TẾ HƯNG YÊN"), (80.0, 75.0, "BỆNH VIỆN ĐA KHOA PHỐ NỐI"),
        (300.0, 60.0, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), (350.0, 76.0, "Số: 197"),
        (220.0, 130.0, "GIẤY CHỨNG SINH"), (90.0, 170.0, "Họ và tên mẹ/Người nuôi dưỡng: ĐOÀN VÍ DỤ"),
        (90.0, 190.0, "Đã sinh con vào lúc: 08 giờ 03 phút, ngày 21 tháng 3 năm 2023"),
        (90.0, 210.0, "Số con trong lần sinh này: 01"),
        (330.0, 250.0, "Phố Nối, ngày 22 tháng 3 năm 2023"),
    ]  # fmt: skip
    found = values(lines)
    assert found["issuer"] == "BỆNH VIỆN ĐA KHOA PHỐ NỐI"
    assert (found["birth_date"], found["issue_date"]) == ("2023-03-21", "2023-03-22")


_LANDMARKS = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "UBND XÃ", "SỞ Y TẾ", "Số: /QĐ-", "V/v", "QUYẾT ĐỊNH",
    "Về việc", "Kính gửi:", ", ngày tháng năm 2024", "KT. CHỦ TỊCH", "Nơi nhận:", "- /", ":",
)  # fmt: skip
_SCRAPS = st.sampled_from(_LANDMARKS) | st.text(min_size=1, max_size=20).filter(
    lambda text: bool(text.split())
)


@settings(max_examples=80, deadline=None)
@given(
    lines=st.lists(st.tuples(st.integers(0, 580), st.integers(0, 820), _SCRAPS), max_size=30),
    code=st.sampled_from(sorted(kind.code for kind in TYPES)),
)
def test_scraps_anywhere_on_a_page_are_read_as_any_type(lines: list[Line], code: str) -> None:
    page = page_of([(x, y, " ".join(text.split())) for x, y, text in lines])
    reading = understand("a.pdf", [page], TYPES, given=code)
    assert reading.type.code == code
    assert all(0 <= field.confidence <= 1 and field.value for field in reading.fields.values())
