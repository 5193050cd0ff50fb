"""A file with several papers becomes several documents: once, whole, also when runs are killed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from copies.payload import read_payload
from dossiers.contract import DossierReport
from dossiers.identifiers.cover_code import CoverCode
from dossiers.states import DocumentState, DossierState
from fixtures.chance import seeded
from fixtures.containers import write_pdf
from fixtures.kinds import Style
from fixtures.scanner import ScannedPage, ScanSettings
from fixtures.stack import Pile, scan_stack
from flows.batch import digitise, ingest, take_settled_once
from flows.export import export_dossier
from flows.nightly import check_objects
from flows.progress import Silent
from flows.services import Services
from tests.flows.test_digitise import _RUN, CODE, _let_the_lease_run_out, settings_of

_SCAN = ScanSettings(dpi=150, quality=60)
_CARD_SCAN = ScanSettings(dpi=300, quality=70)


def pile(name: str) -> Pile:
    return Pile(seeded(f"dividing/{name}"), Style(dpi=200))


def scans(made: Pile, settings: ScanSettings = _SCAN) -> list[ScannedPage]:
    return scan_stack(made.stack(), seeded("dividing"), settings=settings)


def drop(home: Path, pages: list[ScannedPage], name: str = "ho so.pdf") -> Path:
    folder = home / "intake" / "H31" / CODE
    folder.mkdir(parents=True, exist_ok=True)
    write_pdf(pages, folder / name)
    return folder / name


@pytest.fixture(scope="module")
def three_papers() -> list[ScannedPage]:
    """Two sheets, a birth certificate, an empty reverse side, an application, a certificate."""
    made = pile("three").sheet(CoverCode.dossier(CODE)).sheet(CoverCode.document("KQ.G15.000031"))
    made = made.paper("birth_certificate").blank().paper("application")
    return scans(made.paper("marital_status_confirmation"))


PARTS = [(3,), (5,), (6,)]


def images(path: Path) -> list[bytes]:
    """The compressed stream of each page's image."""
    with pikepdf.open(path) as pdf:
        return [next(iter(page.resources.XObject.values())).read_raw_bytes() for page in pdf.pages]


def ingested(home: Path) -> DossierReport:
    with Services(settings_of(home)) as services:
        (report,) = asyncio.run(ingest(services, [], Silent()))
        return report


def test_each_paper_of_a_file_is_a_document_with_its_own_signed_copy(
    tmp_path: Path, three_papers: list[ScannedPage]
) -> None:
    home = tmp_path / "var"
    source = drop(home, three_papers)
    originals = images(source)
    with Services(settings_of(home)) as services:
        (report,) = asyncio.run(ingest(services, [], Silent()))
        assert report.state is DossierState.DIGITISED
        assert [(document.type, document.role) for document in report.documents] == [
            ("birth_certificate", "result"), ("application", "component"),
            ("marital_status_confirmation", "component"),
        ]  # fmt: skip
        assert [document.original_pages for document in report.documents] == PARTS
        left = [(left.page, left.why.value) for left in report.left_out]
        assert left == [(1, "cover"), (2, "separator"), (4, "blank")]
        assert len({document.sha256 for document in report.documents}) == 1
        # One original, three copies; each of its own pages, pixels as scanned.
        assert check_objects(services) == (4, ())
        export_dossier(services, CODE, tmp_path / "out")
        for document in report.documents:
            copy = tmp_path / "out" / CODE / f"{document.code}.pdf"
            assert images(copy) == [originals[number - 1] for number in document.original_pages]
            payload = read_payload(copy)
            assert payload["original"]["pages"] == list(document.original_pages)
            assert [page["number"] for page in payload["pages"]] == [1]
            assert all(kept.confidence for kept in document.fields.values())
            pages = {k.field.page for k in services.ledger.documents.fields(document.code).values()}
            assert pages <= {1, None}
        text = (tmp_path / "out" / CODE / f"{report.documents[0].code}.txt").read_text()
        assert "GIẤY KHAI SINH" in text
        assert "ĐƠN" not in text


_STEPS = [
    "storage.divisions:Divisions.record",
    "storage.objects.local:LocalStore.put_file",
]


@pytest.mark.parametrize("step", _STEPS)
def test_a_run_killed_after_any_step_is_finished_by_the_next(
    tmp_path: Path, step: str, three_papers: list[ScannedPage]
) -> None:
    home = tmp_path / "var"
    drop(home, three_papers)
    script = tmp_path / "run.py"
    script.write_text(_RUN)
    with Services(settings_of(home)) as services:
        take_settled_once(services)
        killed = subprocess.run(
            [sys.executable, script, home, step, CODE], check=False, start_new_session=True
        )
        assert killed.returncode == -signal.SIGKILL
        _let_the_lease_run_out(services)
        (report,) = asyncio.run(digitise(services, [CODE], Silent()))
        assert report.state is DossierState.DIGITISED
        assert [document.original_pages for document in report.documents] == PARTS
        assert [document.copy_ and document.copy_.version for document in report.documents] == [
            1, 1, 1,
        ]  # fmt: skip
        assert len(list((home / "store/objects/copies").rglob("*.pdf"))) == 3
        assert check_objects(services) == (4, ())
        divided = [e for e in services.ledger.audit.entries(CODE) if e.action == "original.divided"]
        assert len(divided) == 1


def test_a_doubt_is_told_on_the_document_and_asks_for_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, three_papers: list[ScannedPage]
) -> None:
    # With a bar that no heading reaches, every cut is a doubt.
    monkeypatch.setattr("extractors.splitting._SURE", 99.0)
    drop(tmp_path / "var", three_papers)
    (document,) = ingested(tmp_path / "var").documents
    assert document.needs_person
    doubts = [(p.code, p.page) for p in document.problems]
    # Its own pages are the file's behind the sheets.
    assert doubts == [("maybe_several_papers", 3), ("maybe_several_papers", 4)]
    assert document.original_pages == (3, 4, 5, 6)


def test_front_and_back_in_one_file_are_one_document_and_in_two_files_know_each_other(
    tmp_path: Path,
) -> None:
    home = tmp_path / "var"
    both = scans(pile("card").paper("identity_card", backwards=True), _CARD_SCAN)
    drop(home, both, "hai mat.pdf")
    other = scans(pile("other card").paper("identity_card"), _CARD_SCAN)
    drop(home, other[:1], "mat truoc.pdf")
    drop(home, other[1:], "mat sau.pdf")
    documents = {document.file: document for document in ingested(home).documents}
    assert documents["hai mat.pdf"].original_pages == (1, 2)
    assert documents["hai mat.pdf"].other_side is None
    assert documents["mat truoc.pdf"].other_side == documents["mat sau.pdf"].code
    assert documents["mat sau.pdf"].other_side == documents["mat truoc.pdf"].code
    assert {document.type for document in documents.values()} == {"identity_card"}


@pytest.mark.parametrize(
    ("lay", "code"),
    [
        (lambda p: p.sheet(CoverCode.dossier("H31-261123-0001")).paper("application"),
         "cover_contradicts"),
        (lambda p: p.sheet(CoverCode.document()).blank(), "nothing_to_digitise"),
    ],
)  # fmt: skip
def test_sheets_that_make_no_sense_stop_their_file_with_a_reason(
    tmp_path: Path, lay: Callable[[Pile], Pile], code: str
) -> None:
    home = tmp_path / "var"
    drop(home, scans(lay(pile("wrong"))))
    report = ingested(home)
    (document,) = report.documents
    assert document.state is DocumentState.FAILED
    assert document.problems[0].code == code
    assert report.state is DossierState.INCOMPLETE
