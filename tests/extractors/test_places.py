"""Addresses become the units of their day, and those of today; damage never passes for certain."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.text import fold
from extractors.places.keys import bare, spoken
from extractors.places.reading import PlaceReading, read_place
from extractors.places.units import Era, Level, Unit, gazetteer

# From here on a field may pass unseen.
CERTAIN = 0.85
UNITS = [unit for era in Era for unit in gazetteer().of(era) if unit.level is Level.WARD]


def address(unit: Unit, *, kinds: bool = True) -> str:
    chain = gazetteer().of(unit.era).chain(unit)
    return ", ".join(u.title if kinds else u.name for u in chain)


def day(unit: Unit) -> dt.date:
    return dt.date(2024, 5, 1) if unit.era is Era.BEFORE else dt.date(2026, 5, 1)


def codes(reading: PlaceReading) -> tuple[str | None, ...]:
    place = reading.place
    return (place.province_code, place.district_code, place.ward_code) if place else ()


def test_the_table_is_whole() -> None:
    known = gazetteer()
    counts = {
        (era, level): sum(unit.level is level for unit in known.of(era))
        for era in Era
        for level in Level
    }
    assert counts == {
        (Era.BEFORE, Level.PROVINCE): 63, (Era.AFTER, Level.PROVINCE): 34,
        (Era.BEFORE, Level.DISTRICT): 696, (Era.AFTER, Level.DISTRICT): 0,
        (Era.BEFORE, Level.WARD): 10035, (Era.AFTER, Level.WARD): 3321,
    }  # fmt: skip
    # Hưng Yên and Thái Bình became 93 communes and 11 wards.
    home = Counter(unit.kind for unit in known.after.below("33", Level.WARD))
    assert home == {"xã": 93, "phường": 11}
    became = [code for unit in known.before for code in unit.now]
    assert set(became) == {unit.code for unit in known.after if unit.level is Level.WARD}
    assert all(unit.now for unit in known.before if unit.level is Level.WARD)
    # No province was divided in 2025.
    for province in known.before.below("", Level.PROVINCE):
        wards = known.before.below(province.code, Level.WARD)
        assert len({known.after[code].parent for ward in wards for code in ward.now}) == 1


def test_every_commune_of_both_sets_is_read_from_its_address() -> None:
    wrong = []
    for index, ward in enumerate(UNITS):
        text = f"Thôn 3, {address(ward)}"
        read = read_place(text.upper() if index % 3 == 0 else text, day(ward))
        fits = read.place is not None and read.place.ward_code == ward.code
        if not fits or read.validity < CERTAIN or read.text.lower() != text.lower():
            wrong.append((text, read))
    assert not wrong


def test_without_kinds_an_address_is_read_or_doubted() -> None:
    certain = 0
    some = UNITS[::3]
    for ward in some:
        read = read_place(address(ward, kinds=False), day(ward))
        if read.validity >= CERTAIN:
            assert read.place is not None
            assert read.place.ward_code == ward.code
            certain += 1
    assert certain > 0.95 * len(some)


SPELLINGS = {spoken(address(ward)) for ward in UNITS}
LETTERS = "abcdeghiklmnopqrstuvxyàáảãạăâầấđêềếiìíoôồốơờớuùúưừứ"


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(UNITS), st.integers(0, 10**6), st.sampled_from(LETTERS))
def test_a_damaged_letter_never_passes_for_another_commune(ward: Unit, at: int, new: str) -> None:
    text = address(ward)
    places = [index for index, c in enumerate(text) if c.isalpha()]
    index = places[at % len(places)]
    damaged = text[:index] + new + text[index + 1 :]
    if spoken(damaged) != spoken(text) and spoken(damaged) in SPELLINGS:
        return  # it is the address of another commune, letter by letter
    read = read_place(damaged, day(ward))
    if read.validity >= CERTAIN and read.place and read.place.ward_code:
        assert read.place.ward_code == ward.code, read


def test_most_damaged_addresses_are_still_read() -> None:
    rng = Random(4)
    right = 0
    sample = rng.sample(UNITS, 400)
    for ward in sample:
        text = address(ward)
        index = rng.choice([i for i, c in enumerate(text) if c.isalpha()])
        damaged = text[:index] + rng.choice(LETTERS) + text[index + 1 :]
        read = read_place(damaged, day(ward))
        right += bool(read.place and read.place.ward_code == ward.code)
    assert right >= 0.95 * len(sample)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(UNITS))
def test_lost_diacritics_are_put_back(ward: Unit) -> None:
    read = read_place(fold(address(ward)), day(ward))
    if read.validity >= CERTAIN and read.place and read.place.ward_code:
        assert read.place.ward_code == ward.code
        assert bare(read.text) == bare(address(ward))


@settings(deadline=None)
@given(st.text(max_size=80) | st.from_regex(r"([XPTHQ]\.|xã|tỉnh|[A-Z, -]){0,12}"))
def test_any_text_ends_in_an_answer(text: str) -> None:
    read = read_place(text)
    assert 0 <= read.validity <= 1
    assert read.validity == 1 or read.reasons


READ = [
    ("TT. Yên Mỹ, H. Yên Mỹ, T. Hưng Yên", "12052"),
    ("P10, Q. Gò Vấp, TP.HCM", "26884"),
    ("Phường 01, Quận 3, TP Hồ Chí Minh", "27160"),
    ("Xã Liên Nghĩa - Huyện Văn Giang - Tỉnh Hưng Yên", "12040"),
    ("Xã Lệ Xá, huyện Tiên Lữ, Hải Hưng", "12352"),
    ("Lệ Xá, Tiên Lữ, Hưng Yên", "12352"),
    ("số 12 đường Lê Lợi, tổ 4, phường Hiến Nam, TP. Hưng Yên, Hưng Yên, Việt Nam", "11953"),
    ("Phường 8, thành phố Vũng Tàu, Bà Rịa - Vũng Tàu", "26527"),
    ("xã Yên Mỹ, tỉnh Hưng Yên", "12073"),
]


@pytest.mark.parametrize(("text", "ward"), READ)
def test_ways_to_write_an_address(text: str, ward: str) -> None:
    read = read_place(text)
    assert read.place is not None
    assert (read.place.ward_code, read.text) == (ward, text)
    assert read.validity >= CERTAIN


def test_a_misread_name_is_mended_in_the_chain_of_its_parents() -> None:
    read = read_place("thôn Cầu, xã Liên Nqhĩa, huyện Văn Giaug, tỉnh Hưng Yên")
    assert read.text == "thôn Cầu, xã Liên Nghĩa, huyện Văn Giang, tỉnh Hưng Yên"
    assert read.reasons == (
        "misread: Văn Giaug is huyện Văn Giang", "misread: Liên Nqhĩa is xã Liên Nghĩa",
    )  # fmt: skip


def test_a_lost_comma_is_put_back_where_others_stand() -> None:
    read = read_place("Thôn Trung Đạo xã An Vĩ, huyện Khoái Châu tỉnh Hưng Yên")
    assert read.text == "Thôn Trung Đạo, xã An Vĩ, huyện Khoái Châu, tỉnh Hưng Yên"
    assert read.validity >= CERTAIN
    read = read_place("xã An Vĩ huyện Khoái Châu tỉnh Hưng Yên")
    assert read.text == "xã An Vĩ, huyện Khoái Châu, tỉnh Hưng Yên"
    hospital = "Bệnh viện Đa khoa tỉnh Hưng Yên, tỉnh Hưng Yên"
    assert read_place(hospital).text == hospital


def test_two_names_a_mark_apart_are_not_guessed_between() -> None:
    read = read_place("Xã Hoằng Quy, Huyện Hoằng Hóa, Thanh Hóa")
    assert codes(read) == ("38", "399", None)
    assert read.validity < CERTAIN
    assert read.reasons == ("“Xã Hoằng Quy” may be several units of huyện Hoằng Hóa",)


def test_an_exact_name_goes_before_one_that_is_nearly_a_province() -> None:
    read = read_place("Văn Giang", dt.date(2026, 1, 1))  # a letter from An Giang
    assert (read.text, codes(read)) == ("Văn Giang", ("33", None, "12019"))
    assert read.validity >= CERTAIN


def test_the_papers_day_chooses_the_set_of_units() -> None:
    before = read_place("Yên Mỹ, Hưng Yên", dt.date(2020, 1, 1))
    after = read_place("Yên Mỹ, Hưng Yên", dt.date(2026, 1, 1))
    unknown = read_place("Yên Mỹ, Hưng Yên")
    assert codes(before) == ("33", "327", None)
    assert codes(after) == ("33", None, "12073")
    assert unknown.validity < CERTAIN
    assert after.place is not None
    assert after.place.as_of == dt.date(2026, 1, 1)


def test_an_old_address_tells_the_unit_of_today_or_all_of_them() -> None:
    whole = read_place("xã Trung Hòa, huyện Yên Mỹ, tỉnh Hưng Yên", dt.date(2026, 1, 1)).place
    assert whole is not None
    assert [now.ward_code for now in whole.now] == ["12073"]
    assert whole.as_of == dt.date(2025, 6, 30)
    split = read_place("phường Bạch Đằng, quận Hai Bà Trưng, thành phố Hà Nội")
    assert split.place is not None
    assert split.place.was_split
    assert [now.ward_code for now in split.place.now] == ["00097", "00256"]
    province = read_place("tỉnh Thái Bình", dt.date(2026, 1, 1)).place
    assert province is not None
    assert [(now.province_code, now.ward_code) for now in province.now] == [("33", None)]


def test_the_unit_in_a_hospitals_name_is_no_part_of_the_address() -> None:
    text = "Bệnh viện Đa khoa tỉnh Hưng Yên, tỉnh Hưng Yên"
    read = read_place(text, dt.date(2024, 5, 6))
    assert read.text == text
    assert not any("comma" in reason for reason in read.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "Bệnh viện Đa khoa tỉnh Thái Bình, tỉnh Hưng Yên",
        "Bệnh viện Sản - Nhi Hưng Yên, tỉnh Hưng Yên",
        "Trung tâm Y tế huyện Yên Mỹ, tỉnh Hưng Yên",
        "Trạm Y tế xã Trung Hòa, huyện Yên Mỹ, tỉnh Hưng Yên",
    ],
)
def test_institutions_keep_their_names(text: str) -> None:
    read = read_place(text, dt.date(2024, 5, 1))
    assert (read.text, read.validity) == (text, 1.0)
    assert codes(read)[0] == "33"
