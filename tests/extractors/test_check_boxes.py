"""Check boxes on drawn pages: found, told apart from what looks like them, read as choices."""

from __future__ import annotations

from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from dossiers.reading import Box, PageReading, Word
from dossiers.settings import IntakeSettings, ReadingSettings
from dossiers.tick_marks import EMPTY, MARKED, TICK_MARKS
from extractors.box_words import kept_boxes
from extractors.check_boxes import CheckBox
from extractors.engines import Engine, open_engine
from extractors.fields.grammars.boxes import ticked, with_doubt
from extractors.fields.values import normalise
from extractors.lines import find_lines
from extractors.page import read_page
from extractors.reader import understand
from extractors.types import FieldKind, FieldType, load_types
from fixtures.chance import seeded
from fixtures.kinds import KINDS
from fixtures.kinds.paper import Style
from fixtures.render.boxes import draw_box, draw_mark
from fixtures.render.fonts import find_family
from fixtures.render.sheet import BLUE, Sheet
from tests.extractors.pictures import font, page

DPI = 150
WAYS = ("Trực tiếp", "Bưu chính", "Trực tuyến")


def boxes_on(image: Image.Image) -> tuple[CheckBox, ...]:
    return find_lines(np.asarray(image.convert("L")), DPI).boxes


def form(mark: str | None, side: float = 10.0, dpi: float = DPI) -> Image.Image:
    """Three boxes in a line of text, the second with a mark in blue ink."""
    sheet = Sheet(find_family("liberation-serif"), dpi=dpi)
    sheet.image.paste(page(dpi=round(dpi)).crop((0, 0, *sheet.image.size)))
    pen = ImageDraw.Draw(sheet.image)
    face = font(round(13.5 * dpi / 72))
    for index, way in enumerate(WAYS):
        box = Box(90 + 130 * index, 401 - side, 90 + 130 * index + side, 401)
        draw_box(sheet, box)
        if mark and index == 1:
            draw_mark(sheet, Random(7), box, mark, BLUE)
        at = ((box.x1 + 4) * dpi / 72, 400 * dpi / 72)
        pen.text(at, way, font=face, fill="black", anchor="ls")
    return sheet.image


@pytest.mark.parametrize("mark", [None, "tick", "cross", "fill"])
@pytest.mark.parametrize("side", [7.5, 10.0, 16.0])
def test_boxes_are_found_and_told_marked_from_empty(mark: str | None, side: float) -> None:
    found = sorted(boxes_on(form(mark, side)), key=lambda box: box.x0)
    assert [box.marked for box in found] == [False, mark is not None, False]
    assert all(box.certain for box in found)
    assert all(abs(box.side - side * DPI / 72) <= 3 for box in found)


def test_a_speck_in_a_box_leaves_it_doubtful() -> None:
    image = form(None)
    x, y = round((220 + 5) * DPI / 72), round((401 - 5) * DPI / 72)
    ImageDraw.Draw(image).rectangle((x, y, x + 2, y + 2), fill="black")
    found = sorted(boxes_on(image), key=lambda box: box.x0)
    assert [box.certain for box in found] == [True, False, True]


def test_an_ordinary_page_has_none() -> None:
    assert boxes_on(page(dpi=DPI)) == ()


@pytest.mark.parametrize("pixels", [22, 28, 40, 52])
def test_letters_are_no_boxes(pixels: int) -> None:
    image = Image.new("L", (1240, 600), 255)
    for row, text in enumerate(("O D 0 Q B Đ 8 Ô Ơ", "ĐƠN ĐỀ NGHỊ CỘNG HÒA", "H M N U E 00 DD OO")):
        ImageDraw.Draw(image).text((80, 60 + 120 * row), text, font=font(pixels), fill=0)
    assert boxes_on(image) == ()


def test_cells_of_a_table_are_no_boxes() -> None:
    image = page(dpi=DPI)
    pen = ImageDraw.Draw(image)
    for row in range(6):
        for column in range(10):
            x, y = 200 + 30 * column, 1000 + 30 * row
            pen.rectangle((x, y, x + 30, y + 30), outline="black", width=2)
    assert boxes_on(image) == ()


@pytest.mark.parametrize("gap", [0, 4])
def test_squares_for_single_figures_are_no_boxes(gap: int) -> None:
    image = page(dpi=DPI)
    pen = ImageDraw.Draw(image)
    for index in range(12):
        x = 300 + (28 + gap) * index
        pen.rectangle((x, 1000, x + 28, 1028), outline="black", width=2)
    assert boxes_on(image) == ()


