"""Fields by their place in an administrative document (NĐ 30/2020/NĐ-CP, Phụ lục I, zones 1–9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from dossiers.reading import Word
from dossiers.text import fold
from extractors.fields.labels import Found
from extractors.rows import Row, columns_of
from extractors.types import DocumentType, FieldType, Zone

_MOTTO = "cong hoa xa hoi chu nghia viet nam"
_AGENCY = re.compile(
    r"(uy ban nhan dan|ubnd|hoi dong nhan dan|hdnd|so |chi cuc|cuc |phong |trung tam|cong an|"
    r"van phong|thue |ban |bo |tong cuc|truong |benh vien|toa an|vien )"
)
_UNIT = re.compile(r"(xa|phuong|thi tran|huyen|quan|thi xa|thanh pho|tp\.?|tinh) ")
_NUMBER = re.compile(r"^s[o0]\s*[:.;]?\s*\d|^s[o0]\s*[:;]|^\d{1,6}\s*/\s*[a-z0-9]")
_DATED = re.compile(r"^(?P<place>[^,]{2,60}),?\s*ngay\s*\d{1,2}\s*thang\s*\d{1,2}\s*nam\s*\d{4}")
_OFFICE = re.compile(
    r"^(tm|kt|tl|tuq|q)[.,]|^(quyen )?(pho )?(chu tich|giam doc|tong giam doc|truong phong|truong ban|"
    r"chanh van phong|cuc truong|chi cuc truong|bo truong|thu truong|vien truong|hieu truong|"
    r"nguoi ky)|^pho truong|^nguoi (?:ky|tiep nhan)"
)
_ENDS_SUBJECT = re.compile(r"^(can cu|kinh gui|xet |theo |thuc hien|dieu 1|nguoi )")
_PERSON = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){1,4}")
# A name with marks of a seal on its line: what is missing of it may be under them.
_AMONG_MARKS = 0.7


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The rows of a document, cut into columns, and where its right column starts."""

    rows: Sequence[Row]
    motto: Row | None

    @property
    def first_page(self) -> int:
        return self.motto.page if self.motto else self.rows[0].page

    def left_header(self) -> list[Row]:
        """Left column above the body, from the top."""
        if self.motto is None:
            return []
        edge = self.motto.box.x0
        left = [
            row
            for row in self.rows
            if row.page == self.motto.page
            and row.box.x1 < edge + 0.04 * row.page_width
            and row.box.centre[0] < edge
            and row.box.y0 < 0.32 * row.page_height
        ]
        return sorted(left, key=lambda row: row.box.y0)

    def sign_off(self) -> list[Row]:
        """Right half from the office of the signer down; of the last page that has one."""
        for index in range(len(self.rows) - 1, -1, -1):
            row = self.rows[index]
            right = row.box.centre[0] > 0.45 * row.page_width
            if right and _office(row):
                return self._block(row)
        return []

    def _block(self, last: Row) -> list[Row]:
        right = [
            row
            for row in self.rows
            if row.page == last.page and row.box.centre[0] > 0.45 * row.page_width
        ]
        right.sort(key=lambda row: row.box.y0)
        start = next(i for i, row in enumerate(right) if row is last)
        while start and right[start - 1].in_capitals and _near(right[start - 1], right[start]):
            start -= 1
        return right[start:]


def _office(row: Row) -> bool:
    """Whether a row names an office in capitals; the place behind it may be in small letters."""
    match = _OFFICE.match(row.folded)
    if match is None:
        return False
    return row.in_capitals or row.text[: match.end()].isupper()


def _near(upper: Row, lower: Row) -> bool:
    return lower.box.y0 - upper.box.y1 < 1.6 * max(upper.height, lower.height)


def find_zoned(kind: DocumentType, rows: Sequence[Row]) -> list[Found]:
    """Values of the fields that a type places in a zone."""
    columns = [piece for row in columns_of(rows) for piece in _apart(row)]
    if not columns:
        return []
    motto = next((row for row in columns if fuzz.ratio(_MOTTO, row.folded) >= 85), None)
    sheet = _Sheet(columns, motto)
    found = []
    for field in kind.fields:
        if field.zone is None:
            continue
        hit = _FINDERS[field.zone](sheet)
        if hit:
            words, page, fit = hit
            found.append(Found(field, tuple(words), page, fit))
    return found


