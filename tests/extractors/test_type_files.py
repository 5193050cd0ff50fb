"""Type files: what they may say, and how their faults are told to who wrote them."""

from __future__ import annotations

import datetime as dt
import pickle
import tomllib
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from dossiers.errors import InvalidDocumentType, Language
from extractors.bindings import PersonCheck
from extractors.checked_toml.positions import lines_of_keys
from extractors.type_advice import advise
from extractors.types import BUILT_IN, Side, load_file, load_types

PERMIT = (Path(__file__).parent / "permit.toml").read_text(encoding="utf-8")


def write(folder: Path, text: str, name: str = "permit.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path) -> list[tuple[int, str]]:
    with pytest.raises(InvalidDocumentType) as caught:
        load_file(path)
    message = caught.value.message(Language.VIETNAMESE)
    assert path.name in message
    found = caught.value.context["faults"]
    assert isinstance(found, tuple)
    for fault in found:
        assert f"dòng {fault.line}, khóa {fault.key}: {fault.vi}" in message
    return [(fault.line, fault.key) for fault in found]


def test_a_file_says_what_a_paper_is(tmp_path: Path) -> None:
    (kind,) = load_file(write(tmp_path, PERMIT))
    assert kind.aliases == ("GP",)
    assert kind.results == ("KQ.G15.000123",)
    assert kind.validity is not None
    assert kind.validity.months == 6
    layout = kind.layout("2025")
    assert layout is not None
    assert layout.since == dt.date(2025, 1, 1)
    assert kind.persons == (PersonCheck(kind="person", number="number", name="holder"),)
    number = kind.field("number")
    assert number is not None
    assert (number.layouts, number.side) == (("2025",), Side.BACK)


def test_every_built_in_file_loads_and_no_code_is_taken_twice() -> None:
    kinds = [kind for file in sorted(BUILT_IN.glob("*.toml")) for kind in load_file(file)]
    assert len({kind.code for kind in kinds}) == len(kinds) == len(load_types())


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('code = "permit"', 'code = "Permit"', 1, "code"),
        ('titles = ["GIẤY PHÉP XE"]', 'titels = ["GIẤY PHÉP XE"]', 3, "titels"),
        ('titles = ["GIẤY PHÉP XE"]', 'titles = "GIẤY PHÉP XE"', 3, "titles"),
        ('titles = ["GIẤY PHÉP XE"]', 'titles = ["GP"]', 3, "titles.1"),
        ("months = 6", 'months = "six"', 7, "validity.months"),
        ("months = 6, ", "", 7, "validity"),
        ('after = "issued_on"', 'after = "issue_on"', 7, "validity.after"),
        ("until = 2024-12-31", 'until = "cuối 2024"', 9, "layouts.2009.until"),
        ("since = 2025-01-01", "since = 2025-01-01, until = 2024-01-01", 10, "layouts.2025"),
        ('kind = "order"', 'kind = "ordered"', 14, "checks.2"),
        ('later = "issued_on"', 'later = "isued_on"', 14, "checks.2.later"),
        ('later = "issued_on"', "later = 5", 14, "checks.2.later"),
        ('number = "number", ', "", 13, "checks.1"),
        ('kind = "person_name"', 'kind = "person"', 17, "fields.holder.kind"),
        (', labels = ["Cấp cho"]', "", 17, "fields.holder"),
        ('{ name = "holder", ', "{ ", 17, "fields.1.name"),
        ('layouts = ["2025"]', 'layouts = ["2026"]', 18, "fields.number.layouts.1"),
        ('side = "back"', 'side = "behind"', 18, "fields.number.side"),
        ('name = "born_on"', 'name = "holder"', 19, "fields.holder.name"),
        ('"Ngày sinh", en', '"Ngày sinh", english', 19, "fields.born_on.title.english"),
        ('vi = "Giấy phép", ', "", 2, "name.vi"),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, key: str
) -> None:
    assert PERMIT.count(old) == 1
    assert (line, key) in faults(write(tmp_path, PERMIT.replace(old, new)))


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = PERMIT.replace("aliases", "alias").replace('"date", labels', '"dates", label')
    assert faults(write(tmp_path, text)) == [
        (4, "alias"),
        (19, "fields.born_on.kind"),
        (19, "fields.born_on.label"),
    ]


