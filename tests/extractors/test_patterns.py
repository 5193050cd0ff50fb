"""Patterns in type files: what may run for ever is refused before it meets a paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from dossiers.errors import InvalidDocumentType, Language
from extractors.patterns import Pattern, compiled
from extractors.types import load_file

PATTERN = TypeAdapter[str](Pattern)
ENDLESS = [
    r"(?P<dossier_code>(\w+\.?)+)!", r"(a+)+b", r"(?:a|a)*b", r"(?:\w*)*x", r"(\.\w+\.?)+!",
    r"(?:,\w?\w?\w?)*!", r"((?: \w+)+)+!", r"( [^,]+)+!", r"(?:a?){30}a{30}", r"(?:x|(?:y+)+)!",
    r"(?:\w+?){1,20}!",
]  # fmt: skip
QUICK = [
    r"(?: \w+){1,6}!", r"(?:\.\d{1,3})*!", r"(?:\d[ .]?){12}!", r"(?:[ -]\w+){1,4}!",
    r"[a-z]+@[a-z]+(?:\.[a-z]+)+!", r".*số (?P<value>\d+).*!", r"(?:)+!", r"(?:nốt ruồi|sẹo) .*!",
]  # fmt: skip
HOSTILE = ["a" * 120, "1" * 120, " a" * 60, ".1" * 60, " -a" * 40, "a@a" + ".a" * 60, "sẹo " * 30]


@pytest.mark.parametrize("text", ENDLESS)
def test_repeats_that_may_run_for_ever_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="for ever"):
        PATTERN.validate_python(text)


@pytest.mark.parametrize("text", QUICK)
def test_other_repeats_are_taken_and_end(text: str) -> None:
    pattern = compiled(PATTERN.validate_python(text))
    assert not any(pattern.fullmatch(hostile) for hostile in HOSTILE)


def test_the_fault_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "slip.toml"
    path.write_text(
        """code = "slip"
name = { vi = "Phiếu", en = "Slip" }
titles = ["PHIẾU"]
fields = [
  { name = "code", title = { vi = "Mã", en = "Code" }, pattern = '([A-Z]+-?)+' },
]
""",
        encoding="utf-8",
    )
    with pytest.raises(InvalidDocumentType) as caught:
        load_file(path)
    assert "lặp lồng nhau" in caught.value.message(Language.VIETNAMESE)
    assert "{1,4}" in caught.value.message(Language.ENGLISH)