def _apart(row: Row) -> list[Row]:
    """A row whose end is the national heading, cut before it: long agencies come close to it."""
    count = len(_MOTTO.split())
    if len(row.words) <= count:
        return [row]
    left, right = (replace(row, words=part) for part in (row.words[:-count], row.words[-count:]))
    return [left, right] if fuzz.ratio(_MOTTO, right.folded) >= 85 else [row]


_Hit = tuple[list[Word], int, float] | None


def _words(rows: Sequence[Row]) -> list[Word]:
    return [word for row in rows for word in row.words]


def _number_row(sheet: _Sheet) -> Row | None:
    return next((row for row in sheet.left_header() if _NUMBER.match(row.folded)), None)


def _agencies(sheet: _Sheet) -> list[list[Row]]:
    """The agencies above the number: each begins with a word that agencies begin with."""
    number = _number_row(sheet)
    groups: list[list[Row]] = []
    for row in sheet.left_header():
        if number is not None and row.box.y0 >= number.box.y0:
            break
        if not row.in_capitals or len(row.words) < 2:
            continue
        starts = _AGENCY.match(row.folded) is not None
        bare = groups and groups[-1][-1].folded in ("uy ban nhan dan", "ubnd", "hoi dong nhan dan")
        if groups and (not starts or (bare and _UNIT.match(row.folded))):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _issuer(sheet: _Sheet) -> _Hit:
    groups = _agencies(sheet)
    if not groups:
        return None
    known = _AGENCY.match(groups[-1][0].folded) is not None
    return _words(groups[-1]), sheet.first_page, 1.0 if known else 0.8


def _parent(sheet: _Sheet) -> _Hit:
    groups = _agencies(sheet)
    return (_words(groups[-2]), sheet.first_page, 1.0) if len(groups) > 1 else None


def _number(sheet: _Sheet) -> _Hit:
    row = _number_row(sheet)
    if row is None:
        # Some forms centre the number under the title.
        row = next((r for r in sheet.rows if _NUMBER.match(r.folded)), None)
        return (list(row.words), row.page, 0.8) if row else None
    return list(row.words), row.page, 1.0


def _dated_row(sheet: _Sheet) -> Row | None:
    return next((row for row in sheet.rows if _DATED.match(row.folded)), None)


def _place(sheet: _Sheet) -> _Hit:
    row = _dated_row(sheet)
    if row is None:
        return None
    words = []
    for word in row.words:
        if fold(word.text).startswith("ngay"):
            break
        words.append(word)
    return (words, row.page, 1.0) if words else None


def _issue_date(sheet: _Sheet) -> _Hit:
    row = _dated_row(sheet)
    if row is None:
        return None
    start = next(i for i, w in enumerate(row.words) if "ngay" in fold(w.text))
    return list(row.words[start:]), row.page, 1.0


def _subject(sheet: _Sheet) -> _Hit:
    """Lines under the title, centred, up to the body (zone 5a)."""
    for index, row in enumerate(sheet.rows):
        if not fuzz.partial_ratio("ve viec", row.folded[:8]) >= 85 or row.page != sheet.first_page:
            continue
        lines = [row]
        for after in sheet.rows[index + 1 :]:
            if (
                after.page != row.page
                or after.in_capitals
                or _ENDS_SUBJECT.match(after.folded)
                or not _near(lines[-1], after)
            ):
                break
            lines.append(after)
        return _words(lines), row.page, 1.0
    return None


def _letter_subject(sheet: _Sheet) -> _Hit:
    """``V/v …`` in the left column under the number (zone 5b)."""
    left = sheet.left_header()
    for index, row in enumerate(left):
        if re.match(r"v\s?[/1l]\s?v\b", row.folded):
            lines = [row]
            for after in left[index + 1 :]:
                if not _near(lines[-1], after) or _ENDS_SUBJECT.match(after.folded):
                    break
                lines.append(after)
            return _words(lines), row.page, 1.0
    return None


