"""Values by their labels: columns side by side, repeated blocks, tables, phrases that hold several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dossiers.reading import Box, Cell, PageReading, Word
from extractors.fields.labels import find_labelled
from extractors.fields.tabled import find_tabled
from extractors.rows import rows_of
from extractors.types import DocumentType, load_types
from tests.extractors.papers import Line, page_of

TITLE = {"vi": "Trường", "en": "Field"}


def _type(fields: Sequence[dict[str, object]], **more: object) -> DocumentType:
    whole = [{"title": TITLE, **field} for field in fields]
    return DocumentType.model_validate(
        {"code": "paper", "name": TITLE, "titles": ["GIẤY TỜ"], "fields": whole, **more}
    )


def _values(kind: DocumentType, *pages: Sequence[Line]) -> dict[str, str]:
    readings = [page_of(lines, number) for number, lines in enumerate(pages, 1)]
    return {found.field.name: found.raw for found in find_labelled(kind, rows_of(readings))}


COUPLE = _type(
    [
        field
        for spouse, word in (("wife", "vợ"), ("husband", "chồng"))
        for field in (
            {"name": f"{spouse}_name", "labels": [f"Họ, chữ đệm, tên {word}"], "opens": spouse,
             "kind": "person_name", "lines": 2},
            {"name": f"{spouse}_born", "labels": ["Ngày sinh"], "section": spouse, "kind": "date"},
            {"name": f"{spouse}_place", "labels": ["Nơi cư trú"], "section": spouse,
             "kind": "place", "lines": 4},
        )
    ]
)  # fmt: skip
LEFT = ("Họ, chữ đệm, tên vợ: ĐOÀN THỊ THANH NGỌC", "VÍ DỤ", "Ngày sinh: 01/02/1990",
        "Nơi cư trú: Thôn Phú Mỹ, xã Văn Giang,", "tỉnh Hưng Yên")  # fmt: skip
RIGHT = ("Họ, chữ đệm, tên chồng: MAI VĂN MẪU", "", "Ngày sinh: 03/04/1988",
         "Nơi cư trú: Xóm 5, thôn Đồng Tâm, xã", "Văn Giang, tỉnh Hưng Yên")  # fmt: skip
SPOUSES = {
    "wife_name": "ĐOÀN THỊ THANH NGỌC VÍ DỤ",
    "wife_born": "01/02/1990",
    "wife_place": "Thôn Phú Mỹ, xã Văn Giang, tỉnh Hưng Yên",
    "husband_name": "MAI VĂN MẪU",
    "husband_born": "03/04/1988",
    "husband_place": "Xóm 5, thôn Đồng Tâm, xã Văn Giang, tỉnh Hưng Yên",
}


def _column(x: float, texts: Sequence[str], top: float = 200.0) -> list[Line]:
    return [(x, top + 18 * at, text) for at, text in enumerate(texts) if text]


def test_columns_read_one_by_one() -> None:
    assert _values(COUPLE, [*_column(80, LEFT), *_column(320, RIGHT)]) == SPOUSES


def test_columns_read_in_turns() -> None:
    """A recogniser may end the left column early, and take it up again after the right one."""
    lines = [*_column(80, LEFT[:3]), *_column(320, RIGHT[:3])]
    lines += [*_column(80, LEFT[3:], 254), *_column(320, RIGHT[3:], 254)]
    assert _values(COUPLE, lines) == SPOUSES


def test_columns_read_across() -> None:
    """Or read each row over both, and a line over the whole width ends them."""
    page = page_of([*_column(80, LEFT), *_column(320, RIGHT)])
    ordered = sorted(page.words, key=lambda word: (word.box.y0, word.box.x0))
    tops = sorted({word.box.y0 for word in ordered})
    words = [replace(word, line=tops.index(word.box.y0)) for word in ordered]
    across = replace(page, words=tuple(words))
    found = {hit.field.name: hit.raw for hit in find_labelled(COUPLE, rows_of([across]))}
    assert found == SPOUSES


MEMBERS = _type(
    [{"name": "head", "labels": ["Họ và tên chủ hộ"]}],
    groups=[
        {
            "name": "member",
            "title": {"vi": "Thành viên", "en": "Member"},
            "most": 3,
            "checks": [{"kind": "person", "number": "number", "name": "name"}],
            "fields": [
                {"name": "relation", "title": TITLE, "labels": ["Quan hệ với chủ hộ"]},
                {"name": "name", "title": TITLE, "labels": ["Họ và tên"]},
                {"name": "number", "title": TITLE, "labels": ["CMND số"], "lines": 2,
                 "kind": "identity_document"},
            ],
        }
    ],
)  # fmt: skip


def test_blocks_that_repeat_are_numbered() -> None:
    """The second block counts even where the first left its own label empty."""
    first = ("Quan hệ với chủ hộ: .....", "Họ và tên: MAI VĂN MẪU", "CMND số: 145000111")
    second = ("Quan hệ với chủ hộ: Vợ", "Họ và tên: ĐOÀN VÍ DỤ", "CMND số: -----")
    pages = [_column(80, texts) for texts in (("Họ và tên chủ hộ: MAI VĂN MẪU",), first, second)]
    assert _values(MEMBERS, *pages) == {
        "head": "MAI VĂN MẪU",
        "member_1_name": "MAI VĂN MẪU",
        "member_1_number": "145000111",
        "member_2_relation": "Vợ",
        "member_2_name": "ĐOÀN VÍ DỤ",
    }
    field = MEMBERS.field("member_2_name")
    assert field is not None
    assert (field.title.vi, field.section) == ("Thành viên 2: Trường", "member_2")
    assert [check.number for check in MEMBERS.persons] == [f"member_{n}_number" for n in (1, 2, 3)]


def _table(rows: Sequence[Sequence[str]], number: int = 1) -> PageReading:
    """A ruled table as it is read: a cell after the other, its words on lines of their own."""
    page = page_of([], number)
    words: list[Word] = []
    cells: list[Cell] = []
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            box = Box(60 + 90 * column, 200 + 24 * row, 150 + 90 * column, 224 + 24 * row)
            cells.append(Cell(0, row, column, 1, 1, box))
            x = box.x0 + 4
            for token in text.split():
                at = Box(x, box.y0 + 6, x + 4 * len(token), box.y0 + 18)
                words.append(Word(token, at, 0.97, len(cells)))
                x = at.x1 + 3
    return replace(page, words=tuple(words), cells=tuple(cells))


TABLED = _type(
    [{"name": "other", "labels": ["Khác"]}],
    groups=[
        {
            "name": "member",
            "title": {"vi": "Thành viên", "en": "Member"},
            "most": 4,
            "table": True,
            "fields": [
                {"name": "name", "title": TITLE, "labels": ["Họ và tên"]},
                {"name": "born", "title": TITLE, "labels": ["Ngày, tháng, năm sinh"]},
                {"name": "sex", "title": TITLE, "labels": ["Giới tính"]},
                {"name": "kin", "title": TITLE, "labels": ["Quan hệ"]},
            ],
        }
    ],
)
HEADS = ("TT", "Họ và tên", "Ngày, tháng, năm sinh", "Giới tính", "Quan hệ")


@pytest.mark.parametrize("birth_head", ["Ngày, tháng, năm sinh", ".v QOY LdQ năm"])
def test_rows_of_a_table_are_told_by_the_heads_of_its_columns(birth_head: str) -> None:
    """A head that was not read is told by its neighbours; empty rows do not count."""
    heads = [birth_head if text == HEADS[2] else text for text in HEADS]
    first = _table(
        [heads, ("1", "Mai Văn Mẫu", "03/04/1988", "Nam", "Chồng"), ("2", "", "", "", ""),
         ("3", "Mai Thị Ví Dụ", "", "Nữ", "Con")]
    )  # fmt: skip
    second = _table([("4", "Mai Tí", "05/06/2019", "Nam", "Con")], 2)
    found = {
        hit.field.name: (hit.raw, hit.page) for hit in find_tabled(TABLED, [first, second]).found
    }
    assert found["member_1_name"] == ("Mai Văn Mẫu", 1)
    assert found["member_1_born"] == ("03/04/1988", 1)
    assert found["member_2_name"] == ("Mai Thị Ví Dụ", 1)
    assert "member_2_born" not in found
    assert found["member_3_kin"] == ("Con", 2)


def test_another_table_is_none_of_the_group() -> None:
    other = _table([("STT", "Họ và tên", "Số tiền"), ("1", "A", "2")])
    assert not find_tabled(TABLED, [other]).found


REGISTERED = _type(
    [
        {"name": "number", "labels": ["Số"], "kind": "document_number"},
        {"name": "day", "within": "number", "kind": "date"},
        {"name": "note", "labels": ["Ghi chú"], "lines": 2},
        {"name": "paper", "labels": ["Giấy tờ tùy thân"], "kind": "identity_document", "lines": 3},
    ],
    stops=["Và"],
)


def test_a_phrase_may_hold_two_fields() -> None:
    whole = [(80.0, 200.0, "Số: 157/2021 ngày 12/4/2021")]
    cut = [(80.0, 200.0, "Số: 157/2021"), (80.0, 218.0, "Ghi chú: Không"),
           (250.0, 201.0, "ngày 12/4/2021")]  # fmt: skip
    for lines in (whole, cut):
        found = _values(REGISTERED, lines)
        assert found["number"] == found["day"] == "157/2021 ngày 12/4/2021"


def test_dashes_and_dots_are_no_value() -> None:
    assert _values(REGISTERED, [(80.0, 200.0, "Ghi chú: -----"), (80.0, 218.0, "Số: .....")]) == {}


def test_a_short_stop_alone_on_its_line_ends_a_value() -> None:
    long = "Ghi chú: " + "dài " * 20
    lines = [(80.0, 200.0, long), (80.0, 216.0, "Và"), (80.0, 232.0, "Số: 5/2020")]
    assert _values(REGISTERED, lines)["note"] == ("dài " * 20).strip()


def test_a_number_may_stand_on_the_next_line() -> None:
    lines = [(80.0, 200.0, "Giấy tờ tùy thân: CCCD số"), (80.0, 216.0, "033090111222 cấp năm 2022")]
    assert _values(REGISTERED, lines)["paper"] == "CCCD số 033090111222 cấp năm 2022"


def test_the_paper_of_who_declares_a_death_is_not_the_deads() -> None:
    kind = load_types().get("death_extract")
    assert kind is not None
    lines = [
        (80.0, 200.0, "Họ, chữ đệm, tên: MAI VĂN MẪU"),
        (80.0, 218.0, "Giấy tờ tùy thân: ........"),
        (80.0, 236.0, "Họ, chữ đệm, tên người đi khai tử: MAI VĂN THỬ"),
        (80.0, 254.0, "Giấy tờ tùy thân: CCCD số 033090111222"),
    ]
    found = _values(kind, lines)
    assert found == {"full_name": "MAI VĂN MẪU", "declarant_name": "MAI VĂN THỬ"}
    known = [(80.0, 218.0, "Giấy tờ tùy thân: CCCD số 033050111333"), *lines[2:]]
    pages = [page_of([lines[0], *known])]
    hits = {hit.field.name: hit for hit in find_labelled(kind, rows_of(pages))}
    assert hits["personal_number"].raw == "CCCD số 033050111333"
    assert hits["personal_number"].others == ()
