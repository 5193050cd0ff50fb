"""The page of the certification (lời chứng), appended to a copy before it is signed.

Wording: TT 01/2020/TT-BTP, the model for copies from the original; for copies from an original
register NĐ 23/2015/NĐ-CP, Điều 2 and 18. It stands on the last page (Điều 20), with the sign-off
block in the right half as on any paper of an agency (NĐ 30/2020).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

import pikepdf
import pikepdf.pdfa

from copies.typesetting import FAMILY, MILLIMETRE, Sheet, Style
from dossiers.certification import CertificationNumber, written_date
from dossiers.reading import Box
from dossiers.text import nfc

_MIDDLE = 110.0  # millimetres: centre of the text frame, between margins of 30 and 20
_RIGHT = 148.5  # centre of the sign-off block (zone 7)
_ROOM = 34.0  # height left for signature and seal
_BLOCK = 77.0  # width of the sign-off block
_LONGEST = 300  # letters of a paper's name; the register has all of it
_UBND = re.compile(r"^(UBND|Ủy ban nhân dân)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Certification:
    """What the page says.

    ``position`` stands over the certifier's name, a line each; ``page_count`` is without the page
    itself; ``original_sha256`` of the original's scan, in hexadecimal.
    """

    number: CertificationNumber
    certified_on: dt.date
    agency: str
    position: tuple[str, ...]
    certifier: str
    paper: str
    page_count: int
    original_sha256: str


def append_certification(copy: Path, says: Certification, out: Path) -> Box:
    """Append the page to a PDF/A-3 copy and write ``out``; the copy's pages are not touched.

    Returns:
        The room for signature and seal on the new last page, in points from its top left.
    """
    sheet = Sheet()
    sheet.set_auto_page_break(auto=False)
    sheet.add_page()
    room = _set(sheet, says)
    with pikepdf.open(copy) as pdf, sheet.as_pdf() as page:
        pdf.pages.extend(page.pages)
        pdf.save(out, **pikepdf.pdfa.resolve_save_kwargs("3b", deterministic_id=True))
    return room


def full_name(agency: str) -> list[str]:
    """An agency's name in capitals, as at the head of its papers: ``ỦY BAN NHÂN DÂN``, ``XÃ …``."""
    return nfc(_UBND.sub("Ủy ban nhân dân\n", agency.strip())).upper().splitlines()


def _set(sheet: Sheet, says: Certification) -> Box:
    y = _head(sheet, full_name(says.agency)) + 26
    for text, style, size in _wording(says):
        sheet.centred(_MIDDLE, y, text, style, size)
        y += 9
    y += 9
    for line in says.position:
        sheet.centred(_RIGHT, y, line.upper(), "B", 13)
        y += 6
    top = y - 4
    bottom = top + _ROOM
    sheet.centred(_RIGHT, bottom + 5, says.certifier, "B", 14)
    _facts(sheet, says)
    left, right = _RIGHT - _BLOCK / 2, _RIGHT + _BLOCK / 2
    return Box(*(side * MILLIMETRE for side in (left, top, right, bottom)))


def _head(sheet: Sheet, agency: list[str]) -> float:
    """The agency over the left half, in as many lines as it takes, with its rule; where it ends."""
    sheet.set_font(FAMILY, "B", 13)
    sheet.set_xy(25, 20)
    for line in agency:
        sheet.set_x(25)
        sheet.multi_cell(80, 6, sheet.shown(line), align="C", new_y="NEXT")
    y = sheet.get_y() + 1
    sheet.set_line_width(0.25)
    sheet.line(65 - 14, y, 65 + 14, y)
    return y


def _wording(says: Certification) -> list[tuple[str, Style, int]]:
    date = written_date(says.certified_on)
    if says.number.key.extract:
        return [
            ("Bản sao được cấp từ sổ gốc", "B", 15),
            (f"Số: {says.number}", "", 14),
            ("Bản sao có nội dung đầy đủ, chính xác như nội dung ghi trong sổ gốc.", "", 13),
            (date, "I", 14),
        ]
    return [
        ("Chứng thực bản sao đúng với bản chính", "B", 15),
        (f"Số chứng thực {says.number}", "", 14),
        (date, "I", 14),
    ]


def _facts(sheet: Sheet, says: Certification) -> None:
    """What binds the page to the pages before it, at the foot."""
    source = "sổ gốc" if says.number.key.extract else "bản chính"
    facts = (
        f"Giấy tờ, văn bản: {shorten(says.paper, _LONGEST, placeholder=' …')}.",
        f"Bản sao điện tử gồm {says.page_count} trang, không kể trang này; tất cả cùng được ký số.",
        f"Mã băm SHA-256 của tệp số hóa từ {source}: {says.original_sha256}",
    )
    sheet.set_draw_color(120)
    sheet.set_line_width(0.15)
    sheet.line(30, 250, 190, 250)
    sheet.set_xy(30, 252)
    sheet.set_font(FAMILY, "", 10)
    for fact in facts:
        sheet.multi_cell(160, 4.6, sheet.shown(fact), align="L", new_x="LMARGIN", new_y="NEXT")
