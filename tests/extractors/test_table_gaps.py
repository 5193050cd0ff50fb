"""What of a paper's table was not read goes to a person: names, cells, rows, whole tables."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dossiers.reading import Box, Cell, DocumentReading, PageOutcome, PageReading, Word
from dossiers.reasons import known
from dossiers.review import ItemKind, doubts_of
from extractors.reader import understand
from extractors.types import load_types

TYPES = load_types()
TITLE = "XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ"
PHRASE = "7. Thông tin các thành viên khác trong hộ gia đình:"
HEADS = ("TT", "Họ, chữ đệm và tên", "Ngày, tháng, năm sinh", "Giới tính",
         "Số định danh cá nhân", "Quan hệ với chủ hộ")  # fmt: skip
GIVEN = ("An", "Bình", "Dũng", "Cường")
EDGES = (40.0, 70.0, 190.0, 300.0, 350.0, 460.0, 560.0)


def row_of(number: int, name: str | None = None) -> tuple[str, ...]:
    who = f"Mai Văn {GIVEN[number % 4]}" if name is None else name
    return (str(number), who, "03/04/1988", "Nam", f"0330880{number:05d}", "Con")


def ct07(*rows: Sequence[str], heads: Sequence[str] = HEADS, after: str = "") -> DocumentReading:
    """A confirmation of residence with a ruled table of its members."""
    words: list[Word] = []
    cells: list[Cell] = []

    def write(x: float, y: float, text: str, line: int) -> None:
        for token in text.split():
            words.append(Word(token, Box(x, y, x + 4.0 * len(token), y + 9), 0.97, line))
            x += 4.0 * len(token) + 2.5

    for line, text in enumerate((TITLE, "Mẫu CT07", PHRASE, *([after] if after else []))):
        write(200.0 if text == TITLE else 40.0, 40.0 + 20 * line, text, line)
    for index, row in enumerate((heads, *rows) if heads else ()):
        top = 130.0 + 20 * index
        for column, text in enumerate(row):
            box = Box(EDGES[column], top, EDGES[column + 1], top + 20)
            cells.append(Cell(0, index, column, 1, 1, box))
            write(box.x0 + 2, top + 5, text, 100 + 10 * index + column)
    page = PageReading(
        1, 595, 842, 300, 0, 0, PageOutcome.OK, "test", words=tuple(words), cells=tuple(cells)
    )
    reading = understand("a.pdf", [page], TYPES)
    assert reading.type.code == "residence_confirmation"
    return reading


def asked(reading: DocumentReading) -> set[str]:
    """Of which members a person is asked."""
    return {name for name in reading.doubtful if name.startswith("member_")}


def of_the_page(reading: DocumentReading) -> list[str]:
    items = [doubt for doubt in doubts_of(reading) if doubt.kind is ItemKind.PAGE]
    assert all(known(reason) for doubt in items for reason in doubt.reasons)
    return [reason for doubt in items for reason in doubt.reasons]


def test_a_whole_table_asks_nobody() -> None:
    reading = ct07(row_of(1), row_of(2))
    assert asked(reading) == set()
    assert of_the_page(reading) == []


def test_a_row_whose_name_was_not_read_keeps_its_place_and_is_asked_about() -> None:
    reading = ct07(row_of(1), row_of(2, ""), row_of(3))
    fields = reading.fields
    assert "member_2_name" not in fields
    assert fields["member_2_personal_number"].value == "033088000002"
    assert fields["member_3_personal_number"].value == "033088000003"
    assert fields["member_3_name"].value
    assert "member_2_name" in asked(reading)
    assert any("Thành viên 2" in problem.vi for problem in reading.problems)
    doubt = next(doubt for doubt in doubts_of(reading) if doubt.name == "member_2_name")
    assert (doubt.value, known(doubt.reasons[0])) == ("", True)


@pytest.mark.parametrize(
    ("column", "name"),
    [(2, "birth_date"), (3, "sex"), (4, "personal_number"), (5, "relation")],
)
def test_a_cell_that_a_row_must_have_is_asked_about(column: int, name: str) -> None:
    row = list(row_of(1))
    row[column] = "…"
    assert asked(ct07(row, row_of(2))) == {f"member_1_{name}"}


def test_rows_that_are_empty_but_for_their_number_are_nobody() -> None:
    empty = ("2", "", "…", "", "", "")
    assert asked(ct07(row_of(1), empty, ("3", "", "", "", "", ""))) == set()
    assert asked(ct07(("1", "", "", "", "", ""))) == set()


def test_rows_beyond_those_that_are_read_are_told() -> None:
    reading = ct07(*(row_of(number) for number in range(1, 24)))
    assert "member_20_name" in reading.fields
    assert any("23" in reason and "20" in reason for reason in of_the_page(reading))
    assert reading.needs_person


def test_a_table_that_is_announced_and_not_found_is_told() -> None:
    strange = ("STT", "Ai", "Khi nào", "Giới", "Số ĐDCN", "Là gì")
    assert len(of_the_page(ct07(row_of(1), heads=strange))) == 1
    assert len(of_the_page(ct07(heads=()))) == 1
    assert of_the_page(ct07(heads=(), after="Không")) == []
    assert of_the_page(ct07()) == []
