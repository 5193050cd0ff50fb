"""TOML files read into models: every fault at once, told by line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from extractors.checked_toml.faults import Fault, said_of, sentences
from extractors.checked_toml.positions import lines_of_keys
from extractors.checked_toml.tables import Document, Place, follow

_MEMBERS = "members"
_FIELDS = "fields"
_WHERE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

# What ``tomllib`` says begins so, and what that means to whoever wrote the file.
_BROKEN = (
    ("Unclosed inline table", "bảng {…} chưa đóng bằng dấu }"),
    ("Unclosed array", "danh sách […] chưa đóng bằng dấu ]"),
    ("Unterminated string", "chuỗi chưa đóng bằng dấu ngoặc kép"),
    ("Expected '=' after", "sau tên khóa phải là dấu ="),
    ("Expected ']' at", "tên bảng [...] chưa đóng bằng dấu ]"),
    ("Expected ']]' at", "tên bảng [[...]] chưa đóng bằng ]]"),
    ("Expected newline", "sau giá trị phải xuống dòng, hoặc thiếu dấu phẩy giữa hai mục"),
    ("Expected ", "chuỗi nhiều dòng chưa đóng"),
    ("Invalid value", "giá trị không hợp lệ; chuỗi phải đặt trong ngoặc kép"),
    ("Invalid initial character", "tên khóa không hợp lệ hoặc thừa dấu phẩy"),
    ("Invalid statement", "dòng này không có dạng khóa = giá trị"),
    ("Invalid date", "ngày hoặc giờ không hợp lệ"),
    ("Invalid hex value", "mã ký tự sau dấu \\ không hợp lệ"),
    ("Unescaped", "dấu \\ trong ngoặc kép phải viết hai lần, hoặc đặt chuỗi trong ngoặc đơn '…'"),
    ("Escaped character", "mã ký tự sau dấu \\ không hợp lệ"),
    ("Illegal character", "có ký tự không được phép"),
    ("Found invalid character", "có ký tự không được phép"),
    ("Cannot overwrite", "khóa này đã có ở trên"),
    ("Duplicate inline table key", "khóa này được ghi hai lần trong một bảng"),
    ("Cannot declare", "bảng này đã có ở trên"),
    ("Cannot redefine", "bảng này đã có ở trên"),
    ("Cannot mutate", "bảng này đã viết trọn ở trên, không thêm khóa vào được nữa"),
)

Model = TypeVar("Model", bound=Document)


class FaultyFile(ValueError):
    """A file that cannot be used, with everything that is wrong in it, in the order of lines."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.told(english=True) for fault in faults))
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line, fault.key)))


@dataclass(frozen=True, slots=True)
class Located(Generic[Model]):
    """Something a file describes, which can tell where in the file its parts stand."""

    made: Model
    draft: _Draft
    lines: Mapping[Place, int]

    def told(self, place: Place, vi: str, en: str) -> Fault:
        """A remark on a place of it, by line and key."""
        return _fault(self.draft, place, (vi, en), self.lines)


def load_checked(file: Path, model: type[Model]) -> tuple[Model, ...]:
    """What a file describes, as :func:`load_located` gives it, without its places."""
    return tuple(located.made for located in load_located(file, model))


def load_located(file: Path, model: type[Model]) -> tuple[Located[Model], ...]:
    """What a file describes: one thing, or as many as it has ``members``.

    What stands at the top of a file with members holds for each of them; a member adds or replaces
    keys, and ``fields`` by their name.

    Raises:
        FaultyFile: not UTF-8, not TOML, or it breaks the schema.
        OSError: it cannot be read.
    """
    text = _text_of(file)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultyFile([_syntax(text, str(error))]) from error
    lines = lines_of_keys(text)
    faults: list[Fault] = []
    found: list[Located[Model]] = []
    codes: list[object] = []
    for draft in _drafts(content):
        code = draft.content.get("code")
        if code in codes:
            faults.append(_fault(draft, ("code",), sentences("repeated", {"name": code}), lines))
        codes.append(code)
        try:
            made = model.model_validate(draft.content)
        except ValidationError as error:
            told = list(_broken(draft, model, error, lines))
        else:
            told = list(_loose(draft, made, lines))
            found.append(Located(made, draft, lines))
        faults += [fault for fault in told if fault not in faults]
    if faults:
        raise FaultyFile(faults)
    return tuple(found)


