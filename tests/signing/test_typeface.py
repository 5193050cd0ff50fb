"""The typeface of marks: measured as it is drawn, cut once, and read back as it was written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import subprocess
import unicodedata
import zlib
from pathlib import Path

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from copies.conformance import Validator
from dossiers.reading import Box
from signing.appearance import Appearance
from signing.fonts import stamp_font
from signing.free_place import InkMap
from signing.keys import Signatories
from signing.pades import sign_copy
from signing.page_space import page_space
from signing.typeface import Subset, Typeface, typeface
from tests.signing.conftest import blank_pdfa

NAME = "Ủy ban nhân dân xã Nguyễn Nghiêm – tỉnh Quảng Ngãi: ỂẾỆỮẰặĐđ"


@pytest.fixture(scope="module")
def face(cache: Path) -> Typeface:
    return typeface(stamp_font(cache))


def test_a_text_is_as_long_as_the_fonts_own_widths_say(face: Typeface) -> None:
    font = TTFont(face.file)
    names, metrics = font.getBestCmap(), font["hmtx"]
    units = sum(metrics[names[ord(letter)]][0] for letter in NAME)
    assert face.width(NAME, 10) == pytest.approx(units / 100)
    assert face.width("漢", 10) == pytest.approx(metrics[".notdef"][0] / 100)


def test_a_batch_shares_one_subset_and_it_has_what_is_shown(face: Typeface) -> None:
    now = dt.datetime(2026, 11, 25, 8, 0, tzinfo=dt.UTC)
    subsets = {
        id(face.subset(f"UBND xã Văn Giang {(now + dt.timedelta(seconds=s)).isoformat()}"))
        for s in range(60)
    }
    assert len(subsets) == 1
    subset = face.subset(NAME)
    assert set(NAME) <= set(subset.glyphs)
    for letter, glyph in subset.glyphs.items():
        assert subset.advances[glyph] == round(face.width(letter, 1000))
    pairs = dict(re.findall(r"<([0-9a-f]{4})> <([0-9a-f]+)>", _cmap(subset)))
    told = {chr(int(value, 16)): int(code, 16) for code, value in pairs.items()}
    assert told == dict(subset.glyphs)


def test_long_lists_of_letters_are_told_in_blocks_of_a_hundred(face: Typeface) -> None:
    subset = face.subset("".join(face.widths))
    blocks = re.findall(r"(\d+) beginbfchar\n(.*?)\nendbfchar", _cmap(subset), re.DOTALL)
    assert max(int(count) for count, _ in blocks) == 100
    assert [int(count) for count, _ in blocks] == [text.count("\n") + 1 for _, text in blocks]
    assert sum(int(count) for count, _ in blocks) == len(subset.glyphs)


def _cmap(subset: Subset) -> str:
    return zlib.decompress(subset.to_unicode).decode()


def test_what_a_reader_copies_is_what_was_written(
    tmp_path: Path,
    signatories: Signatories,
    appearance: Appearance,
    cache: Path,
    vera: Validator,
) -> None:
    decomposed = dataclasses.replace(appearance, agency=unicodedata.normalize("NFD", NAME))
    out = tmp_path / "out.pdf"
    sign_copy(blank_pdfa(tmp_path / "p.pdf"), out, signatories, decomposed, cache)
    text = subprocess.run(["pdftotext", out, "-"], capture_output=True, text=True, check=True)
    assert NAME in " ".join(text.stdout.split())
    found = vera.check(out)
    assert found.compliant, found.failures


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 700), st.integers(0, 200), st.integers(4, 60))
def test_a_place_is_the_same_whether_the_whole_page_is_looked_at_or_its_top(
    tmp_path_factory: pytest.TempPathFactory, top: int, left: int, height: int
) -> None:
    """Ink anywhere: what is found at the top alone is what is found with all of the page in view."""
    path = tmp_path_factory.mktemp("ink") / "p.pdf"
    blank_pdfa(path, ink=f"0 g {left} {842 - top - height} 390 {height} re f".encode())
    with pikepdf.open(path) as pdf:
        space = page_space(pdf.pages[0])
    content = path.read_bytes()
    lazy, whole = (InkMap(content, 0, space, left=0, bottom=410) for _ in range(2))
    whole.look(Box(0, 400, 10, 409))
    wanted = Box(420, 10, 575, 50)
    assert lazy.nearest(wanted, 210, 149) == whole.nearest(wanted, 210, 149)
