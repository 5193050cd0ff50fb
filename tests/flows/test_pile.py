"""A flat pile of scans: printed cover sheets say where each dossier begins."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dossiers.contract import DossierReport
from dossiers.identifiers.cover_code import CoverCode
from dossiers.states import DossierState, IntakeState
from fixtures.containers import write_pdf
from flows.batch import ingest, take_settled_once
from flows.nightly import check_objects
from flows.progress import Silent
from flows.services import Services
from tests.flows.test_digitise import settings_of
from tests.flows.test_dividing import pile, scans

A, B = "H31-261123-0001", "H31-261123-0002"


def drop(home: Path, made: object, name: str = "scan0001.pdf") -> Path:
    folder = home / "intake" / "H31"
    folder.mkdir(parents=True, exist_ok=True)
    write_pdf(scans(made), folder / name)  # type: ignore[arg-type]
    return folder / name


def two_dossiers(home: Path) -> Path:
    """A file of two dossiers; the first has two papers, and comes again at the end."""
    made = pile("pile").sheet(CoverCode.dossier(A)).paper("birth_certificate")
    made.paper("application").sheet(CoverCode.dossier(B)).paper("marital_status_confirmation")
    return drop(home, made.sheet(CoverCode.dossier(A)).paper("birth_extract"))


def ingested(services: Services) -> dict[str, DossierReport]:
    return {report.code: report for report in asyncio.run(ingest(services, [], Silent()))}


def check(services: Services, reports: dict[str, DossierReport], home: Path) -> None:
    assert set(reports) == {A, B}
    assert {report.state for report in reports.values()} == {DossierState.DIGITISED}
    pages = {code: [d.original_pages for d in report.documents] for code, report in reports.items()}
    assert pages == {A: [(2,), (3,), (7,)], B: [(5,)]}
    left = {code: [p.page for p in report.left_out] for code, report in reports.items()}
    assert left == {A: [1, 6], B: [4]}
    # One original for both, a copy for each paper.
    assert check_objects(services) == (5, ())
    claims = [claim for code in (A, B) for claim in services.ledger.intake.of_dossier(code)]
    assert [claim.state for claim in claims] == [IntakeState.ACCEPTED] * 2
    assert [path.name for path in (home / "intake/done").rglob("*.pdf")] == ["scan0001.pdf"]


def test_each_paper_of_a_pile_goes_to_the_dossier_on_its_cover_sheet(tmp_path: Path) -> None:
    home = tmp_path / "var"
    two_dossiers(home)
    with Services(settings_of(home)) as services:
        check(services, ingested(services), home)
        # The same pile again is a duplicate of itself.
        two_dossiers(home)
        assert take_settled_once(services) == [A, B]
        assert (home / "intake/duplicate/H31/scan0001.pdf").is_file()


_RUN = """
import os, signal, sys
from importlib import import_module
from pathlib import Path

def main():
    from dossiers.settings import IntakeSettings, ReadingSettings, Settings
    from flows.batch import take_settled_once
    from flows.services import Services
    module, _, path = sys.argv[2].partition(":")
    owner = import_module(module)
    *classes, name = path.split(".")
    for part in classes:
        owner = getattr(owner, part)
    real = getattr(owner, name)
    left = [int(sys.argv[3])]

    def deadly(*arguments, **keywords):
        result = real(*arguments, **keywords)
        left[0] -= 1
        if not left[0]:
            os.killpg(0, signal.SIGKILL)
        return result

    setattr(owner, name, deadly)
    settings = Settings(home=Path(sys.argv[1]), intake=IntakeSettings(quiet_seconds=0),
                        reading=ReadingSettings(workers=1))
    with Services(settings) as services:
        take_settled_once(services)

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("step", "time"),
    [
        ("storage.documents:Documents.register", 2),
        ("flows.intake:put_away", 1),
    ],
)
def test_a_run_killed_while_a_pile_is_taken_in_is_finished_by_the_next(
    tmp_path: Path, step: str, time: int
) -> None:
    home = tmp_path / "var"
    two_dossiers(home)
    script = tmp_path / "run.py"
    script.write_text(_RUN)
    killed = subprocess.run(
        [sys.executable, script, home, step, str(time)], check=False, start_new_session=True
    )
    assert killed.returncode == -signal.SIGKILL
    with Services(settings_of(home)) as services:
        check(services, ingested(services), home)


def test_what_no_cover_sheet_names_gets_a_code_of_our_own(tmp_path: Path) -> None:
    home = tmp_path / "var"
    made = pile("early").paper("application").sheet(CoverCode.dossier(B)).paper("birth_extract")
    drop(home, made)
    # A folder that is no dossier is a pile too; what lies in it without a sheet stays together.
    folder = home / "intake/scanner"
    folder.mkdir()
    write_pdf(scans(pile("alone").paper("application")), folder / "1.pdf")
    made = pile("sheet").sheet(CoverCode.dossier(A)).paper("birth_extract")
    write_pdf(scans(made), folder / "2.pdf")
    write_pdf(scans(pile("too").paper("application")), folder / "3.pdf")
    with Services(settings_of(home)) as services:
        codes = take_settled_once(services)
        documents = [services.ledger.documents.of_dossier(code) for code in codes]
        assert codes[1:3] == [B, A]
        assert codes[0] != codes[3]
        pages = [[(d.original_name, d.pages) for d in own] for own in documents]
        assert pages == [
            [("scan0001.pdf", (1,))],
            [("scan0001.pdf", (2, 3))],
            [("2.pdf", (1, 2))],
            [("1.pdf", (1,)), ("3.pdf", (1,))],
        ]
        assert not folder.exists()


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        ([CoverCode.dossier(A), CoverCode.dossier(B), None], "cover_without_papers"),
        ([CoverCode.dossier(A), None, CoverCode.dossier(B)], "cover_without_papers"),
        ([CoverCode.dossier(A), CoverCode.document()], "cover_without_papers"),
    ],
)
def test_cover_sheets_that_make_no_sense_are_refused_with_a_reason(
    tmp_path: Path, codes: list[CoverCode | None], reason: str
) -> None:
    home = tmp_path / "var"
    made = pile("senseless")
    for code in codes:
        made = made.paper("birth_extract") if code is None else made.sheet(code)
    drop(home, made)
    with Services(settings_of(home)) as services:
        (report,) = ingested(services).values()
        assert [refused.code for refused in report.rejected] == [reason]
        assert not report.documents
    note = home / "intake/rejected/H31/scan0001.pdf.ly-do.txt"
    assert "tờ bìa" in note.read_text()
