"""What the language may settle, and what it must leave alone."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.ctc import Character
from extractors.language import LanguageModel, Reading, core, key
from extractors.wording import figures, settle
from training.language import count, pack


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return LanguageModel()


def spelt(
    text: str, rivals: dict[int, tuple[tuple[str, float], ...]] | None = None
) -> list[Character]:
    return [
        Character(
            letter, n, n + 1, 0.6 if rivals and n in rivals else 0.999, (rivals or {}).get(n, ())
        )
        for n, letter in enumerate(text)
    ]


def texts(words: list[list[Character]]) -> list[str]:
    return ["".join(character.text for character in word) for word in words]


def test_the_usual_word_is_taken_where_the_ink_allows_both(model: LanguageModel) -> None:
    line = [spelt("quy"), spelt("định"), spelt("chỉ", {2: (("i", 0.38),)}), spelt("tiết")]
    settled = settle(line, model)
    assert texts(settled) == ["quy", "định", "chi", "tiết"]
    assert 0.5 < settled[2][2].confidence <= 0.97


def test_sure_ink_is_not_overruled(model: LanguageModel) -> None:
    line = [spelt("quy"), spelt("định"), spelt("chỉ", {2: (("i", 0.0001),)}), spelt("tiết")]
    assert texts(settle(line, model))[2] == "chỉ"


def test_figures_and_codes_stay_as_read(model: LanguageModel) -> None:
    line = [spelt("số"), spelt("1743/QĐ-UBND", {0: (("7", 0.3),)}), spelt("ngày")]
    assert settle(line, model) == line


def test_a_letter_left_out_has_no_place(model: LanguageModel) -> None:
    line = [spelt("tổ"), spelt("chứcc", {4: (("", 0.39),)}), spelt("thực"), spelt("hiện")]
    assert texts(settle(line, model))[1] == "chức"


def test_tone_marks_may_stand_either_way() -> None:
    assert key("Hoà") == key("hòa")
    assert key("thuỷ") == key("thủy")
    assert key("quý") == "quý"
    assert core("(Hạnh,") == ("Hạnh", True, True)
    assert core("154/2020") is None


def test_probabilities_are_probabilities(model: LanguageModel) -> None:
    for before in ("ủy", "nhân", "hành"):
        number = model.number(before)
        total = sum(math.exp(model.score(number, word)) for word in range(len(model.words)))
        assert total == pytest.approx(1.0, abs=0.08)  # they are kept in bytes


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["ủy", "ban", "nhân", "dân", "chi,", "tiết", "xyzt", "12"]),
            min_size=1,
            max_size=3,
        ),
        min_size=1,
        max_size=4,
    ),
    st.randoms(use_true_random=False),
)
def test_the_best_way_is_the_best_of_all(line: list[list[str]], chance) -> None:
    model = LanguageModel()
    readings = [[Reading(text, -chance.random()) for text in own] for own in line]

    def total(way: tuple[int, ...]) -> float:
        score, before = 0.0, None
        for column, place in zip(readings, way, strict=True):
            reading = column[place]
            word, left, right = model._place(reading.text)
            score += 0.5 * model._step(before, word, left) + reading.score
            before = None if right else word
        return score

    ways = itertools.product(*(range(len(own)) for own in readings))
    chosen = tuple(place for place, _ in model.best(readings, 0.5))
    assert total(chosen) == pytest.approx(max(total(way) for way in ways))


def test_counting_a_small_text(tmp_path: Path) -> None:
    lines = ["Ủy ban nhân dân.", "ủy ban, nhân dân", "nhân dân 12 dân"]
    counted = count(iter(lines), most=10, least_word=1, least_pair=1)
    assert counted.words == sorted(["ủy", "ban", "nhân", "dân"])
    pairs = {
        (counted.words[pair // 4], counted.words[pair % 4]): int(times)
        for pair, times in zip(counted.pairs, counted.counts, strict=True)
    }
    # Punctuation, figures and line ends part words.
    assert pairs == {("ủy", "ban"): 2, ("ban", "nhân"): 1, ("nhân", "dân"): 3}
    path = tmp_path / "small.npz"
    pack(counted, path)
    again = tmp_path / "again.npz"
    pack(counted, again)
    small = LanguageModel(path)
    assert small.score(small.number("nhân"), small.number("dân")) > small.score(
        small.number("nhân"), small.number("ban")
    )
    assert small.number("không") is None


@pytest.mark.parametrize(
    ("read", "meant", "zone"),
    [
        ("06/O5/1997", "06/05/1997", False),
        ("1.OOO.000", "1.000.000", False),
        ("O9", "O9", False),
        ("QO12", "QO12", False),
        ("OÀNH", "OÀNH", False),
        ("IDVNMO948830277034O94", "IDVNM0948830277034094", True),
        ("HO<<VAN<TOAN", "HO<<VAN<TOAN", True),
    ],
)
def test_noughts_among_figures_are_noughts(read: str, meant: str, zone: bool) -> None:
    word = [Character(letter, at, at + 1, 0.99) for at, letter in enumerate(read)]
    assert "".join(letter.text for letter in figures(word, zone=zone)) == meant