def test_modules_of_a_code_are_no_boxes() -> None:
    image = np.asarray(page(dpi=DPI).convert("L")).copy()
    code = cv2.QRCodeEncoder.create().encode("033085001234||Nguyễn Thị Ví Dụ|05031990|Nữ")
    code = cv2.resize(code, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    image[1000 : 1000 + code.shape[0], 300 : 300 + code.shape[1]] = code
    assert boxes_on(Image.fromarray(image)) == ()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(ReadingSettings())


def reading_of(image: Image.Image, folder: Path, engine: Engine, dpi: int) -> PageReading:
    path = folder / "page.png"
    image.save(path, dpi=(dpi, dpi))
    return read_page(path, 1, engine, IntakeSettings())


@pytest.mark.parametrize("lean", [0.0, 1.0, -1.0])
def test_boxes_are_words_in_their_places_on_a_leaning_page(
    lean: float, tmp_path: Path, engine: Engine
) -> None:
    image = form("tick", dpi=200).rotate(lean, fillcolor="white", resample=Image.Resampling.BICUBIC)
    reading = reading_of(image, tmp_path, engine, 200)
    line = next(line for line in reading.lines() if any(w.text in TICK_MARKS for w in line))
    assert " ".join(word.text for word in line) == "☐ Trực tiếp ☑ Bưu chính ☐ Trực tuyến"
    assert sum(word.text in TICK_MARKS for word in reading.words) == 3


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_a_form_tells_the_choice_that_is_ticked(seed: int, tmp_path: Path, engine: Engine) -> None:
    paper = KINDS["application"](seeded(seed), Style(dpi=200, check_boxes=True))
    reading = reading_of(paper.images[0], tmp_path, engine, 200)
    field = understand("a.png", [reading], load_types()).fields["delivery"]
    assert field.value == paper.truth.fields["delivery"]
    assert field.raw.count(MARKED) == 1
    assert field.raw.count(EMPTY) == 2


CHOICE = FieldType.model_validate(
    {"name": "way", "title": {"vi": "a", "en": "a"}, "kind": "choice", "choices": list(WAYS),
     "labels": ["a"]}
)  # fmt: skip
SEX = FieldType.model_validate(
    {"name": "sex", "title": {"vi": "a", "en": "a"}, "kind": "sex", "labels": ["a"]}
)
TEXT = FieldType.model_validate(
    {"name": "text", "title": {"vi": "a", "en": "a"}, "kind": "text", "labels": ["a"]}
)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("☐ Trực tiếp ☑ Bưu chính ☐ Trực tuyến", "Bưu chính"),
        ("□ Trực tiếp; □ Bưu chính; ☒ Trực tuyên", "Trực tuyến"),
        ("Trực tiếp ☑ Bưu chính ☐ Trực tuyến ☐", "Trực tiếp"),
        ("(đánh dấu x): ☐ Trực tiếp ☑ Bưu chính", "Bưu chính"),
        ("Trực tiếp", "Trực tiếp"),
    ],
)
def test_the_choice_beside_the_marked_box(raw: str, value: str) -> None:
    found = normalise(CHOICE, raw)
    assert (found.text, found.validity >= 0.8) == (value, True)


@pytest.mark.parametrize(("raw", "sex"), [("☐ Nam ☑ Nữ", "Nữ"), ("Nam ☑ Nữ ☐", "Nam")])
def test_sex_by_box(raw: str, sex: str) -> None:
    assert (normalise(SEX, raw).text, normalise(SEX, raw).validity) == (sex, 1.0)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("☑ Trực tiếp ☑ Bưu chính ☐ Trực tuyến", "several boxes are marked"),
        ("☐ Trực tiếp ☐ Bưu chính ☐ Trực tuyến", "no box is marked"),
        ("Trực tiếp ☑ Bưu chính", "it is not clear which choice the boxes belong to"),
        ("☑ Trực tiếp ☐", "it is not clear which choice the boxes belong to"),
        ("☐ Trực tiếp ☑ Khác", "beside the marked box stands none of the usual values"),
    ],
)
def test_what_boxes_do_not_tell_is_for_a_person(raw: str, reason: str) -> None:
    found = normalise(CHOICE, raw)
    assert (found.text, found.reason, found.validity <= 0.3) == (raw, reason, True)


def test_a_doubtful_box_is_for_a_person_and_text_keeps_its_boxes() -> None:
    raw = "☐ Trực tiếp ☑ Bưu chính ☐ Trực tuyến"
    box = Box(0, 0, 9, 9)
    words = [Word(EMPTY, box, 0.97, 0), Word(MARKED, box, 0.5, 0)]
    found = with_doubt(ticked(raw, WAYS), FieldKind.CHOICE, words)
    assert (found.text, found.validity) == ("Bưu chính", 0.3)
    assert found.reason == "a box is neither plainly empty nor plainly marked"
    assert normalise(TEXT, raw).text == raw


def test_drawn_boxes_outlast_the_text_of_a_born_digital_page() -> None:
    seen = [Word(MARKED, Box(0, 0, 9, 9), 0.97, 3), Word("Nam", Box(12, 0, 30, 9), 0.9, 3)]
    own = [Word("Nam", Box(12, 0, 30, 9), 0.99, 3)]
    assert [word.text for word in kept_boxes(own, seen)] == [MARKED, "Nam"]
    printed = [Word("□", Box(1, 1, 8, 8), 0.99, 3), *own]
    assert [word.text for word in kept_boxes(printed, seen)] == [MARKED, "Nam"]
