"""``sohoa read``: text, exports, and the picture of what was read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image
from rapidfuzz import fuzz

from tests.conftest import run_sohoa
from tests.extractors.pictures import LINES, page, scan_pdf


def test_a_file_is_read_as_text_and_in_the_exchange_formats(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "đơn.pdf", page(skew=1.0))
    text = run_sohoa(tmp_path / "var", "read", str(path)).stdout
    assert fuzz.ratio(text, "\n".join(LINES)) > 96
    (first,) = json.loads(run_sohoa(tmp_path / "var", "read", str(path), "--format", "json").stdout)
    assert first["engine"] == "fast"
    for form in ("hocr", "alto"):
        target = tmp_path / form
        run_sohoa(tmp_path / "var", "read", str(path), "--format", form, "-o", str(target))
        assert "Hạnh" in (
            "".join(etree.parse(target).getroot().itertext()) + target.read_text("utf-8")
        )


def test_what_was_read_is_drawn_over_the_upright_page(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "xoay.pdf", page().rotate(90, expand=True))
    target = tmp_path / "trang.png"
    run_sohoa(tmp_path / "var", "read", str(path), "--draw", "-o", str(target))
    with Image.open(target) as drawn:
        assert drawn.width == pytest.approx(8.27 * 150, abs=1)
        assert drawn.height == pytest.approx(11.69 * 150 + 44, abs=1)
        colours = {colour for _, colour in drawn.getcolors(1 << 24) or []}
    # The legend's green is there, and tinted words are.
    assert (22, 140, 70) in colours
    assert len(colours) > 50


def test_drawing_without_a_file_to_write_is_a_usage_error(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "đơn.pdf", page())
    assert run_sohoa(tmp_path / "var", "read", str(path), "--draw").returncode == 2
    assert run_sohoa(tmp_path / "var", "read", str(path), "--page", "7").returncode == 2
