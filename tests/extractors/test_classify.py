"""Which paper it is: told by evidence, close papers told apart, and ``unknown`` where none is sure."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dossiers.reading import UNKNOWN_TYPE, Box, PageOutcome, PageReading, TypeMatch, Word
from extractors.classify import classify
from extractors.rows import rows_of
from extractors.types import load_types
from tests.extractors.papers import Line, document, page_of

TYPES = load_types()


def match(lines: Sequence[Line]) -> TypeMatch:
    return classify(rows_of([page_of(lines)]), TYPES)


def text(*lines: str) -> list[Line]:
    """Lines down the middle, as headings stand."""
    return [(297 - 2.6 * len(line), 150.0 + 22 * at, line) for at, line in enumerate(lines)]


@pytest.mark.parametrize(
    ("title", "symbol", "code"),
    [
        ("QUYẾT ĐỊNH", "QĐ-UBND", "decision"),
        ("THÔNG BÁO", "TB-STP", "notice"),
        ("THÔNG CÁO", "TC-UBND", "communique"),
        ("TỜ TRÌNH", "TTr-SYT", "submission"),
        ("GIẤY MỜI", "GM-UBND", "invitation"),
        ("KẾ HOẠCH", "KH-UBND", "plan"),
        ("BÁO CÁO", "BC-SNV", "report"),
        ("CHỈ THỊ", "CT-UBND", "directive"),
        ("NGHỊ QUYẾT", "NQ-HĐND", "resolution"),
        ("HƯỚNG DẪN", "HD-STP", "guidance"),
        ("CÔNG ĐIỆN", "CĐ-UBND", "urgent_telegram"),
        ("QUY CHẾ", "QC-UBND", "working_rules"),
        ("QUY ĐỊNH", "QyĐ-UBND", "provisions"),
        ("CHƯƠNG TRÌNH", "CTr-UBND", "programme"),
        ("PHƯƠNG ÁN", "PA-UBND", "course_of_action"),
        ("ĐỀ ÁN", "ĐA-UBND", "scheme"),
        ("DỰ ÁN", "DA-UBND", "project"),
        ("BIÊN BẢN", "BB-UBND", "minutes"),
        ("HỢP ĐỒNG", "HĐ-VP", "contract"),
        ("BẢN GHI NHỚ", "BGN-UBND", "memorandum"),
        ("BẢN THỎA THUẬN", "BTT-UBND", "agreement"),
        ("GIẤY ỦY QUYỀN", "GUQ-STP", "authorisation"),
        ("GIẤY GIỚI THIỆU", "GGT-STP", "introduction"),
        ("GIẤY NGHỈ PHÉP", "GNP-STP", "leave_permit"),
        ("PHIẾU GỬI", "PG-STP", "dispatch_slip"),
        ("PHIẾU CHUYỂN", "PC-STP", "transfer_slip"),
        ("PHIẾU BÁO", "PB-STP", "notification_slip"),
    ],
)
def test_documents_of_annex_three_are_told_by_title_and_symbol(
    title: str, symbol: str, code: str
) -> None:
    found = match(document(title=title, number=f"Số: 12/{symbol}"))
    assert found.code == code
    assert found.confidence > 0.9
    assert any(repr(title) in evidence for evidence in found.evidence)
    assert any(repr(symbol.split("-")[0]) in evidence for evidence in found.evidence)


def test_the_symbol_carries_a_title_that_is_hardly_readable() -> None:
    found = match(document(title="TỞ TRlNH", number="Số: 239 /TTr-SYT"))
    assert found.code == "submission"
    # With a symbol that does not say so, the same title is less sure.
    assert match(document(title="TỞ TRlNH", number="Số: 239")).confidence < found.confidence


def test_a_letter_is_told_by_a_symbol_that_names_no_type() -> None:
    found = match(document(title=None, number="Số: 574 /UBND-KTTH", note="V/v số hóa hồ sơ"))
    assert found.code == "official_letter"
    assert any("UBND-KTTH" in evidence for evidence in found.evidence)


def test_close_papers_are_told_apart() -> None:
    assert match(text("GIẤY KHAI SINH")).code == "birth_certificate"
    assert match(text("TRÍCH LỤC KHAI SINH")).code == "birth_extract"
    assert match(text("TRÍCH LỤC", "KHAI SINH", "(BẢN SAO)")).code == "birth_extract"
    assert match(text("GIẤY XÁC NHẬN", "TÌNH TRẠNG HÔN NHÂN")).code == "marital_status_confirmation"
    for form in (
        ("TỜ KHAI ĐĂNG KÝ KHAI SINH",),
        ("TỜ KHAI", "CẤP GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN"),
        ("PHIẾU YÊU CẦU CẤP TRÍCH LỤC KHAI SINH",),
    ):
        assert match(text(*form)).code == UNKNOWN_TYPE, form


def test_a_title_in_the_middle_of_a_text_is_none() -> None:
    lines = text("ĐIỀU LỆ HỘI", *["Nội dung của điều lệ gồm các phần sau đây."] * 12, "QUYẾT ĐỊNH:")
    lines += [(90.0, 440.0, "Các thành viên chịu trách nhiệm thực hiện.")]
    assert match(lines).code == UNKNOWN_TYPE


def test_a_part_of_a_file_begins_on_any_page() -> None:
    lines = document(title="THÔNG BÁO", number="Số: 12/TB-UBND")
    alone, within = (classify(rows_of([page_of(lines, number)]), TYPES) for number in (1, 7))
    assert within.confidence == alone.confidence


def test_of_titles_that_begin_alike_the_longer_wins() -> None:
    assert match(text("GIẤY CHỨNG NHẬN", "ĐĂNG KÝ DOANH NGHIỆP")).code == "enterprise_certificate"
    assert match(text("GIẤY PHÉP LÁI XE/DRIVER'S LICENSE")).code == "driving_licence"
    assert match(text("PHIẾU LÝ LỊCH TƯ PHÁP SỐ 2")).code == "criminal_record_certificate"
    # What has no file of its own is still a certificate.
    other = match(text("GIẤY CHỨNG NHẬN", "CƠ SỞ ĐỦ ĐIỀU KIỆN AN TOÀN THỰC PHẨM"))
    assert other.code == "other_certificate"
    lines = document(title="GIẤY PHÉP HOẠT ĐỘNG ĐIỆN LỰC", number="Số: 5/GP-SCT")
    assert match(lines).code == "other_permit"


def test_a_broad_title_does_not_overrule_the_labels_of_a_known_paper() -> None:
    lines = text("GIẤY CHỨNG NHẬN", "dăng kỷ koanh nghiêp")
    labels = ("Mã số doanh nghiệp:", "Đăng ký lần đầu:", "Tên công ty viết bằng tiếng Việt:",
              "Địa chỉ trụ sở chính", "Vốn điều lệ:", "Người đại diện theo pháp luật",
              "Điện thoại:", "Họ và tên:", "Chức danh:", "Sinh ngày:")  # fmt: skip
    lines += [(90.0, 250.0 + 16 * at, label) for at, label in enumerate(labels)]
    assert match(lines).code == "enterprise_certificate"


def test_a_decision_about_another_paper_is_a_decision() -> None:
    lines = document(
        title="QUYẾT ĐỊNH",
        number="Số: 15/QĐ-UBND",
        subject="Về việc thu hồi Giấy chứng nhận đăng ký hộ kinh doanh",
        body=("Căn cứ Giấy khai sinh số 12 và Trích lục khai sinh kèm theo;", "QUYẾT ĐỊNH:"),
    )
    assert match(lines).code == "decision"


def test_a_heading_that_is_no_title_is_not_overruled_by_phrases() -> None:
    lines = document(title="LỊCH CÔNG TÁC TUẦN", number="Số: 3/LCT", note="V/v phân công")
    assert match([*lines, (90, 400, "Kính gửi: Các phòng; Như trên; Lưu: VT")]).code == UNKNOWN_TYPE


@pytest.mark.parametrize(
    "lines",
    [
        ["INVOICE", "Dear Sir or Madam,", "please find enclosed our offer of 12 March."],
        ["1 2 3 4 5", "6 7 8 9"],
        ["Hôm nay trời đẹp, tôi viết thư này cho bạn."],
        [],
    ],
)  # fmt: skip
def test_what_is_no_paper_of_ours_is_unknown(lines: list[str]) -> None:
    assert match(text(*lines)).code == UNKNOWN_TYPE


def test_a_page_of_ten_thousand_words_and_a_table_of_two_thousand_rows_are_unknown() -> None:
    words = []
    for at in range(10_000):
        x, y = 60.0 + at % 100 * 4, 60.0 + at // 100 * 7
        words.append(Word(f"từ{at % 7}", Box(x, y, x + 3, y + 6), 0.9, at // 100))
    page = PageReading(1, 595, 842, 300, 0, 0, PageOutcome.OK, "test", words=tuple(words))
    assert classify(rows_of([page]), TYPES).code == UNKNOWN_TYPE
    table = [
        page_of([(80, 60 + 7.0 * row, f"{row} Nguyễn Văn Mẫu 1980 Hưng Yên") for row in range(100)])
        for _ in range(20)
    ]
    assert classify(rows_of(table), TYPES).code == UNKNOWN_TYPE
