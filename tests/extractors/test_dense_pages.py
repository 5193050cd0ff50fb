"""Tables without rules that fill a page: their columns look like lines, and must not turn it."""

from __future__ import annotations

import random
from pathlib import Path

import fpdf
import pytest
from PIL import Image, ImageDraw, ImageOps
from rapidfuzz import fuzz

from dossiers.reading import PageOutcome, PageReading
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.engines import Engine, open_engine
from extractors.page import read_page
from tests.extractors.pictures import LINES, font, page, scan_pdf

LIMITS = IntakeSettings()
COLUMNS = (40, 75, 220, 300, 400)  # points
LEAD, SIZE = 13.5, 9.0
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Vũ", "Đỗ", "Bùi", "Hoàng")
MIDDLE = ("Văn", "Thị", "Đức", "Minh", "Quốc", "Ngọc")
GIVEN = ("An", "Bình", "Cường", "Dũng", "Hoa", "Huyền", "Khánh", "Lan", "Phượng", "Quỳnh", "Thảo")


def row(index: int, dice: random.Random) -> tuple[str, ...]:
    return (
        str(index),
        f"{dice.choice(FAMILY)} {dice.choice(MIDDLE)} {dice.choice(GIVEN)}",
        f"{dice.randint(1, 28):02d}/{dice.randint(1, 12):02d}/{dice.randint(1950, 2010)}",
        f"0330{dice.randint(50, 99)}{dice.randint(0, 999_999):06d}",
        f"Thôn {dice.randint(1, 9)}, xã Yên Mỹ",
    )


DICE = random.Random(4)
ROWS = [row(index, DICE) for index in range(1, 57)]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(ReadingSettings())


def table(dpi: int = 200) -> Image.Image:
    image = Image.new("RGB", (round(8.27 * dpi), round(11.69 * dpi)), "white")
    draw = ImageDraw.Draw(image)
    face = font(round(SIZE * dpi / 72))
    for index, cells in enumerate(ROWS):
        for x, text in zip(COLUMNS, cells, strict=True):
            at = x * dpi / 72, (50 + index * LEAD) * dpi / 72
            draw.text(at, text, font=face, fill=0)
    return image


def digital(path: Path, turn: int = 0) -> Path:
    """The table as a page of its own text, written as if turned clockwise by ``turn``."""
    pdf = fpdf.FPDF(format="A4", unit="pt", orientation="landscape" if turn % 180 else "portrait")
    pdf.add_font("own", fname=str(font(10).path))
    pdf.set_font("own", size=SIZE)
    pdf.add_page()
    width, height = 595.28, 841.89
    for index, cells in enumerate(ROWS):
        for x, text in zip(COLUMNS, cells, strict=True):
            y = 50 + index * LEAD
            turned = {0: (x, y), 90: (height - y, x), 270: (y, width - x)}[turn]
            with pdf.rotation(-turn, *turned):
                pdf.text(*turned, text)
    pdf.output(str(path))
    return path


def rows_right(reading: PageReading) -> int:
    """Rows whose five columns stand side by side as printed."""
    lines: dict[int, list[tuple[float, str]]] = {}
    for word in reading.words:
        near = round((word.box.centre[1] - 55) / LEAD)
        lines.setdefault(near, []).append((word.box.x0, word.text))
    read = {" ".join(text for _, text in sorted(line)) for line in lines.values()}
    return sum(" ".join(cells) in read for cells in ROWS)


def test_a_table_that_fills_the_page_is_not_turned(tmp_path: Path, engine: Engine) -> None:
    reading = read_page(scan_pdf(tmp_path / "page.pdf", table()), 1, engine, LIMITS)
    assert reading.rotation == 0
    assert reading.outcome is PageOutcome.OK
    assert rows_right(reading) > 0.9 * len(ROWS)


@pytest.mark.parametrize("turn", [90, 180])
def test_it_is_turned_back_if_it_was_scanned_turned(
    tmp_path: Path, engine: Engine, turn: int
) -> None:
    scan = scan_pdf(tmp_path / "page.pdf", table().rotate(-turn, expand=True))
    reading = read_page(scan, 1, engine, LIMITS)
    assert reading.rotation == 360 - turn
    assert rows_right(reading) > 0.9 * len(ROWS)


@pytest.mark.parametrize("turn", [0, 90, 270])
def test_its_own_text_is_taken_whichever_way_it_runs(
    tmp_path: Path, engine: Engine, turn: int
) -> None:
    reading = read_page(digital(tmp_path / "page.pdf", turn), 1, engine, LIMITS)
    assert reading.rotation == (360 - turn) % 360
    assert reading.outcome is PageOutcome.OK
    assert rows_right(reading) == len(ROWS)
    own = sum(word.confidence == 0.99 for word in reading.words)
    assert own > 0.98 * len(reading.words)


@pytest.mark.parametrize("turn", [0, 90])
def test_what_reads_well_no_way_up_stays_and_is_doubtful(
    tmp_path: Path, engine: Engine, turn: int
) -> None:
    mirrored = ImageOps.mirror(page(LINES * 5)).rotate(turn, expand=True)
    reading = read_page(scan_pdf(tmp_path / "page.pdf", mirrored), 1, engine, LIMITS)
    assert reading.rotation == 0
    assert reading.outcome is PageOutcome.DOUBTFUL
    assert [problem.code for problem in reading.problems] == ["hard_to_read"]


def test_columns_of_figures_alike_are_read_in_rows(tmp_path: Path, engine: Engine) -> None:
    """Figures are all of one width, so that they stand under each other as exactly as in line."""
    image = Image.new("RGB", (1654, 2338), "white")
    draw = ImageDraw.Draw(image)
    face = font(28)
    lines = [" ".join(f"{DICE.randint(0, 999_999_999):09d}" for _ in range(7)) for _ in range(55)]
    for index, line in enumerate(lines):
        draw.text((120, 120 + index * 38), line, font=face, fill=0)
    reading = read_page(scan_pdf(tmp_path / "page.pdf", image), 1, engine, LIMITS)
    assert reading.rotation == 0
    assert fuzz.ratio(reading.text, "\n".join(lines)) > 97
