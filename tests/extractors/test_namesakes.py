"""Who asks for a paper and whom it is about: one person, two, or one whose name is misread."""

from __future__ import annotations

import pytest

from dossiers.reading import DocumentReading
from dossiers.reasons import known
from extractors.reader import understand
from extractors.types import load_types
from tests.extractors.papers import centred, page_of


def confirmation(asked: str, named: str) -> DocumentReading:
    lines = [
        centred(150, 60, "ỦY BAN NHÂN DÂN"),
        centred(150, 75, "XÃ YÊN MỸ"),
        centred(410, 60, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        centred(150, 100, "Số: 84/UBND-XNTTHN"),
        centred(410, 100, "Yên Mỹ, ngày 05 tháng 5 năm 2024"),
        centred(300, 140, "GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN"),
        (120, 180, f"Xét đề nghị của ông/bà: {asked}, về việc cấp Giấy xác nhận"),
        (90, 196, "tình trạng hôn nhân,"),
        centred(300, 214, "XÁC NHẬN:"),
        (90, 232, f"Họ, chữ đệm, tên: {named}"),
        (90, 250, "Ngày, tháng, năm sinh: 12/07/1996"),
        (90, 268, "Giấy tờ tùy thân: Thẻ căn cước số 033196004321"),
        (90, 286, "Tình trạng hôn nhân: Hiện tại chưa đăng ký kết hôn với ai"),
    ]
    return understand("giấy.pdf", [page_of(lines)], load_types())


@pytest.mark.parametrize("asked", ["Trần Thị Hòa", "Trần Thị Hoà", "Lê Văn Thử"])
def test_the_same_name_and_another_persons_pass(asked: str) -> None:
    reading = confirmation(asked, "TRẦN THỊ HÒA")
    assert reading.fields["applicant_name"].value == asked
    assert reading.fields["full_name"].value == "TRẦN THỊ HÒA"
    assert not {"full_name", "applicant_name"} & set(reading.doubtful)
    assert bool(reading.fields["full_name"].reasons) is (asked != "Lê Văn Thử")
    assert reading.fields["marital_status"].value == "Hiện tại chưa đăng ký kết hôn với ai"


@pytest.mark.parametrize("asked", ["Trần Thị Hoa", "Trần Thị Hòe", "Tràn Thị Hòa"])
def test_names_a_mark_or_letter_apart_go_to_a_person(asked: str) -> None:
    reading = confirmation(asked, "TRẦN THỊ HÒA")
    assert {"full_name", "applicant_name"} <= set(reading.doubtful)
    reasons = reading.fields["full_name"].reasons
    assert any("printed differently" in reason for reason in reasons)
    assert all(known(reason) for reason in reasons)
