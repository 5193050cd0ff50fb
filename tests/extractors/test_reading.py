"""Pages from pixels to words: turned, skewed, blank, sealed; all engines."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from rapidfuzz import fuzz

from dossiers.errors import EngineMissing
from dossiers.reading import PageOutcome, PageReading
from dossiers.settings import IntakeSettings, ReadingSettings
from dossiers.text import nfc
from extractors import cleanup
from extractors.engines import Engine, open_engine
from extractors.marks import find_marks
from extractors.page import read_page
from tests.extractors.pictures import LINES, page, scan_pdf

LIMITS = IntakeSettings()
TEXT = "\n".join(LINES)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(ReadingSettings())


def read(path: Path, image: Image.Image, engine: Engine, dpi: int = 200) -> PageReading:
    return read_page(scan_pdf(path / "page.pdf", image, dpi=dpi), 1, engine, LIMITS)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_read_whichever_way_it_was_scanned(
    tmp_path: Path, engine: Engine, turn: int
) -> None:
    result = read(tmp_path, page(skew=1.3).rotate(-turn, expand=True), engine)
    assert result.outcome is PageOutcome.OK
    assert result.rotation == (360 - turn) % 360
    assert result.skew == pytest.approx(1.3, abs=0.15)
    assert fuzz.ratio(result.text, TEXT) > 97
    assert result.width < result.height


def test_words_lie_where_they_are_printed(tmp_path: Path, engine: Engine) -> None:
    result = read(tmp_path, page(skew=-1.8), engine)
    first = result.lines()[0]
    assert first[0].text == "CỘNG"
    # Printed at one inch from the left and the top, then turned about the middle of the page.
    assert first[0].box.x0 == pytest.approx(72 - 10.5, abs=6)
    assert first[0].box.height == pytest.approx(14, abs=8)
    ends = first[-1].box.centre[1] - first[0].box.centre[1]
    across = first[-1].box.centre[0] - first[0].box.centre[0]
    assert np.degrees(np.arctan2(ends, across)) == pytest.approx(-1.8, abs=0.6)
    assert all(nfc(word.text) == word.text for word in result.words)
    assert [word.line for word in result.words] == sorted(word.line for word in result.words)


def test_blank_pages_are_marked_and_not_read(tmp_path: Path, engine: Engine) -> None:
    generator = np.random.default_rng(7)
    noise = generator.normal(238, 5, (2338, 1654, 3)).clip(0, 255).astype(np.uint8)
    sheet = Image.fromarray(noise)
    draw = ImageDraw.Draw(sheet)
    for y in (700, 1500):
        draw.ellipse((40, y, 90, y + 50), fill=(60, 60, 60))  # punch holes
    draw.rectangle((0, 0, 1654, 12), fill=(30, 30, 30))  # the rim of the lid
    result = read(tmp_path, sheet, engine)
    assert result.outcome is PageOutcome.BLANK
    assert result.words == ()


def test_a_page_with_little_on_it_is_not_blank(tmp_path: Path, engine: Engine) -> None:
    result = read(tmp_path, page(["Nơi nhận: Lưu VT."]), engine)
    assert result.outcome is PageOutcome.OK
    assert "Nơi nhận" in result.text


def test_a_seal_does_not_hide_the_name_under_it() -> None:
    image = page(["CHỦ TỊCH"], dpi=300)
    draw = ImageDraw.Draw(image)
    draw.ellipse((260, 180, 700, 620), outline=(225, 40, 50), width=14)
    draw.rectangle((330, 280, 660, 420), fill=(225, 60, 70))
    colour = np.asarray(image)
    before = np.asarray(image.convert("L"))
    after = cleanup.drop_seal(before, colour, 300)
    seal_only = (colour[..., 0] > 200) & (colour[..., 1] < 100)
    assert after[seal_only].min() > 180
    print_only = colour.max(axis=2) < 60
    assert after[print_only].max() < 90


def test_red_print_that_is_no_seal_stays() -> None:
    image = Image.new("RGB", (1200, 600), "white")
    from tests.extractors.pictures import font

    ImageDraw.Draw(image).text((100, 100), "GIẤY KHAI SINH", font=font(90), fill=(200, 20, 30))
    grey = np.asarray(image.convert("L"))
    assert (cleanup.drop_seal(grey, np.asarray(image), 300) == grey).all()


def test_a_shadow_is_levelled() -> None:
    paper = np.asarray(page(dpi=150).convert("L")).astype(np.float32)
    shade = np.linspace(1.0, 0.45, paper.shape[1])[None, :]
    shaded = (paper * shade).astype(np.uint8)
    levelled = cleanup.level(shaded, cleanup.paper_of(shaded, 150))
    assert np.median(levelled[:, -100:]) > 240
    assert levelled.min() < 60


@pytest.mark.parametrize("angle", [-3.2, -0.4, 0.0, 0.7, 2.5])
def test_skew_is_found_to_a_tenth_of_a_degree(angle: float) -> None:
    grey = np.asarray(page(LINES * 3, dpi=150, skew=angle).convert("L"))
    levelled = cleanup.level(grey, cleanup.paper_of(grey, 150))
    lie = cleanup.find_lie(cleanup.find_spots(levelled), 150)
    assert not lie.sideways
    assert lie.skew == pytest.approx(angle, abs=0.12)


def test_two_columns_are_read_one_after_the_other(tmp_path: Path, engine: Engine) -> None:
    image = Image.new("RGB", (1654, 2338), "white")
    draw = ImageDraw.Draw(image)
    from tests.extractors.pictures import font

    left = ["ỦY BAN NHÂN DÂN", "XÃ VĂN GIANG", "Số: 12/QĐ-UBND"]
    right = ["CỘNG HÒA XÃ HỘI", "Độc lập - Tự do", "Văn Giang, ngày 05"]
    for index in range(3):
        draw.text((150, 200 + index * 60), left[index], font=font(36), fill=0)
        draw.text((950, 200 + index * 60), right[index], font=font(36), fill=0)
    lines = read(tmp_path, image, engine).text.split("\n")
    assert [fuzz.ratio(a, b) > 85 for a, b in zip(lines, left + right, strict=True)] == [True] * 6


def test_qr_codes_are_found_turned_and_small(tmp_path: Path) -> None:
    import segno

    payload = "034187155900||Phạm Ví Dụ|05041987|Nữ|Xóm 1, xã Đông Hưng, tỉnh Hưng Yên|26012026"
    segno.make(payload, error="m").save(str(tmp_path / "qr.png"), scale=3, border=4)
    sheet = Image.new("L", (1654, 2338), 250)
    sheet.paste(Image.open(tmp_path / "qr.png").convert("L").rotate(4, fillcolor=255), (300, 500))
    grey = cv2.GaussianBlur(np.asarray(sheet), (3, 3), 0)
    (mark,) = find_marks(grey)
    assert mark.text == payload
    assert mark.matrix
    assert 290 < mark.x0 < mark.x1 < 300 + 3 * 80


@pytest.mark.parametrize("name", ["fast", "tesserocr", "pytesseract"])
def test_all_engines_give_the_same_kind_of_result(tmp_path: Path, name: str) -> None:
    result = read(tmp_path, page(), open_engine(ReadingSettings.model_validate({"engine": name})))
    assert result.engine == name
    assert fuzz.ratio(result.text, TEXT) > 95
    assert all(0 <= word.confidence <= 1 for word in result.words)


def test_missing_data_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractors.installed.LANGUAGE", "nope")
    with pytest.raises(EngineMissing, match="script/setup"):
        open_engine(ReadingSettings(engine="tesserocr", tessdata=tmp_path))


def test_a_page_that_cannot_be_decoded_is_failed_not_raised(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(b"%PDF-1.7 but not really")
    result = read_page(path, 1, engine, LIMITS)
    assert result.outcome is PageOutcome.FAILED
    assert result.problems[0].code == "damaged_file"
    assert "x.pdf" in result.problems[0].vi
