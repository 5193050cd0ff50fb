"""Where the sign-off block of a born-electronic document stands (NĐ 30/2020, Phụ lục I, zones 7a-7c).

The position of the signer (``TM. ỦY BAN NHÂN DÂN``, ``KT. CHỦ TỊCH``, ``CHỦ TỊCH``), room for the
signature, the name, all centred on one line: found in the text of the last page that has such a
block. Appendices may follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from statistics import median

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from dossiers.reading import Box
from dossiers.text import fold, nfc
from signing.page_space import PageSpace, page_space

# On behalf of, for, by order of, by delegation of, acting (NĐ 30/2020, Phụ lục I, II.7.a).
_AUTHORITY = re.compile(r"(tm|kt|tl|tuq|q)\s*\. ?\w")
_TITLE = re.compile(
    r"(pho )?(chu tich|giam doc|tong giam doc|truong phong|chanh van phong|chanh thanh tra|cuc truong"
    r"|chi cuc truong|bo truong|thu truong|thu truong co quan|vien truong|hieu truong|truong ban"
    r"|vu truong|tong cuc truong|hanh chinh cong)\b|nguoi (thuc hien chung thuc|ky trich luc)"
)
_RANKS = re.compile(r"^((thiếu|trung|thượng|đại) (úy|tá|tướng)|đại úy)\s+", re.IGNORECASE)
_GAP = 1.4  # letters' heights of blank between two columns of one line
_CENTRE = 30.0  # points by which centred lines may be off: names are set by eye
_LEAST_ROOM = 24.0  # points between position and name in which a signature is still one
_MOST_ROOM = 200.0


@dataclass(frozen=True, slots=True)
class SignOff:
    """Room for a signature, in points as displayed: page (0-based) and the blank box.

    ``room`` reaches from the last position line to the name, over the width of the wider of both.
    """

    page: int
    room: Box

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the room."""
        return self.room.centre


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    box: Box


def find_sign_off(source: bytes) -> SignOff | None:
    """The sign-off block nearest to the end; ``None`` where the text shows none.

    Raises:
        pikepdf.PdfError, pypdfium2.PdfiumError: the file cannot be read.
    """
    with pikepdf.open(BytesIO(source)) as pdf, pdfium.PdfDocument(source) as document:
        for index in range(len(document) - 1, -1, -1):
            text = document[index].get_textpage()
            # Letter by letter only where a position may stand: long files have many pages.
            folded = fold(text.get_text_bounded())
            if not (_AUTHORITY.search(folded) or _TITLE.search(folded)):
                continue
            room = _room(_lines(text, page_space(pdf.pages[index])))
            if room is not None:
                return SignOff(index, room)
    return None


def _room(lines: list[_Line]) -> Box | None:
    """The lowest blank between a position and a name that stand on one centre line."""
    positions = [line for line in lines if _is_position(line.text)]
    names = [line for line in lines if _is_name(line.text)]
    found: list[Box] = []
    for name in names:
        above = [p for p in positions if _over(p.box, name.box)]
        if not above:
            continue
        nearest = max(above, key=lambda line: line.box.y1)
        top, bottom = nearest.box.y1, name.box.y0
        left = min(nearest.box.x0, name.box.x0)
        right = max(nearest.box.x1, name.box.x1)
        blank = not any(_inside(line.box, left, top, right, bottom) for line in lines)
        if blank and _LEAST_ROOM <= bottom - top <= _MOST_ROOM:
            found.append(Box(left, top, right, bottom))
    return max(found, key=lambda room: (room.y1, room.x1)) if found else None


def _over(position: Box, name: Box) -> bool:
    return position.y1 < name.y0 and abs(position.centre[0] - name.centre[0]) <= _CENTRE


def _inside(box: Box, left: float, top: float, right: float, bottom: float) -> bool:
    x, y = box.centre
    return left < x < right and top < y < bottom


def _is_position(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    # Positions are set in capitals: prose that speaks of a chairman is none.
    if not letters or sum(char.isupper() for char in letters) < 0.8 * len(letters):
        return False
    folded = fold(text)
    return _AUTHORITY.match(folded) is not None or _TITLE.match(folded) is not None


def _is_name(text: str) -> bool:
    words = _RANKS.sub("", text).split()
    return 2 <= len(words) <= 6 and all(word.isalpha() and word.istitle() for word in words)


# --- lines of a page ----------------------------------------------------------------------------


def _lines(text: pdfium.PdfTextPage, space: PageSpace) -> list[_Line]:
    """Lines as displayed, columns apart, from the top."""
    rows: list[list[_Line]] = []
    for letter in sorted(_letters(text, space), key=lambda item: item.box.centre[1]):
        for row in reversed(rows[-4:]):
            middle = median(item.box.centre[1] for item in row)
            if abs(letter.box.centre[1] - middle) < 0.5 * max(letter.box.height, row[0].box.height):
                row.append(letter)
                break
        else:
            rows.append([letter])
    return [line for row in rows for line in _columns(row)]


def _letters(text: pdfium.PdfTextPage, space: PageSpace) -> Iterable[_Line]:
    """Every letter with the box of its font, not its ink: all letters of a line are as high."""
    for index in range(text.count_chars()):
        code = pdfium_c.FPDFText_GetUnicode(text, index)
        char = chr(code) if 0 < code < 0x110000 else ""
        if not char.strip():
            continue
        box = space.box(text.get_charbox(index, loose=True))
        if box.width > 0 and box.height > 0:
            yield _Line(char, box)


def _columns(row: list[_Line]) -> Iterable[_Line]:
    row.sort(key=lambda item: item.box.x0)
    height = median(item.box.height for item in row)
    part = [row[0]]
    for letter in row[1:]:
        if letter.box.x0 - part[-1].box.x1 > _GAP * height:
            yield _joined(part, height)
            part = []
        part.append(letter)
    yield _joined(part, height)


def _joined(letters: list[_Line], height: float) -> _Line:
    text = letters[0].text
    for before, letter in pairwise(letters):
        blank = letter.box.x0 - before.box.x1 > 0.12 * height
        text += f" {letter.text}" if blank else letter.text
    return _Line(nfc(text), Box.around(item.box for item in letters))
