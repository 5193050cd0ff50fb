"""The register of certified copies as a book: a PDF/A-3u to print or sign, with its CSV inside.

Columns follow the models of TT 01/2020/TT-BTP. Every number has its line, the cancelled ones too.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fpdf.fonts import FontFace

from copies.certification import full_name
from copies.payload import Attachment
from copies.typesetting import FAMILY, MILLIMETRE, Sheet
from dossiers.certification import EntryState, RegisterEntry, RegisterKey
from dossiers.clock import VIETNAM
from dossiers.reading import Box

_HEADS = (
    "Số chứng thực", "Ngày, tháng, năm", "Họ tên người yêu cầu", "Tên giấy tờ, văn bản",
    "Họ tên người ký", "Số bản sao", "Ghi chú",
)  # fmt: skip
_WIDTHS = (24, 25, 43, 63, 43, 17, 42)
_ALIGN = ("CENTER", "CENTER", "LEFT", "LEFT", "LEFT", "CENTER", "LEFT")
_CSV = (
    "so", "quyen", "ky_hieu", "nam", "ngay", "nguoi_yeu_cau", "giay_to", "so_trang", "nguoi_ky",
    "so_ban_sao", "tiep_nhan", "han_tra", "trang_thai", "ly_do", "sha256_tep_goc", "sha256_ban_sao",
)  # fmt: skip
_STATES = {
    EntryState.ISSUED: "đã chứng thực",
    EntryState.CANCELLED: "đã hủy",
    EntryState.RESERVED: "chưa hoàn thành",
}
_ROOM, _BLOCK = 34.0, 77.0
_SIGN_OFF = 75.0  # height that the closing lines and the sign-off block need together
_CENTRE, _RIGHT = 148.5, 225.0


@dataclass(frozen=True, slots=True)
class Book:
    """A register to be exported: its key, lines by number, and who signs it when."""

    key: RegisterKey
    entries: Sequence[RegisterEntry]
    agency: str
    position: tuple[str, ...]
    certifier: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class SigningRoom:
    """Where the book is signed: page (0-based), and the blank box in points from its top left."""

    page: int
    room: Box


def write_book(book: Book, out: Path) -> SigningRoom:
    """Write the book as PDF/A-3u; its lines are attached as CSV."""
    sheet = Sheet("landscape")
    sheet.set_margins(20, 20, 20)
    sheet.add_page()
    _head(sheet, book)
    _table(sheet, book)
    room = _close(sheet, book)
    name = f"so-{book.key.symbol.replace('/', '-')}-{book.key.year}.csv"
    data = Attachment(
        name, register_csv(book.entries).encode("utf-8-sig"), "text/csv", "Data", "Các dòng của sổ"
    )
    title = f"{_title(book.key)} năm {book.key.year}, ký hiệu {book.key.symbol}"
    sheet.write_pdfa(out, title, book.agency, book.at, [data])
    return room


def register_csv(entries: Sequence[RegisterEntry]) -> str:
    """The lines as CSV (RFC 4180); dates are ISO 8601."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_CSV)
    for entry in entries:
        number = entry.number
        row = (
            str(number.number),
            str(number.volume),
            number.key.symbol,
            str(number.key.year),
            entry.certified_on.isoformat(),
            entry.requester,
            entry.paper,
            str(entry.page_count),
            entry.certifier,
            str(len(entry.copies)),
            entry.received_at.astimezone(VIETNAM).isoformat(timespec="seconds"),
            entry.due_on.isoformat(),
            _STATES[entry.state],
            entry.reason or "",
            entry.original_sha256,
            " ".join(copy.sha256 for copy in entry.copies),
        )
        writer.writerow([_plain(cell) for cell in row])
    return text.getvalue()


def _plain(cell: str) -> str:
    # A name that begins like a formula must not become one in a spreadsheet.
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _title(key: RegisterKey) -> str:
    return "Sổ cấp bản sao từ sổ gốc" if key.extract else "Sổ chứng thực bản sao từ bản chính"


def _head(sheet: Sheet, book: Book) -> None:
    sheet.set_font(FAMILY, "B", 13)
    sheet.set_xy(20, 20)
    for line in full_name(book.agency):
        sheet.set_x(20)
        sheet.multi_cell(90, 6, sheet.shown(line), align="C", new_y="NEXT")
    sheet.centred(_CENTRE, 46, _title(book.key).upper(), "B", 15)
    sheet.centred(_CENTRE, 53, f"Năm {book.key.year} – Ký hiệu: {book.key.symbol}", "", 13)
    sheet.set_y(60)


def _table(sheet: Sheet, book: Book) -> None:
    sheet.set_font(FAMILY, "", 11)
    with sheet.table(
        col_widths=_WIDTHS,
        text_align=_ALIGN,
        headings_style=FontFace(emphasis="BOLD"),
        line_height=5.2,
        padding=1,
        v_align="TOP",
    ) as table:
        head = table.row()
        for text in _HEADS:
            head.cell(text, align="CENTER")
        for entry in book.entries:
            row = table.row()
            for text in _cells(entry):
                row.cell(sheet.shown(text))


def _cells(entry: RegisterEntry) -> tuple[str, ...]:
    number = entry.number
    copies = len(entry.copies)
    return (
        f"{number.number:02d}" if number.key.extract
        else f"{number.number:02d}, quyển {number.volume:02d}",
        f"{entry.certified_on:%d/%m/%Y}",
        entry.requester,
        f"{entry.paper} ({entry.page_count} trang)",
        entry.certifier,
        f"{copies:02d}" if copies else "–",
        _note(entry),
    )  # fmt: skip


def _note(entry: RegisterEntry) -> str:
    if entry.state is EntryState.CANCELLED:
        return f"Đã hủy: {entry.reason}"
    if entry.state is EntryState.RESERVED:
        return "Chưa hoàn thành"
    return f"Quá hạn (hẹn {entry.due_on:%d/%m/%Y})" if entry.late else ""


def _close(sheet: Sheet, book: Book) -> SigningRoom:
    """How many numbers there are, and the sign-off block, all on one page."""
    if sheet.will_page_break(_SIGN_OFF):
        sheet.add_page()
    sheet.set_font(FAMILY, "", 12)
    sheet.set_xy(20, sheet.get_y() + 4)
    sheet.multi_cell(257, 6, _count(book.entries), align="L", new_x="LMARGIN", new_y="NEXT")
    y = sheet.get_y() + 9
    for line in book.position:
        sheet.centred(_RIGHT, y, line.upper(), "B", 13)
        y += 6
    top = y - 4
    bottom = top + _ROOM
    sheet.centred(_RIGHT, bottom + 5, book.certifier, "B", 14)
    left, right = _RIGHT - _BLOCK / 2, _RIGHT + _BLOCK / 2
    box = Box(*(side * MILLIMETRE for side in (left, top, right, bottom)))
    return SigningRoom(sheet.page_no() - 1, box)


def _count(entries: Sequence[RegisterEntry]) -> str:
    if not entries:
        return "Sổ này chưa ghi số nào."
    cancelled = sum(entry.state is EntryState.CANCELLED for entry in entries)
    pending = sum(entry.state is EntryState.RESERVED for entry in entries)
    last = entries[-1].number.number
    text = f"Sổ này ghi {len(entries)} số, từ số 01 đến số {last:02d}"
    if cancelled:
        text += f"; {cancelled} số đã hủy"
    if pending:
        text += f"; {pending} số chưa hoàn thành"
    return text + "."
