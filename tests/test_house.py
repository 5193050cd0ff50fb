"""The house's own rules that no linter knows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("lock", ["runtime.txt", "dev.txt"])
def test_locks_pin_and_hash_everything_and_name_no_registry(lock: str) -> None:
    text = (ROOT / "locks" / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    pins = re.findall(r"^[A-Za-z0-9][^=\s]*==\S+", text, re.MULTILINE)
    assert len(pins) > 100
    for block in re.split(r"\n(?=[A-Za-z0-9])", text)[1:]:
        assert "--hash=sha256:" in block


def test_the_development_lock_agrees_with_the_runtime_lock() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / "locks" / name).read_text(encoding="utf-8")
        found = re.findall(r"^([A-Za-z0-9][\w.\[\],-]*)==(\S+)(.*?)\\?$", text, re.MULTILINE)
        return {name + marker.strip(" \\"): version for name, version, marker in found}

    runtime, development = pins("runtime.txt"), pins("dev.txt")
    assert runtime.items() <= development.items()


@pytest.mark.parametrize("script", ["setup", "demo", "test", "check", "lock"])
def test_scripts_are_well_formed_and_executable(script: str) -> None:
    path = ROOT / "script" / script
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", path], check=True)


def test_no_module_outgrows_the_ceiling() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.split("\n"):
        if name and not name.startswith("tests/"):
            lines = (ROOT / name).read_text(encoding="utf-8").count("\n")
            assert lines <= 500, f"{name}: {lines} lines"


def test_the_links_in_the_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
