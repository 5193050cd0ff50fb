"""Tables without rules: columns by white space, rows by what they hold, doubts told to a person."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.accuracy import same_value
from dossiers.reading import Box, PageOutcome, PageReading, Word
from dossiers.reasons import known
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.engines import Engine, open_engine
from extractors.fields.labels import Found
from extractors.fields.tabled import find_tabled
from extractors.page import read_page
from extractors.reader import understand
from extractors.types import load_types
from fixtures.batch import generate, scan_paper
from fixtures.chance import seeded
from fixtures.containers import Container, write
from fixtures.kinds import Paper
from fixtures.render.flow import Composer, TableRules
from fixtures.render.fonts import Face, find_family
from fixtures.render.sheet import Span
from fixtures.scanner import Degradation
from fixtures.truth import DocumentTruth

TYPES = load_types()
CT07 = TYPES.get("residence_confirmation")
assert CT07 is not None

#: Where columns begin (points), and what their heads say.
COLUMNS = (70, 110, 240, 330, 380, 490)
HEADS = ("TT", "Họ, chữ đệm và tên", "Ngày, tháng,", "Giới", "Số định danh", "Quan hệ với")
BELOW = ("", "", "năm sinh", "tính", "cá nhân", "chủ hộ")
FIRST = ("1", "Mai Văn Mẫu", "03/04/1988", "Nam", "033088000111", "Chồng")
SECOND = ("2", "Mai Thị Ví Dụ", "05/06/2019", "Nữ", "033319000222", "Con")
NAMES = ("name", "birth_date", "sex", "personal_number", "relation")
_LETTER, _BLANK, _HEIGHT = 4.6, 3.0, 12.0

#: The height of a line, and the texts of its cells: each by column, or at an edge of its own.
Line = tuple[float, Sequence[str] | dict[float, str]]


def page_of(lines: Sequence[Line], number: int = 1, skew: float = 0.0) -> PageReading:
    """An A4 page of these cells, each a line of its own to the recogniser, leaning by ``skew``."""
    words: list[Word] = []
    lean = math.radians(skew)
    index = 0
    for top, cells in lines:
        placed = cells if isinstance(cells, dict) else dict(zip(COLUMNS, cells, strict=False))
        for left, text in placed.items():
            x = float(left)
            for token in text.split():
                width = _LETTER * len(token)
                cx, cy = x + width / 2, top + _HEIGHT / 2
                cx, cy = (
                    cx * math.cos(lean) - cy * math.sin(lean),
                    cx * math.sin(lean) + cy * math.cos(lean),
                )
                box = Box(cx - width / 2, cy - _HEIGHT / 2, cx + width / 2, cy + _HEIGHT / 2)
                words.append(Word(token, box, 0.97, index))
                x += width + _BLANK
            index += 1
    return PageReading(number, 595, 842, 300, 0, skew, PageOutcome.OK, "test", words=tuple(words))


def table_of(*rows: Sequence[str], top: float = 200.0, step: float = 22.0) -> Iterator[Line]:
    """A table with heads of two lines."""
    yield top, HEADS
    yield top + 14, BELOW
    for index, row in enumerate(rows):
        yield top + 14 + step * (index + 1), row


def found_in(*pages: PageReading) -> dict[str, Found]:
    assert CT07 is not None
    return {hit.field.name.removeprefix("member_"): hit for hit in find_tabled(CT07, pages).found}


def values(found: dict[str, Found]) -> dict[str, str]:
    return {name: hit.raw for name, hit in found.items()}


def doubted(found: dict[str, Found]) -> set[str]:
    return {name for name, hit in found.items() if hit.doubt}


def row(number: int, texts: Sequence[str]) -> dict[str, str]:
    return {f"{number}_{name}": text for name, text in zip(NAMES, texts[1:], strict=True) if text}


@pytest.mark.parametrize("skew", [0.0, 1.5, -1.5])
def test_rows_are_told_by_heads_of_two_lines_and_white_space(skew: float) -> None:
    found = found_in(page_of(list(table_of(FIRST, SECOND)), skew=skew))
    assert values(found) == row(1, FIRST) | row(2, SECOND)
    assert not doubted(found)
    assert {hit.fit for hit in found.values()} == {1.0}


def test_values_over_several_lines_are_put_together() -> None:
    """Whether the others stand beside the first line or half-way between."""
    beside_first: list[Line] = [
        *table_of(FIRST),
        (260, ("2", "Mai Thị Thanh", "05/06/2019", "Nữ", "033319000222", "Con dâu")),
        (274, ("", "Ngọc Ví Dụ", "", "", "", "của em")),
        (296, ("3", *SECOND[1:])),
    ]
    half_way: list[Line] = [
        *table_of(FIRST),
        (260, ("", "Mai Thị Thanh", "", "", "", "Con dâu")),
        (267, ("2", "", "05/06/2019", "Nữ", "033319000222", "")),
        (274, ("", "Ngọc Ví Dụ", "", "", "", "của em")),
        (296, ("3", *SECOND[1:])),
    ]
    for lines in (beside_first, half_way):
        found = found_in(page_of(lines))
        whole = ("2", "Mai Thị Thanh Ngọc Ví Dụ", "05/06/2019", "Nữ", "033319000222")
        assert values(found) == row(1, FIRST) | row(2, (*whole, "Con dâu của em")) | row(3, SECOND)
        assert not doubted(found)


def test_words_that_lie_across_two_columns_are_in_doubt_and_the_rest_of_the_row_is_not() -> None:
    crossing = (
        258.0,
        {70.0: "2", 110.0: "Nguyễn Thị Hoàng Ngọc Ví Dụ 05/06/2019", 330.0: "Nữ",
         380.0: "033319000222", 490.0: "Con"},
    )  # fmt: skip
    found = found_in(page_of([*table_of(FIRST), crossing, (280, ("3", *SECOND[1:]))]))
    assert doubted(found) == {"2_name", "2_birth_date"}
    assert found["2_name"].fit < 0.5
    assert "column" in found["2_name"].doubt
    assert values(found)["2_relation"] == "Con"
    assert values(found).items() >= row(3, SECOND).items()


def test_a_piece_more_than_columns_is_in_doubt() -> None:
    """Where a head was not read, nobody knows whose words stand below it."""
    stray = (236.0, dict(zip(COLUMNS, FIRST, strict=True)) | {450.0: "Kinh"})
    found = found_in(page_of([*table_of(), stray, (258, SECOND)]))
    assert doubted(found) == {"1_personal_number"}
    alone = (236.0, dict(zip(COLUMNS, (*FIRST[:4], "", FIRST[5]), strict=True)) | {450.0: "Kinh"})
    found = found_in(page_of([*table_of(), alone, (258, SECOND)]))
    assert doubted(found) & {"1_personal_number", "1_relation"}
    assert not doubted(found) - {"1_personal_number", "1_relation"}


def test_rows_that_run_into_one_another_are_in_doubt() -> None:
    """Lines of one space throughout: the one between two rows may be of either."""
    lines: list[Line] = [
        (200, HEADS), (214, BELOW), (228, FIRST), (242, ("", "Thanh", "", "", "", "")),
        (256, SECOND), (270, ("3", *FIRST[1:])),
    ]  # fmt: skip
    found = found_in(page_of(lines))
    assert doubted(found) == {"1_name", "2_name"}
    assert "row" in found["1_name"].doubt


def test_lines_that_stand_closer_than_rows_are_in_doubt_unless_they_are_numbered() -> None:
    """A line as full as a row, as close as lines of one cell."""
    rest = ("", "Hoàng Ngọc", "(âm lịch)", "", "(cũ)", "của em")
    lines: list[Line] = [*table_of(FIRST, SECOND), (272, rest), (294, ("3", *FIRST[1:]))]
    found = found_in(page_of(lines))
    assert len({name[0] for name in found}) == 3  # numbers in turn: it is no row of its own
    lines = [(top, ("", *cells[1:])) for top, cells in lines if not isinstance(cells, dict)]
    found = found_in(page_of(lines))
    assert {"2_name", "2_birth_date", "3_name", "3_birth_date"} <= doubted(found)


def test_rows_need_no_numbers() -> None:
    """With numbers but no head above them, and with neither."""
    numbered: list[Line] = [(200, ("", *HEADS[1:])), (214, BELOW), (236, FIRST), (258, SECOND)]
    bare = [(top, ("", *cells[1:])) for top, cells in numbered if not isinstance(cells, dict)]
    for lines in (numbered, bare):
        found = found_in(page_of(lines))
        assert values(found) == row(1, FIRST) | row(2, SECOND)
        assert not doubted(found)


def test_a_row_with_little_in_it_counts_by_its_number() -> None:
    found = found_in(page_of(list(table_of(FIRST, ("2", "Mai Thị Ví Dụ"), ("3", *SECOND[1:])))))
    assert values(found) == row(1, FIRST) | {"2_name": "Mai Thị Ví Dụ"} | row(3, SECOND)
    assert not doubted(found)


def test_marks_of_columns_and_blank_rows_are_no_members() -> None:
    marks = ("(1)", "(2)", "(3)", "(4)", "(5)", "(6)")
    found = found_in(page_of(list(table_of(marks, FIRST, ("2",), ("3",)))))
    assert values(found) == row(1, FIRST)


def test_a_table_ends_where_text_begins() -> None:
    after: list[Line] = [
        (285, {70.0: "8. Nội dung xác nhận khác: Công dân đã đăng ký thường trú tại đây"}),
        (303, {70.0: "Xác nhận này có giá trị đến hết ngày 04 tháng 12 năm 2026"}),
        (340, {360.0: "TRƯỞNG CÔNG AN", 70.0: "Nơi nhận:"}),
        (400, {380.0: "Bùi Văn Thử"}),
    ]
    for lines in (after[at:] for at in range(len(after))):
        found = found_in(page_of([*table_of(FIRST, SECOND), *lines]))
        assert values(found) == row(1, FIRST) | row(2, SECOND)
        assert not doubted(found)
        assert not found_in(page_of([*table_of(), *lines]))


def test_rows_numbered_out_of_turn_are_in_doubt() -> None:
    """One may be hidden, or a list begins below the table; but a number may be read wrong."""
    listed: Line = (272, {70.0: "8.", 92.0: "Nội dung khác và giá trị", 300.0: "đến hết ngày 04"})
    found = found_in(page_of([*table_of(FIRST, SECOND), listed]))
    assert {name for name in found if name[0] == "3"} <= doubted(found)
    lost = list(table_of(FIRST, SECOND, ("4", *FIRST[1:])))
    assert doubted(found_in(page_of(lost))) == {f"3_{name}" for name in NAMES}
    misread = list(table_of(FIRST, ("7", *SECOND[1:]), ("3", *FIRST[1:])))
    assert not doubted(found_in(page_of(misread)))


def test_a_table_runs_on_over_the_next_page_wherever_that_lies() -> None:
    """Below the page's number, moved by some points, without its heads or with them."""
    third, fourth = ("3", *FIRST[1:]), ("4", *SECOND[1:])
    whole = row(1, FIRST) | row(2, SECOND) | row(3, third) | row(4, fourth)
    first = page_of(list(table_of(FIRST, SECOND, top=700)))
    on: list[Line] = [(40, {290.0: "2"}), (80, third), (102, fourth)]
    moved: list[Line] = [on[0]]
    for top, cells in ((80, third), (102, fourth)):
        moved.append((top, {x + 14.0: text for x, text in zip(COLUMNS, cells, strict=True)}))
    again: list[Line] = [(40, {290.0: "2"}), *table_of(third, fourth, top=60)]
    for second in (on, moved, again):
        found = found_in(first, page_of(second, 2))
        assert values(found) == whole
        assert not doubted(found)
        assert {name[0]: hit.page for name, hit in found.items()} == {
            "1": 1, "2": 1, "3": 2, "4": 2,
        }  # fmt: skip