def test_the_nearest_known_word_is_offered(tmp_path: Path) -> None:
    path = write(tmp_path, PERMIT.replace("titles", "title").replace('"person_name"', '"person"'))
    with pytest.raises(InvalidDocumentType, match=r"did you mean “titles”.*“person_name”"):
        load_file(path)


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('code = "a"\nname = \n', 2, "name"),
        ('code = "a"\nname = { vi = "b", en "c" }\n', 2, "name"),
        ('code = "a"\ntitles = ["A"\nfields = []\n', 3, "fields"),
        ('code = "a"\ncode = "b"\n', 2, "code"),
        ('code = "a', 1, "code"),
    ],
)
def test_broken_toml_is_told_by_line(tmp_path: Path, text: str, line: int, key: str) -> None:
    assert faults(write(tmp_path, text)) == [(line, key)]


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_bytes('code = "a"\nname = "Giấy phép"\n'.encode("utf-16-le"))
    with pytest.raises(InvalidDocumentType):
        load_file(path)
    path.write_bytes(b'code = "a"\n# Gi\xe2y ph\xe9p\n')
    assert faults(path) == [(2, "–")]


FAMILY = """\
evidence = ["Nơi nhận"]
fields = [
  { name = "number", title = { vi = "Số", en = "Number" }, zone = "number" },
  { name = "subject", title = { vi = "Trích yếu", en = "Subject" }, zone = "subject" },
]

[[members]]
code = "notice"
name = { vi = "Thông báo", en = "Notice" }
titles = ["THÔNG BÁO"]

[[members]]
code = "invitation"
name = { vi = "Giấy mời", en = "Invitation" }
titles = ["GIẤY MỜI"]
evidence = ["Kính mời"]
fields = [
  { name = "subject", title = { vi = "Việc", en = "Matter" }, labels = ["Tới dự"] },
  { name = "place", title = { vi = "Địa điểm", en = "Place" }, labels = ["Địa điểm"] },
]
"""


def test_papers_that_share_a_form_share_a_file(tmp_path: Path) -> None:
    notice, invitation = load_file(write(tmp_path, FAMILY))
    assert (notice.code, invitation.code) == ("notice", "invitation")
    assert notice.evidence == ("Nơi nhận",)
    assert invitation.evidence == ("Kính mời",)
    assert [field.name for field in invitation.fields] == ["number", "subject", "place"]
    subject = invitation.field("subject")
    assert subject is not None
    assert subject.labels == ("Tới dự",)


def test_faults_of_a_family_are_told_where_they_stand_and_once(tmp_path: Path) -> None:
    text = FAMILY.replace('zone = "number"', 'zone = "numbers"')
    assert faults(write(tmp_path, text)) == [(3, "fields.number.zone")]
    text = FAMILY.replace('labels = ["Địa điểm"]', 'label = "Địa điểm"')
    assert (19, "fields.place.label") in faults(write(tmp_path, text))
    text = FAMILY.replace('"invitation"', '"notice"')
    assert faults(write(tmp_path, text)) == [(13, "code")]
    text = FAMILY.replace('titles = ["THÔNG BÁO"]', "titles = []").replace('["Nơi nhận"]', "[]")
    assert (7, "–") in faults(write(tmp_path, text))


def test_an_administrators_type_replaces_a_built_in_one(tmp_path: Path) -> None:
    write(tmp_path, PERMIT.replace('"permit"', '"decision"', 1))
    decision = load_types(tmp_path).get("decision")
    assert decision is not None
    assert decision.titles == ("GIẤY PHÉP XE",)
    with pytest.raises(InvalidDocumentType):
        load_types(tmp_path / "missing")


def test_the_error_crosses_processes(tmp_path: Path) -> None:
    with pytest.raises(InvalidDocumentType) as caught:
        load_file(write(tmp_path, "code = 1\n"))
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert again.message() == caught.value.message()


_KEYS = st.text("abc_9", min_size=1, max_size=4) | st.text(min_size=1, max_size=5)
_VALUES = st.recursive(
    st.text(max_size=12) | st.integers(-9, 9) | st.booleans() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=12,
)


