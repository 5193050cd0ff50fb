"""Identifiers parse, normalise, check and print. All numbers are invented."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.agency import AgencyCode
from dossiers.identifiers.card_qr import CardQr
from dossiers.identifiers.dates import date_in_words, format_long, parse_date, parse_date_words
from dossiers.identifiers.document_number import DocumentNumber
from dossiers.identifiers.dossier_code import DossierCode
from dossiers.identifiers.mrz import Mrz, check_digit
from dossiers.identifiers.number_words import parse_decimal_words, parse_number_words
from dossiers.identifiers.personal import OldCardNumber, PersonalNumber
from dossiers.identifiers.procedure_code import ProcedureCode
from dossiers.identifiers.tax import HouseholdBusinessCode, TaxCode
from dossiers.text import fold

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
PARSERS = [
    PersonalNumber.parse, OldCardNumber.parse, CardQr.parse, Mrz.parse, TaxCode.parse,
    HouseholdBusinessCode.parse, AgencyCode.parse, DossierCode.parse, DocumentNumber.parse,
    parse_date, parse_date_words, ProcedureCode.parse, parse_number_words, parse_decimal_words,
]  # fmt: skip


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.text(max_size=60) | st.from_regex(r"[0-9A-Z|</. \n-]{0,95}"))
def test_any_text_is_an_identifier_or_a_named_error(parse, text: str) -> None:
    try:
        parse(text)
    except InvalidIdentifier as error:
        assert error.context["detail"]


def test_a_personal_number_tells_province_sex_and_year() -> None:
    number = PersonalNumber.parse("033 320 359 304")
    assert str(number) == "033320359304"
    assert (number.province, number.sex, number.birth_year) == ("Hưng Yên", "Nữ", 2020)
    assert number.contradictions(dt.date(2020, 2, 17), "Nữ") == ()
    assert len(number.contradictions(dt.date(1999, 1, 1), "Nam")) == 2


def test_a_card_code_brings_no_control_characters() -> None:
    name = "Nguyễn\x07 Văn\u202e Mẫu\u200b"
    card = CardQr.parse(f"033085001234||{name}|01011985|Nam|Thôn 1\n, xã A|02022022")
    assert (card.name, card.address) == ("Nguyễn Văn Mẫu", "Thôn 1 , xã A")


def test_look_alike_letters_are_mended_inside_numbers_only() -> None:
    assert str(PersonalNumber.parse("O3332O3593O4")) == "033320359304"
    for text in ("Oll SBO GZSI OlS", "03332O3S93O4"):  # an S may be a 5 or an 8: not guessed
        with pytest.raises(InvalidIdentifier):
            PersonalNumber.parse(text)


def test_a_zero_lost_in_a_spreadsheet_is_put_back_and_told() -> None:
    number = PersonalNumber.parse("33320359304")
    assert number.padded
    assert str(number) == "033320359304"


def test_the_qr_code_of_old_and_new_cards() -> None:
    card = CardQr.parse("001099000001|010000001|Nguyễn Văn Mẫu|01011999|Nam|Số 1, Hà Nội|01012022")
    assert (str(card.number), card.old_number, card.birth_date) == (
        "001099000001",
        "010000001",
        dt.date(1999, 1, 1),
    )
    newer = CardQr.parse("051090000003||Đặng Ví Dụ|15081990|Nam|Tổ 3|02072024||||x")
    assert newer.old_number is None
    assert newer.extra == ("x",)


@pytest.mark.parametrize(
    "text",
    [
        "001099000001|010000001|Nguyễn Văn Mẫu|31021999|Nam|Số 1|01012022",
        "00109900000|..|thiếu số",
        "001099000001|Nguyễn Văn Mẫu|01011999|Nam|thiếu|01012022",
        "001099000001||Nguyễn Văn Mẫu|01011999|?|Số 1|01012022",
        "001099000001||Nguyễn Văn Mẫu|1111999|Nam|Số 1|01012022",
    ],
)
def test_broken_codes_are_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        CardQr.parse(text)


def mrz_of(number: str, born: str, sex: str, expires: str, name: str) -> str:
    short = number[-9:]
    first = f"IDVNM{short}{check_digit(short)}{number}<<"
    first += str(check_digit(number + "<<"))
    second = f"{born}{check_digit(born)}{sex}{expires}{check_digit(expires)}VNM<<<<<<<<<<<"
    composite = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    return f"{first}\n{second}{check_digit(composite)}\n{name.ljust(30, '<')}"


def test_the_machine_readable_zone_checks_itself() -> None:
    text = mrz_of("001099000001", "990101", "M", "390101", "NGUYEN<<VAN<MAU")
    zone = Mrz.parse(text)
    assert str(zone.number) == "001099000001"
    assert (zone.birth_date, zone.sex, zone.name) == (dt.date(1999, 1, 1), "Nam", "NGUYEN VAN MAU")
    assert Mrz.parse(text.replace("0", "O")) == zone
    with pytest.raises(InvalidIdentifier, match="check digit"):
        Mrz.parse(text.replace("990101", "980101"))


@settings(deadline=None)
@given(
    born=st.dates(dt.date(1940, 1, 1), dt.date(2020, 12, 31)),
    last=st.integers(0, 999_999),
    line=st.integers(0, 1),
    place=st.integers(0, 29),
    digit=st.sampled_from("0123456789"),
)
def test_one_misread_figure_of_a_zone_is_put_right_or_refused_but_never_another_person(
    born: dt.date, last: int, line: int, place: int, digit: str
) -> None:
    century = 2 * ((born.year - 1900) // 100)
    number = f"033{century}{born.year % 100:02d}{last:06d}"
    text = mrz_of(number, f"{born:%y%m%d}", "M", "390101", "NGUYEN<<VAN<MAU")
    lines = text.splitlines()
    lines[line] = lines[line][:place] + digit + lines[line][place + 1 :]
    try:
        zone = Mrz.parse("\n".join(lines), mend=True)
    except InvalidIdentifier:
        return
    told = (str(zone.number), zone.birth_date, zone.sex, zone.expires_on)
    assert told == (number, born, "Nam", dt.date(2039, 1, 1))


def test_fillers_that_were_counted_badly_are_of_a_known_length() -> None:
    text = mrz_of("001099000001", "990101", "M", "390101", "NGUYEN<<VAN<MAU")
    for count in (8, 10, 12):
        assert Mrz.parse(text.replace("VNM" + "<" * 11, "VNM" + "<" * count)) == Mrz.parse(text)


def test_a_name_in_the_zone_is_the_printed_one_without_diacritics_and_may_be_cut() -> None:
    zone = Mrz.parse(mrz_of("001099000001", "990101", "M", "390101", "NGUYEN<<VAN<MAU"))
    assert zone.names("Nguyễn Văn Mẫu")
    assert not zone.names("Nguyễn Văn Mậu Đức")
    name = "NGUYEN<<PHUOC<BAO<KHANH<THIEN<"
    cut = Mrz.parse(mrz_of("001099000001", "990101", "M", "390101", name))
    assert cut.names("NGUYỄN PHƯỚC BẢO KHÁNH THIÊN LONG")


def test_tax_codes_have_a_check_digit() -> None:
    digits = "010000000"
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    for last in range(1, 100):
        body = f"01{last:07d}"
        check = 10 - sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11
        if check == 10:
            continue
        digits = body + str(check)
        assert str(TaxCode.parse(digits)) == digits
        assert str(TaxCode.parse(f"{digits}-001")) == f"{digits}-001"
        with pytest.raises(InvalidIdentifier):
            TaxCode.parse(body + str((check + 1) % 10))
    with pytest.raises(InvalidIdentifier):
        TaxCode.parse(f"{digits}-000")
    assert str(HouseholdBusinessCode.parse("05c 8410666")) == "05C8410666"


@pytest.mark.parametrize(
    ("text", "canonical", "old"),
    [
        ("H31", "H31", "000.00.00.H31"),
        ("H31.12", "H31.12", "000.00.12.H31"),
        ("000.00.12.H31", "H31.12", "000.00.12.H31"),
        ("h31.12.05", "H31.12.05", "000.05.12.H31"),
        ("H55.242", "H55.242", "000.00.242.H55"),
    ],
)
def test_agency_codes_in_both_orders(text: str, canonical: str, old: str) -> None:
    code = AgencyCode.parse(text)
    assert (str(code), code.old_order()) == (canonical, old)


@pytest.mark.parametrize(
    ("text", "agency", "day"),
    [
        ("000.00.53.H48-220921-0099", "H48.53", dt.date(2022, 9, 21)),
        ("H55.242-250701-0001", "H55.242", dt.date(2025, 7, 1)),
        ("G09.20-20260609-0092637", "G09.20", dt.date(2026, 6, 9)),
        ("h31.12 - 261123 - 0001", "H31.12", dt.date(2026, 11, 23)),
    ],
)
def test_dossier_codes_in_all_shapes(text: str, agency: str, day: dt.date) -> None:
    code = DossierCode.parse(text)
    assert (str(code.agency), code.received_on) == (agency, day)
    with pytest.raises(InvalidIdentifier):
        DossierCode.parse("H31-261399-0001")


@pytest.mark.parametrize(
    ("text", "printed", "type_name"),
    [
        ("537 / QĐ - UBND", "537/QĐ-UBND", "Quyết định"),
        ("57a/BC-UBND", "57a/BC-UBND", "Báo cáo"),
        ("01/2023/TT-VPCP", "01/2023/TT-VPCP", None),
        ("15/UBND-PVHCC&KSTT", "15/UBND-PVHCC&KSTT", None),
        ("58/2020", "58/2020", None),
    ],
)
def test_document_numbers(text: str, printed: str, type_name: str | None) -> None:
    number = DocumentNumber.parse(text)
    assert (str(number), number.type_name) == (printed, type_name)


@pytest.mark.parametrize(
    ("text", "agency", "case"),
    [
        ("1.005129", None, None),
        ("2.000815.000.00.12.H31", "H31.12", None),
        ("3.000181.02", None, "02"),
    ],
)
def test_procedure_codes_in_all_shapes(text: str, agency: str | None, case: str | None) -> None:
    code = ProcedureCode.parse(text)
    assert (str(code), code.agency and str(code.agency), code.case) == (text, agency, case)


@given(DAYS)
def test_dates_survive_figures_and_words(day: dt.date) -> None:
    assert parse_date(format_long(day)) == day
    assert parse_date(f"{day.day}/{day.month}/{day.year}") == day
    said = date_in_words(day)
    assert parse_date_words(said) == day
    assert parse_date_words(fold(said).upper()) == day


def test_other_ways_to_say_a_date() -> None:
    assert parse_date_words("mồng năm tháng tư năm hai ngàn lẻ hai") == dt.date(2002, 4, 5)
    assert format_long(dt.date(2026, 2, 5)) == "ngày 05 tháng 02 năm 2026"
    assert format_long(dt.date(2026, 3, 15)) == "ngày 15 tháng 3 năm 2026"
    with pytest.raises(InvalidIdentifier):
        parse_date("31/02/2026")