def test_a_cell_that_runs_on_over_the_next_page_is_in_doubt() -> None:
    first = page_of(list(table_of(FIRST, SECOND, top=700)))
    second = page_of([(60, ("", "Thanh Ngọc")), (82, ("3", *FIRST[1:]))], 2)
    found = found_in(first, second)
    assert doubted(found) == {"2_name"}
    assert values(found).items() >= row(3, FIRST).items()


def test_what_stands_on_the_next_page_is_another_table_or_none() -> None:
    first = page_of(list(table_of(FIRST, SECOND, top=700)))
    other: list[Line] = [
        (60, ("STT", "Họ và tên", "Ngày cấp", "Giới tính", "Số giấy tờ", "Ghi chú")),
        (82, ("1", "Lê Văn Khác", "01/02/2003", "Nam", "145000111", "Không")),
    ]
    text: list[Line] = [(60, {70.0: "Xác nhận này có giá trị đến hết ngày 04 tháng 12 năm 2026"})]
    signed: list[Line] = [(60, {360.0: "TRƯỞNG CÔNG AN"}), (140, {370.0: "Bùi Văn Thử"})]
    for lines in (other, text, signed):
        assert values(found_in(first, page_of(lines, 2))) == row(1, FIRST) | row(2, SECOND)


def test_forms_and_prose_are_no_tables() -> None:
    """Labels in three columns, with their values beside or below them; paragraphs that name them."""
    labels = ("Họ, chữ đệm và tên:", "Ngày, tháng, năm sinh:", "Số định danh cá nhân:")
    filled = ("MAI VĂN MẪU", "03/04/1988", "033088000111")
    below: list[Line] = []
    for index in range(4):
        top = 200.0 + 40 * index
        below.append((top, dict(zip((70.0, 240.0, 400.0), labels, strict=True))))
        below.append((top + 18, dict(zip((70.0, 240.0, 400.0), filled, strict=True))))
    beside: list[Line] = [
        (200.0 + 18 * at, {70.0: f"{label} {value}", 380.0: "Giới tính: Nam"})
        for at, (label, value) in enumerate(zip(labels, filled, strict=True))
    ]
    prose: list[Line] = [
        (
            200.0 + 16 * at,
            {70.0: "Họ, chữ đệm và tên, ngày, tháng, năm sinh, giới tính, số định danh"},
        )
        for at in range(30)
    ]
    for lines in (below, beside, prose, [*below, *beside, *prose]):
        assert not found_in(page_of(lines))


