"""How sure a value is: what speaks for it, what other papers say, and the fitted model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.errors import EngineMissing
from dossiers.reading import Box, Field, FieldSource, Word
from extractors.fields.codes import Coded, merged
from extractors.fields.confidence import CONTRADICTED, ConfidenceModel, load_confidence
from extractors.fields.evidence import Evidence, Finding, count_looks, read_confidences
from extractors.fields.peers import Fact, KnownPerson, check_people, people_of
from extractors.types import FieldKind, load_types

BOX = Box(0, 0, 10, 10)
SURE = Evidence(FieldKind.PERSON_NAME, FieldSource.LABEL, 0.999, 0.998, 1.0, 1.0, 0.99, 14)
BIRTH = load_types().get("birth_certificate")


def word(text: str, confidence: float = 0.99, looks: tuple[str, ...] = ()) -> Word:
    return Word(text, BOX, confidence, 0, looks=looks)


def finding(name: str, value: str, kind: FieldKind = FieldKind.TEXT) -> Finding:
    field = Field(name, value, value, 0.0, 1, BOX, FieldSource.LABEL)
    return Finding(field, replace(SURE, kind=kind))


def test_the_worst_word_counts_beside_the_mean() -> None:
    mean, worst = read_confidences([word("TRỊNH", 0.98), word("ÁNH", 0.5), word(":", 0.1)])
    assert worst == 0.5
    assert mean == pytest.approx((5 * 0.98 + 3 * 0.5) / 8)
    assert read_confidences([word("…")]) == (0.0, 0.0)


def test_looks_are_counted_without_blanks_and_full_stops() -> None:
    words = [word("Mỹ,", looks=("Mỹ.", "Mỹ")), word("TRỊNH", looks=("TRINH", "TRỊNH"))]
    assert count_looks(words) == (3, 1)


def test_the_model_trusts_clean_print_and_doubts_what_looks_deny() -> None:
    model = load_confidence()
    clean = model.confidence(replace(SURE, same=2))
    denied = model.confidence(replace(SURE, worst=0.7, mean=0.9, other=2))
    assert clean > 0.95
    assert denied < model.thresholds.of("birth_certificate") < 1
    assert denied < clean


def test_agreement_speaks_for_a_value() -> None:
    model = load_confidence()
    shaky = replace(SURE, worst=0.8, mean=0.9)
    assert model.confidence(replace(shaky, agreed=("manifest",))) > model.confidence(shaky)


def test_contradicted_and_invalid_values_never_pass() -> None:
    model = load_confidence()
    denied = finding("full_name", "A").contradicted("papers", "another paper says B")
    assert model.confidence(denied.evidence) <= CONTRADICTED
    assert denied.field.reasons == ("contradiction: another paper says B",)
    assert model.confidence(replace(SURE, validity=0.2)) <= CONTRADICTED


def test_a_reading_with_a_probability_of_its_own_keeps_it() -> None:
    model = load_confidence()
    assert model.confidence(replace(SURE, given=0.42)) == 0.42


@given(
    worst=st.floats(0, 1), fit=st.floats(0, 1), validity=st.floats(0, 1), other=st.integers(0, 40)
)
def test_confidence_is_a_probability(worst: float, fit: float, validity: float, other: int) -> None:
    evidence = replace(SURE, worst=worst, mean=worst, fit=fit, validity=validity, other=other)
    assert 0 <= load_confidence().confidence(evidence) <= 1


def test_types_that_were_not_fitted_have_the_default_threshold() -> None:
    thresholds = load_confidence().thresholds
    assert thresholds.of("permit_of_somebody") == thresholds.default
    assert 0.5 <= thresholds.default < 1


def test_a_broken_model_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "confidence.json"
    file.write_text("{}")
    with pytest.raises(EngineMissing, match="intercept"):
        load_confidence(file)
    with pytest.raises(ValueError, match="must not fall"):
        ConfidenceModel.model_validate(
            load_confidence().model_dump() | {"scores": (1.0, 0.0), "probabilities": (0.1, 0.9)}
        )


def person(number: str, name: str, born: str, *, sure: bool = True) -> KnownPerson:
    return KnownPerson("cccd.pdf", Fact(number, sure), Fact(name, sure), Fact(born, sure))


def papers(number: str, name: str, born: str) -> dict[str, Finding]:
    return {
        "personal_number": finding("personal_number", number, FieldKind.PERSONAL_NUMBER),
        "full_name": finding("full_name", name, FieldKind.PERSON_NAME),
        "birth_date": finding("birth_date", born, FieldKind.DATE),
    }


def test_another_paper_of_the_same_person_confirms() -> None:
    assert BIRTH
    found = papers("033320359304", "ĐOÀN THỊ VÍ DỤ", "2020-02-17")
    check_people(BIRTH, found, [person("033320359304", "Đoàn Thị Ví Dụ", "2020", sure=False)])
    for name in ("personal_number", "full_name", "birth_date"):
        assert found[name].evidence.agreed == ("papers",)
    assert found["full_name"].field.reasons == ("agrees with cccd.pdf",)


def test_another_paper_denies_only_what_was_sure_there() -> None:
    assert BIRTH
    found = papers("033320359304", "ĐOÀN THỊ VÍ DU", "2020-02-17")
    check_people(BIRTH, found, [person("033320359304", "Đoàn Thị Ví Dụ", "2020-02-17", sure=False)])
    assert not found["full_name"].evidence.contradicted
    check_people(BIRTH, found, [person("033320359304", "Đoàn Thị Ví Dụ", "2020-02-17")])
    assert found["full_name"].field.reasons[-1] == "contradiction: cccd.pdf says Đoàn Thị Ví Dụ"


def test_what_another_paper_says_is_told_as_people_write_it() -> None:
    assert BIRTH
    found = papers("033320359304", "ĐOÀN THỊ VÍ DỤ", "2020-02-17")
    born = Field("birth_date", "2020-02-18", "", 0.99, 1, None, FieldSource.LABEL, (), "18/02/2020")
    number = Field("personal_number", "033320359304", "", 0.99, 1, None, FieldSource.LABEL)
    fields = {"birth_date": born, "personal_number": number}
    check_people(BIRTH, found, list(people_of(BIRTH, "cccd.pdf", fields, ())))
    assert found["birth_date"].field.reasons == ("contradiction: cccd.pdf says 18/02/2020",)


def test_a_misread_number_is_found_by_name_and_birth() -> None:
    assert BIRTH
    found = papers("033320359364", "ĐOÀN THỊ VÍ DỤ", "2020-02-17")
    check_people(BIRTH, found, [person("033320359304", "Đoàn Thị Ví Dụ", "2020-02-17")])
    assert found["personal_number"].evidence.contradicted == ("papers",)
    stranger = papers("033185000001", "ĐOÀN THỊ VÍ DỤ", "2020-02-17")
    check_people(BIRTH, stranger, [person("033320359304", "Đoàn Thị Ví Dụ", "2020-02-17")])
    assert not stranger["personal_number"].evidence.contradicted


def test_whom_a_paper_is_about() -> None:
    assert BIRTH
    fields = {n: f.field for n, f in papers("033320359304", "ĐOÀN A", "2020-02-17").items()}
    (found,) = people_of(BIRTH, "khaisinh.pdf", fields, ["full_name"])
    assert found.number == Fact("033320359304", sure=True)
    assert found.name == Fact("ĐOÀN A", sure=False)


CARD = load_types().get("identity_card")


def _coded(print_: str, code: str, *, worst: float = 0.99, name: str = "full_name") -> Finding:
    assert CARD
    printed = finding(name, print_, FieldKind.PERSON_NAME)
    printed = Finding(printed.field, replace(printed.evidence, worst=worst))
    coded = Field(name, code, code, 0.99, 1, BOX, FieldSource.CODE)
    return merged(CARD, {name: printed}, [Coded("QR code", {name: coded})])[name]


@pytest.mark.parametrize(
    ("print_", "code"),
    [
        ("NGUYỄN VĂN HÙNG", "Nguyễn Văn Hưng"),
        ("033083044664", "001190000123"),
        ("TRẦN THỊ LAN", "Nguyễn Văn Hưng"),
        ("Số 5, phố Huế, Hà Nội", "Số 5, phố Hàng, Hà Nội"),
    ],
)
def test_a_code_that_says_something_else_is_a_contradiction(print_: str, code: str) -> None:
    found = _coded(print_, code)
    assert found.evidence.contradicted == ("codes",)
    assert [c.value for c in found.field.candidates] == [print_]


def test_a_code_agrees_with_print_whatever_case_tone_placement_and_abbreviations() -> None:
    for print_, code in (
        ("TRẦN THỊ HÒA", "Trần Thị Hoà"),
        ("Tổ 3, P. Hiến Nam, TP. Hưng Yên", "Tổ 3, phường Hiến Nam, thành phố Hưng Yên"),
    ):
        found = _coded(print_, code)
        assert found.evidence.agreed == ("print",)
        assert found.field.value == print_


def test_a_code_without_marks_leaves_them_to_the_print() -> None:
    found = _coded("NGUYỄN THỊ THÚY", "NGUYEN THI THUY")
    assert found.field.value == "NGUYỄN THỊ THÚY"
    assert not found.evidence.agreed


def test_a_code_mends_print_that_was_read_badly_by_a_letter_or_two() -> None:
    assert _coded("NGUYỄN VĂN HÙNC", "Nguyễn Văn Hùng", worst=0.5).field.value == "NGUYỄN VĂN HÙNG"
    assert _coded("TRẦN THỊ LAN", "Nguyễn Văn Hùng", worst=0.5).evidence.contradicted
