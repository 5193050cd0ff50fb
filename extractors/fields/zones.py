"""Fields by their place in an administrative document (NĐ 30/2020/NĐ-CP, Phụ lục I, zones 1–9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from dossiers.reading import Word
from dossiers.text import fold
from extractors.fields.frame import Frame, frame_of, names_office, near, office_text
from extractors.fields.labels import Found
from extractors.numbering import is_numbered, symbol_in
from extractors.rows import Row
from extractors.types import DocumentType, FieldType, Zone

_AGENCY = re.compile(
    r"(uy ban nhan dan|ubnd|hoi dong nhan dan|hdnd|so |chi cuc|cuc |phong |trung tam|cong an|"
    r"van phong|thue |ban |bo |tong cuc|truong |benh vien|toa an|vien )"
)
_UNIT = re.compile(r"(xa|phuong|thi tran|huyen|quan|thi xa|thanh pho|tp\.?|tinh) ")
_BARE_AGENCY = ("uy ban nhan dan", "ubnd", "hoi dong nhan dan")
_ON_BEHALF = re.compile(r"(tm|kt|tl|tuq)[.,]|nguoi ky")
_ENDS_SUBJECT = re.compile(
    r"^(can cu|kinh gui|xet |theo |thuc hien|dieu 1|nguoi |[-+•] |(phan )?[ivx]{1,4}[.)]|\d{1,2}[.)] |"
    r"ngay \d|hom nay)"
)
_BEGINS_SUBJECT = re.compile(r"^(ve|v/v|v/ v)\b")
_MOST_SUBJECT_LINES = 9
_PERSON = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){1,4}")

_Hit = tuple[list[Word], int, float] | None


def find_zoned(kind: DocumentType, rows: Sequence[Row]) -> list[Found]:
    """Values of the fields that a type places in a zone."""
    zoned = [field for field in kind.fields if field.zone is not None]
    frame = frame_of(rows, kind.titles) if zoned else None
    if frame is None:
        return []
    found = []
    for field in zoned:
        hit = _FINDERS[field.zone](frame) if field.zone else None
        if hit:
            words, page, fit = hit
            found.append(Found(field, tuple(words), page, fit))
    return found


def _words(rows: Sequence[Row]) -> list[Word]:
    return [word for row in rows for word in row.words]


def _agencies(frame: Frame) -> list[list[Row]]:
    """The agencies above number and title: each begins with a word that agencies begin with."""
    groups: list[list[Row]] = []
    below = [row.box.y0 for row in (frame.number, frame.title) if row is not None]
    for row in frame.header_left:
        if row.box.y0 >= min(below, default=row.page_height):
            break
        if groups and not near(groups[-1][-1], row, 2.2):
            break
        starts = _AGENCY.match(row.folded) is not None
        if len(row.words) < 2 or not (row.in_capitals or (starts and _mostly_capitals(row.text))):
            continue
        bare = groups and groups[-1][-1].folded in _BARE_AGENCY
        if groups and (not starts or (bare and _UNIT.match(row.folded))):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _mostly_capitals(text: str) -> bool:
    """Agencies are printed in capitals; short names stand or fall with one letter (``sở Y TẾ``)."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) >= 0.5 * len(letters)


def _issuer(frame: Frame) -> _Hit:
    groups = _agencies(frame)
    if not groups:
        return None
    known = _AGENCY.match(groups[-1][0].folded) is not None
    return _words(groups[-1]), frame.first_page, 1.0 if known else 0.8


def _parent(frame: Frame) -> _Hit:
    groups = _agencies(frame)
    return (_words(groups[-2]), frame.first_page, 1.0) if len(groups) > 1 else None


def _number(frame: Frame) -> _Hit:
    if frame.number is not None:
        return list(frame.number.words), frame.number.page, 1.0
    # Some forms centre the number under the title.
    row = next((row for row in frame.pieces if is_numbered(row)), None)
    return (list(row.words), row.page, 0.8) if row else None


def _symbol(frame: Frame) -> _Hit:
    """What stands behind the stroke; whatever a pen wrote before it does not matter."""
    row = frame.number
    if row is None:
        return None
    for start in range(len(row.words) - 1, -1, -1):
        last = replace(row, words=row.words[start:])
        if symbol_in(last.text):
            return list(last.words), row.page, 1.0
    return None


def _place(frame: Frame) -> _Hit:
    row = frame.dated
    if row is None:
        return None
    words = []
    for word in row.words:
        if fold(word.text).startswith("ngay"):
            break
        words.append(word)
    return (words, row.page, 1.0) if words else None


