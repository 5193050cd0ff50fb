"""Cover sheets and separators to print and lay between papers before they are scanned.

The same QR code stands twice on a sheet, at the highest error correction (ISO/IEC 18004, level H),
with what it says in words beside it: a fold, a staple or a stamp costs at most one of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import segno

from copies.typesetting import FAMILY, Sheet
from dossiers.identifiers.cover_code import CoverCode, CoverKind

_MIDDLE = 105.0
_LARGE, _SMALL = 72.0, 30.0
_DOSSIER_HINTS = (
    "Đặt tờ này lên trên cùng của hồ sơ, trước giấy tờ đầu tiên.",
    "Mọi trang quét sau tờ này thuộc về hồ sơ, cho đến tờ bìa hồ sơ kế tiếp.",
    "Quét cả tờ, không che, không đóng dấu, không ghim lên mã QR.",
)
_DOCUMENT_HINTS = (
    "Đặt tờ này trước mỗi giấy tờ trong hồ sơ.",
    "Các trang quét sau tờ này là một giấy tờ mới, cho đến tờ phân cách kế tiếp.",
    "Quét cả tờ, không che, không đóng dấu, không ghim lên mã QR.",
)
_NOT_KEPT = "Tờ này chỉ dùng khi quét, không phải là giấy tờ của hồ sơ và không vào bản điện tử."


@dataclass(frozen=True, slots=True)
class CoverSheet:
    """One sheet: what its code says, and a line for people (the procedure, the paper's name)."""

    code: CoverCode
    note: str = ""


class _Blank(Sheet):
    def header(self) -> None:
        """Sheets have no page numbers: each is used alone."""


def write_covers(sheets: Sequence[CoverSheet], agency: str, moment: dt.datetime, out: Path) -> None:
    """Write the sheets, one an A4 page, as PDF/A-3u.

    Raises:
        FontMissing: the Liberation fonts are not installed.
    """
    page = _Blank()
    page.set_auto_page_break(auto=False)
    for sheet in sheets:
        page.add_page()
        _draw(page, sheet, agency)
    page.write_pdfa(out, "Tờ bìa và tờ phân cách hồ sơ", agency, moment, [])


def _draw(page: Sheet, sheet: CoverSheet, agency: str) -> None:
    dossier = sheet.code.kind is CoverKind.DOSSIER
    page.set_draw_color(0)
    page.set_line_width(0.6)
    page.rect(15, 15, 180, 267, round_corners=True, corner_radius=4)
    page.centred(_MIDDLE, 29, agency, "B", 14)
    page.set_line_width(0.25)
    page.line(75, 33, 135, 33)
    page.centred(_MIDDLE, 52, "TỜ BÌA HỒ SƠ" if dossier else "TỜ PHÂN CÁCH GIẤY TỜ", "B", 30)
    _code(page, str(sheet.code), _MIDDLE - _LARGE / 2, 64, _LARGE)
    label = "Mã hồ sơ" if dossier else "Mã thành phần hồ sơ"
    if sheet.code.code:
        page.centred(_MIDDLE, 151, label, "", 14)
        page.centred(_MIDDLE, 164, sheet.code.code, "B", _fitting(page, sheet.code.code))
    else:
        page.centred(_MIDDLE, 160, "Giấy tờ kế tiếp bắt đầu sau tờ này", "B", 20)
    if sheet.note:
        page.set_font(FAMILY, "", 14)
        page.set_xy(30, 172)
        page.multi_cell(150, 7, page.shown(sheet.note), align="C", max_line_height=7)
    page.set_line_width(0.25)
    page.line(25, 208, 185, 208)
    _hints(page, _DOSSIER_HINTS if dossier else _DOCUMENT_HINTS)
    _code(page, str(sheet.code), 153, 240, _SMALL)
    page.centred(168, 276, str(sheet.code), "", 6)


def _hints(page: Sheet, hints: Sequence[str]) -> None:
    y = 217.0
    for number, hint in enumerate(hints, 1):
        page.set_font(FAMILY, "B", 13)
        page.text(25, y, f"{number}.")
        page.set_font(FAMILY, "", 13)
        page.text(31, y, page.shown(hint))
        y += 8
    page.set_font(FAMILY, "I", 12)
    page.set_xy(25, 247)
    page.multi_cell(112, 6, _NOT_KEPT, align="L")


def _fitting(page: Sheet, text: str) -> int:
    """The largest size, up to 34 points, at which a code fits between the edges."""
    for size in range(34, 10, -1):
        page.set_font(FAMILY, "B", size)
        if page.get_string_width(text) <= 160:
            return size
    return 10


def _code(page: Sheet, text: str, left: float, top: float, side: float) -> None:
    """A QR code of so many millimetres, in runs of modules: sharp at any size, small in the file."""
    matrix = segno.make(text, error="h", micro=False).matrix
    module = side / len(matrix)
    page.set_fill_color(0)
    for row, modules in enumerate(matrix):
        start = None
        for column, dark in enumerate([*modules, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                width = (column - start) * module
                page.rect(left + start * module, top + row * module, width, module, style="F")
                start = None
