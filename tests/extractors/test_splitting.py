"""Several papers in one file told apart: by headings, numbering, sheets, and sides of cards."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.errors import CoverContradicts, CoverUnreadable, NothingToDigitise
from dossiers.parts import Division, LeftOutReason, spoken
from dossiers.reading import Box, Mark, PageOutcome, PageReading, Symbology, Word
from extractors.splitting import divide
from extractors.types import load_types

TYPES = load_types()
NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"

# A line of a page: its text, the middle in points, and the height of its top.
Line = tuple[str, float, float]


def page(
    number: int,
    lines: Sequence[Line] = (),
    marks: Sequence[str] = (),
    size: tuple[float, float] = (595, 842),
) -> PageReading:
    """A page as the reader gives it; words are 6 points a letter wide."""
    words = []
    for index, (text, middle, top) in enumerate(lines):
        x = middle - 3 * len(text)
        for word in text.split():
            words.append(Word(word, Box(x, top, x + 6 * len(word), top + 11), 0.95, index))
            x += 6 * len(word) + 6
    box = Box(200, 200, 400, 400)
    return PageReading(
        number, *size, 300.0, 0, 0.0,
        PageOutcome.OK if lines or marks else PageOutcome.BLANK, "test", tuple(words),
        tuple(Mark(Symbology.QR, text, number, box) for text in marks),
    )  # fmt: skip


BODY: list[Line] = [
    ("Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;", 300, 300),
    ("Xét đề nghị của Trưởng phòng Kinh tế tại Tờ trình số 12/TTr-KT và hồ sơ kèm theo", 300, 330),
    ("Điều 1. Cho phép ông Nguyễn Văn A được chuyển mục đích sử dụng đất trong vườn", 300, 360),
]
SIGNED: list[Line] = [
    ("Nơi nhận:", 90, 650),
    ("TM. ỦY BAN NHÂN DÂN", 440, 650),
    ("CHỦ TỊCH", 440, 670),
]


def decision(number: int, symbol: str = "12/QĐ-UBND", *, signed: bool = False) -> PageReading:
    head: list[Line] = [
        ("ỦY BAN NHÂN DÂN", 150, 58), (NATION, 420, 58), (MOTTO, 420, 75),
        (f"Số: {symbol}", 150, 99), ("Hưng Yên, ngày 08 tháng 9 năm 2025", 430, 99),
        ("QUYẾT ĐỊNH", 297, 148),
    ]  # fmt: skip
    return page(number, [*head, *BODY, *(SIGNED if signed else ())])


def follow_up(number: int, counter: str | None = None, *, signed: bool = False) -> PageReading:
    top: list[Line] = [(counter, 297, 40)] if counter else []
    text: list[Line] = [
        ("đình theo quy định của pháp luật về đất đai và xây dựng hiện hành.", 300, 70)
    ]
    return page(number, [*top, *text, *BODY, *(SIGNED if signed else ())])


def parts(division: Division) -> list[tuple[int, ...]]:
    return [part.pages for part in division.parts]


def told(division: Division) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.page) for problem in division.problems]


def test_papers_are_cut_where_headings_and_titles_agree() -> None:
    pages = [decision(1), follow_up(2, "2", signed=True), decision(3, "13/QĐ-UBND", signed=True)]
    division = divide("a.pdf", pages, TYPES)
    assert parts(division) == [(1, 2), (3,)]
    assert "national heading" in division.parts[1].evidence
    assert division.parts[1].confidence > 0.9
    assert not division.problems


def test_a_file_of_one_paper_stays_whole_with_its_blank_reverse_sides() -> None:
    division = divide("a.pdf", [decision(1), page(2), follow_up(3, "2"), page(4)], TYPES)
    assert parts(division) == [(1, 2, 3, 4)]
    assert not division.left_out


def test_blank_pages_between_papers_belong_to_none() -> None:
    pages = [decision(1, signed=True), page(2), decision(3, "13/QĐ-UBND"), page(4)]
    division = divide("a.pdf", pages, TYPES)
    assert parts(division) == [(1,), (3,)]
    assert [(left.page, left.why) for left in division.left_out] == [
        (2, LeftOutReason.BLANK), (4, LeftOutReason.BLANK),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "heading",
    [
        [("Phụ lục", 297, 60), ("DANH SÁCH KÈM THEO QUYẾT ĐỊNH", 297, 80)],
        [("PHỤ LỤC II", 297, 60), ("QUYẾT ĐỊNH", 297, 90)],
        # Some appendices have the national heading and a title of their own.
        [(NATION, 420, 58), (MOTTO, 420, 75), ("TỜ KHAI ĐĂNG KÝ KHAI SINH", 297, 120),
         ("(Kèm theo Quyết định số 12/QĐ-UBND ngày 08 tháng 9 năm 2025)", 297, 140)],
    ],
)  # fmt: skip
def test_an_appendix_is_no_new_paper(heading: list[Line]) -> None:
    division = divide("a.pdf", [decision(1, signed=True), page(2, [*heading, *BODY])], TYPES)
    assert parts(division) == [(1, 2)]
    assert not division.problems


def test_the_second_title_of_a_decision_is_no_new_paper() -> None:
    second = page(2, [("2", 297, 40), ("QUYẾT ĐỊNH:", 297, 70), *BODY])
    division = divide("a.pdf", [decision(1), second], TYPES)
    assert parts(division) == [(1, 2)]
    assert not division.problems


def test_a_doubtful_cut_is_told_and_not_made() -> None:
    # A title in capitals that no type has, behind a signed page, and no national heading.
    other = page(2, [("HỢP ĐỒNG TẶNG CHO TÀI SẢN", 297, 90), *BODY])
    division = divide("a.pdf", [decision(1, signed=True), other], TYPES)
    assert parts(division) == [(1, 2)]
    assert told(division) == [("maybe_several_papers", 2)]
    assert "tách" in division.problems[0].vi


def test_numbering_that_restarts_speaks_for_a_paper_and_numbering_that_goes_on_against() -> None:
    first = page(1, [("ĐƠN ĐỀ NGHỊ", 297, 90), *BODY, ("Trang 1/2", 297, 800)])
    second = page(2, [("Kê khai tài sản", 297, 90), *BODY, ("Trang 2/2", 297, 800)])
    anew = page(3, [("GIẤY ỦY QUYỀN", 297, 90), *BODY, ("Trang 1/1", 297, 800)])
    division = divide("a.pdf", [first, second, anew], TYPES)
    assert parts(division) == [(1, 2), (3,)]
    assert "page numbering begins anew" in division.parts[1].evidence


def test_separators_cut_name_the_paper_and_belong_to_none() -> None:
    pages = [
        page(1, marks=["SOHOA/1/DOSSIER/H31-261123-0009"]),
        page(2, marks=["SOHOA/1/DOCUMENT/KQ.G15.000031"]),
        follow_up(3), follow_up(4), page(5),
        page(6, marks=["SOHOA/1/DOCUMENT"]), page(7), follow_up(8),
    ]  # fmt: skip
    division = divide("a.pdf", pages, TYPES, dossier="H31-261123-0009")
    assert parts(division) == [(3, 4), (8,)]
    assert [part.component_code for part in division.parts] == ["KQ.G15.000031", None]
    assert [left.page for left in division.left_out] == [1, 2, 5, 6, 7]


def test_a_separator_of_an_unknown_code_parts_papers_and_is_told() -> None:
    pages = [follow_up(1), page(2, marks=["SOHOA/7/FOLDER/x"]), follow_up(3)]
    division = divide("a.pdf", pages, TYPES)
    assert parts(division) == [(1,), (3,)]
    assert told(division) == [("separator_unknown", 2)]


def test_a_sheet_whose_code_cannot_be_read_is_known_by_its_heading() -> None:
    pages = [follow_up(1), page(2, [("TỜ PHÂN CÁCH GIẤY TỜ", 297, 140)]), follow_up(3)]
    assert parts(divide("a.pdf", pages, TYPES)) == [(1,), (3,)]
    pages[1] = page(2, [("TỜ BÌA HỒ SƠ", 297, 140), ("H31-261123-0001", 297, 500)])
    with pytest.raises(CoverUnreadable):
        divide("a.pdf", pages, TYPES, dossier="H31-261123-0009")


def test_a_cover_of_another_dossier_stops_the_file() -> None:
    pages = [page(1, marks=["SOHOA/1/DOSSIER/H31-261123-0001"]), follow_up(2)]
    with pytest.raises(CoverContradicts) as raised:
        divide("a.pdf", pages, TYPES, dossier="H31-261123-0009")
    assert "H31-261123-0001" in raised.value.message()


def test_only_sheets_and_blanks_are_an_error_and_only_blanks_one_document() -> None:
    with pytest.raises(NothingToDigitise):
        divide("a.pdf", [page(1, marks=["SOHOA/1/DOCUMENT"]), page(2)], TYPES)
    assert parts(divide("a.pdf", [page(1), page(2)], TYPES)) == [(1, 2)]


FRONT: list[Line] = [
    (NATION, 297, 150), ("CĂN CƯỚC CÔNG DÂN", 297, 170), ("Citizen Identity Card", 297, 182),
    ("Họ và tên / Full name:", 297, 210), ("Quốc tịch / Nationality: Việt Nam", 297, 240),
]  # fmt: skip
BACK: list[Line] = [
    ("Đặc điểm nhận dạng / Personal identification:", 200, 150),
    ("Ngón trỏ trái", 200, 170), ("Left index finger", 200, 180), ("Right index finger", 300, 180),
]  # fmt: skip
HIS, HERS = "001083000017", "001192000023"


def front(number: int, holder: str | None = None) -> PageReading:
    return page(number, [*FRONT, (f"Số / No.: {holder}", 297, 195)] if holder else FRONT)


def back(number: int, holder: str | None = None) -> PageReading:
    return page(number, [*BACK, (f"{holder}", 297, 250)] if holder else BACK)


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([front(1, HIS), back(2, HIS)], [(1, 2)]),
        ([back(1, HIS), front(2, HIS)], [(1, 2)]),
        ([front(1), back(2)], [(1, 2)]),
        ([page(1, [*FRONT, *((t, m, y + 250) for t, m, y in BACK)]), front(2, HIS)], [(1,), (2,)]),
        # Two people's cards: fronts first, then backs.
        ([front(1, HIS), front(2, HERS), back(3, HIS), back(4, HERS)], [(1, 3), (2, 4)]),
        ([front(1, HIS), back(2, HERS)], [(1,), (2,)]),
        ([front(1, HIS), page(2), back(3, HIS)], [(1, 2, 3)]),
        ([decision(1, signed=True), back(2), front(3), decision(4, "9/QĐ")], [(1,), (2, 3), (4,)]),
    ],
)
def test_the_two_sides_of_a_card_are_one_document(
    pages: list[PageReading], expected: list[tuple[int, ...]]
) -> None:
    assert parts(divide("a.pdf", pages, TYPES)) == expected


def test_two_thousand_pages_are_divided_in_order() -> None:
    pages = [decision(n, f"{n}/QĐ-UBND", signed=True) if n % 2 else page(n) for n in range(1, 2001)]
    division = divide("a.pdf", pages, TYPES)
    assert len(division.parts) == len(division.left_out) == 1000


@st.composite
def _files(draw: st.DrawFn) -> list[PageReading]:
    makers = (
        decision, follow_up, page, front, back,
        lambda n: decision(n, "12/QĐ-UBND", signed=True), lambda n: follow_up(n, "2"),
        lambda n: page(n, marks=["SOHOA/1/DOCUMENT"]), lambda n: page(n, marks=["SOHOA/"]),
        lambda n: page(n, [("PHỤ LỤC", 297, 60)]), lambda n: front(n, HIS), lambda n: back(n, HIS),
    )  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(makers), min_size=1, max_size=12))
    return [maker(number) for number, maker in enumerate(chosen, 1)]


@settings(max_examples=150, deadline=None)
@given(_files())
def test_every_page_is_in_one_paper_or_left_out_with_a_reason(pages: list[PageReading]) -> None:
    try:
        division = divide("a.pdf", pages, TYPES)
    except NothingToDigitise:
        assert not any(own.words for own in pages)
        return
    numbers = [n for part in division.parts for n in part.pages]
    numbers += [left.page for left in division.left_out]
    assert sorted(numbers) == [own.number for own in pages]
    assert all(list(part.pages) == sorted(part.pages) for part in division.parts)
    assert divide("a.pdf", pages, TYPES) == division


def test_page_numbers_are_written_as_people_do() -> None:
    assert spoken([1, 2, 3, 5]) == "1–3, 5"
    assert spoken([7]) == "7"
    assert spoken(Random(1).sample(range(1), 0)) == ""