def _issue_date(frame: Frame) -> _Hit:
    row = frame.dated
    if row is None:
        return None
    start = next(i for i, w in enumerate(row.words) if "ngay" in fold(w.text))
    return list(row.words[start:]), row.page, 1.0


def _subject(frame: Frame) -> _Hit:
    """The centred lines under the title, up to the body (zone 5a)."""
    lines = _under_title(frame, frame.title) if frame.title else _from_about(frame)
    if not lines:
        return None
    if not lines[0].text[0].isupper():
        return _words(lines), lines[0].page, 0.2  # a stamp hides its beginning
    return _words(lines), lines[0].page, 1.0 if _BEGINS_SUBJECT.match(lines[0].folded) else 0.9


def _under_title(frame: Frame, title: Row) -> list[Row]:
    middle, width = title.box.centre[0], title.page_width
    below = sorted(
        (
            row
            for row in frame.pieces
            if row.page == title.page and row.box.y0 > title.box.centre[1]
        ),
        key=lambda row: row.box.y0,
    )
    right = max((row.box.x1 for row in below), default=0.0)
    lines: list[Row] = []
    for piece in below:
        row = piece if lines else _from_its_beginning(piece)
        before = lines[-1] if lines else title
        if not any(letter.isalnum() for letter in row.text):
            continue
        if abs(row.box.centre[0] - middle) > 0.12 * width and row.box.width < 0.6 * width:
            continue  # a stamp beside it
        indented = row.box.x0 > 0.12 * width and row.box.x1 > right - 0.02 * width
        begins_body = indented and row.box.centre[0] - middle > 0.02 * width and bool(lines)
        if (
            not near(before, row, 1.15 if lines else 2.6)
            or _begins_text(row)
            or (lines and row.in_capitals != lines[0].in_capitals and len(row.words) > 2)
            or (begins_body and not near(before, row, 0.5))
            or len(lines) == _MOST_SUBJECT_LINES
        ):
            break
        lines.append(row)
    return lines


def _begins_text(row: Row) -> bool:
    """Whether a line begins what comes after a subject; a line that goes on with one is small."""
    return not row.text[0].islower() and _ENDS_SUBJECT.match(row.folded) is not None


def _from_its_beginning(row: Row) -> Row:
    """A line without what a stamp left before ``Về``."""
    for start in range(min(4, len(row.words) - 1)):
        rest = replace(row, words=row.words[start:])
        if _BEGINS_SUBJECT.match(rest.folded):
            return rest
    return row


def _from_about(frame: Frame) -> list[Row]:
    """``Về việc …`` where no title is found above it."""
    for index, row in enumerate(frame.pieces):
        if row.page != frame.first_page or not row.folded.startswith("ve viec"):
            continue
        lines = [row]
        for after in frame.pieces[index + 1 :]:
            if (
                after.page != row.page
                or after.in_capitals
                or _begins_text(after)
                or not near(lines[-1], after)
            ):
                break
            lines.append(after)
        return lines
    return []


def _letter_subject(frame: Frame) -> _Hit:
    """``V/v …`` in the left column under the number (zone 5b)."""
    left = frame.header_left
    for index, row in enumerate(left):
        if re.match(r"v\s?[/1l]\s?v\b", row.folded):
            lines = [row]
            for after in left[index + 1 :]:
                if not near(lines[-1], after) or _begins_text(after):
                    break
                lines.append(after)
            return _words(lines), row.page, 1.0
    return None


def _addressee(frame: Frame) -> _Hit:
    """After ``Kính gửi`` (zone 9a): on its line, or one with a dash a line."""
    for row in frame.pieces:
        if not row.folded.startswith("kinh gui"):
            continue
        words = list(row.words[2:])
        words = words[1:] if words and words[0].text.strip(" :") == "" else words
        lines = [row]
        below = [r for r in frame.pieces if r.page == row.page and r.box.y0 > row.box.centre[1]]
        for after in sorted(below, key=lambda r: (r.box.y0, r.box.x0)):
            if not _addresses_on(row, lines[-1], after, bool(words) or len(lines) == 1):
                break
            lines.append(after)
            words.extend(after.words)
        return (words, row.page, 1.0) if words else None
    return None


