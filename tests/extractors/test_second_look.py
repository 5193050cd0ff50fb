"""Second looks: doubtful words are read again, differently cut, and what is read stays beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from dossiers.contract import page_from, page_report
from dossiers.reading import PageReading
from dossiers.settings import IntakeSettings
from extractors.engines.fast import FastEngine
from extractors.page import read_page
from extractors.strips import Baseline, cut
from fixtures.batch import generate
from fixtures.render.fonts import Face, find_family


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[PageReading]:
    """Two forms from a poor scanner, read."""
    folder = tmp_path_factory.mktemp("poor")
    papers = generate(
        folder, 2611, ["birth_extract", "application"], 2, font="free-serif", degradation="poor"
    )
    engine, limits = FastEngine(), IntakeSettings()
    return [read_page(folder / str(paper.file), 1, engine, limits) for paper in papers]


def test_doubtful_words_are_looked_at_and_sure_ones_are_not(pages: list[PageReading]) -> None:
    words = [word for page in pages for word in page.words]
    looked = [word for word in words if word.looks]
    assert looked
    assert len(looked) < 0.4 * len(words)
    assert all(word.confidence < 0.99 for word in looked)


def test_a_word_read_right_is_mostly_read_the_same_again(pages: list[PageReading]) -> None:
    looks = [(word.text, look) for page in pages for word in page.words for look in word.looks]
    same = sum(text.strip(".,:;") == look.strip(".,:;") for text, look in looks)
    assert same > 0.5 * len(looks)


def test_what_was_read_is_kept_with_the_page(pages: list[PageReading]) -> None:
    for page in pages:
        kept = page_from(page_report(page))
        assert [word.looks for word in kept.words] == [word.looks for word in page.words]


def test_looks_depend_on_the_page_alone(pages: list[PageReading], tmp_path: Path) -> None:
    generate(tmp_path, 2611, ["birth_extract"], 1, font="free-serif", degradation="poor")
    (file,) = tmp_path.glob("*.pdf")
    again = read_page(file, 1, FastEngine(), IntakeSettings())
    assert again.words == pages[0].words


def test_numbers_may_be_read_in_figures_alone() -> None:
    picture = Image.new("L", (260, 72), 255)
    font = find_family("free-serif").font(Face.REGULAR, 40)
    ImageDraw.Draw(picture).text((12, 8), "Thôn 99", fill=0, font=font)
    strip = cut(np.asarray(picture), Baseline(12, 46, 170, 46, 18))
    engine = FastEngine()
    plain, figures = engine.read([strip, strip], [False, True])
    said = "".join(letter.text for word in figures for letter in word)
    assert any(letter.text.isalpha() for word in plain for letter in word)
    assert set(said) <= set("0123456789/.,:-")
