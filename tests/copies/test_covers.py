"""Cover and separator sheets: read by a scanner at its worst, and PDF/A like all we write."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest

from copies.conformance import Validator
from copies.covers import CoverSheet, write_covers
from dossiers.clock import VIETNAM
from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.cover_code import CoverCode, CoverKind
from extractors.marks import find_marks
from fixtures.chance import seeded
from fixtures.scanner import Degradation, Mode, settings_for
from fixtures.scanner import scan as scanned
from fixtures.stack import printed_sheet
from fixtures.truth import PageTruth

_NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)
DOSSIER = CoverCode.dossier("H31.12-261123-0001")


def test_sheets_are_pdfa_and_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    sheets = [
        CoverSheet(DOSSIER, "Thủ tục đăng ký khai sinh"),
        CoverSheet(CoverCode.document("KQ.G15.000031")),
        CoverSheet(CoverCode.document()),
    ]
    for name in ("a.pdf", "b.pdf"):
        write_covers(sheets, "UBND tỉnh Hưng Yên", _NOW, tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    with Validator() as validator:
        assert validator.check(tmp_path / "a.pdf").compliant
    with pdfium.PdfDocument(tmp_path / "a.pdf") as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    assert "TỜ BÌA HỒ SƠ" in texts[0]
    assert "H31.12-261123-0001" in texts[0]
    assert "TỜ PHÂN CÁCH GIẤY TỜ" in texts[2]


@pytest.mark.parametrize("seed", range(6))
def test_a_poor_scan_of_a_sheet_still_says_whose_it_is(seed: int) -> None:
    rng = seeded(f"covers/{seed}")
    settings = replace(settings_for(rng, Degradation.POOR), mode=list(Mode)[seed % 3])
    page = scanned(printed_sheet(DOSSIER), PageTruth(595.28, 841.89), settings, rng)
    found = find_marks(np.asarray(page.image.convert("L")))
    assert {mark.text for mark in found} == {str(DOSSIER)}


def test_one_of_two_codes_is_enough() -> None:
    image = printed_sheet(DOSSIER).copy()
    image.paste("white", (0, 0, image.width, image.height * 2 // 3))  # torn off
    assert [mark.text for mark in find_marks(np.asarray(image.convert("L")))] == [str(DOSSIER)]


@pytest.mark.parametrize(
    "text",
    ["SOHOA/", "SOHOA/2/DOSSIER/H31-261123-0001", "SOHOA/1/DOSSIER", "SOHOA/1/DOSSIER/?", "HTTP://A",
     "SOHOA/1/DOCUMENT/a b", "SOHOA/1/FOLDER/x", "SOHOA/1/DOSSIER/H31-269999-0001"],
)  # fmt: skip
def test_what_is_no_code_of_ours_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        CoverCode.parse(text)


@pytest.mark.parametrize("code", [DOSSIER, CoverCode.document(), CoverCode.document("giay_to.1")])
def test_a_code_is_read_as_it_was_printed(code: CoverCode) -> None:
    assert CoverCode.parse(str(code)) == code
    assert code.kind in CoverKind
