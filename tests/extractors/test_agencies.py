"""Agencies are confirmed or mended against the list; unknown ones are kept, and doubted if misspelt."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest

from extractors.agencies.reading import read_agency
from extractors.places.units import Era, Level, gazetteer

AFTER, BEFORE = dt.date(2026, 5, 1), dt.date(2023, 5, 1)

KNOWN = [
    ("BỘ CÔNG AN", BEFORE, None, "G01"),
    ("UBND tỉnh Thanh Hóa", AFTER, ("38", None, None), "H56"),
    ("Sở Tư pháp tỉnh Hưng Yên", AFTER, ("33", None, None), ""),
    ("UBND xã Trung Hòa, huyện Yên Mỹ, tỉnh Hưng Yên", BEFORE, ("33", "327", "12085"), ""),
    ("ỦY BAN NHÂN DÂN THÀNH PHỐ HƯNG YÊN", BEFORE, ("33", "323", None), ""),
    ("Ủy ban nhân dân thành phố Hà Nội", AFTER, ("01", None, None), ""),
    ("Phòng Kinh tế, Hạ tầng và Đô thị phường Mỹ Hào, tỉnh Hưng Yên", AFTER, ("33", None, "12103"), ""),
    ("UBND tỉnh", AFTER, None, ""),
    ("CÔNG TY TNHH MINH PHÚ", AFTER, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "as_of", "codes", "code"), KNOWN)
def test_agencies_as_printed(
    text: str, as_of: dt.date, codes: tuple[str | None, ...] | None, code: str
) -> None:
    read = read_agency(text, as_of)
    place = read.place
    found = (place.province_code, place.district_code, place.ward_code) if place else None
    assert (read.text, found, read.code, read.validity) == (text, codes, code, 1.0)


def test_misread_names_are_mended() -> None:
    read = read_agency("ỦY BAN NHẢN DÂN XÃ YÊN MỶ", AFTER, "tỉnh Hưng Yên")
    assert read.text == "ỦY BAN NHÂN DÂN XÃ YÊN MỸ"
    assert read.place is not None
    assert read.place.ward_code == "12073"
    assert len(read.reasons) == 2
    read = read_agency("Phòng Kinh té, Hạ tầng và Đô thị xã Yên Mỹ", AFTER)
    assert read.text == "Phòng Kinh tế, Hạ tầng và Đô thị xã Yên Mỹ"


def test_what_is_no_agency_and_no_syllable_is_doubted() -> None:
    read = read_agency("Sở Xxdựng")
    assert read.validity < 0.85
    assert read.text == "Sở Xxdựng"
    assert "not spelt as a Vietnamese syllable" in read.reasons[0]
    assert read_agency("ỦY BAN NHÂN DÂN XÃ ABC XYZ").validity < 0.85


def test_codes_that_are_not_certain_are_not_given() -> None:
    assert read_agency("Ủy ban nhân dân tỉnh Hưng Yên").code == ""


def test_several_agencies_keep_their_order() -> None:
    read = read_agency("Sở Tư phàp; Công an tỉnh Hưng Yên")
    assert read.text == "Sở Tư pháp; Công an tỉnh Hưng Yên"


def test_the_committee_of_any_commune_is_known_with_its_unit() -> None:
    rng = Random(7)
    for era, day in ((Era.BEFORE, BEFORE), (Era.AFTER, AFTER)):
        units = gazetteer().of(era)
        for ward in rng.sample(list(units.below("", Level.WARD)), 150):
            chain = units.chain(ward)
            text = f"Ủy ban nhân dân {', '.join(unit.title for unit in chain)}"
            read = read_agency(text, day)
            assert (read.text, read.place and read.place.ward_code) == (text, ward.code)
