"""A dossier to its stored copies: killed and resumed, failed and retried, scheduled and checked."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dossiers.settings import IntakeSettings, ReadingSettings, Settings
from dossiers.states import DocumentState, DossierState
from flows.batch import digitise, ingest, take_settled_once, unfinished
from flows.nightly import check_objects, nightly
from flows.progress import Silent
from flows.services import Services
from tests.extractors.pictures import LINES, page, scan_pdf

CODE = "H31-261123-0009"


def settings_of(home: Path) -> Settings:
    return Settings(
        home=home, intake=IntakeSettings(quiet_seconds=0), reading=ReadingSettings(workers=1)
    )


def drop(home: Path, count: int = 1) -> None:
    folder = home / "intake" / "H31" / CODE
    folder.mkdir(parents=True)
    for number in range(count):
        scan_pdf(folder / f"{number}.pdf", page([*LINES, f"Tờ số {number}"], dpi=150), dpi=150)


_STEPS = [
    "storage.documents:Documents.save_pages",
    "storage.documents:Documents.save_reading",
    "flows.storing:make_copy",
    "flows.sealing:sign_copy",
    "storage.objects.local:LocalStore.put_file",
    "storage.documents:Documents.save_copy",
    "flows.digitise:link_subjects",
]

_RUN = """
import asyncio, os, signal, sys
from importlib import import_module
from pathlib import Path

def main():
    from dossiers.settings import IntakeSettings, ReadingSettings, Settings
    from flows.batch import digitise
    from flows.progress import Silent
    from flows.services import Services
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
    settings = Settings(home=Path(sys.argv[1]), intake=IntakeSettings(quiet_seconds=0),
                        reading=ReadingSettings(workers=1))
    with Services(settings) as services:
        asyncio.run(digitise(services, [sys.argv[3]], Silent()))

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("step", _STEPS)
def test_a_run_killed_after_any_step_is_finished_by_the_next(tmp_path: Path, step: str) -> None:
    home = tmp_path / "var"
    drop(home)
    script = tmp_path / "run.py"
    script.write_text(_RUN)
    with Services(settings_of(home)) as services:
        take_settled_once(services)
        killed = subprocess.run(
            [sys.executable, script, home, step, CODE], check=False, start_new_session=True
        )
        assert killed.returncode == -signal.SIGKILL
        # The killed run's lease has not run out yet; a minute later it would have.
        owner = services.ledger.dossiers
        assert not owner.lease(CODE, "somebody else", dt.timedelta(seconds=1))
        _let_the_lease_run_out(services)
        (report,) = asyncio.run(digitise(services, [CODE], Silent()))
        assert report.state is DossierState.DIGITISED
        (document,) = report.documents
        assert document.copy_ is not None
        assert document.copy_.version == 1
        assert len(list((home / "store/objects/copies").rglob("*.pdf"))) == 1
        assert check_objects(services) == (2, ())
        assert services.ledger.search.find("cam doan")


def _let_the_lease_run_out(services: Services) -> None:
    from sqlalchemy import text

    with services.ledger.database.writing() as connection:
        connection.execute(text("UPDATE dossiers SET lease_until = '2000-01-01 00:00:00'"))


def test_a_failed_document_is_recorded_tried_again_and_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dossiers.errors import StoreUnavailable
    from flows import storing

    home = tmp_path / "var"
    drop(home, 2)
    real = storing.make_copy

    def away(source: Path, *rest: object) -> object:
        if source.name == "0.pdf":
            raise StoreUnavailable(detail="away")
        return real(source, *rest)  # type: ignore[arg-type]

    with Services(settings_of(home)) as services:
        monkeypatch.setattr(storing, "make_copy", away)
        (report,) = asyncio.run(ingest(services, [], Silent()))
        assert report.state is DossierState.INCOMPLETE
        states = {document.file: document.state for document in report.documents}
        assert states == {"0.pdf": DocumentState.FAILED, "1.pdf": DocumentState.STORED}
        assert report.documents[0].problems[0].code == "store_unavailable"
        assert unfinished(services) == []  # not before its next try is due
        monkeypatch.undo()
        from sqlalchemy import text

        with services.ledger.database.writing() as connection:
            connection.execute(text("UPDATE attempts SET next_try = '2000-01-01 00:00:00'"))
        done = asyncio.run(nightly(services, Silent()))
        assert done.retried == (CODE,)
        assert done.ok
        assert services.ledger.dossiers.get(CODE).state is DossierState.DIGITISED
        # Reading is not done twice.
        assert len(services.ledger.documents.attempts(f"{CODE}-01")) == 1


def test_the_night_finds_what_rotted(tmp_path: Path) -> None:
    home = tmp_path / "var"
    drop(home)
    with Services(settings_of(home)) as services:
        asyncio.run(ingest(services, [], Silent()))
        (copy,) = (home / "store/objects/copies").rglob("*.pdf")
        copy.chmod(0o644)
        copy.write_bytes(copy.read_bytes()[:-1])
        report = asyncio.run(nightly(services, Silent()))
        assert not report.ok
        assert report.objects_checked == 2
        (damage,) = report.damaged
        assert copy.name in damage


def test_the_watcher_takes_what_is_dropped_and_ends_cleanly(tmp_path: Path) -> None:
    home = tmp_path / "var"
    (home / "intake").mkdir(parents=True)
    watcher = subprocess.Popen(
        [Path(sys.executable).with_name("sohoa"), "watch"],
        env={
            **os.environ,
            "SOHOA_HOME": str(home),
            "SOHOA_INTAKE__QUIET_SECONDS": "0.3",
            "SOHOA_INTAKE__POLL_SECONDS": "0.2",
            "SOHOA_READING__WORKERS": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        time.sleep(1)
        drop(home)
        assert watcher.stdout is not None
        assert watcher.stdout.readline().startswith(CODE)
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(timeout=30) == 0
    finally:
        watcher.kill()


_PREFECT = """
import asyncio, os, sys
def main():
    from dossiers.settings import load_settings
    from flows.prefect_environment import prepare
    prepare(load_settings())
    from flows.prefect_flows import ingest_flow, nightly_flow
    print(asyncio.run(ingest_flow()))
    print(asyncio.run(nightly_flow())["objects_checked"])
if __name__ == "__main__":
    main()
"""


def test_the_same_work_runs_as_prefect_flows(tmp_path: Path) -> None:
    home = tmp_path / "var"
    drop(home)
    script = tmp_path / "run.py"
    script.write_text(_PREFECT)
    done = subprocess.run(
        [sys.executable, script],
        env={
            **os.environ,
            "SOHOA_HOME": str(home),
            "SOHOA_INTAKE__QUIET_SECONDS": "0",
            "SOHOA_READING__WORKERS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"{{'{CODE}': 'digitised'}}" in done.stdout
    assert done.stdout.rstrip().endswith("2")
    assert "ERROR" not in done.stderr
    assert (home / "prefect").is_dir()
