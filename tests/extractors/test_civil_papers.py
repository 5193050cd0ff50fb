"""Papers of civil status and residence, scanned and read by the real recogniser."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from benchmarks.accuracy import same_value
from dossiers.reading import DocumentReading
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.engines import Engine, open_engine
from extractors.page import read_page
from extractors.reader import understand
from extractors.types import load_types
from fixtures.batch import scan_pages
from fixtures.chance import seeded
from fixtures.containers import Container, write
from fixtures.kinds import KINDS, Style
from fixtures.scanner import ScanSettings
from fixtures.truth import DocumentTruth
from tests.extractors.papers import page_of

TYPES = load_types()
TODAY = dt.date(2026, 11, 23)
SEED = 12
#: Fields that must be exact, besides nine of ten of all.
EXACT = {
    "marriage_certificate": """wife_name husband_name wife_birth_date husband_birth_date
        wife_personal_number husband_personal_number registered_on""",
    "marriage_extract": """document_number wife_name husband_name wife_personal_number
        husband_personal_number registration_number registered_on""",
    "death_extract": "document_number full_name birth_date death_date death_place",
    "parentage_extract": """document_number parent_name child_name parent_personal_number
        child_personal_number child_birth_date registered_on""",
    "guardianship_extract": """document_number guardian_name ward_name guardian_personal_number
        ward_birth_date registered_on""",
    "civil_status_change_extract": "document_number full_name changed_from changed_to registered_on",
    "household_book": """document_number head_name member_1_name member_1_birth_date member_2_name
        member_2_relation member_2_personal_number""",
    "residence_confirmation": """document_number full_name personal_number head_name member_1_name
        member_1_birth_date member_1_personal_number""",
    "disability_confirmation": """document_number full_name birth_date disability_kind
        disability_degree issue_date""",
    "birth_notification": """mother_name mother_personal_number father_name birth_date child_sex
        child_name child_weight""",
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(ReadingSettings())


def _read(
    kind: str, seed: int, folder: Path, engine: Engine
) -> tuple[DocumentTruth, DocumentReading]:
    rng = seeded(f"civil papers/{seed}")
    paper = KINDS[kind](rng, Style(dpi=200))
    settings = ScanSettings(dpi=200, skew=0.4, noise=1.0, quality=85)
    pages = scan_pages(paper, [settings] * len(paper.images), rng)
    file = write(pages, folder / kind, Container.PDF)[0]
    limits = IntakeSettings()
    read = [read_page(file, number + 1, engine, limits) for number in range(len(pages))]
    return paper.truth, understand(file.name, read, TYPES, today=TODAY)


@pytest.mark.parametrize("kind", sorted(EXACT))
def test_a_scan_is_understood(kind: str, tmp_path: Path, engine: Engine) -> None:
    truth, reading = _read(kind, SEED, tmp_path, engine)
    assert reading.type.code == kind
    got = {name: field.value for name, field in reading.fields.items()}
    for name in EXACT[kind].split():
        assert same_value(got[name], truth.fields[name]), name
    exact = sum(same_value(got.get(name, ""), value) for name, value in truth.fields.items())
    assert exact >= 0.9 * len(truth.fields)


def test_figures_in_squares_are_read_without_their_squares(tmp_path: Path, engine: Engine) -> None:
    seed = next(seed for seed in range(60) if _is_boxed(seed))
    truth, reading = _read("residence_confirmation", seed, tmp_path, engine)
    for name in ("personal_number", "head_personal_number"):
        assert reading.fields[name].value == truth.fields[name]
        assert reading.fields[name].raw.count(" ") >= 10


def _is_boxed(seed: int) -> bool:
    paper = KINDS["residence_confirmation"](seeded(f"civil papers/{seed}"), Style(dpi=20))
    return any(
        "0 3" in line.text and "định danh" in line.text for line in paper.truth.pages[0].lines
    )


BOOK = (
    "SỔ HỘ KHẨU", "Số: 330012345", "Họ và tên chủ hộ: LÊ VĂN MẪU",
    "Nơi thường trú: thôn Đông, xã Yên Mỹ, huyện Yên Mỹ, tỉnh Hưng Yên",
)  # fmt: skip
MEMBER = ("Quan hệ với chủ hộ: {relation}", "Họ và tên: {name}",
          "Ngày, tháng, năm sinh: 05/03/1984   Giới tính: Nam", "CMND số: 145000111",
          "Lý do xóa đăng ký thường trú: {why}")  # fmt: skip


def book(*members: tuple[str, str, str]) -> DocumentReading:
    rows = list(BOOK)
    for relation, name, why in members:
        rows += [row.format(relation=relation, name=name, why=why) for row in MEMBER]
    lines = [(80.0, 60.0 + 18 * at, row) for at, row in enumerate(rows)]
    return understand("a.pdf", [page_of(lines)], TYPES, today=TODAY)


def test_why_a_member_was_struck_from_a_household_book_is_told() -> None:
    gone = "Chuyển đến nơi thường trú mới tại Hà Nội"
    fields = book(
        ("Chủ hộ", "LÊ VĂN MẪU", "…………………"), ("Con", "LÊ VĂN THỬ", gone), ("Con", "LÊ VĂN BA", "")
    ).fields
    assert [name for name in fields if name.endswith("_deregistration")] == [
        "member_2_deregistration"
    ]
    assert fields["member_2_deregistration"].value == gone
    assert fields["member_3_name"].value == "LÊ VĂN BA"


@pytest.mark.parametrize(
    ("relation", "name", "agrees", "denied"),
    [
        ("Chủ hộ", "Lê Văn Mẫu", True, False),
        ("Chủ hộ", "Trần Thị Khác", False, True),
        # The head's page is missing, or the relation was not read.
        ("Vợ", "Trần Thị Khác", False, False),
        ("………", "Trần Thị Khác", False, False),
    ],
)
def test_the_first_member_found_is_the_head_only_where_the_book_says_so(
    relation: str, name: str, agrees: bool, denied: bool
) -> None:
    fields = book((relation, name, "")).fields
    assert fields["member_1_name"].value == name
    reasons = [reason for key in ("head_name", "member_1_name") for reason in fields[key].reasons]
    assert any(reason.startswith("contradiction") for reason in reasons) is denied
    assert any(reason.startswith("the same at") for reason in reasons) is agrees
