"""The real ocrmypdf program with our reading inside."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from rapidfuzz import fuzz

from tests.extractors.pictures import LINES, page, scan_pdf

PROGRAM = Path(sys.executable).with_name("ocrmypdf")
TEXT = " ".join(LINES)


def ocrmypdf(source: Path, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "--plugin", "extractors.ocrmypdf_plugin", "-l", "vie", "--jobs", "1", *options,
         source, target],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def text_of(path: Path) -> str:
    text = subprocess.run(
        ["pdftotext", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    return " ".join(text.split())


def places(path: Path) -> dict[str, tuple[float, float]]:
    """The upper left corner of each word, in points of the page as displayed."""
    listed = subprocess.run(
        ["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    found = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>([^<]*)<', listed)
    return {text: (float(x), float(y)) for x, y, text in found}


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_pages_are_turned_back_and_read(tmp_path: Path, turn: int) -> None:
    source = scan_pdf(tmp_path / "in.pdf", page().rotate(-turn, expand=True))
    target = tmp_path / "out.pdf"
    done = ocrmypdf(source, target, "--rotate-pages", "--output-type", "pdf")
    assert done.returncode == 0, done.stderr
    assert fuzz.ratio(text_of(target), TEXT) > 97
    with pikepdf.open(target) as pdf:
        assert int(pdf.pages[0].obj.get("/Rotate", 0)) == (360 - turn) % 360
    # Printed one inch from the left and the top.
    x, y = places(target)["CỘNG"]
    assert (x, y) == pytest.approx((72, 72), abs=6)


@pytest.mark.parametrize("turn", [90, 180])
def test_text_lies_on_pages_left_turned(tmp_path: Path, turn: int) -> None:
    source = scan_pdf(tmp_path / "in.pdf", page().rotate(-turn, expand=True))
    target = tmp_path / "out.pdf"
    assert ocrmypdf(source, target, "--output-type", "pdf").returncode == 0
    words = set(text_of(target).split())
    assert len(words & set(TEXT.split())) > 0.9 * len(set(TEXT.split()))


@pytest.mark.parametrize("skew", [-2.0, 2.0])
def test_skewed_pages_are_straightened_the_right_way(tmp_path: Path, skew: float) -> None:
    source = scan_pdf(tmp_path / "in.pdf", page(LINES * 3, skew=skew))
    target = tmp_path / "out.pdf"
    assert ocrmypdf(source, target, "--deskew", "--output-type", "pdf").returncode == 0
    first = {text: place for text, place in places(target).items() if text in ("CỘNG", "VIỆT")}
    level = abs(first["CỘNG"][1] - first["VIỆT"][1])
    assert level < 2.5  # points; left skewed it would be 8


def test_a_fax_becomes_pdf_a_and_pages_with_text_are_kept(tmp_path: Path) -> None:
    fax = tmp_path / "fax.tif"
    page().convert("1", dither=Image.Dither.NONE).save(fax, compression="group4", dpi=(200, 200))
    target = tmp_path / "out.pdf"
    done = ocrmypdf(fax, target, "--output-type", "pdfa")
    assert done.returncode == 0, done.stderr
    assert fuzz.ratio(text_of(target), TEXT) > 97
    with pikepdf.open(target) as pdf:
        assert "Sohoa" in str(pdf.docinfo.get("/Creator", ""))
    again = tmp_path / "again.pdf"
    assert ocrmypdf(target, again, "--skip-text", "--output-type", "pdf").returncode == 0
    assert fuzz.ratio(text_of(again), TEXT) > 97


def test_a_page_without_a_letter_is_no_failure(tmp_path: Path) -> None:
    source = scan_pdf(tmp_path / "in.pdf", Image.new("L", (1654, 2338), 250))
    target = tmp_path / "out.pdf"
    done = ocrmypdf(source, target, "--rotate-pages", "--deskew", "--output-type", "pdf")
    assert done.returncode == 0, done.stderr
    assert text_of(target) == ""
