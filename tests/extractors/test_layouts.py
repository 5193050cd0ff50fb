"""Printed forms of one type: told by what only they have, or by the day of issue."""

from __future__ import annotations

import pytest

from dossiers.reading import DocumentReading
from extractors.reader import understand
from extractors.types import DocumentTypes, load_types
from tests.extractors.papers import Line, centred, page_of

LAND = """\
code = "land"
name = { vi = "Giấy chứng nhận", en = "Certificate" }
titles = ["GIẤY CHỨNG NHẬN ĐẤT ĐAI"]
layouts = [
  { code = "2009", until = 2024-12-31, title = { vi = "2009", en = "2009" }, marks = ["Những thay đổi sau"] },
  { code = "2024", since = 2025-01-01, title = { vi = "2024", en = "2024" }, marks = ["Loại đất:"] },
]
fields = [
  { name = "plot", title = { vi = "Thửa", en = "Plot" }, labels = ["Thửa đất số"] },
  { name = "origin", title = { vi = "Nguồn gốc", en = "Origin" }, labels = ["Nguồn gốc sử dụng"], layouts = ["2009"], required = true },
  { name = "issue_date", title = { vi = "Ngày cấp", en = "Issued" }, kind = "date", zone = "issue_date" },
]
"""  # noqa: E501

HEAD = [
    centred(300, 60, "GIẤY CHỨNG NHẬN"),
    centred(300, 76, "ĐẤT ĐAI"),
    (90.0, 140.0, "Thửa đất số: 15"),
    (90.0, 160.0, "Nguồn gốc sử dụng: Nhận thừa kế"),
]
DATED = "Hưng Yên, ngày 05 tháng 3 năm"


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> DocumentTypes:
    folder = tmp_path_factory.mktemp("types")
    (folder / "land.toml").write_text(LAND, encoding="utf-8")
    return load_types(folder)


def read(types: DocumentTypes, *more: Line) -> DocumentReading:
    return understand("a.pdf", [page_of([*HEAD, *more])], types)


def layout(reading: DocumentReading) -> list[str]:
    return [evidence for evidence in reading.type.evidence if evidence.startswith("layout")]


def test_a_phrase_that_only_one_form_has_tells_it(types: DocumentTypes) -> None:
    old = read(types, (90, 300, "IV. Những thay đổi sau khi cấp giấy"))
    assert layout(old) == ["layout '2009': a phrase that only it has"]
    assert old.fields["origin"].value == "Nhận thừa kế"
    new = read(types, (90, 300, "c. Loại đất: đất ở"))
    assert layout(new) == ["layout '2024': a phrase that only it has"]
    # What the form does not have is neither read nor missed.
    assert "origin" not in new.fields
    assert "origin" not in new.doubtful


def test_without_one_the_day_of_issue_does(types: DocumentTypes) -> None:
    assert layout(read(types, (300, 300, f"{DATED} 2019")))[0].startswith("layout '2009'")
    assert layout(read(types, (300, 300, f"{DATED} 2026")))[0].startswith("layout '2024'")
    both = read(types, (90, 300, "Những thay đổi sau; Loại đất:"), (300, 330, f"{DATED} 2026"))
    assert layout(both) == ["layout '2024': issued while it was in use"]


def test_what_cannot_be_told_is_left_whole(types: DocumentTypes) -> None:
    reading = read(types)
    assert layout(reading) == []
    assert "origin" in reading.fields
