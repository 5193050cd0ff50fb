"""Which value of a person's papers is best, what speaks against it, and forms filled from it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from dossiers.errors import InvalidFormFile, Language
from dossiers.reading import Field, FieldSource
from extractors.reuse.facts import Fact, Paper, facts_about
from extractors.reuse.forms import Filling, fill, load_forms
from extractors.reuse.vocabulary import load_vocabulary
from extractors.types import DocumentType, Validity, load_types
from flows.reuse_reports import facts_report

TODAY = dt.date(2026, 11, 25)
TYPES = load_types()
ME, MOTHER = "033083044664", "033188012345"
READ, CODE, PERSON = FieldSource.LABEL, FieldSource.CODE, FieldSource.PERSON


def kind(code: str, validity: Validity | None = None) -> DocumentType:
    found = TYPES.get(code)
    assert found is not None
    return found.model_copy(update={"validity": validity}) if validity else found


def paper(
    code: str,
    name: str,
    *doubtful: str,
    source: FieldSource = READ,
    validity: Validity | None = None,
    **values: str,
) -> Paper:
    """A paper about me, unless it says otherwise."""
    values = {"personal_number": ME, **values}
    fields = {
        key: Field(key, value, value, 0.6 if key in doubtful else 0.97, 1, None, source)
        for key, value in values.items()
    }
    return Paper(name, kind(code, validity), fields, frozenset(doubtful))


def known(*papers: Paper, number: str = ME) -> dict[str, Fact]:
    return facts_about(number, papers, load_vocabulary(), TODAY)


def value_of(facts: dict[str, Fact], meaning: str) -> str:
    return facts[meaning].best.field.value


def test_a_field_belongs_to_the_person_whose_number_stands_with_it() -> None:
    birth = paper(
        "birth_certificate", "A", full_name="Con", mother_name="Mẹ", mother_residence="Xã Nhà",
        residence="đâu đó",
    )  # fmt: skip
    facts = known(birth)
    assert value_of(facts, "mother_name") == "Mẹ"
    # The certificate has no field of the child's residence; the mother's is not the child's.
    assert "residence" not in facts
    # And without her number nothing on it is known to be about her.
    assert known(birth, number=MOTHER) == {}
    owner = paper(
        "household_business_certificate", "B", owner_personal_number=ME, owner_name="Chủ Hộ",
        business_name="Quán Nhỏ", address="Số 1",
    )  # fmt: skip
    assert set(known(owner)) == {"full_name", "personal_number"}
    assert value_of(known(owner), "full_name") == "Chủ Hộ"


def test_land_facts_of_a_certificate_with_a_later_entry_are_only_suggested() -> None:
    land = {"owner_identity_number": ME, "owner_name": "Bán Rồi", "plot_number": "12"}
    plain = known(paper("land_certificate", "A", **land))
    assert plain["land_plot_number"].reusable
    sold = known(paper("land_certificate", "A", **land, later_changes="Chuyển nhượng cho ai"))
    assert not sold["land_plot_number"].reusable
    assert sold["land_plot_number"].best.changed == "Chuyển nhượng cho ai"
    # What the paper says of the person themself is as true as before.
    assert sold["full_name"].reusable
    report = facts_report(ME, None, sold, Language.VIETNAMESE)
    told = {fact.meaning: fact.provenance.changed for fact in report.facts}
    assert (told["land_plot_number"], told["full_name"]) == ("Chuyển nhượng cho ai", "")
    (form,) = (form for form in load_forms().values() if form.code == "building_permit")
    filled = fill(form, {"applicant": ME}, {"applicant": sold})
    (plot,) = (own for own in filled.fields if own.field.meaning == "land_plot_number")
    assert plot.filling is Filling.SUGGESTED


def test_a_paper_whose_number_is_in_doubt_says_nothing() -> None:
    assert known(paper("application", "A", "personal_number", full_name="Ai Đó")) == {}
    other = paper("application", "A", personal_number=MOTHER, full_name="Ai Đó")
    assert known(other) == {}


def test_what_does_not_change_comes_from_the_surest_paper() -> None:
    printed = paper("marital_status_confirmation", "A", birth_date="1983-05-29",
                    issue_date="2026-10-01")  # fmt: skip
    coded = paper("identity_card", "B", source=CODE, birth_date="1983-05-29",
                  issue_date="2021-01-01")  # fmt: skip
    assert known(printed, coded)["birth_date"].best.document == "B"
    seen = paper("application", "C", source=PERSON, birth_date="1983-05-29")
    # What somebody stated of himself comes after what an agency issued, however sure the reading.
    assert known(printed, coded, seen)["birth_date"].best.document == "B"
    checked = dataclasses.replace(
        printed,
        fields={n: dataclasses.replace(f, source=PERSON) for n, f in printed.fields.items()},
    )
    assert known(checked, coded)["birth_date"].best.document == "A"


def test_what_changes_comes_from_the_newest_paper_that_still_holds() -> None:
    old = paper("identity_card", "A", source=CODE, residence="Xã Cũ", issue_date="2025-08-01")
    new = paper("marital_status_confirmation", "B", residence="Xã Mới", issue_date="2026-10-01")
    facts = known(old, new)
    assert value_of(facts, "residence") == "Xã Mới"
    assert facts["residence"].conflicts == ()
    assert facts["residence"].reusable
    ended = dataclasses.replace(new, kind=kind("marital_status_confirmation", Validity(
        months=1, after="issue_date")))  # fmt: skip
    facts = known(old, ended)
    assert value_of(facts, "residence") == "Xã Cũ"
    # The newer paper has ended, but was right after the older one: somebody must say which is true.
    assert [other.document for other in facts["residence"].conflicts] == ["B"]
    assert facts["residence"].conflicts[0].expired == dt.date(2026, 11, 1)
    assert not facts["residence"].reusable


def test_a_newer_paper_read_badly_contests_an_older_one() -> None:
    old = paper("identity_card", "A", residence="Xã Cũ", issue_date="2025-08-01")
    new = paper("marital_status_confirmation", "B", "residence", residence="Xã Mởi",
                issue_date="2026-10-01")  # fmt: skip
    fact = known(old, new)["residence"]
    assert (fact.best.document, fact.reusable) == ("A", False)


def test_a_doubtful_value_stands_only_where_there_is_no_other_and_is_marked() -> None:
    facts = known(paper("application", "A", "full_name", full_name="Đỗ Văn Mờ"))
    assert facts["full_name"].best.doubtful
    assert not facts["full_name"].reusable
    sure = paper("application", "B", full_name="Đỗ Văn Rõ")
    facts = known(paper("application", "A", "full_name", full_name="Đỗ Văn Mờ"), sure)
    assert value_of(facts, "full_name") == "Đỗ Văn Rõ"
    assert facts["full_name"].reusable


def test_papers_that_cannot_both_be_right_are_in_conflict() -> None:
    one = paper("identity_card", "A", birth_date="1983-05-29")
    two = paper("marital_status_confirmation", "B", birth_date="1983-05-28")
    fact = known(one, two)["birth_date"]
    assert len(fact.conflicts) == 1
    assert not fact.reusable
    # Once a person has looked at one of them, that settles it.
    seen = dataclasses.replace(
        one, fields={n: dataclasses.replace(f, source=PERSON) for n, f in one.fields.items()}
    )
    assert known(seen, two)["birth_date"].reusable


def test_a_spouse_is_found_on_the_other_side_of_the_certificate_and_only_suggested() -> None:
    wedding = paper(
        "marriage_certificate", "A", wife_personal_number=MOTHER, wife_name="Vợ Tôi",
        husband_personal_number=ME, husband_name="Tôi Đây",
    )  # fmt: skip
    facts = known(wedding)
    assert (value_of(facts, "full_name"), value_of(facts, "spouse_name")) == ("Tôi Đây", "Vợ Tôi")
    assert facts["full_name"].reusable
    # Whether they still are married no certificate of a marriage says.
    assert not facts["spouse_name"].reusable
    assert value_of(known(wedding, number=MOTHER), "spouse_name") == "Tôi Đây"


def test_a_year_is_no_date_of_birth() -> None:
    notice = paper("birth_notification", "A", mother_personal_number=ME, mother_name="Mẹ",
                   mother_birth_year="1983")  # fmt: skip
    card = paper("identity_card", "B", birth_date="1983-05-29")
    assert "birth_date" not in known(notice)
    assert known(notice, card)["birth_date"].reusable


def test_nothing_is_filled_in_for_the_dead() -> None:
    card = paper("identity_card", "A", source=CODE, full_name="Đỗ Văn Cũ")
    extract = paper("death_extract", "B", full_name="ĐỖ VĂN CŨ")
    assert known(card)["full_name"].reusable
    assert not any(fact.reusable for fact in known(card, extract).values())
    # The extract of somebody else who has the same name says nothing.
    other = paper("death_extract", "B", personal_number=MOTHER, full_name="ĐỖ VĂN CŨ")
    assert known(card, other)["full_name"].reusable


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("ĐỖ VĂN HÒA", "Đỗ Văn Hoà", True),
        ("Xã A, tỉnh B", "xã A tỉnh B", True),
        ("Đỗ Văn Hòa", "Đỗ Văn Hoa", False),
        ("Nguyễn Thị Hương", "Nguyễn Thị Hường", False),
    ],
)
def test_spellings_of_one_name_are_no_conflict(one: str, two: str, same: bool) -> None:
    facts = known(
        paper("identity_card", "A", full_name=one), paper("application", "B", full_name=two)
    )
    assert facts["full_name"].reusable is same


def test_an_address_in_units_that_ended_is_only_suggested() -> None:
    before = paper("identity_card", "A", residence="Xã X, huyện Y", home_town="Xã X, huyện Y",
                   issue_date="2022-03-01")  # fmt: skip
    facts = known(before)
    assert facts["residence"].renamed
    assert not facts["residence"].reusable
    # Where one comes from is called what it was called.
    assert facts["home_town"].reusable


@pytest.mark.parametrize(
    ("issued", "months", "ended"),
    [("2026-05-25", 6, None), ("2026-05-24", 6, dt.date(2026, 11, 24)),
     ("2025-08-31", 6, dt.date(2026, 2, 28))],
)  # fmt: skip
def test_months_of_validity_end_on_the_same_day_or_the_month_s_last(
    issued: str, months: int, ended: dt.date | None
) -> None:
    validity = Validity(months=months, after="issue_date")
    one = paper("marital_status_confirmation", "A", validity=validity, marital_status="Độc thân",
                issue_date=issued)  # fmt: skip
    assert known(one)["marital_status"].best.expired == ended


def test_a_form_is_filled_and_says_from_what() -> None:
    form = load_forms()["marital_status"]
    ended = Validity(months=1, after="issue_date")
    papers = [
        paper("identity_card", "A", "sex", source=CODE, full_name="ĐỖ VĂN ĐĨNH",
              birth_date="1983-05-29", sex="Nam", residence="Xã Nhà", issue_date="2025-08-01"),
        paper("marital_status_confirmation", "B", validity=ended, marital_status="Độc thân",
              ethnicity="Kinh", issue_date="2025-08-02"),
    ]  # fmt: skip
    filled = fill(form, {"applicant": ME}, {"applicant": known(*papers)})
    states = {own.field.name: own.filling for own in filled.fields}
    assert states["applicant_name"] is Filling.FILLED
    assert states["applicant_number"] is Filling.GIVEN
    assert states["sex"] is Filling.SUGGESTED
    assert states["purpose"] is Filling.ASKED
    # What a confirmation that has ended says of a marriage is not even suggested.
    assert states["marital_status"] is Filling.ASKED
    # What does not change outlives the paper.
    assert states["ethnicity"] is Filling.FILLED
    born = next(own for own in filled.fields if own.field.name == "birth_date")
    assert (born.value, born.display) == ("1983-05-29", "29/05/1983")
    count = sum(own.filling is Filling.FILLED for own in filled.fields)
    assert filled.share == count / len(form.fields)


def test_every_built_in_form_asks_what_papers_can_say() -> None:
    forms = load_forms()
    assert len(forms) == 6
    for form in forms.values():
        assert sum(field.meaning is not None for field in form.fields) / len(form.fields) > 0.4


def test_a_form_of_one_s_own_is_told_by_line_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        'code = "own"\nname = { vi = "Đơn", en = "Form" }\nbasis = "–"\nfields = [\n'
        '  { name = "a", title = { vi = "A", en = "A" }, meaning = "fullname" },\n'
        '  { name = "a", title = { vi = "A", en = "A" }, of = "nobody" },\n]\n',
        encoding="utf-8",
    )
    with pytest.raises(InvalidFormFile) as caught:
        load_forms(tmp_path)
    told = caught.value.message(Language.ENGLISH)
    assert "line 5" in told
    assert "did you mean “full_name”?" in told
    assert "line 6" in told
    assert "“nobody” is not among roles" in told
    assert "dòng 5" in caught.value.message(Language.VIETNAMESE)
    file.write_text(file.read_text("utf-8").replace("fullname", "full_name").replace(
        '"a", title = { vi = "A", en = "A" }, of = "nobody"',
        '"b", title = { vi = "A", en = "A" }'), encoding="utf-8")  # fmt: skip
    assert load_forms(tmp_path)["own"].fields[0].meaning == "full_name"