def _text_of(file: Path) -> str:
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        fault = Fault(line, "–", "tệp phải lưu theo mã UTF-8", "the file must be saved as UTF-8")
        raise FaultyFile([fault]) from error


def _syntax(text: str, said: str) -> Fault:
    """Where the TOML itself is broken; the key is the one the line begins with."""
    where = _WHERE.search(said)
    rows = text.split("\n")
    line = int(where[1]) if where and where[1] else len(rows)
    key = re.match(r"\s*([A-Za-z0-9_.-]+)\s*=", rows[line - 1])
    detail = _WHERE.sub("", said)
    known = next((vi for start, vi in _BROKEN if detail.startswith(start)), "")
    vi = f"sai cú pháp TOML: {known} ({detail})" if known else f"sai cú pháp TOML ({detail})"
    return Fault(line, key[1] if key else "–", vi, f"not TOML: {detail}")


@dataclass(frozen=True, slots=True)
class _Draft:
    """One thing's content before it is checked, and where its parts stand in the file."""

    content: Mapping[str, Any]
    member: int | None = None
    own: frozenset[str] = frozenset()
    fields: Sequence[Place] = ()

    def in_file(self, place: Place) -> Place:
        if not place:
            return () if self.member is None else (_MEMBERS, self.member)
        if place[0] == _FIELDS and len(place) > 1 and self.fields:
            return (*self.fields[int(place[1])], *place[2:])
        if self.member is not None and place[0] in self.own:
            return (_MEMBERS, self.member, *place)
        return place


def _drafts(content: Mapping[str, Any]) -> Iterator[_Draft]:
    members = content.get(_MEMBERS)
    if not isinstance(members, list) or not all(isinstance(one, dict) for one in members):
        # Anything else under that key is told as a key that is not known.
        yield _Draft(content)
        return
    shared = {key: value for key, value in content.items() if key != _MEMBERS}
    for index, member in enumerate(members):
        both = {**shared, **member}
        places: list[Place] = []
        if all(isinstance(part.get(_FIELDS, []), list) for part in (shared, member)):
            both[_FIELDS], places = _joined(shared, member, index)
        yield _Draft(both, index, frozenset(member), places)


def _joined(
    shared: Mapping[str, Any], member: Mapping[str, Any], index: int
) -> tuple[list[Any], list[Place]]:
    fields = list(shared.get(_FIELDS, []))
    places: list[Place] = [(_FIELDS, at) for at in range(len(fields))]
    names = [_called(field) for field in fields]
    for at, field in enumerate(member.get(_FIELDS, [])):
        place: Place = (_MEMBERS, index, _FIELDS, at)
        if _called(field) in names and _called(field):
            same = names.index(_called(field))
            fields[same], places[same] = field, place
        else:
            fields.append(field)
            places.append(place)
    return fields, places


def _called(table: Any) -> str | None:
    """What a table of a list is called, by its name or code."""
    if not isinstance(table, dict):
        return None
    return next((table[key] for key in ("name", "code") if isinstance(table.get(key), str)), None)


def _broken(
    draft: _Draft, model: type[Document], error: ValidationError, lines: Mapping[Place, int]
) -> Iterator[Fault]:
    for detail in error.errors():
        place, known = follow(model, detail["loc"])
        yield _fault(draft, place, said_of(detail, known), lines)


def _loose(draft: _Draft, made: Document, lines: Mapping[Place, int]) -> Iterator[Fault]:
    for end in made.loose_ends():
        said = sentences(end.fault, {"name": end.name}, end.known)
        yield _fault(draft, end.place, said, lines)


def _fault(draft: _Draft, place: Place, said: tuple[str, str], lines: Mapping[Place, int]) -> Fault:
    at = draft.in_file(place)
    while at not in lines and at:
        at = at[:-1]  # a key that is missing: the table it is missing from
    return Fault(lines.get(at, 1), _shown(place, draft.content), *said)


def _shown(place: Place, content: Mapping[str, Any]) -> str:
    """A key as people read it: elements by what they are called, else by their number from 1."""
    parts: list[str] = []
    value: Any = content
    for part in place:
        if isinstance(part, int):
            value = value[part] if isinstance(value, list) and part < len(value) else None
            # In a check, `name` names a field.
            called = None if parts[-1] == "checks" else _called(value)
            parts.append(called or str(part + 1))
        else:
            value = value.get(part) if isinstance(value, dict) else None
            parts.append(part)
    return ".".join(parts) or "–"