def test_two_thousand_rows_end_bounded() -> None:
    """On one page, or run on over fifty: no more members than the group has, and soon."""
    rows = [(str(at + 1), *FIRST[1:]) for at in range(2000)]
    one = [page_of(list(table_of(*rows, step=18)))]
    many = [page_of(list(table_of(*rows[:40], top=60, step=18)))]
    many += [
        page_of(
            [(60 + 18 * at, cells) for at, cells in enumerate(rows[40 * n : 40 * n + 40])], n + 1
        )
        for n in range(1, 50)
    ]
    for pages in (one, many):
        numbers = {int(name.split("_")[0]) for name in found_in(*pages)}
        assert numbers == set(range(1, 21))


def test_heads_a_thousand_times_end_bounded() -> None:
    lines = [(20.0 * at, HEADS if at % 2 else BELOW) for at in range(2000)]
    assert not found_in(page_of(lines))


WORDS = st.sampled_from([*FIRST, *SECOND, *HEADS, *BELOW, "1", "(2)", "-", ":", "Nơi nhận:", "…"])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.floats(0, 800), st.dictionaries(st.floats(0, 560), WORDS, max_size=8)),
        max_size=20,
    ),
    st.booleans(),
)
def test_whatever_stands_on_a_page_no_word_is_invented_or_used_twice(
    lines: list[Line], headed: bool
) -> None:
    page = page_of([*(table_of() if headed else ()), *((250 + top, cells) for top, cells in lines)])
    used = [word for hit in found_in(page).values() for word in hit.words]
    assert len(used) == len({id(word) for word in used})
    assert {id(word) for word in used} <= {id(word) for word in page.words}


