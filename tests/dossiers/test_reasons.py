"""Reasons are recorded in English; an operator reads each of them in Vietnamese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dossiers.errors import Language
from dossiers.reasons import SENTENCES, explain, known

ROOT = Path(__file__).parents[2]
HOLE = "§"
# Whose last argument of text is a reason.
_SAYING = {
    "doubtful", "_agree", "_contradict", "agreeing", "contradicted", "_identifier", "_of_land",
    "shown", "Value", "at_most", "append",
}  # fmt: skip


def text_of(node: ast.expr) -> str | None:
    """A constant, or an f-string with what it cannot know as a word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [v.value if isinstance(v, ast.Constant) else HOLE for v in node.values]
        return "".join(str(part) for part in parts)
    return None


def reasons_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            given = [*node.args, *(k.value for k in node.keywords)] if name in _SAYING else []
        elif isinstance(node, ast.Assign):
            names = [t.id for t in node.targets if isinstance(t, ast.Name)]
            given = [node.value] if any(n.startswith("reason") for n in names) else []
        else:
            continue
        for value in given:
            choices = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            for choice in choices:
                text = text_of(choice)
                # Values and units are no sentences.
                if text and sum(word.isalpha() and len(word) > 1 for word in text.split()) >= 2:
                    yield text.replace(HOLE, "day")


def test_every_reason_that_reading_can_give_is_told_in_vietnamese() -> None:
    folders = ("extractors/fields", "extractors/places", "extractors/agencies")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    found = {reason for path in files for reason in reasons_in(path)}
    assert len(found) > 40
    assert {reason for reason in found if not known(reason)} == set()


def test_what_is_wrong_with_a_date_is_told_in_vietnamese() -> None:
    source = (ROOT / "dossiers/identifiers/dates.py").read_text(encoding="utf-8")
    told = re.findall(r'"[^"]+ / ([^"]+)"', source)
    assert told
    assert {english for english in told if not known(english)} == set()


def test_what_stands_in_a_reason_is_passed_on_and_told_too() -> None:
    reason = "contradiction: number says born 1983, paper says 1988"
    told = explain(reason, Language.VIETNAMESE)
    assert told == "mâu thuẫn: theo số định danh thì sinh năm 1983, giấy ghi 1988"
    assert explain(reason, Language.ENGLISH) == reason
    codes = "contradiction: QR code says 'Số 1, xã A', print says 'Số 7, xã A'"
    assert explain(codes, Language.VIETNAMESE) == (
        "mâu thuẫn: mã QR ghi 'Số 1, xã A', chữ in ghi 'Số 7, xã A'"
    )
    assert explain("something nobody has thought of", Language.VIETNAMESE).startswith("something")


@pytest.mark.parametrize(("en", "vi"), SENTENCES.items())
def test_a_sentence_keeps_what_stands_in_braces(en: str, vi: str) -> None:
    def braces(text: str) -> list[str]:
        return sorted(part.split("}")[0] for part in text.split("{")[1:])

    assert braces(en) == braces(vi)
    assert vi != en
    assert known(en)
