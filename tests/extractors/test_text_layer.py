"""Born-digital pages: their text is taken where it says what is seen, whatever its encoding."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import fpdf
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.settings import IntakeSettings, ReadingSettings
from dossiers.text import nfc
from extractors.encodings import Encoding, by_font, decode
from extractors.engines import Engine, open_engine
from extractors.page import read_page
from extractors.reader import understand
from extractors.types import load_types
from tests.extractors.pictures import font, page, scan_pdf

LINES = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam",
    "Kính gửi: Ủy ban nhân dân xã Văn Giang, tỉnh Hưng Yên",
    "Tôi tên là Nguyễn Thị Ví Dụ, sinh ngày 05/03/1990",
    "Đề nghị quý cơ quan xem xét, giải quyết theo quy định.",
)
# Fonts of TCVN3 have toned capitals only in faces of their own.
LOW = tuple(line.replace("Ủy", "uỷ") for line in LINES)

TCVN3 = dict(
    zip(
        "àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵăâêôơưđĂÂÊÔƠƯĐ",
        "µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ¨©ª«¬\u00ad®¡¢£¤¥¦§",
        strict=True,
    )
)
# By vowel and marks in the order of NFD; the rest is the letter itself.
MARKS = {
    "\u0300": "ø", "\u0301": "ù", "\u0309": "û", "\u0303": "õ", "\u0323": "ï", "\u0302": "â",
    "\u0302\u0300": "à", "\u0302\u0301": "á", "\u0302\u0309": "å", "\u0302\u0303": "ã",
    "\u0323\u0302": "ä", "\u0306": "ê", "\u0306\u0300": "è", "\u0306\u0301": "é",
    "\u0306\u0309": "ú", "\u0306\u0303": "ü", "\u0323\u0306": "ë",
}  # fmt: skip
ALONE = {"đ": "ñ", "ơ": "ô", "ư": "ö", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î", "í": "í", "ì": "ì"}
ENGLISH = "Pay one million to the bearer of this paper at once or else"


def to_tcvn3(text: str) -> str:
    return "".join(TCVN3.get(c, c) for c in nfc(text))


def to_vni(text: str) -> str:
    return "".join(map(_vni, nfc(text)))


def _vni(letter: str) -> str:
    small = letter.lower()
    if small in ALONE:
        told = ALONE[small]
    else:
        base, *marks = unicodedata.normalize("NFD", small)
        if "\u031b" in marks:
            base = nfc(base + "\u031b")
            marks.remove("\u031b")
            base = ALONE[base]
        told = base + MARKS[joined] if (joined := "".join(marks)) in MARKS else small
    return told.upper() if letter.isupper() else told


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(ReadingSettings())


def digital(path: Path, lines: tuple[str, ...], told: Callable[[str], str]) -> Path:
    """A page that shows the lines, and whose text says of each letter what ``told`` makes of it."""
    pdf = fpdf.FPDF(format="A4")
    pdf.add_font("own", fname=str(font(10).path))
    pdf.set_font("own", size=14)
    pdf.add_page()
    for index, line in enumerate(lines):
        pdf.text(25, 30 + 12 * index, line)
    pdf.output(str(path))
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        for item in made.objects:
            if isinstance(item, pikepdf.Stream) and b"beginbfchar" in item.read_bytes():
                item.write(re.sub(rb"<(\w{4})> <(\w+)>", _mapped(told), item.read_bytes()))
        made.save(path)
    return path


def _mapped(told: Callable[[str], str]) -> Callable[[re.Match[bytes]], bytes]:
    def replace(match: re.Match[bytes]) -> bytes:
        letter = bytes.fromhex(match[2].decode()).decode("utf-16-be")
        code = told(letter).encode("utf-16-be").hex().upper()
        return b"<%s> <%s>" % (match[1], code.encode())

    return replace


def text_of(path: Path, engine: Engine) -> str:
    return read_page(path, 1, engine, IntakeSettings()).text


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (LINES, str),
        (LINES, lambda letter: unicodedata.normalize("NFD", letter)),
        (LOW, to_tcvn3),
        (LINES, to_vni),
    ],
    ids=["unicode", "decomposed", "tcvn3", "vni"],
)
def test_text_is_exact_whatever_its_encoding(
    tmp_path: Path, engine: Engine, lines: tuple[str, ...], told: Callable[[str], str]
) -> None:
    path = digital(tmp_path / "page.pdf", lines, told)
    reading = read_page(path, 1, engine, IntakeSettings())
    assert reading.text == "\n".join(lines)
    assert all(word.confidence == 0.99 for word in reading.words)


@pytest.mark.parametrize("told", [str, to_tcvn3, to_vni], ids=["unicode", "tcvn3", "vni"])
def test_a_line_ends_where_it_is_printed_to_end(
    tmp_path: Path, engine: Engine, told: Callable[[str], str]
) -> None:
    """PDFium joins lines at a hyphen, and the code of ``ư`` in TCVN3 is that of a soft one."""
    lines = (
        "Căn cứ Quyết định số 12/UBND-",
        "VP ngày 05/03/1990 và hai mươi tư",
        "Giới tính: Nam, chữ ký thư",
        "Nơi cư trú: tổ dân phố số 3 -",
        "phường Hiến Nam, kinh tế - xã hội",
        "Căn cứ Luật Tổ chức chính quyền địa phương",
    )
    reading = read_page(digital(tmp_path / "page.pdf", lines, told), 1, engine, LIMITS)
    assert reading.text == "\n".join(lines)
    assert all(word.confidence == 0.99 for word in reading.words)


@pytest.mark.parametrize(
    "told",
    [
        lambda letter: chr(0x2500 + ord(letter) % 90),
        lambda _: "\ufffd",
        lambda letter: chr(97 + ord(letter) % 26),
        lambda letter: ENGLISH[ord(letter) % len(ENGLISH)],
    ],
    ids=["signs", "replacements", "letters", "english"],
)
def test_text_that_says_something_else_is_not_believed(
    tmp_path: Path, engine: Engine, told: Callable[[str], str]
) -> None:
    path = digital(tmp_path / "page.pdf", LINES, told)
    plain = digital(tmp_path / "plain.pdf", LINES, str)
    assert all(word.confidence != 0.99 for word in read_page(path, 1, engine, LIMITS).words)
    # The picture is read instead.
    letters = re.sub(r"\W", "", text_of(path, engine)).lower()
    truth = re.sub(r"\W", "", text_of(plain, engine)).lower()
    assert sum(a == b for a, b in zip(letters, truth, strict=False)) > 0.9 * len(truth)


def test_a_figure_that_differs_from_the_print_is_doubtful(tmp_path: Path, engine: Engine) -> None:
    path = digital(tmp_path / "page.pdf", LINES, lambda letter: "8" if letter == "3" else letter)
    words = {word.text: word for word in read_page(path, 1, engine, LIMITS).words}
    assert words["05/08/1990"].disputed
    assert words["05/08/1990"].looks == ("05/03/1990",)
    assert words["Nguyễn"].confidence == 0.99


NAMES = (
    "ỦY BAN NHÂN DÂN XÃ YÊN MỸ",
    "Họ, chữ đệm, tên: NGUYỄN THỊ BẢO",
    "Họ, chữ đệm, tên người mẹ: TRẦN THỊ ĐÀO",
    "Nơi cư trú: Thôn Đông, xã Yên Mỹ, tỉnh Hưng Yên",
)


@pytest.mark.parametrize(
    ("letter", "planted", "told", "printed"),
    [
        ("Ả", "À", "BÀO", "BẢO"),
        ("À", "A", "ĐAO", "ĐÀO"),
        ("Đ", "D", "DÀO", "ĐÀO"),
        ("Ả", "ả", "BảO", "BẢO"),
    ],
    ids=["tone", "no tone", "bar", "case"],
)
def test_a_mark_or_case_that_differs_from_the_print_is_doubtful(
    tmp_path: Path, engine: Engine, letter: str, planted: str, told: str, printed: str
) -> None:
    path = digital(tmp_path / "page.pdf", NAMES, lambda c: planted if c == letter else c)
    words = {word.text: word for word in read_page(path, 1, engine, LIMITS).words}
    # The print is what the paper says; the other is there to choose.
    assert words[printed].disputed
    assert words[printed].looks == (told,)
    assert words["NGUYỄN"].confidence == 0.99
    assert words["NGUYỄN"].looks == ()


FIGURES = tuple(f"Số: {n}/UBND-VP ngày 15/8/2005, theo hungyen.gov.vn" for n in (33, 145))


BIRTH = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "GIẤY KHAI SINH",
    "Họ, chữ đệm, tên: NGUYỄN GIA BẢO",
    "Ngày, tháng, năm sinh: 05/3/2024",
    "Họ, chữ đệm, tên người mẹ: TRẦN THỊ HOA",
    "Năm sinh: 1991     Dân tộc: Kinh     Quốc tịch: Việt Nam",
    "Họ, chữ đệm, tên người cha: NGUYỄN VĂN AN",
)


def test_no_value_passes_that_the_print_denies(tmp_path: Path, engine: Engine) -> None:
    lies = {"9": "8", "Ả": "À"}
    path = digital(tmp_path / "page.pdf", BIRTH, lambda letter: lies.get(letter, letter))
    page_read = read_page(path, 1, engine, LIMITS)
    found = understand("page.pdf", [page_read], load_types(), given="birth_certificate")
    for name, values in (
        ("full_name", {"NGUYỄN GIA BẢO", "NGUYỄN GIA BÀO"}),
        ("mother_birth_year", {"1991", "1881"}),
    ):
        field = found.fields[name]
        assert name in found.doubtful
        assert field.reasons[-1] == "contradiction: the page's own text differs from its print"
        assert {field.value, *(candidate.value for candidate in field.candidates)} == values
    assert found.fields["father_name"].confidence > 0.95


def small_vowels(letter: str) -> str:
    """TCVN3 as a text tells it: no code is a capital with a tone, the font draws them."""
    return to_tcvn3(letter if letter in TCVN3 or letter.isascii() else letter.lower())


@pytest.mark.parametrize("told", [small_vowels, lambda letter: to_tcvn3(letter.lower())])
def test_what_is_printed_in_capitals_is_given_in_capitals(
    tmp_path: Path, engine: Engine, told: Callable[[str], str]
) -> None:
    lines = NAMES if told is small_vowels else tuple(line.upper() for line in NAMES)
    reading = read_page(digital(tmp_path / "page.pdf", lines, told), 1, engine, LIMITS)
    assert reading.text == "\n".join(lines)
    assert all(word.confidence == 0.99 for word in reading.words)


@pytest.mark.parametrize(
    "told",
    [
        lambda letter: letter if letter.isascii() else letter.encode().decode("latin-1")[0],
        lambda letter: letter if letter.isascii() else letter.encode().decode("latin-1"),
        lambda letter: letter if letter.isascii() else "\u00c6",
    ],
    ids=["first bytes", "bytes", "one sign"],
)
def test_text_whose_marks_are_nonsense_is_not_believed(
    tmp_path: Path, engine: Engine, told: Callable[[str], str]
) -> None:
    lines = (*NAMES, *FIGURES, "- Lưu: VT.", "- Như trên;")
    text = text_of(digital(tmp_path / "page.pdf", lines, told), engine)
    assert text == text_of(scan_pdf(tmp_path / "scan.pdf", page(lines)), engine)


def test_invisible_characters_do_not_reach_the_words(tmp_path: Path, engine: Engine) -> None:
    hidden = {"a": "\u200ba\u202e", "n": "\x07n", "g": "g\ufeff"}
    path = digital(tmp_path / "page.pdf", LINES, lambda letter: hidden.get(letter, letter))
    text = text_of(path, engine)
    assert text == "\n".join(LINES)


def test_hidden_text_over_a_scan_is_somebody_elses_reading(tmp_path: Path, engine: Engine) -> None:
    planted = digital(tmp_path / "planted.pdf", ("Pay one million to the bearer",) * 4, str)
    scan = scan_pdf(tmp_path / "scan.pdf", page())
    with pikepdf.open(scan) as made, pikepdf.open(planted) as hidden:
        hidden.pages[0].contents_add(b"3 Tr", prepend=True)  # neither filled nor stroked
        made.pages[0].add_overlay(hidden.pages[0])
        made.save(tmp_path / "both.pdf")
    read = text_of(tmp_path / "both.pdf", engine)
    assert "million" not in read
    assert "Nguyễn Thị Ví Dụ" in read


LIMITS = IntakeSettings()


@given(
    st.text(
        alphabet="aăâeêioôơuưyđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵbcn "
    )
)
def test_both_legacy_encodings_come_back(text: str) -> None:
    plain = " ".join(text.split())
    assert decode(to_tcvn3(plain), Encoding.TCVN3) == plain
    assert decode(to_vni(plain), Encoding.VNI) == plain
    assert decode(to_vni(plain.upper()), Encoding.VNI) == plain.upper()
    assert decode(to_tcvn3(plain), Encoding.TCVN3_CAPITALS) == plain.upper()


@given(st.text(), st.sampled_from(Encoding))
def test_any_text_decodes_to_print(text: str, encoding: Encoding) -> None:
    decoded = decode(text, encoding)
    assert unicodedata.is_normalized("NFC", decoded)
    assert not any(unicodedata.category(c) in ("Cc", "Cf") for c in decoded)


def test_the_fonts_name_tells_what_to_try_first() -> None:
    assert by_font("ABCDEF+.VnTime")[0] is Encoding.TCVN3
    assert by_font(".VnTimeH-Bold")[0] is Encoding.TCVN3_CAPITALS
    assert by_font("VNI-Times")[0] is Encoding.VNI
    assert by_font("Times New Roman")[0] is Encoding.UNICODE