LEAD: tuple[Line, ...] = (
    (40, {150.0: "XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ"}),
    (90, {70.0: "1. Họ, chữ đệm và tên: ĐOÀN VĂN THỬ"}),
    (110, {70.0: "2. Ngày, tháng, năm sinh: 01/02/1985"}),
    (130, {70.0: "4. Số định danh cá nhân: 033085000333"}),
    (170, {70.0: "7. Thông tin các thành viên khác trong hộ gia đình:"}),
)


def test_a_doubt_goes_to_a_person_with_its_reason_whatever_the_confidence() -> None:
    crossing = (
        258.0,
        {70.0: "2", 110.0: "Mai Thị Ví Dụ", 240.0: "05/06/2019",
         315.0: "Nữ 033319000222", 490.0: "Con"},
    )  # fmt: skip
    page = page_of([*LEAD, *table_of(FIRST), crossing])
    reading = understand("a.pdf", [page], TYPES)
    assert reading.type.code == "residence_confirmation"
    assert "member_2_sex" in reading.doubtful
    reasons = reading.fields["member_2_sex"].reasons
    assert any("column of the table" in reason for reason in reasons)
    assert all(known(reason) for reason in reasons)
    assert "member_2_personal_number" not in reading.fields.keys() - set(reading.doubtful)
    assert not {f"member_1_{name}" for name in NAMES} & set(reading.doubtful)


def test_heads_of_a_table_are_no_labels_of_other_fields() -> None:
    """The paper's own name was not read: the first member's is not taken for it."""
    lines = [line for line in LEAD if line[0] not in (90, 110)]
    fields = understand("a.pdf", [page_of([*lines, *table_of(FIRST, SECOND)])], TYPES).fields
    assert fields["member_1_name"].value == FIRST[1]
    assert fields["personal_number"].value == "033085000333"
    assert not {"full_name", "birth_date", "sex", "head_relation"} & fields.keys()


