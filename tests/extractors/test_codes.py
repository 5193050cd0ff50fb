"""Codes on papers: stronger than print, and never silently at odds with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dossiers.reading import Box, DocumentReading, FieldSource, Mark, PageReading, Symbology
from extractors.reader import understand
from extractors.types import load_types
from fixtures.numbers import mrz, qr_payload
from fixtures.people import TODAY
from tests.extractors.papers import Line, centred, page_of

TYPES = load_types()
NUMBER, NAME = "034187155900", "Phạm Thị Ví Dụ"
ADDRESS = "Xóm 1, xã Đông Hưng, tỉnh Hưng Yên"
BORN, ISSUED, ENDS = (TODAY.replace(year=y, month=4, day=5) for y in (1987, 2025, 2027))
PAYLOAD = qr_payload(NUMBER, NAME, BORN, "Nữ", ADDRESS, ISSUED)


def front(
    *, name: str = NAME.upper(), number: str = NUMBER, born: str = "05/04/1987"
) -> list[Line]:
    lines = (
        "CĂN CƯỚC", "IDENTITY CARD", "Số định danh cá nhân / Personal identification number:",
        number, "Họ, chữ đệm và tên khai sinh / Full name:", name,
        f"Ngày, tháng, năm sinh / Date of birth: {born}", "Giới tính / Sex: Nữ",
        "Quốc tịch / Nationality: Việt Nam",
    )  # fmt: skip
    return [(80, 60 + 18 * at, line) for at, line in enumerate(lines)]


def back(zone: Sequence[str] = ()) -> list[Line]:
    lines = (
        f"Nơi cư trú / Place of residence: {ADDRESS}",
        "Ngày, tháng, năm cấp / Date of issue: 05/04/2025",
        "Ngày, tháng, năm hết hạn / Date of expiry: 05/04/2027", "BỘ CÔNG AN", *zone,
    )  # fmt: skip
    return [(80, 60 + 18 * at, line) for at, line in enumerate(lines)]


def marked(page: PageReading, text: str, symbology: Symbology = Symbology.QR) -> PageReading:
    return replace(page, marks=(Mark(symbology, text, page.number, Box(400, 80, 450, 130)),))


def read(*pages: PageReading) -> DocumentReading:
    return understand("a.pdf", list(pages), TYPES, today=TODAY)


def zone(name: str = NAME, number: str = NUMBER) -> tuple[str, str, str]:
    return mrz(number, name, "Nữ", BORN, ENDS)


@pytest.mark.parametrize("tail", ["", "||||", "||Lê Văn Mẫu||", "|034187155900|Lê Văn Mẫu|Cha|"])
def test_payloads_of_all_ages_of_cards_are_understood(tail: str) -> None:
    reading = read(page_of(front()), marked(page_of(back(), 2), PAYLOAD + tail))
    fields = reading.fields
    assert fields["personal_number"].value == NUMBER
    assert fields["full_name"].value == NAME.upper()
    assert fields["residence"].value == ADDRESS
    assert fields["issue_date"].display == "05/04/2025"
    assert all(fields[name].source is FieldSource.CODE for name in ("full_name", "birth_date"))
    assert all(fields[name].confidence >= 0.99 for name in ("personal_number", "birth_date"))


@pytest.mark.parametrize("payload", [
    PAYLOAD.replace("05041987", "31021987"), PAYLOAD.replace("||", "|", 1), PAYLOAD[1:],
    PAYLOAD.replace("|Nữ|", "||"), "https://example.vn/034187155900", "\x00|\x00",
])  # fmt: skip
def test_what_is_no_payload_of_a_card_is_no_evidence(payload: str) -> None:
    reading = read(page_of(front()), marked(page_of(back(), 2), payload))
    assert all(field.source is not FieldSource.CODE for field in reading.fields.values())


def test_print_that_was_read_well_and_says_something_else_is_a_contradiction() -> None:
    reading = read(page_of(front(born="06/04/1987")), marked(page_of(back(), 2), PAYLOAD))
    born = reading.fields["birth_date"]
    assert "birth_date" in reading.doubtful
    told = next(reason for reason in born.reasons if reason.startswith("contradiction"))
    assert "QR code says '1987-04-05'" in told
    assert "print says '1987-04-06'" in told
    assert [candidate.value for candidate in born.candidates] == ["1987-04-06"]


def test_print_that_was_read_badly_does_not_speak_against_a_code() -> None:
    smudged = page_of(front(born="06/04/1987"), confidence=0.6)
    born = read(smudged, marked(page_of(back(), 2), PAYLOAD)).fields["birth_date"]
    assert born.value == "1987-04-05"
    assert born.confidence > 0.9
    assert any("print was read as '1987-04-06'" in reason for reason in born.reasons)


def test_a_name_whose_diacritics_were_lost_in_print_is_the_codes() -> None:
    reading = read(page_of(front(name="PHẠM THI VI DU")), marked(page_of(back(), 2), PAYLOAD))
    assert reading.fields["full_name"].value == "PHẠM THỊ VÍ DỤ"


def test_codes_of_two_cards_give_nothing() -> None:
    other = qr_payload("034087155901", "Lê Văn Mẫu", BORN, "Nam", ADDRESS, ISSUED)
    pages = [marked(page_of(front()), PAYLOAD), marked(page_of(back(), 2), other)]
    assert all(f.source is not FieldSource.CODE for f in read(*pages).fields.values())


def test_the_machine_readable_zone_agrees_with_print() -> None:
    fields = read(page_of(front()), page_of(back(zone()), 2)).fields
    assert fields["personal_number"].source is FieldSource.CODE
    assert fields["expiry_date"].value == "2027-04-05"
    assert "agrees with the name in the MRZ" in fields["full_name"].reasons
    # Diacritics are the print's alone.
    assert fields["full_name"].source is FieldSource.LABEL


def test_another_name_in_the_zone_is_a_contradiction_that_names_both() -> None:
    reading = read(page_of(front()), page_of(back(zone("Lê Thị Khác")), 2))
    told = " ".join(reading.fields["full_name"].reasons)
    assert "full_name" in reading.doubtful
    assert "'LE THI KHAC'" in told
    assert "'PHẠM THỊ VÍ DỤ'" in told


def test_one_misread_figure_of_the_zone_is_put_right_and_told() -> None:
    first, second, third = zone()
    spoiled = f"{first[:17]}{(int(first[17]) + 1) % 10}{first[18:]}"
    fields = read(page_of(front()), page_of(back((spoiled, second, third)), 2)).fields
    number = fields["personal_number"]
    assert number.value == NUMBER
    assert any("line 1, character 18" in reason for reason in number.reasons)


def test_a_zone_with_two_misread_figures_says_nothing() -> None:
    first, second, third = zone()
    spoiled = f"{(int(second[0]) + 1) % 10}{(int(second[1]) + 1) % 10}{second[2:]}"
    fields = read(page_of(front()), page_of(back((first, spoiled, third)), 2)).fields
    assert fields["birth_date"].source is FieldSource.LABEL


def test_a_zone_and_a_code_that_differ_name_each_other_and_the_print() -> None:
    pages = (page_of(front()), marked(page_of(back(zone(number="034187155911")), 2), PAYLOAD))
    reading = read(*pages)
    told = " ".join(reading.fields["personal_number"].reasons)
    assert "personal_number" in reading.doubtful
    assert all(source in told for source in ("QR code says", "MRZ says", "print says"))


LAND = (
    "GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT, QUYỀN SỞ HỮU TÀI SẢN GẮN LIỀN VỚI ĐẤT",
    "1. Người sử dụng đất, chủ sở hữu tài sản gắn liền với đất:",
    "Ông: LÊ VĂN MẪU, CCCD số: 034087155901", "2. Thông tin thửa đất:",
    "a. Thửa đất số: 84; tờ bản đồ số: 12", "b. Diện tích: 120,5 m²", "c. Loại đất: Đất ở",
)  # fmt: skip
RECEIPT = (
    "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "Tiếp nhận hồ sơ của: Lê Văn Mẫu",
    "Nội dung yêu cầu giải quyết: Đăng ký khai sinh", "Thành phần hồ sơ nộp gồm:",
)  # fmt: skip


def paper(rows: Sequence[str]) -> PageReading:
    tops = [(60.0 + 18 * at, row) for at, row in enumerate(rows)]
    return page_of([centred(300, y, row) if row.isupper() else (80, y, row) for y, row in tops])


@pytest.mark.parametrize("payload", [
    "AA01234567", "AA 01234567", "AA01234567|CN01234|84",
    "https://tracuu.example.vn/gcn?seri=AA01234567", "http://e.vn/?id=7&serial=AA01234567&x=1",
])  # fmt: skip
def test_the_code_on_a_land_certificate_gives_its_serial(payload: str) -> None:
    serial = read(marked(paper(LAND), payload)).fields["serial"]
    assert (serial.value, serial.source) == ("AA01234567", FieldSource.CODE)


def test_a_plot_in_the_code_that_is_another_than_in_print_is_told() -> None:
    reading = read(marked(paper(LAND), "AA01234567|CN01234|85"))
    assert "plot_number" in reading.doubtful
    assert any("print says '84'" in reason for reason in reading.fields["plot_number"].reasons)


@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.BARCODE])
@pytest.mark.parametrize("code", ["H31.12-261105-0017", "000.00.12.H31-250301-0017"])
def test_a_receipt_is_known_by_the_code_of_its_dossier(symbology: Symbology, code: str) -> None:
    reading = read(marked(paper(RECEIPT), code, symbology))
    assert reading.fields["dossier_code"].value == code
    assert reading.fields["dossier_code"].confidence >= 0.98


@pytest.mark.parametrize("payload", ["H31.12-261305-0017", "0912345678", "<script>", "AA0123456"])
def test_a_code_that_says_nothing_valid_is_no_source(payload: str) -> None:
    assert "dossier_code" not in read(marked(paper(RECEIPT), payload)).fields