def _paths(value: object, at: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inside = (
        value.items() if isinstance(value, dict) else enumerate(value)
        if isinstance(value, list) else ()
    )  # fmt: skip
    return {at}.union(*(_paths(each, (*at, key)) for key, each in inside))


@given(st.dictionaries(st.text("abc_9", min_size=1, max_size=4), _VALUES, max_size=5))
def test_every_key_of_a_file_is_found(content: dict[str, object]) -> None:
    text = tomlkit.dumps(content)
    if tomllib.loads(text) != content:
        return
    lines = lines_of_keys(text)
    quoted = {path for path in _paths(content) if not any("\\" in str(part) for part in path)}
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
    assert {path for path in quoted if _plain(path)} <= set(lines)


def _plain(path: tuple[str | int, ...]) -> bool:
    """Keys without escapes: those of the schema."""
    return all(isinstance(part, int) or part.isidentifier() or part.isdigit() for part in path)


@given(st.text(max_size=80))
def test_any_text_is_a_type_or_told(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines_of_keys(text)


def test_the_example_of_the_manual_is_a_type(tmp_path: Path) -> None:
    manual = Path(__file__).parents[2] / "docs" / "document-types.md"
    example = manual.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    (kind,) = load_file(write(tmp_path, example))
    assert kind.code == "business_permit"
    assert kind.validity
    assert kind.layouts
    assert kind.checks


@pytest.mark.parametrize("file", sorted(BUILT_IN.glob("*.toml")), ids=lambda file: file.stem)
def test_nothing_is_to_be_remarked_on_the_built_in_types(file: Path) -> None:
    assert advise(file, load_types()) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('["GIẤY PHÉP XE"]', '["Quyết định"]', 3, "titles.1"),
        ('symbols = ["GPX"]', 'symbols = ["qđ"]', 5, "symbols.1"),
        ("KQ.G15.000123", "KQ.15.000123", 6, "results.1"),
        ("until = 2024-12-31, ", "", 9, "layouts.2009"),
        ('earlier = "born_on"', 'earlier = "holder"', 14, "checks.2.earlier"),
        ('"date", labels = ["Ngày sinh"]', '"date", labels = ["x"]', 19, "fields.born_on.labels.1"),
        ('zone = "issue_date"', 'labels = ["Cấp"], section = "x"', 20, "fields.issued_on.section"),
    ],
)  # fmt: skip
def test_what_is_not_wrong_but_worth_a_look_is_told(
    tmp_path: Path, old: str, new: str, line: int, key: str
) -> None:
    text = PERMIT.replace("zone = ", "key = true, zone = ")
    assert advise(write(tmp_path, text), load_types()) == []
    remarks = advise(write(tmp_path, text.replace(old, new)), load_types())
    assert (line, key) in [(remark.line, remark.key) for remark in remarks]


GROUPED = """
[[groups]]
name = "member"
title = { vi = "Thành viên", en = "Member" }
checks = [{ kind = "person", number = "number", name = "nobody" }]
fields = [
  { name = "name", title = { vi = "Tên", en = "Name" }, labels = ["Họ và tên"] },
  { name = "name", title = { vi = "Số", en = "Number" }, within = "nothing" },
  { name = "number", title = { vi = "Số", en = "Number" }, labels = ["Số"], layouts = ["1999"] },
]
"""


def test_faults_of_a_group_are_told_at_their_line(tmp_path: Path) -> None:
    first = PERMIT.count("\n") + 2
    told = faults(write(tmp_path, PERMIT + GROUPED))
    assert [(line - first, key) for line, key in told] == [
        (3, "groups.member.checks.1.name"),
        (6, "groups.member.fields.name.name"),
        (6, "groups.member.fields.name.within"),
        (7, "groups.member.fields.number.layouts.1"),
    ]


def test_a_check_may_name_a_field_of_a_group(tmp_path: Path) -> None:
    grouped = "[[groups]]" + GROUPED.partition("[[groups]]")[2]
    grouped = grouped.replace("nobody", "name").replace(', layouts = ["1999"]', "")
    grouped = "\n".join(line for line in grouped.split("\n") if "nothing" not in line)
    same = 'checks = [\n  { kind = "same", fields = ["holder", "member_1_name"] },'
    (kind,) = load_file(write(tmp_path, PERMIT.replace("checks = [", same, 1) + "\n" + grouped))
    assert kind.field("member_12_number") is not None
    assert kind.field("member_13_number") is None
    assert len(kind.every_check) == len(kind.checks) + 12
