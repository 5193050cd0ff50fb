"""Pages laid out by hand, line by line, as a recogniser gives them."""

from __future__ import annotations

from collections.abc import Sequence

from dossiers.reading import Box, PageOutcome, PageReading, Word

#: Left edge and top in points, and the text; three blanks are a wide gap.
Line = tuple[float, float, str]

_LETTER, _HEIGHT = 5.0, 12.0


def page_of(lines: Sequence[Line], number: int = 1, confidence: float = 0.96) -> PageReading:
    """An A4 page of lines, in the order given."""
    words: list[Word] = []
    for index, (left, top, text) in enumerate(lines):
        x = float(left)
        for token in text.replace("   ", " \t ").split(" "):
            if token == "\t":
                x += 50
                continue
            box = Box(x, top, x + _LETTER * max(1, len(token)), top + _HEIGHT)
            words.append(Word(token, box, confidence, index))
            x = box.x1 + 3
    return PageReading(number, 595, 842, 300, 0, 0, PageOutcome.OK, "test", words=tuple(words))


def centred(middle: float, top: float, text: str) -> Line:
    """A line about a middle."""
    width = sum(_LETTER * len(token) for token in text.split()) + 3 * text.count(" ")
    return middle - width / 2, top, text


def document(
    *,
    title: str | None,
    number: str,
    agency: Sequence[str] = ("ỦY BAN NHÂN DÂN", "XÃ VĂN GIANG"),
    day: str = "Văn Giang, ngày 19 tháng 02 năm 2026",
    note: str | None = None,
    subject: str | Sequence[str] = "Về việc số hóa hồ sơ",
    body: Sequence[str] = ("Thực hiện chương trình công tác năm 2026.",),
    office: Sequence[str] = ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
    signer: str = "Hà Duy Mẫu",
) -> list[Line]:
    """A document in the form of NĐ 30/2020/NĐ-CP, in reading order."""
    lines = [centred(150, 60 + 15 * at, line) for at, line in enumerate(agency)]
    y = 60 + 15 * len(agency) + 10
    lines.append(centred(150, y, number))
    if note:
        lines.append(centred(150, y + 16, note))
    lines += [
        centred(410, 60, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        centred(410, 76, "Độc lập - Tự do - Hạnh phúc"),
        centred(410, y, day),
    ]
    y += 45
    if title:
        lines.append(centred(300, y, title))
        rows = [subject] if isinstance(subject, str) else subject
        lines += [centred(300, y + 15 * (at + 1), row) for at, row in enumerate(rows)]
        y += 15 * len(rows) + 40
    lines += [(90, y + 16 * at, line) for at, line in enumerate(body)]
    y += 16 * len(body) + 20
    lines += [(90, y, "Nơi nhận:"), (90, y + 14, "- Như trên;"), (90, y + 28, "- Lưu: VT, TP.")]
    lines += [centred(430, y + 15 * at, line) for at, line in enumerate(office)]
    return [*lines, centred(430, y + 15 * len(office) + 60, signer)]
