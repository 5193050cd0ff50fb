"""Nothing is lost and nothing is twice, whatever is dropped and wherever a run is killed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.errors import DossierNotTaken, SohoaError
from dossiers.settings import IntakeSettings, Settings
from dossiers.states import IntakeState
from fixtures.broken import every_broken_file
from flows.batch import _take_all, take_settled_once
from flows.intake import reconcile, take_in
from flows.intake_folder import DossierFolder, find_dossiers, is_litter, named_dossiers, put_away
from flows.progress import Silent
from flows.services import Services
from flows.stability import StabilityTracker
from flows.watch import take_settled
from tests.extractors.pictures import page, scan_pdf

CODE = "H31-261123-0007"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "var"


def settings_of(home: Path) -> Settings:
    return Settings(home=home, intake=IntakeSettings(quiet_seconds=0))


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with Services(settings_of(home)) as opened:
        yield opened


def drop(home: Path, name: str = "a.pdf", text: str = "A", folder: str = CODE) -> Path:
    target = home / "intake" / "H31" / folder
    target.mkdir(parents=True, exist_ok=True)
    return scan_pdf(target / name, page([text], dpi=75), dpi=75)


# --- when is a folder settled ----------------------------------------------------------------


def test_a_folder_is_settled_after_its_quiet_time_even_at_start_up() -> None:
    tracker, folder = StabilityTracker(5), Path("d")
    looks = [(0.0, 10), (4.9, 10), (5.0, 10)]
    settled = [tracker.look({folder: {folder / "a": (size, 1)}}, now) for now, size in looks]
    assert settled == [[], [], [folder]]


def test_whatever_changes_starts_the_wait_anew() -> None:
    tracker, folder = StabilityTracker(5), Path("d")
    a, b = folder / "a", folder / "b"
    snapshots = [{a: (1, 1)}, {a: (2, 1)}, {a: (2, 2)}, {a: (2, 2), b: (1, 1)}, {b: (1, 1)}]
    for step, snapshot in enumerate(snapshots):
        assert tracker.look({folder: snapshot}, step * 4.0) == []
    assert tracker.look({folder: snapshots[-1]}, 21.0) == [folder]


def test_the_ready_marker_spares_the_wait_and_gone_folders_are_forgotten() -> None:
    tracker, folder = StabilityTracker(60), Path("d")
    assert tracker.look({folder: {folder / ".ready": (0, 1), folder / "a": (1, 1)}}, 0) == [folder]
    assert tracker.look({}, 1) == []
    assert tracker.pending == 0
    assert tracker.look({folder: {}}, 100) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 2)), max_size=12))
def test_nothing_is_settled_before_its_time(steps: list[tuple[float, int]]) -> None:
    tracker, folder, now, changed, last = StabilityTracker(5), Path("d"), 0.0, 0.0, -1
    for wait, size in steps:
        now += wait
        if size != last:
            changed, last = now, size
        settled = tracker.look({folder: {folder / "a": (size, 0)}}, now)
        assert bool(settled) == (now - changed >= 5)


# --- what lies in the intake folder ----------------------------------------------------------


def test_dossiers_are_found_in_every_shape(home: Path) -> None:
    root = home / "intake"
    drop(home)
    (root / "H31" / "dossiers.csv").write_text("MaHoSo\n")
    (root / "ho so cua toi").mkdir()
    scan_pdf(root / "lẻ.pdf", page(["L"], dpi=75), dpi=75)
    for ours in ("done", "duplicate", "rejected"):
        (root / ours).mkdir()
    found = {(folder.path.name, folder.agency) for folder in find_dossiers(root)}
    assert found == {(CODE, "H31"), ("ho so cua toi", None), ("lẻ.pdf", None)}


@pytest.mark.parametrize(
    "name", ["Thumbs.db", ".DS_Store", "@eaDir", "~$don.docx", "a.pdf.part", "x.TMP", ".ready"]
)
def test_litter_is_not_paper(name: str) -> None:
    assert is_litter(name)


def test_nothing_is_moved_over_another_file(tmp_path: Path) -> None:
    for content in ("one", "two", "three"):
        source = tmp_path / "H31" / "a.pdf"
        source.parent.mkdir(exist_ok=True)
        source.write_text(content)
        put_away(source, tmp_path, "done")
    kept = sorted((p.name, p.read_text()) for p in (tmp_path / "done" / "H31").iterdir())
    assert kept == [("a (2).pdf", "two"), ("a (3).pdf", "three"), ("a.pdf", "one")]


# --- taking in -------------------------------------------------------------------------------


def test_a_dossier_is_taken_whole_and_leaves_an_empty_folder(
    home: Path, services: Services
) -> None:
    drop(home)
    drop(home, "phụ lục/b.pdf".replace("/", "-"), "B")
    assert take_settled_once(services) == [CODE]
    documents = services.ledger.documents.of_dossier(CODE)
    assert [d.code for d in documents] == [f"{CODE}-01", f"{CODE}-02"]
    assert not (home / "intake" / "H31" / CODE).exists()
    assert (home / "intake" / "done" / "H31" / CODE / "a.pdf").exists()


def test_what_cannot_be_taken_in_is_kept_with_its_reason_and_the_rest_goes_on(
    home: Path, services: Services
) -> None:
    good = drop(home)
    broken = every_broken_file(good.parent, good)
    kept = {path.name: path.read_bytes() for path in broken.values() if not path.is_symlink()}
    take_settled_once(services)
    claims = {claim.name: claim for claim in services.ledger.intake.of_dossier(CODE)}
    for code, path in broken.items():
        assert claims[path.name].state is IntakeState.REJECTED
        assert claims[path.name].reason_code == code
    rejected = home / "intake" / "rejected" / "H31" / CODE
    for name, content in kept.items():
        assert (rejected / name).read_bytes() == content
        reason = (rejected / f"{name}.ly-do.txt").read_text(encoding="utf-8")
        assert name in reason
        digest = hashlib.sha256(content).hexdigest()
        assert (home / "store/objects/originals" / digest[:2] / digest[2:4] / digest).exists()
    assert [d.original_name for d in services.ledger.documents.of_dossier(CODE)] == ["a.pdf"]


class Told(Silent):
    """Keeps what is told of folders that could not be taken in."""

    def __init__(self) -> None:
        self.errors: list[SohoaError] = []

    def dossier_refused(self, error: SohoaError) -> None:
        self.errors.append(error)


def test_a_fault_of_one_dossier_stops_neither_a_run_nor_the_watch(
    home: Path, services: Services
) -> None:
    first, other = drop(home, folder="H31-261123-0001"), drop(home, text="B")
    # Where its papers go when they are done there is a file: no folder can be made.
    blocked = home / "intake" / "done" / "H31" / "H31-261123-0001"
    blocked.parent.mkdir(parents=True)
    blocked.touch()
    run, watched = Told(), Told()
    assert _take_all(services, [], run) == [CODE, "H31-261123-0001"]
    (error,) = run.errors
    assert isinstance(error, DossierNotTaken)
    assert "H31-261123-0001" in error.message()
    assert first.exists()
    assert not other.exists()

    tracker, third = StabilityTracker(0), drop(home, "c.pdf", "C")
    assert take_settled(services, tracker, watched) == [CODE]
    assert not third.exists()
    # Told once, not at every look; once the way is free, the next run goes on.
    assert take_settled(services, tracker, watched) == []
    assert len(watched.errors) == 1
    blocked.unlink()
    assert "H31-261123-0001" in take_settled_once(services)
    assert not first.exists()


def test_the_target_of_a_link_is_never_touched(
    home: Path, services: Services, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not yours")
    folder = drop(home).parent
    (folder / "link.pdf").symlink_to(secret)
    take_settled_once(services)
    assert secret.read_text() == "not yours"
    assert (home / "intake/rejected/H31" / CODE / "link.pdf").is_symlink()
    digest = hashlib.sha256(b"not yours").hexdigest()
    assert not list((home / "store").rglob(digest))


def test_the_same_paper_twice_is_a_duplicate_and_again_later_too(
    home: Path, services: Services
) -> None:
    drop(home)
    drop(home, "b.pdf")
    take_settled_once(services)
    drop(home)
    take_settled_once(services)
    assert len(services.ledger.documents.of_dossier(CODE)) == 1
    names = {p.name for p in (home / "intake/duplicate/H31" / CODE).iterdir()}
    assert names == {"b.pdf", "a.pdf"}


def test_the_same_paper_in_two_dossiers_is_one_original_and_two_documents(
    home: Path, services: Services
) -> None:
    drop(home)
    drop(home, folder="H31-261123-0008")
    take_settled_once(services)
    sha256 = services.ledger.documents.of_dossier(CODE)[0].original_sha256
    assert len(services.ledger.documents.with_original(sha256)) == 2
    assert len([p for p in (home / "store/objects/originals").rglob("*") if p.is_file()]) == 1


def test_papers_that_come_loose_get_a_code_of_our_own(home: Path, services: Services) -> None:
    (home / "intake").mkdir(parents=True)
    scan_pdf(home / "intake" / "một tờ.pdf", page(["A"], dpi=75), dpi=75)
    (code,) = take_settled_once(services)
    assert services.ledger.documents.of_dossier(code)[0].original_name == "một tờ.pdf"
    assert (home / "intake/done/một tờ.pdf").exists()


def test_a_manifest_tells_who_and_what(home: Path, services: Services) -> None:
    folder = drop(home, "gks.pdf").parent
    manifest = {
        "MaHoSo": CODE, "MaTTHC": "1.001193", "ChuHoSo": "Đỗ Văn Ví Dụ",
        "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "033083044664"}],
        "DanhSachGiayToKetQua": [{"TenGiayTo": "x", "DuongDanTepTinKetQua": "gks.pdf"}],
    }  # fmt: skip
    (folder / "dossier.json").write_text(json.dumps(manifest), encoding="utf-8")
    take_settled_once(services)
    head = services.ledger.dossiers.get(CODE).head
    assert head.applicant is not None
    assert head.applicant.identifier == "033083044664"
    assert services.ledger.documents.of_dossier(CODE)[0].role == "result"
    assert (home / "intake/done/H31" / CODE / "dossier.json").exists()


def test_a_wrong_manifest_is_set_aside_and_the_papers_go_on(home: Path, services: Services) -> None:
    folder = drop(home).parent
    (folder / "dossier.json").write_text("{}")
    take_settled_once(services)
    assert len(services.ledger.documents.of_dossier(CODE)) == 1
    reason = home / "intake/rejected/H31" / CODE / "dossier.json.ly-do.txt"
    assert "MaHoSo" in reason.read_text(encoding="utf-8")


def test_a_file_given_by_path_stays_where_it_is(
    home: Path, services: Services, tmp_path: Path
) -> None:
    mine = scan_pdf(tmp_path / "mine.pdf", page(["M"], dpi=75), dpi=75)
    (folder,) = named_dossiers(mine, home / "intake")
    assert folder == DossierFolder(mine, None, inside=False)
    first = take_in(services, folder)
    assert first.fresh == 1
    assert mine.exists()


# --- killed anywhere -------------------------------------------------------------------------

_STEPS = [
    "storage.intake:Intake.claim",
    "storage.objects.local:LocalStore.put_file",
    "flows.intake:inspect",
    "storage.documents:Documents.register",
    "storage.intake:Intake.move",
    "storage.audit:AuditTrail.append",
    "flows.intake:put_away",
    "storage.intake:Intake.moved",
]

_RUN = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from dossiers.settings import IntakeSettings, Settings
from flows.batch import take_settled_once
from flows.services import Services

place, when, count = sys.argv[2], sys.argv[3], int(sys.argv[4])
module, _, path = place.partition(":")
owner = import_module(module)
*classes, name = path.split(".")
for part in classes:
    owner = getattr(owner, part)
real, calls = getattr(owner, name), 0

def deadly(*arguments, **keywords):
    global calls
    calls += 1
    if calls == count and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*arguments, **keywords)
    if calls == count and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, name, deadly)
with Services(Settings(home=Path(sys.argv[1]), intake=IntakeSettings(quiet_seconds=0))) as services:
    take_settled_once(services)
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", _STEPS)
def test_a_run_killed_at_any_step_is_finished_by_the_next(home: Path, step: str, when: str) -> None:
    papers = [drop(home, "a.pdf", "A"), drop(home, "b.pdf", "B"), drop(home, "c.pdf", "A")]
    (papers[0].parent / "rỗng.pdf").touch()
    contents = {path.read_bytes() for path in [*papers, papers[0].parent / "rỗng.pdf"]}
    for count in (1, 3):
        killed = subprocess.run(
            [sys.executable, "-c", _RUN, home, step, when, str(count)], check=False
        )
        assert killed.returncode == -signal.SIGKILL
        # At any moment every byte is still in the intake folder, or durable and recorded.
        assert contents <= {p.read_bytes() for p in home.rglob("*") if p.is_file()}
    with Services(settings_of(home)) as services:
        take_settled_once(services)
        reconcile(services)
        documents = services.ledger.documents.of_dossier(CODE)
        claims = services.ledger.intake.of_dossier(CODE)
        assert len(documents) == 2
        assert sorted(claim.state for claim in claims) == [
            IntakeState.ACCEPTED, IntakeState.ACCEPTED, IntakeState.DUPLICATE,
            IntakeState.REJECTED,
        ]  # fmt: skip
        assert services.ledger.intake.unsettled() == []
        assert services.ledger.audit.verify().ok
    assert not os.path.lexists(home / "intake" / "H31" / CODE)
    left = [p for p in (home / "intake").rglob("*.pdf") if p.is_file()]
    assert len(left) == 4