def _addresses_on(first: Row, before: Row, after: Row, running: bool) -> bool:
    """Whether a line goes on with the addressees: one with a dash, or the rest of a long one."""
    if after.text.lstrip().startswith(("-", "–", "+")):
        return True
    if not running:
        return False
    ended = before.text.rstrip().endswith((".", ";"))
    wraps = before.box.x1 > 0.8 * first.page_width
    beside = after.box.x0 > first.box.x0 + 0.4 * first.page_width
    apart = beside or after.box.x0 < first.box.x0 or not near(before, after, 0.9)
    return wraps and not (ended or apart)


def _signer_title(frame: Frame) -> _Hit:
    """The last office before the signature; what stands above the name is another of the person's."""
    block = frame.sign_off
    own: list[Row] = []
    # Whoever signs for the head (KT.) is the deputy: without PHÓ the line is not whole.
    deputy = any(re.match(r"kt[.,]", office_text(row)) for row in block)
    for index, row in enumerate(block):
        if index and not near(block[index - 1], row):
            break
        if names_office(row) and not _ON_BEHALF.match(office_text(row)):
            own.append(_without_strokes(row))
    if not own:
        return None
    whole = not deputy or office_text(own[-1]).startswith("pho ")
    return list(own[-1].words), own[-1].page, 1.0 if whole else 0.2


def _signer(frame: Frame) -> _Hit:
    """The last line of the block that is a name; a seal may have cost its first letters."""
    block = [_without_strokes(row) for row in frame.sign_off]
    names = [row for row in block if not row.in_capitals and _PERSON.fullmatch(row.text)]
    whole = [row for row in names if all(word.text[0].isupper() for word in row.words)]
    if whole:
        return list(whole[-1].words), whole[-1].page, 1.0
    begun = [row for row in names if all(word.text[0].isupper() for word in row.words[1:])]
    if begun:
        return list(begun[-1].words), begun[-1].page, 0.7
    for row in reversed([row for row in block if not names_office(row)]):
        if len(name := _name_among(row.words)) > 2:
            return name, row.page, 0.5
    return None


def _name_among(words: Sequence[Word]) -> list[Word]:
    """The most words of a line, side by side, that make a name: a seal left marks beside them."""
    best: list[Word] = []
    for start in range(len(words)):
        for end in range(start + 2, len(words) + 1):
            part = list(words[start:end])
            title = all(word.text[:2].istitle() for word in part)
            if (
                len(part) > len(best)
                and title
                and _PERSON.fullmatch(" ".join(w.text for w in part))
            ):
                best = part
    return best


def _without_strokes(row: Row) -> Row:
    """A line without what the ends of a pen's strokes and of rules were read as."""
    lettered = [at for at, word in enumerate(row.words) if any(c.isalpha() for c in word.text)]
    if not lettered or len(lettered) == len(row.words):
        return row
    return replace(row, words=row.words[lettered[0] : lettered[-1] + 1])


def _recipients(frame: Frame) -> _Hit:
    """The list under ``Nơi nhận`` (zone 9b)."""
    row = frame.recipients
    if row is None:
        return None
    below = sorted(
        (
            r
            for r in frame.pieces
            if r.page == row.page
            and r.box.y0 >= row.box.centre[1]
            and r.box.x0 < row.box.x0 + 0.3 * row.page_width
        ),
        key=lambda r: r.box.y0,
    )
    lines: list[Row] = []
    for after in below:
        if not near(lines[-1] if lines else row, after):
            break
        lines.append(after)
    return (_words(lines), row.page, 1.0) if lines else None


_FINDERS: Mapping[Zone, Callable[[Frame], _Hit]] = {
    Zone.ISSUER: _issuer,
    Zone.PARENT_AGENCY: _parent,
    Zone.NUMBER: _number,
    Zone.SYMBOL: _symbol,
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
    """The text of a zone as its value: a list as one line parted by ``; ``, a symbol alone."""
    if field.zone is Zone.SYMBOL:
        return symbol_in(raw) or raw
    if field.zone is Zone.SIGNER_TITLE:
        return raw.lstrip(" -–—")
    if field.zone in (Zone.ISSUER, Zone.PARENT_AGENCY):
        return raw.upper() if _mostly_capitals(raw) else raw
    if field.zone not in LISTED:
        return raw
    return "; ".join(_items(raw))


def _items(raw: str) -> Iterator[str]:
    for item in re.split(r"(?:^|[;.])\s*[-–+•]\s*|;\s*", raw):
        if item.strip(" ;.,-"):
            yield item.strip(" ;.,")
