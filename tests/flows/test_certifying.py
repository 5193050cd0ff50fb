"""Certified copies end to end: numbered, signed, stored, recorded; failed and killed in between."""

from __future__ import annotations

import datetime as dt
import shutil
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from copies.conformance import Validator
from dossiers.certification import EntryState, RegisterKey
from dossiers.clock import VIETNAM
from dossiers.errors import (
    ChainIncomplete,
    NotAnOriginal,
    SymbolUnknown,
    UnfitPicture,
    WriteOnceViolation,
)
from dossiers.reading import DocumentReading, TypeMatch
from dossiers.settings import CertificationSettings, PicturesSettings, Settings
from flows.certifying import CertificationRequest, CertifiedFile, certify
from flows.nightly import check_objects
from flows.register_export import export_register
from flows.services import Services
from signing.validation import verify
from tests.copies import makers
from tests.signing.ink import seal_picture, signature_picture

YEAR = dt.datetime.now(VIETNAM).year
RECEIVED = dt.datetime(2026, 11, 24, 16, 0, tzinfo=VIETNAM)


def settings_of(home: Path, pictures: PicturesSettings | None = None) -> Settings:
    return Settings(
        home=home,
        pictures=pictures or PicturesSettings(),
        certification=CertificationSettings(position=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")),
    )


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys made once; each test's home gets a copy."""
    with Services(settings_of(tmp_path_factory.mktemp("home"))) as made:
        assert made.signatories.test
        return made.settings.pki_folder


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    with Validator() as warm:
        yield warm


@pytest.fixture
def home(tmp_path: Path, pki: Path) -> Path:
    shutil.copytree(pki, tmp_path / "var" / "pki")
    return tmp_path / "var"


@contextmanager
def opened(settings: Settings, validator: Validator) -> Iterator[Services]:
    """The rooms of a run, which find one veraPDF warm."""
    with Services(settings) as services:
        services.__dict__["_validator"] = validator
        yield services


@pytest.fixture
def services(tmp_path: Path, home: Path, validator: Validator) -> Iterator[Services]:
    pictures = PicturesSettings(
        signature=signature_picture(tmp_path / "signature.png"),
        seal=seal_picture(tmp_path / "seal.png"),
    )
    with opened(settings_of(home, pictures), validator) as ready:
        yield ready


def request_of(
    folder: Path,
    name: str = "giay khai sinh.pdf",
    kind: str = "birth_certificate",
    lines: tuple[str, ...] = makers.LINES,
    **options: object,
) -> CertificationRequest:
    source = folder / name
    if not source.exists():
        picture = makers.picture(size=(200, 270 + len(name)))
        makers.scan_pdf(source, jpeg=makers.encoded(picture, "JPEG"))
    page = makers.page(words=makers.words(lines))
    reading = DocumentReading(name, (page,), TypeMatch(kind, 0.9), {}, ())
    return CertificationRequest(source, reading, "Lê Văn Ví Dụ", RECEIVED, **options)  # type: ignore[arg-type]


def book(services: Services, symbol: str = "SCT/BS") -> RegisterKey:
    return RegisterKey(services.agency.code, YEAR, symbol)


def states(services: Services, symbol: str = "SCT/BS") -> list[tuple[int, EntryState]]:
    entries = services.ledger.register.entries(book(services, symbol))
    return [(entry.number.number, entry.state) for entry in entries]


def certified(services: Services, folder: Path, **options: object) -> CertifiedFile:
    return certify(services, request_of(folder, **options), folder / "out.pdf")  # type: ignore[arg-type]


def test_a_certified_copy_is_signed_stored_and_in_the_book(
    services: Services, tmp_path: Path
) -> None:
    done = certified(services, tmp_path)
    entry = done.entry
    assert (entry.number.number, entry.state) == (1, EntryState.ISSUED)
    assert (entry.paper, entry.requester) == ("Giấy khai sinh", "Lê Văn Ví Dụ")
    assert entry.due_on == dt.date(2026, 11, 25)
    (copy,) = entry.copies
    with services.store.fetched(copy.object_key) as stored:
        assert stored.read_bytes() == done.path.read_bytes()
    report = verify(done.path, services.signatories.trust_roots)
    assert report.ok
    assert len(report.signatures) == 2
    assert services.check_pdfa(done.path).compliant
    with pikepdf.open(done.path) as pdf:
        assert len(pdf.pages) == 2
        fields = [field for field in pdf.Root.AcroForm.Fields if float(field.Rect[2]) > 0]
        assert all(pdf.pages[1].obj == field.P for field in fields)
        assert len(fields) == 2
        assert b"01 quy" in pdf.Root.Metadata.read_bytes()
    assert check_objects(services) == (1, ())
    assert services.ledger.evidence.unproved() == [(copy.object_key, copy.sha256)]
    actions = [item.action for item in services.ledger.audit.entries()]
    assert actions[:4] == [
        "certification.issued", "document.signed", "document.signed", "certification.reserved",
    ]  # fmt: skip


def test_copies_share_and_papers_do_not(services: Services, tmp_path: Path) -> None:
    assert certified(services, tmp_path).entry.number.number == 1
    # The same person by the letters of another keyboard; the line, not the request, names the paper.
    decomposed = unicodedata.normalize("NFD", "Lê Văn  Ví Dụ")
    request = replace(request_of(tmp_path, paper="Tên khác"), requester=decomposed)
    again = certify(services, request, tmp_path / "out.pdf").entry
    assert (again.number.number, len(again.copies), again.paper) == (1, 2, "Giấy khai sinh")
    text = subprocess.run(["pdftotext", tmp_path / "out.pdf", "-"], capture_output=True, check=True)
    assert "Giấy tờ, văn bản: Giấy khai sinh." in text.stdout.decode()
    assert certified(services, tmp_path, name="bang.pdf").entry.number.number == 2


def test_an_extract_is_numbered_in_the_register_of_its_kind(
    services: Services, tmp_path: Path
) -> None:
    birth = certified(services, tmp_path, kind="birth_extract", extract=True).entry
    assert str(birth.number) == "01/TLKS-BS"
    death = certified(
        services, tmp_path, name="b.pdf", kind="letter", extract=True, symbol="/TLKT-BS"
    )
    assert str(death.entry.number) == "01/TLKT-BS"
    with pytest.raises(SymbolUnknown):
        certified(services, tmp_path, kind="letter", extract=True)
    assert states(services) == []


def test_a_copy_is_not_certified_from_a_copy(services: Services, tmp_path: Path) -> None:
    lines = ("GIẤY KHAI SINH", "CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH", "Số chứng thực 12")
    with pytest.raises(NotAnOriginal):
        certified(services, tmp_path, lines=lines)
    assert states(services) == []


def test_without_pictures_the_block_says_who_signed(
    tmp_path: Path, home: Path, validator: Validator
) -> None:
    with opened(settings_of(home), validator) as services:
        done = certified(services, tmp_path)
        text = subprocess.run(
            ["pdftotext", "-f", "2", done.path, "-"], capture_output=True, text=True, check=True
        ).stdout
        assert f"{services.agency.name}\n{YEAR}-" in text
        assert services.check_pdfa(done.path).compliant


# --- what fails, and when -----------------------------------------------------------------------


def test_what_can_fail_without_a_number_takes_none(
    tmp_path: Path, home: Path, validator: Validator
) -> None:
    seal = tmp_path / "seal.png"
    seal.write_bytes(b"GIF89a")
    signature = signature_picture(tmp_path / "signature.png")
    pictures = PicturesSettings(signature=signature, seal=seal)
    with opened(settings_of(home, pictures), validator) as services:
        with pytest.raises(UnfitPicture):
            certified(services, tmp_path)
        with pytest.raises(FileNotFoundError):
            certify(services, request_of(tmp_path), tmp_path / "nowhere" / "out.pdf")
        assert states(services) == []


def test_a_certificate_without_its_root_cancels_its_number_with_the_reason(
    tmp_path: Path, home: Path, validator: Validator
) -> None:
    with opened(settings_of(home), validator) as services:
        (root,) = services.signatories.trust_roots
        kept = root.read_bytes()
        root.write_bytes(_another_root(tmp_path))
        with pytest.raises(ChainIncomplete):
            certified(services, tmp_path)
        root.write_bytes(kept)
    assert not (tmp_path / "out.pdf").exists()
    with opened(settings_of(home), validator) as services:
        assert certified(services, tmp_path).entry.number.number == 2
        assert states(services) == [(1, EntryState.CANCELLED), (2, EntryState.ISSUED)]
        reason = services.ledger.register.entries(book(services))[0].reason
        assert reason is not None
        assert "Sohoa Test Issuing CA" in reason


def _another_root(folder: Path) -> bytes:
    from dossiers.dossier import Agency
    from dossiers.settings import SigningSettings
    from signing.keys import load_signatories

    other = load_signatories(SigningSettings(), folder / "other", Agency("X", "Khác"))
    return other.trust_roots[0].read_bytes()


def test_a_store_that_refuses_cancels_the_number(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupied = services.settings.store_folder / "objects" / "certified"
    assert services.store is not None
    occupied.parent.mkdir(parents=True, exist_ok=True)
    occupied.write_bytes(b"a file where a folder should be")
    with pytest.raises((OSError, WriteOnceViolation)):
        certified(services, tmp_path)
    occupied.unlink()
    certified(services, tmp_path)
    assert [number for number, _ in states(services)] == [1, 2]


_RUN = """
import os, signal, sys
from importlib import import_module
from pathlib import Path

def main():
    from flows.services import Services
    from tests.flows.test_certifying import certified, settings_of
    module, _, path = sys.argv[2].partition(":")
    owner = import_module(module)
    *classes, name = path.split(".")
    for part in classes:
        owner = getattr(owner, part)
    real = getattr(owner, name)

    def deadly(*arguments, **keywords):
        real(*arguments, **keywords)
        os.killpg(0, signal.SIGKILL)

    setattr(owner, name, deadly)
    with Services(settings_of(Path(sys.argv[1]))) as services:
        certified(services, Path(sys.argv[1]).parent)

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("step", "copies"),
    [
        ("storage.register:CertificationRegister.reserve", 1),
        ("storage.objects.local:LocalStore.put_file", 1),
        ("storage.register:CertificationRegister.issue", 2),
    ],
)
def test_a_killed_run_leaves_no_gap(
    tmp_path: Path, home: Path, validator: Validator, step: str, copies: int
) -> None:
    script = tmp_path / "run.py"
    script.write_text(_RUN)
    killed = subprocess.run(
        [sys.executable, script, home, step], check=False, start_new_session=True
    )
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "out.pdf").exists()
    with opened(settings_of(home), validator) as services:
        entry = certified(services, tmp_path).entry
        assert (entry.number.number, len(entry.copies)) == (1, copies)
        # What it stored was taken up: no object lies there that the register does not know.
        stored = set(services.store.keys("certified/"))
        assert stored == {copy.object_key for copy in entry.copies}
        acts = [
            item for item in services.ledger.audit.entries() if item.action == "document.signed"
        ]
        assert len(acts) == 2 * copies
        assert certified(services, tmp_path, name="b.pdf").entry.number.number == 2
        assert states(services) == [(1, EntryState.ISSUED), (2, EntryState.ISSUED)]
        assert services.ledger.audit.verify().ok


# --- the book -----------------------------------------------------------------------------------


def test_the_register_is_exported_as_a_signed_book(services: Services, tmp_path: Path) -> None:
    certified(services, tmp_path)
    services.ledger.register.cancel(book(services), 1, "sai nội dung", "test")
    certified(services, tmp_path, name="b.pdf")
    exported = export_register(services, book(services), tmp_path / "so.pdf", sign=True)
    assert exported.numbers == 2
    assert verify(exported.pdf, services.signatories.trust_roots).ok
    assert services.check_pdfa(exported.pdf).flavour == "3u"
    lines = exported.csv.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "đã hủy,sai nội dung" in lines[1]
    plain = export_register(services, book(services), tmp_path / "khong-ky.pdf", sign=False)
    assert plain.signers == ()
    assert services.check_pdfa(plain.pdf).compliant
