"""veraPDF kept warm: it accepts our copies, refuses spoiled ones, survives broken files."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from copies.archival import make_copy
from copies.conformance import Validator
from dossiers.errors import ValidatorMissing
from tests.copies import makers


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    makers.scan_pdf(tmp_path / "scan.pdf")
    make_copy(tmp_path / "scan.pdf", makers.reading(), makers.metadata(), tmp_path / "copy.pdf")
    return tmp_path / "copy.pdf"


def test_a_copy_is_what_it_claims(validator: Validator, copy: Path) -> None:
    found = validator.check(copy)
    assert (found.compliant, found.flavour, found.failures) == (True, "3u", ())
    assert found.checks > 500


def _spoil(copy: Path, how: str) -> None:
    with pikepdf.open(copy, allow_overwriting_input=True) as pdf:
        match how:
            case "no output intent":
                del pdf.Root.OutputIntents
            case "javascript":
                pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
            case "no metadata":
                del pdf.Root.Metadata
            case "interpolated":
                pdf.pages[0].obj.Resources.XObject.Im0.Interpolate = True
            case "no unicode":
                del pdf.pages[0].obj.Resources.Font.SohoaText.ToUnicode
        pdf.save(copy, preserve_pdfa=False)


@pytest.mark.parametrize(
    ("how", "clause"),
    [
        ("no output intent", "6.2.4.3"),
        ("javascript", "6.5.1"),
        ("interpolated", "6.2.8"),
        ("no unicode", "6.2.11.7.2"),
    ],
)
def test_a_spoiled_copy_is_refused(validator: Validator, copy: Path, how: str, clause: str) -> None:
    _spoil(copy, how)
    found = validator.check(copy)
    assert not found.compliant
    assert any(failure.startswith(clause) for failure in found.failures), found.failures


def test_a_file_without_claim_is_refused_and_says_so(validator: Validator, copy: Path) -> None:
    _spoil(copy, "no metadata")
    found = validator.check(copy)
    assert not found.compliant
    assert found.failures
    against = validator.check(copy, "3b")
    assert not against.compliant
    assert against.flavour == "3b"


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\nnothing", b"\x00" * 4096, b"GIF89a"])
def test_a_broken_file_is_an_answer(validator: Validator, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "broken.pdf").write_bytes(data)
    found = validator.check(tmp_path / "broken.pdf")
    assert not found.compliant
    assert found.failures


def test_a_missing_file_is_the_systems_error(validator: Validator, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        validator.check(tmp_path / "none.pdf")


def test_the_child_is_started_again_and_ends_with_the_block(copy: Path) -> None:
    with Validator() as own:
        first = own.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert own.check(copy).compliant
        second = own.pid
        assert second not in (None, first)
    assert own.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(second or 0, 0)


def test_missing_libraries_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValidatorMissing, match="libjaxb-java"), Validator(java_folder=tmp_path):
        pass
