"""Papers of offices as the real recogniser reads them from a scan, and lines of their forms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from dossiers.reading import DocumentReading, FieldSource
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.engines import Engine, open_engine
from extractors.numbering import is_numbered
from extractors.page import read_page
from extractors.reader import understand
from extractors.rows import rows_of
from extractors.types import load_types
from fixtures.batch import scan_paper
from fixtures.chance import seeded
from fixtures.containers import Container, write
from fixtures.kinds import KINDS, Style
from fixtures.people import TODAY
from fixtures.scanner import Degradation
from fixtures.truth import DocumentTruth
from tests.extractors.papers import centred, document, page_of

TYPES = load_types()
LIMITS = IntakeSettings()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(ReadingSettings())


def scanned(
    kind: str, seed: int, folder: Path, engine: Engine
) -> tuple[DocumentTruth, DocumentReading]:
    """A paper of a kind through an office scanner and the recogniser."""
    rng = seeded(f"permits/{seed}/{kind}")
    pages = scan_paper(KINDS[kind](rng, Style()), rng, Degradation.OFFICE)
    path = write([page for page, _ in pages], folder / kind, Container.PDF)[0]
    read = [read_page(path, number + 1, engine, LIMITS) for number in range(len(pages))]
    return pages[0][1], understand(path.name, read, TYPES, today=TODAY)


@pytest.mark.parametrize("kind", [
    "land_certificate", "building_permit", "enterprise_certificate", "criminal_record_certificate",
    "driving_licence", "diploma", "receipt_slip", "old_identity_card", "identity_card",
    "household_business_certificate",
])  # fmt: skip
def test_a_scanned_paper_is_known_and_its_key_fields_are_right(
    kind: str, tmp_path: Path, engine: Engine
) -> None:
    truth, reading = scanned(kind, 3, tmp_path, engine)
    assert reading.type.code == kind, reading.type.evidence
    document_type = TYPES.get(kind)
    assert document_type
    keys = [f.name for f in document_type.fields if f.key and f.name in truth.fields]
    right = [name for name in keys if name in reading.fields
             and reading.fields[name].value == truth.fields[name]]  # fmt: skip
    assert len(right) >= 0.8 * len(keys), set(keys) - set(right)
    passed = set(reading.fields) & set(truth.fields) - set(reading.doubtful)
    sure = {name: reading.fields[name].value for name in passed if name in keys}
    assert sure == {name: truth.fields[name] for name in sure}


def test_the_code_of_a_receipt_survives_the_scanner(tmp_path: Path, engine: Engine) -> None:
    truth, reading = scanned("receipt_slip", 5, tmp_path, engine)
    code = reading.fields["dossier_code"]
    assert (code.value, code.source) == (truth.fields["dossier_code"], FieldSource.CODE)


def read(rows: Sequence[str]) -> dict[str, str]:
    lines = [(80.0, 60.0 + 18 * at, row) for at, row in enumerate(rows)]
    reading = understand("a.pdf", [page_of(lines)], TYPES, today=TODAY)
    return {name: field.value for name, field in reading.fields.items()}


IV = "IV. Những thay đổi sau khi cấp giấy chứng nhận"
HEADS = ("Nội dung thay đổi và cơ sở", "pháp lý", "Xác nhận của cơ quan có thẩm", "quyền")
SOLD = ("Chuyển nhượng cho ông Lê Văn Mẫu, CCCD số: 033083044664, địa chỉ:",
        "thôn Đông, xã Yên Mỹ, theo hồ sơ số 004512.CN.003")  # fmt: skip
LAND = ("GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT", "Bà: TRẦN THỊ VÍ DỤ", "CCCD số: 033188012345",
        "Thửa đất số: 12, tờ bản đồ số: 7", "Diện tích: 120 m²")  # fmt: skip
FOOT = "Người được cấp Giấy chứng nhận không được sửa chữa, tẩy xóa hoặc bổ sung"


@pytest.mark.parametrize(
    ("rows", "entry"),
    [
        ((IV, *HEADS, *SOLD, FOOT), " ".join(SOLD)),
        ((IV, *SOLD), " ".join(SOLD)),
        ((*HEADS, "Đã xóa thế chấp", FOOT), "Đã xóa thế chấp"),
        ((IV, *HEADS, FOOT, "bất kỳ nội dung nào trong Giấy chứng nhận."), None),
        ((IV, "…………………………", "...................", "- / -", "| l", FOOT), None),
        ((IV, "Không", FOOT), None),
        ((IV, "BĐ 123456"), None),
    ],
)
def test_what_is_entered_after_the_issue_is_read_and_an_empty_room_is_nothing(
    rows: Sequence[str], entry: str | None
) -> None:
    values = read([*LAND, *rows])
    assert values.get("later_changes") == entry
    assert values["owner_name"] == "TRẦN THỊ VÍ DỤ"
    assert values["owner_identity_number"] == "033188012345"


@pytest.mark.parametrize("entered", [True, False])
def test_scanned_certificates_tell_whether_something_was_entered_later(
    entered: bool, tmp_path: Path, engine: Engine
) -> None:
    papers = ((seed, KINDS["land_certificate"](seeded(f"permits/{seed}/land_certificate"),
              Style(dpi=40))) for seed in range(30))  # fmt: skip
    seed = next(n for n, p in papers if ("later_changes" in p.truth.fields) is entered)
    truth, reading = scanned("land_certificate", seed, tmp_path, engine)
    assert ("later_changes" in truth.fields) is entered
    found = reading.fields.get("later_changes")
    assert (found is not None) is entered, found
    if found is not None:
        assert fuzz.ratio(found.value, truth.fields["later_changes"]) > 85


PERMIT = (
    "GIẤY PHÉP XÂY DỰNG", "1. Cấp cho: ông/bà: LÊ VĂN MẪU",
    "2. Được phép xây dựng công trình: Nhà ở", "- Do: Công ty TNHH Ví Dụ lập",
    "- Vị trí xây dựng (ghi rõ 1ô đất): Số 69. xã Yên Mỹ,. tỉnh Hưng Yên", "- Chỉ giới đường đỏ: 5 m",
    "- Cốt nền xây dựng công trình: +0,45 m", "- Tổng diện tích sàn: 257,4 m²",
    "- Mật độ xây dựng: 85,5 %",
)  # fmt: skip


def test_labels_stand_behind_bullets_and_names_behind_titles() -> None:
    values = read(PERMIT)
    assert values["designer"] == "Công ty TNHH Ví Dụ lập"
    assert values["holder"] == "LÊ VĂN MẪU"
    assert values["site"] == "Số 69, xã Yên Mỹ, tỉnh Hưng Yên"
    assert (values["floor_area"], values["density"]) == ("257.4", "85.5")


def test_a_value_that_says_nearly_what_its_label_says_is_no_label() -> None:
    ban = "Thông tin về cấm đảm nhiệm chức vụ, thành lập, quản lý doanh nghiệp, hợp tác xã"
    values = read([
        "PHIẾU LÝ LỊCH TƯ PHÁP SỐ 1", "9. Tình trạng án tích: Không có án tích", f"10. {ban}:",
        ban.replace("Thông tin về", "Không bị"),
    ])  # fmt: skip
    assert values["ban"].startswith("Không bị cấm")


COMPANY = ("GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", "CÔNG TY CỔ PHẦN",
           "Mã số doanh nghiệp: 0100109106",
           "Đăng ký thay đổi lần thứ: 3, ngày 05 tháng 02 năm 2024")  # fmt: skip


def test_names_in_capitals_run_on_over_lines_in_capitals() -> None:
    values = read([
        *COMPANY, "Tên công ty viết bằng tiếng Việt: CÔNG TY CỔ PHẦN SẢN XUẤT BAO BÌ AN",
        "KHÊ HƯNG YÊN", "Tên công ty viết tắt: AN KHE JSC",
    ])  # fmt: skip
    assert values["business_name"] == "CÔNG TY CỔ PHẦN SẢN XUẤT BAO BÌ AN KHÊ HƯNG YÊN"


def test_lines_are_known_by_their_shape() -> None:
    values = read(COMPANY)
    assert values["company_type"] == "CÔNG TY CỔ PHẦN"
    assert (values["change_number"], values["changed_on"]) == ("3", "2024-02-05")


def test_two_lines_of_one_shape_that_differ_are_for_a_person() -> None:
    rows = ["GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT", "Thửa đất số: 84, tờ bản đồ số: 12", "CB 123456"]
    one = understand(
        "a.pdf", [page_of([(80, 60 + 20.0 * i, r) for i, r in enumerate(rows)])], TYPES
    )
    assert "serial" not in one.doubtful
    rows.append("CĐ 654321")
    two = understand(
        "a.pdf", [page_of([(80, 60 + 20.0 * i, r) for i, r in enumerate(rows)])], TYPES
    )
    assert "serial" in two.doubtful


def test_a_value_on_a_card_runs_on_though_the_page_is_wider() -> None:
    card = (
        "GIẤY CHỨNG MINH NHÂN DÂN", "SỐ 145123456", "Họ tên: LÊ VĂN MẪU", "Sinh ngày: 05-02-1984",
        "Nguyên quán: Xã Lệ Xá, Hưng Yên", "Nơi ĐKHK thường trú: Thôn An Khê, xã Lệ Xá,",
        "huyện Tiên Lữ, Hưng Yên", "Dân tộc: Kinh   Tôn giáo: Không",
    )  # fmt: skip
    values = read(card)
    assert values["residence"] == "Thôn An Khê, xã Lệ Xá, huyện Tiên Lữ, Hưng Yên"
    assert values["old_number"] == "145123456"


def test_a_department_is_no_number() -> None:
    def numbered(text: str) -> bool:
        (row,) = rows_of([page_of([(80, 60, text)])])
        return is_numbered(row)

    assert not numbered("SỞ TƯ PHÁP")
    assert all(numbered(text) for text in ("Số: 15/QĐ-UBND", "Số:   /TB-UBND", "SỐ 15/QĐ"))


def test_a_name_between_the_marks_of_a_seal_is_found_and_doubted() -> None:
    lines = document(title="THÔNG BÁO", number="Số: 7/TB-UBND")
    lines = [line if line[2] != "Hà Duy Mẫu" else centred(410, line[1], "“a Hà Duy Mẫu 5o")
             for line in lines]  # fmt: skip
    reading = understand("a.pdf", [page_of(lines)], TYPES, today=TODAY)
    assert reading.fields["signer"].value == "Hà Duy Mẫu"
    assert "signer" in reading.doubtful
