"""Values beside and below their labels, whatever recognisers and forms do to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.reading import TypeMatch
from dossiers.reasons import known
from dossiers.text import fold
from extractors.fields.evidence import Finding
from extractors.fields.gathering import gather
from extractors.fields.labels import find_labelled
from extractors.rows import rows_of
from extractors.types import DocumentType, load_file
from tests.extractors.papers import Line, page_of

FORM = """\
code = "form"
name = { vi = "Mẫu", en = "Form" }
titles = ["MẪU THỬ"]
stops = ["Ghi chú"]
fields = [
  { name = "holder", title = { vi = "a", en = "a" }, labels = ["Họ, chữ đệm, tên"] },
  { name = "born", title = { vi = "b", en = "b" }, labels = ["Ngày, tháng, năm sinh"] },
  { name = "address", title = { vi = "c", en = "c" }, labels = ["Nơi cư trú"], lines = 3 },
  { name = "number", title = { vi = "d", en = "d" }, labels = ["Số"] },
  { name = "wife", title = { vi = "e", en = "e" }, labels = ["Họ tên vợ"], opens = "wife" },
  { name = "wife_year", title = { vi = "f", en = "f" }, labels = ["Năm sinh"], section = "wife" },
  { name = "man", title = { vi = "g", en = "g" }, labels = ["Họ tên chồng"], opens = "man" },
  { name = "man_year", title = { vi = "h", en = "h" }, labels = ["Năm sinh"], section = "man" },
]
"""


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> DocumentType:
    path = tmp_path_factory.mktemp("form") / "form.toml"
    path.write_text(FORM, encoding="utf-8")
    return load_file(path)[0]


def read(form: DocumentType, *lines: Line) -> dict[str, str]:
    return {hit.field.name: hit.raw for hit in find_labelled(form, rows_of([page_of(lines)]))}


@given(spoil=st.sampled_from(["", "folded", "merged", "letter", "colon"]), dots=st.booleans())
def test_labels_are_found_whatever_was_lost_in_them(
    form: DocumentType, spoil: str, dots: bool
) -> None:
    label, value = "Ngày, tháng, năm sinh", "17/02/2020"
    label = {
        "": label,
        "folded": fold(label),
        "merged": label.replace(" ", "", 1),
        "letter": label.replace("tháng", "thảmg"),
        "colon": label.rstrip(":"),
    }[spoil]
    colon = "" if spoil == "colon" else ":"
    line = f"{label}{colon} {'......... ' if dots else ''}{value}{' .....' if dots else ''}"
    assert read(form, (90, 100, line))["born"] == value


def test_a_value_stands_behind_its_label_or_below_it(form: DocumentType) -> None:
    beside = read(form, (90, 100, "Họ, chữ đệm, tên: TRẦN THỊ MẪU"))
    below = read(form, (90, 100, "Họ, chữ đệm, tên:"), (90, 118, "TRẦN THỊ MẪU"))
    assert beside["holder"] == below["holder"] == "TRẦN THỊ MẪU"


def test_a_value_runs_on_until_it_ends(form: DocumentType) -> None:
    first = "Nơi cư trú: Số 15, ngõ 4, đường Nguyễn Văn Linh, tổ dân phố An Vũ, phường Hiến Nam,"
    lines: list[Line] = [(90, 100, first), (90, 116, "tỉnh Hưng Yên"), (90, 132, "Số: 12/2020")]
    found = read(form, *lines)
    assert found["address"].endswith("phường Hiến Nam, tỉnh Hưng Yên")
    assert found["number"] == "12/2020"
    # A heading, a label that ends values, or a line that did not run to the edge end it.
    heading = (90.0, 132.0, "XÁC NHẬN CỦA ỦY BAN")
    assert read(form, *lines[:2], heading)["address"].endswith("tỉnh Hưng Yên")
    assert read(form, *lines[:1], (90, 116, "Ghi chú: không"))["address"].endswith("Hiến Nam")
    short: list[Line] = [(90, 100, "Nơi cư trú: xã Yên Mỹ"), (90, 116, "Hôm nay tôi làm đơn này")]
    long = (90.0, 140.0, "Tôi xin cam đoan lời khai trên là đúng sự thật và chịu trách nhiệm về nó")
    assert read(form, *short, long)["address"] == "xã Yên Mỹ"


def test_short_labels_are_words_that_occur_anywhere(form: DocumentType) -> None:
    assert "number" not in read(form, (90, 100, "Căn cứ công văn số 15 của Sở Tư pháp"))
    assert read(form, (90, 100, "Số: 15/2020"))["number"] == "15/2020"


def test_columns_are_read_one_by_one(form: DocumentType) -> None:
    # As one line each, and as a recogniser that tells columns apart gives them.
    together: list[Line] = [
        (90, 100, "Họ tên vợ: LÊ THỊ MẪU   Họ tên chồng: TRẦN VĂN THỬ"),
        (90, 118, "Năm sinh: 1990"),
        (255, 118, "Năm sinh: 1988"),
    ]
    found = read(form, *together)
    assert (found["wife"], found["man"]) == ("LÊ THỊ MẪU", "TRẦN VĂN THỬ")
    assert (found["wife_year"], found["man_year"]) == ("1990", "1988")


def test_repeated_labels_belong_to_the_block_above_them(form: DocumentType) -> None:
    found = read(
        form,
        (90, 100, "Họ tên vợ: LÊ THỊ MẪU"),
        (90, 118, "Năm sinh: 1990"),
        (90, 136, "Họ tên chồng: TRẦN VĂN THỬ"),
        (90, 154, "Năm sinh: 1988"),
    )
    assert (found["wife_year"], found["man_year"]) == ("1990", "1988")


ASKED = "Xét đề nghị của bà Trần Thị Mẫu, tổ dân phố số 3, về việc cấp giấy xác nhận thường trú và"


def test_words_of_a_label_amid_a_sentence_are_none(form: DocumentType) -> None:
    mention = [(90, 100, ASKED), (90, 116, "nơi cư trú,"), (90, 132, "XÁC NHẬN:")]
    assert "address" not in read(form, *mention)
    goes_on = [(90, 100, ASKED), (90, 116, "nơi cư trú từ năm 2014 đến nay")]
    assert "address" not in read(form, *goes_on)
    labelled = read(form, *mention, (90, 148, "Nơi cư trú: xã Yên Mỹ"))
    assert labelled["address"] == "xã Yên Mỹ"
    # Recognisers lose capitals, and forms print labels in the last line of a sheet's column.
    assert read(form, (90, 100, "nơi cư trú: xã Yên Mỹ"))["address"] == "xã Yên Mỹ"
    assert read(form, (90, 100, "nơi cư trú xã Yên Mỹ"))["address"] == "xã Yên Mỹ"


def test_a_place_with_a_colon_counts_before_one_without(form: DocumentType) -> None:
    lines: list[Line] = [(90, 100, "Nơi cư trú tại xã Yên Mỹ"), (90, 120, "Nơi cư trú: xã Tân Lập")]
    assert read(form, *lines)["address"] == "xã Tân Lập"
    assert read(form, lines[0])["address"] == "tại xã Yên Mỹ"


def test_places_that_differ_are_told(form: DocumentType) -> None:
    same: list[Line] = [(90, 100, "Nơi cư trú: xã Yên Mỹ"), (90, 150, "Nơi cư trú: Xã Yên Mỹ")]
    other: list[Line] = [*same, (90, 200, "Nơi cư trú: xã Tân Lập")]

    def finding(lines: list[Line]) -> Finding:
        page = page_of(lines)
        match = TypeMatch(form.code, 1.0, ())
        return gather(form, [page], rows_of([page]), match)["address"]

    assert finding(same).evidence.contradicted == ()
    assert finding(other).evidence.contradicted == ("repeated",)
    said = finding(other).field.reasons
    assert said == ("contradiction: printed differently (xã Yên Mỹ; xã Tân Lập)",)
    assert known(said[0])


LONG = "Nơi cư trú: Số 15, ngõ 4, đường Nguyễn Văn Linh, tổ dân phố An Vũ, phường Hiến Nam, gần chợ"


@pytest.mark.parametrize(
    ("below", "cut"),
    [
        # A fourth line where a value may have three.
        (("Phố Hiến, đối diện trường trung học cơ sở Nguyễn Quốc Ân, khu dân cư mới xây dựng, ở",
          "phường Hiến Nam, thành phố Hưng Yên của tỉnh Hưng Yên theo địa giới hành chính của năm",
          "2024"), True),
        (("phường Hiến Nam,", "tỉnh Hưng Yên"), False),
        # A line that ended early, and one that begins small.
        (("Phố Hiến, phường Hiến Nam", "thành phố Hưng Yên"), True),
        (("Phố Hiến, phường Hiến Nam.", "Tôi xin cam đoan."), False),
        (("Phố Hiến, phường Hiến Nam", "Ghi chú: không"), False),
    ],
)  # fmt: skip
def test_a_value_that_may_go_on_is_for_a_person(
    form: DocumentType, below: tuple[str, ...], cut: bool
) -> None:
    page = page_of([(90, 100 + 14 * at, text) for at, text in enumerate((LONG, *below))])
    found = gather(form, [page], rows_of([page]), TypeMatch(form.code, 1.0, ()))["address"]
    reasons = [reason for reason in found.field.reasons if "go on" in reason]
    assert (reasons == ["the value may go on below"]) is cut
    assert (found.evidence.validity < 0.5) is cut
    assert all(known(reason) for reason in reasons)


def test_the_line_of_place_and_date_is_no_value(form: DocumentType) -> None:
    lines: list[Line] = [(90, 100, LONG), (120, 114, "Hưng Yên, ngày 26 tháng 06 năm 2025")]
    assert read(form, *lines)["address"].endswith("gần chợ")