# --- scans -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(ReadingSettings())


def _members(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name.startswith("member_")}


@pytest.mark.parametrize("rules", [TableRules.NONE, TableRules.LEVEL, TableRules.ALL])
def test_members_on_generated_scans_are_exact(
    tmp_path: Path, engine: Engine, rules: TableRules
) -> None:
    truths = generate(tmp_path, 41, ["residence_confirmation"], 2, tables=rules)
    for truth in truths:
        limits = IntakeSettings()
        path = tmp_path / str(truth.file)
        pages = [read_page(path, n + 1, engine, limits) for n in range(len(truth.pages))]
        got = understand(path.name, pages, TYPES)
        printed = _members(dict(truth.fields))
        read = _members({name: field.value for name, field in got.fields.items()})
        assert printed
        assert read.keys() == printed.keys()
        assert all(same_value(read[name], value) for name, value in printed.items())


ROWS = (
    ("1", "Nguyễn Hoàng Thanh Ngọc Ví Dụ", "03/04/1988", "Nữ", "033188000111", "Con dâu của em"),
    ("2", "Mai Văn Mẫu", "05/06/2019", "Nam", "033219000222", "Con"),
    ("3", "Đoàn Trần Phương Thảo Nguyên", "07/08/1990", "Nữ", "033190000333", "Em"),
)


def _paper(rules: TableRules, rows: Sequence[Sequence[str]] = ROWS, lead: float = 40.0) -> Paper:
    """A form with its table ``lead`` points below its title."""
    page = Composer(find_family("liberation-serif"), 300)
    page.centred(Span("XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ", Face.BOLD, 14.5), leading=lead)
    page.paragraph(Span("Thông tin các thành viên khác trong hộ gia đình:", size=12.5))
    heads = ("TT", "Họ, chữ đệm và tên", "Ngày, tháng, năm sinh", "Giới tính",
             "Số định danh cá nhân", "Quan hệ với chủ hộ")  # fmt: skip
    widths = (0.7, 2.3, 2.0, 1.2, 2.8, 1.7)
    page.table(heads, rows, widths, size=11.5, centred=(0, 2, 3, 4, 5), rules=rules)
    page.skip(22)
    page.paragraph(Span("Xác nhận này có giá trị đến hết ngày 04 tháng 12 năm 2026.", size=12.5))
    truth = DocumentTruth("residence_confirmation", {}, tuple(s.truth() for s in page.sheets))
    return Paper(truth, tuple(sheet.image for sheet in page.sheets))


@pytest.mark.parametrize("rules", list(TableRules))
def test_values_over_two_lines_of_a_scan_are_read(
    tmp_path: Path, engine: Engine, rules: TableRules
) -> None:
    scans = scan_paper(_paper(rules), seeded("two lines"), Degradation.OFFICE)
    path = write([page for page, _ in scans], tmp_path / "a", Container.PDF)[0]
    found = found_in(read_page(path, 1, engine, IntakeSettings()))
    assert values(found) == row(1, ROWS[0]) | row(2, ROWS[1]) | row(3, ROWS[2])
    assert not doubted(found)


@pytest.mark.parametrize("rules", [TableRules.NONE, TableRules.LEVEL])
def test_a_table_over_two_scans_is_one(tmp_path: Path, engine: Engine, rules: TableRules) -> None:
    """Each sheet lies on the glass as it likes."""
    rows = [(str(at + 1), *ROWS[at % 3][1:]) for at in range(9)]
    scans = scan_paper(_paper(rules, rows, 480), seeded("two sheets"), Degradation.OFFICE)
    path = write([page for page, _ in scans], tmp_path / "a", Container.PDF)[0]
    assert len(scans) == 2
    found = found_in(*(read_page(path, n, engine, IntakeSettings()) for n in (1, 2)))
    expected: dict[str, str] = {}
    for at, texts in enumerate(rows):
        expected |= row(at + 1, texts)
    assert values(found) == expected
    assert not doubted(found)
    assert {hit.page for hit in found.values()} == {1, 2}


def test_a_word_without_a_place_in_the_table_is_read_elsewhere(engine: Engine) -> None:
    """The words of a table are taken from the labels' search, and no others."""
    assert CT07 is not None
    page = page_of([*LEAD, *table_of(FIRST, SECOND)])
    (left,) = find_tabled(CT07, [page]).untabled([page])
    assert left == replace(page, words=left.words)
    assert [word.text for word in left.words] == [
        word.text for word in page_of(LEAD).words
    ]  # fmt: skip
