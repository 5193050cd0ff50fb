"""The text layer as poppler and PDFium (Chrome) read it."""

from __future__ import annotations

import math
import re
import subprocess
import unicodedata
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copies.archival import make_copy
from copies.conformance import Validator
from dossiers.reading import Box, PageReading, Word
from tests.copies import makers

WORD = re.compile(
    r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>'
)


def _copy(folder: Path, page: PageReading, **scan: object) -> Path:
    makers.scan_pdf(folder / "scan.pdf", **scan)  # type: ignore[arg-type]
    make_copy(folder / "scan.pdf", makers.reading(page), makers.metadata(), folder / "copy.pdf")
    return folder / "copy.pdf"


def _poppler(path: Path, *options: str) -> str:
    run = subprocess.run(
        ["pdftotext", *options, str(path), "-"], capture_output=True, check=True, text=True
    )
    return run.stdout


def _pdfium(path: Path) -> str:
    with pdfium.PdfDocument(path) as document:
        return str(document[0].get_textpage().get_text_bounded())


def _lines(text: str) -> list[str]:
    return [line for line in text.replace("\f", "").splitlines() if line.strip()]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_words_lie_where_they_are_printed(tmp_path: Path, rotate: int, turn: int) -> None:
    sideways = (rotate + turn) % 180 == 90
    # The page as displayed is always 595 by 842, and its corner is never the origin.
    media = (-20, 30, 822, 625) if sideways else (-20, 30, 575, 872)
    path = _copy(tmp_path, makers.page(rotation=turn), rotate=rotate, media=media)
    found = WORD.findall(_poppler(path, "-bbox"))
    expected = makers.words()
    assert [text for *_, text in found] == [word.text for word in expected]
    for (*corners, _), word in zip(found, expected, strict=True):
        box = word.box
        for value, wanted in zip(corners, (box.x0, box.y0, box.x1, box.y1), strict=True):
            assert float(value) == pytest.approx(wanted, abs=1.0)
    assert _lines(_poppler(path)) == list(makers.LINES)
    assert _pdfium(path).split() == " ".join(makers.LINES).split()
    if rotate % 180 == turn % 180:  # PDFium breaks no lines in a page turned sideways
        assert _lines(_pdfium(path)) == list(makers.LINES)


def test_crop_box_moves_the_origin(tmp_path: Path) -> None:
    path = _copy(tmp_path, makers.page(), media=(0, 0, 800, 1000), crop=(100, 50, 695, 892))
    x, y, *_ = map(float, WORD.findall(_poppler(path, "-bbox"))[0][:4])
    assert (x, y) == (pytest.approx(60, abs=1), pytest.approx(80, abs=1))


def _ragged(skew: float) -> tuple[Word, ...]:
    """Boxes as a recogniser gives them: as high as a word's own letters, on leaning lines."""
    tall, deep, slope = "ỦẤĐhklđbt-'ớựềộấ", "gyqp,ạịụ", math.tan(math.radians(skew))
    made = []
    for word in makers.words((*makers.LINES, "ra vào xem - xa , ma a , nơi Ủy b")):
        box = word.box
        top = box.y0 if set(word.text) & set(tall) or word.text.isupper() else box.y0 + 4
        foot = box.y1 if set(word.text) & set(deep) else box.y1 - 2.5
        fall, rise = (box.x0 - 60) * slope, box.width * slope
        place = Box(box.x0, top + fall + min(rise, 0), box.x1, foot + fall + max(rise, 0))
        made.append(Word(word.text, place, word.confidence, word.line))
    return tuple(made)


@pytest.mark.parametrize("skew", [0.0, 0.6, -0.6])
def test_ragged_and_leaning_boxes_stay_on_their_lines(tmp_path: Path, skew: float) -> None:
    words = _ragged(skew)
    path = _copy(tmp_path, makers.page(words=words, skew=skew))
    expected = [*makers.LINES, "ra vào xem - xa , ma a , nơi Ủy b"]
    assert _lines(_poppler(path)) == expected
    assert [line.strip() for line in _lines(_poppler(path, "-layout"))] == expected
    assert _lines(_pdfium(path)) == expected
    for (x0, y0, x1, y1, _), word in zip(WORD.findall(_poppler(path, "-bbox")), words, strict=True):
        middle = (float(x0) + float(x1)) / 2, (float(y0) + float(y1)) / 2
        assert middle == pytest.approx(word.box.centre, abs=3.5)


@pytest.mark.parametrize("skew", [3.0, -3.0])
def test_steeper_lines_keep_their_words_whole(tmp_path: Path, skew: float) -> None:
    path = _copy(tmp_path, makers.page(words=_ragged(skew), skew=skew))
    found = [text for *_, text in WORD.findall(_poppler(path, "-bbox"))]
    assert sorted(found) == sorted(word.text for word in _ragged(skew))
    assert _lines(_poppler(path, "-raw"))[: len(makers.LINES)] == list(makers.LINES)


VIETNAMESE = st.text(
    st.sampled_from(
        "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậắằẳẵặốồổỗộớờởỡợứừửữựỆỊỌỤ0123456789.,/-()"
    ),
    min_size=1,
    max_size=8,
)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(VIETNAMESE, min_size=1, max_size=3), decomposed=st.booleans())
def test_any_vietnamese_comes_back_as_nfc(
    tmp_path: Path, texts: list[str], decomposed: bool
) -> None:
    form = "NFD" if decomposed else "NFC"
    line = " ".join(unicodedata.normalize(form, text) for text in texts)
    path = _copy(tmp_path, makers.page(words=makers.words((line,))))
    assert _pdfium(path).split() == texts


BOXES = st.builds(Box, *[st.floats(allow_nan=True, allow_infinity=True, width=32)] * 4) | st.builds(
    Box, *[st.floats(-50, 900)] * 4
)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    found=st.lists(st.tuples(st.text(max_size=6), BOXES, st.integers(0, 2)), max_size=5),
    skew=st.floats(-90, 90),
)
def test_hostile_words_never_spoil_the_copy(
    tmp_path: Path,
    validator: Validator,
    found: list[tuple[str, Box, int]],
    skew: float,
) -> None:
    words = tuple(Word(text, box, 0.5, line) for text, box, line in found)
    path = _copy(tmp_path, makers.page(words=words, skew=skew))
    judged = validator.check(path)
    assert judged.compliant, judged.failures
    assert judged.flavour == "3u"