def _addressee(sheet: _Sheet) -> _Hit:
    """After ``Kính gửi`` (zone 9a): on its line, or one with a dash a line."""
    for row in sheet.rows:
        if not row.folded.startswith("kinh gui"):
            continue
        words = list(row.words[2:])
        words = words[1:] if words and words[0].text.strip(" :") == "" else words
        lines = [row]
        below = [r for r in sheet.rows if r.page == row.page and r.box.y0 > row.box.centre[1]]
        for after in sorted(below, key=lambda r: (r.box.y0, r.box.x0)):
            listed = after.text.lstrip().startswith(("-", "–", "+"))
            if not listed and (words or len(lines) == 1):
                # One addressee may run on to a second line while it is not ended.
                ended = lines[-1].text.rstrip().endswith((".", ";"))
                wraps = lines[-1].box.x1 > 0.8 * row.page_width
                beside = after.box.x0 > row.box.x0 + 0.4 * row.page_width
                if ended or not wraps or beside or after.box.x0 < row.box.x0:
                    break
            elif not listed:
                break
            lines.append(after)
            words.extend(after.words)
        return (words, row.page, 1.0) if words else None
    return None


def _signer_title(sheet: _Sheet) -> _Hit:
    offices = [row for row in sheet.sign_off() if _office(row)]
    own = [row for row in offices if not re.match(r"(tm|kt|tl|tuq)[.,]|nguoi ky", row.folded)]
    return (list(own[-1].words), own[-1].page, 1.0) if own else None


def _signer(sheet: _Sheet) -> _Hit:
    """The last line of the block that is a name; a seal may have left marks before or after it."""
    rows = [row for row in reversed(sheet.sign_off()) if not row.in_capitals]
    for row in rows:
        if len(_longest_name(row.words)) == len(row.words):
            return list(row.words), row.page, 1.0
    for row in rows:
        name = _longest_name([word for word in row.words if len(word.text) > 1])
        if len(name) > 2:
            return name, row.page, _AMONG_MARKS
    return None


def _longest_name(words: Sequence[Word]) -> list[Word]:
    """The most words of a row, side by side, that make a name."""
    best: list[Word] = []
    for start in range(len(words)):
        for end in range(start + 2, len(words) + 1):
            part = list(words[start:end])
            text = " ".join(word.text for word in part)
            capitals = all(word.text[0].isupper() for word in part)
            if len(part) > len(best) and capitals and _PERSON.fullmatch(text):
                best = part
    return best


def _recipients(sheet: _Sheet) -> _Hit:
    """The list under ``Nơi nhận`` (zone 9b)."""
    for index, row in enumerate(sheet.rows):
        if fuzz.ratio("noi nhan", row.folded.strip(" :.")) < 80:
            continue
        below = [
            r
            for r in sheet.rows[index + 1 :]
            if r.page == row.page and r.box.x0 < row.box.x0 + 0.3 * row.page_width
        ]
        below.sort(key=lambda r: r.box.y0)
        lines: list[Row] = []
        for after in below:
            if after.box.y0 < row.box.y0 or not _near(lines[-1] if lines else row, after):
                break
            lines.append(after)
        return (_words(lines), row.page, 1.0) if lines else None
    return None


_FINDERS: Mapping[Zone, Callable[[_Sheet], _Hit]] = {
    Zone.ISSUER: _issuer,
    Zone.PARENT_AGENCY: _parent,
    Zone.NUMBER: _number,
    Zone.PLACE: _place,
    Zone.ISSUE_DATE: _issue_date,
    Zone.SUBJECT: _subject,
    Zone.LETTER_SUBJECT: _letter_subject,
    Zone.ADDRESSEE: _addressee,
    Zone.SIGNER: _signer,
    Zone.SIGNER_TITLE: _signer_title,
    Zone.RECIPIENTS: _recipients,
}

LISTED = frozenset({Zone.RECIPIENTS, Zone.ADDRESSEE})


def listed(field: FieldType, raw: str) -> str:
    """A list of recipients or addressees as one line: items parted by ``; ``."""
    if field.zone not in LISTED:
        return raw
    items = re.split(r"(?:^|[;.])\s*[-–+•]\s*|;\s*", raw)
    return "; ".join(item.strip(" ;.,") for item in items if item.strip(" ;.,-"))
