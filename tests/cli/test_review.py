"""``sohoa review``, ``find --fields`` and ``prefill`` as an operator types them, on the demo."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from PIL import Image

from dossiers.contract import json_schemas
from tests.conftest import Demo, run_sohoa

pytestmark = pytest.mark.xdist_group("demo")
SCHEMAS = json_schemas()


@pytest.fixture
def home(demo: Demo, tmp_path: Path) -> Path:
    """The demo's home, to do with as one likes."""
    return Path(shutil.copytree(demo.home, tmp_path / "var", symlinks=True))


def test_an_item_is_looked_at_answered_and_signed_into_the_next_copy(home: Path) -> None:
    collect = {"SOHOA_REVIEW__COLLECT": "true"}
    listed = json.loads(run_sohoa(home, "review", "list", "--json").stdout)
    jsonschema.validate(listed, SCHEMAS["review-list"])
    item = next(i for i in listed["items"] if i["kind"] == "field" and i["box"])
    assert all(reason["vi"] for reason in item["reasons"])
    number, document = str(item["id"]), item["document"]

    picture = home.parent / "anh.png"
    seen = run_sohoa(home, "review", "show", number, "-o", picture, "--as", "Lan", "--json")
    jsonschema.validate(json.loads(seen.stdout), SCHEMAS["review-item"])
    with Image.open(picture) as crop:
        assert min(crop.size) > 100
    taken = run_sohoa(home, "review", "accept", number, "--as", "Hoa")
    assert taken.returncode == 1
    assert "Lan" in taken.stderr
    shown = run_sohoa(home, "review", "show", number, "--as", "Lan").stdout
    assert item["title"] in shown
    assert item["reasons"][0]["vi"][:20] in shown

    for own in [i for i in listed["items"] if i["document"] == document]:
        reference = str(own["id"])
        if own["value"]:
            done = run_sohoa(
                home, "review", "accept", reference, "--as", "Lan", "--json", **collect
            )
        else:
            done = run_sohoa(
                home, "review", "accept", reference, "--absent", "--as", "Lan", "--json", **collect
            )
        assert done.returncode == 0, done.stdout + done.stderr
        jsonschema.validate(json.loads(done.stdout), SCHEMAS["review-answer"])
    finished = json.loads(run_sohoa(home, "review", "finish", document, "--json").stdout)
    assert finished["copy"]["version"] == 2
    assert not finished["needs_person"]
    scores = json.loads(run_sohoa(home, "types", "evaluate", "--json").stdout)
    jsonschema.validate(scores, SCHEMAS["evaluation"])
    assert scores["count"] >= 1
    assert run_sohoa(home, "audit", "verify").returncode == 0


def test_what_cannot_be_is_refused_in_plain_words(home: Path) -> None:
    listed = json.loads(run_sohoa(home, "review", "list", "--json").stdout)
    document = listed["items"][0]["document"]
    unfinished = run_sohoa(home, "review", "finish", document)
    assert unfinished.returncode == 1
    assert "cần người xem" in unfinished.stderr
    wrong = run_sohoa(
        home, "review", "correct", "H31.12-261102-0001-01/birth_date", "31/02/1983", "--as", "Lan"
    )
    assert wrong.returncode == 1
    assert "ngày không có trong lịch" in wrong.stderr
    right = run_sohoa(
        home, "review", "correct", "H31.12-261102-0001-01/birth_date", "16-10-2026", "--as", "Lan"
    )
    assert "16/10/2026" in right.stdout
    assert run_sohoa(home, "review", "correct", "1").returncode == 2
    assert run_sohoa(home, "review", "show", "99999").returncode == 1


def test_a_person_s_papers_fill_a_form(home: Path) -> None:
    citizen = "033083044664"
    facts = json.loads(run_sohoa(home, "find", "--citizen", citizen, "--fields", "--json").stdout)
    jsonschema.validate(facts, SCHEMAS["facts"])
    assert {fact["meaning"] for fact in facts["facts"]} >= {"full_name", "birth_date", "residence"}
    out = home.parent / "to-khai.json"
    told = run_sohoa(home, "prefill", "criminal_record", "--citizen", citizen, "-o", out)
    assert "ĐỖ VĂN ĐĨNH" in told.stdout
    filled = json.loads(out.read_text("utf-8"))
    jsonschema.validate(filled, SCHEMAS["prefill"])
    assert filled["share"] >= 0.2
    assert run_sohoa(home, "prefill", "none", "--citizen", citizen).returncode == 1
    assert run_sohoa(home, "find", "--dossier", "x", "--fields").returncode == 2
    forms = json.loads(run_sohoa(home, "forms", "list", "--json").stdout)
    jsonschema.validate(forms, SCHEMAS["forms"])
