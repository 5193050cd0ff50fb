"""Archive evidence night by night: proved, killed and resumed, renewed, rehashed, anchored."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper

from dossiers.errors import IntegrityFailure, NotFound
from dossiers.settings import (
    EvidenceSettings,
    Settings,
    TimestampAuthority,
    TimestampSettings,
    load_settings,
)
from flows.evidence import due, keep_evidence, renew_hash_trees
from flows.evidence_rebuild import rebuild_evidence
from flows.evidence_records import object_of_name, record_of_file
from flows.nightly import check_objects
from flows.services import Services
from signing.evidence.hash_tree import digest_file
from signing.evidence.stamping import Authority
from signing.evidence.test_authority import Made, make
from signing.evidence.tokens import EvidenceOutcome
from signing.evidence.verification import EvidenceReport, verify_record
from storage.evidence import TreeKind
from storage.objects.keys import leaves_key, time_stamp_key
from tests.flows.kept import CODE, keep_documents
from tests.servers.evidence_tsa import Tsa, serving
from tests.servers.trust_services import TrustServices

TODAY = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def young() -> Made:
    """An authority with ten years before it."""
    return make("Suite Authority, new", TODAY - 900 * DAY, TODAY + 3650 * DAY)


@pytest.fixture(scope="module")
def old() -> Made:
    """An authority whose certificate runs out in three months."""
    return make("Suite Authority, old", TODAY - 900 * DAY, TODAY + 90 * DAY)


@pytest.fixture(scope="module")
def server(young: Made) -> Iterator[Tsa]:
    with serving(young) as tsa:
        yield tsa


@pytest.fixture
def tsa(server: Tsa, young: Made) -> Tsa:
    server.made, server.at, server.mood, server.asked = young, None, "good", 0
    return server


@pytest.fixture
def roots(young: Made, old: Made, tmp_path: Path) -> tuple[Path, ...]:
    return Tsa(young).root(tmp_path), Tsa(old).root(tmp_path)


def open_services(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...], digest: str = "sha256"
) -> Services:
    stamps = TimestampSettings(
        authorities=(TimestampAuthority(url=tsa.url),),
        trust_roots=roots,
        rounds=1,
        breaker_seconds=0.001,
    )
    evidence = EvidenceSettings(digest=digest)  # type: ignore[arg-type]
    return Services(Settings(home=tmp_path / "var", evidence=evidence, timestamps=stamps))


def open_in_the_past(tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...]) -> Services:
    """With a client that takes time stamps of another year than ours."""
    services = Services(Settings(home=tmp_path / "var"))
    client = RequestsHTTPTimeStamper(tsa.url)
    vars(services)["time_stamps"] = Authority(client, roots, test=False)
    return services


def night(services: Services) -> object:
    return asyncio.run(keep_evidence(services))


def judge(
    services: Services, key: str, roots: tuple[Path, ...], at: dt.datetime | None = None
) -> EvidenceReport:
    with services.store.fetched(key) as path:
        record = record_of_file(services, path)
        return verify_record(record.dump(), lambda name: digest_file(path, name), roots, at)


def copies(services: Services) -> list[str]:
    return [record.copy.key for record in services.ledger.documents.all_copies()]


def test_one_time_stamp_a_night_proves_all_that_is_new(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...]
) -> None:
    with open_services(tmp_path, tsa, roots) as services:
        keep_documents(services, 0, 5)
        done = asyncio.run(keep_evidence(services))
        assert (done.proved, done.taken, done.faults) == (
            11,
            1,
            (),
        )  # the audit trail's head among them
        assert tsa.asked == 1
        for key in [*copies(services), *(k for k, _ in services.ledger.documents.all_originals())]:
            assert judge(services, key, roots).ok
        with object_of_name(services, f"{CODE}-03") as path:
            assert path.read_bytes() == b"copy 2"
        # A second run of the same night finds nothing to do; what comes later gets its own tree.
        assert asyncio.run(keep_evidence(services)).taken == 0
        keep_documents(services, 5, 1)
        with pytest.raises(NotFound):
            judge(services, copies(services)[5], roots)
        assert asyncio.run(keep_evidence(services)).proved == 3  # and the audit trail's head
        assert tsa.asked == 2
        assert judge(services, copies(services)[5], roots).ok
        assert check_objects(services)[1] == ()
        counts = services.ledger.evidence.counts()
        assert (counts.proved, counts.waiting, counts.planned) == (14, 0, 0)


def test_authorities_set_for_signatures_stamp_the_evidence(
    tmp_path: Path, running_services: TrustServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    tsa = running_services.tsa("evidence")
    running_services.hierarchy.root.pem(tmp_path / "root.pem")
    (tmp_path / "sohoa.toml").write_text(
        f"""
        [timestamps]
        trust_roots = ["{tmp_path}/root.pem"]
        [[timestamps.authorities]]
        url = "{tsa.url}"
        """
    )
    monkeypatch.chdir(tmp_path)
    with Services(load_settings()) as services:
        keep_documents(services, 0, 1)
        done = asyncio.run(keep_evidence(services))
        assert (done.proved, done.taken, done.faults) == (3, 1, ())
        assert not services.time_stamps.test
        assert not (services.settings.pki_folder / "evidence").exists()
        assert judge(services, copies(services)[0], (tmp_path / "root.pem",)).ok


def test_a_list_of_leaves_is_checked_by_the_system_s_own_program(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...]
) -> None:
    with open_services(tmp_path, tsa, roots) as services:
        keep_documents(services, 0, 2)
        night(services)
        objects = services.settings.store_folder / "objects"
        (listed,) = (objects / "evidence").rglob("leaves.txt")
        command = ["sha256sum", "--check", "--strict", "--quiet", listed]
        assert subprocess.run(command, cwd=objects, check=False).returncode == 0


_STEPS = [
    ("flows.evidence:_store_anchor", 1),
    ("storage.evidence:Evidence.plan", 1),
    ("flows.evidence:_store_leaves", 1),
    ("flows.evidence:take_stamp", 2),
    ("flows.evidence:_store_stamp", 1),
    ("storage.evidence:Evidence.record_stamp", 1),
]

_RUN = """
import asyncio, inspect, os, signal, sys
from importlib import import_module

from dossiers.settings import load_settings
from flows.evidence import keep_evidence
from flows.services import Services

module, _, path = sys.argv[1].partition(":")
owner = import_module(module)
*classes, name = path.split(".")
for part in classes:
    owner = getattr(owner, part)
real = getattr(owner, name)

def deadly(*arguments, **keywords):
    real(*arguments, **keywords)
    os.killpg(0, signal.SIGKILL)

async def deadly_later(*arguments, **keywords):
    await real(*arguments, **keywords)
    os.killpg(0, signal.SIGKILL)

setattr(owner, name, deadly_later if inspect.iscoroutinefunction(real) else deadly)
with Services(load_settings()) as services:
    asyncio.run(keep_evidence(services))
"""


@pytest.mark.parametrize(("step", "stamps"), _STEPS)
def test_a_run_killed_after_any_step_is_finished_by_the_next(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...], step: str, stamps: int
) -> None:
    script = tmp_path / "run.py"
    script.write_text(_RUN)
    with open_services(tmp_path, tsa, roots) as services:
        keep_documents(services, 0, 2)
        killed = subprocess.run(
            [sys.executable, script, step],
            env={
                **os.environ,
                "SOHOA_HOME": str(services.settings.home),
                "SOHOA_TIMESTAMPS__AUTHORITIES": json.dumps([{"url": tsa.url}]),
                "SOHOA_TIMESTAMPS__TRUST_ROOTS": json.dumps([str(root) for root in roots]),
            },
            check=False,
            start_new_session=True,
        )
        assert killed.returncode == -signal.SIGKILL
        assert asyncio.run(keep_evidence(services)).ok
        (tree,) = services.ledger.evidence.trees()
        assert tree.stamp is not None
        assert tree.leaf_count == 5  # two originals, two copies, the audit trail's head
        # Only a time stamp that was lost with the process is asked for again.
        assert tsa.asked == stamps
        assert all(judge(services, key, roots).ok for key in copies(services))
        assert check_objects(services)[1] == ()


def test_the_time_stamp_that_is_in_the_store_first_holds(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs at once: the slower one adopts what the quicker one stored."""
    from flows import evidence

    real = evidence.take_stamp

    async def overtaken(*arguments: Any) -> Any:
        slow = await real(*arguments)
        monkeypatch.undo()
        with open_services(tmp_path, tsa, roots) as quicker:
            assert (await keep_evidence(quicker)).taken == 1
        return slow

    with open_services(tmp_path, tsa, roots) as services:
        keep_documents(services, 0, 1)
        monkeypatch.setattr(evidence, "take_stamp", overtaken)
        assert asyncio.run(keep_evidence(services)).ok
        assert tsa.asked == 2
        (tree,) = services.ledger.evidence.trees()
        assert tree.stamp is not None
        stored = b"".join(services.store.open(time_stamp_key(tree.root)))
        assert tree.stamp.token == stored
        assert check_objects(services)[1] == ()


def test_a_silent_authority_is_a_fault_and_nothing_is_lost(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...]
) -> None:
    with open_services(tmp_path, tsa, roots) as services:
        keep_documents(services, 0, 1)
        for mood in ("dead", "refuse", "other hash"):
            tsa.mood = mood
            done = asyncio.run(keep_evidence(services))
            ((vi, en),) = done.faults
            assert "[timestamps]" in vi
            assert "The next run tries again" in en
            assert services.ledger.evidence.counts().proved == 0
        keep_documents(services, 1, 1)
        tsa.mood = "good"
        done = asyncio.run(keep_evidence(services))
        assert (done.taken, done.faults) == (2, ())  # what waited, and what came since
        assert services.ledger.evidence.counts().waiting == 0


def test_due_time_stamps_are_renewed_together_before_their_authority_ends(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...], old: Made, young: Made
) -> None:
    with open_in_the_past(tmp_path, tsa, roots) as services:
        tsa.made = old
        for number in range(3):  # three nights, two years ago
            tsa.at = TODAY - (800 - number) * DAY
            keep_documents(services, 2 * number, 2)
            _as_if_no_renewal_were_known(services)
        tsa.made, tsa.at = young, None
        keys = copies(services)
        in_a_year = TODAY + 365 * DAY
        assert judge(services, keys[0], roots, in_a_year).outcome is EvidenceOutcome.EXPIRED
        assert len(due(services)) == 3
        tsa.asked = 0
        done = asyncio.run(keep_evidence(services))
        assert (done.renewed, done.taken, tsa.asked) == (3, 1, 1)
        assert due(services) == []
        for key in keys:
            report = judge(services, key, roots, in_a_year)
            assert report.ok, report
            assert [stamp.authority[-3:] for stamp in report.stamps] == ["old", "new"]
        # The test of time: without the new root, or long after it, nothing is claimed.
        assert not judge(services, keys[0], roots[1:], in_a_year).ok
        assert not judge(services, keys[0], roots, TODAY + 5000 * DAY).ok


def test_renewals_that_were_planned_are_finished_by_the_next_run(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...], old: Made, young: Made
) -> None:
    from flows import evidence

    with open_in_the_past(tmp_path, tsa, roots) as services:
        tsa.made, tsa.at = old, TODAY - 800 * DAY
        keep_documents(services, 0, 1)
        _as_if_no_renewal_were_known(services)
        tsa.made, tsa.at = young, None
        (planned,) = evidence._plan_renewals(services).trees  # and the process ends here
        assert evidence._plan_renewals(services).trees == []
        # Until it is stamped, the record is what it was.
        assert len(judge(services, copies(services)[0], roots).stamps) == 1
        tsa.asked = 0
        assert asyncio.run(keep_evidence(services)).ok
        assert services.ledger.evidence.tree(planned.root).stamp is not None
        assert len(judge(services, copies(services)[0], roots).stamps) == 2


def _as_if_no_renewal_were_known(services: Services) -> None:
    """One night's tree without the renewals that would be due already."""
    from flows import evidence

    (tree,) = evidence._plan_objects(services, frozenset()).trees
    asyncio.run(evidence._finish(services, tree))


def test_a_weakening_hash_algorithm_is_replaced(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...]
) -> None:
    with open_services(tmp_path, tsa, roots) as services:
        keep_documents(services, 0, 3)
        night(services)
        keep_documents(services, 3, 1)
        night(services)
        keys = copies(services)
    with open_services(tmp_path, tsa, roots, "sha512") as services:
        path = services.settings.store_folder / "objects" / keys[1]
        path.chmod(0o644)
        path.write_bytes(b"rotten")
        tsa.asked = 0
        done = asyncio.run(renew_hash_trees(services))
        assert done.left_out == (keys[1],)
        assert done.taken == tsa.asked == 1
        assert done.rehashed == services.ledger.evidence.counts().proved - 1
        for key in (keys[0], keys[3]):
            report = judge(services, key, roots)
            assert report.ok, report
            assert [stamp.algorithm for stamp in report.stamps] == ["sha256", "sha512"]
        # Done once; what comes new starts with the new algorithm.
        assert asyncio.run(renew_hash_trees(services)).taken == 0
        keep_documents(services, 7, 1)
        night(services)
        (stamp,) = judge(services, copies(services)[-1], roots).stamps
        assert stamp.algorithm == "sha512"
        kinds = [tree.kind for tree in services.ledger.evidence.trees()]
        assert kinds.count(TreeKind.REHASH) == 1


def test_what_is_wrong_with_one_object_or_tree_does_not_keep_the_others_waiting(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...]
) -> None:
    from flows import evidence

    with open_services(tmp_path, tsa, roots, "sha512") as services:
        keep_documents(services, 0, 2)
        objects = services.settings.store_folder / "objects"
        rotten, lost = copies(services)
        (objects / rotten).chmod(0o644)
        (objects / rotten).write_bytes(b"rotten")
        (objects / lost).unlink()
        done = asyncio.run(keep_evidence(services))
        assert done.left_out == (rotten, lost)
        assert (done.proved, done.taken, done.ok) == (3, 1, False)
        # Somebody put other leaves where the next tree's belong.
        keep_documents(services, 2, 1)
        (tree,) = evidence._plan_objects(services, frozenset()).trees
        path = objects / leaves_key(tree.root)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"other leaves")
        keep_documents(services, 3, 1)
        done = asyncio.run(keep_evidence(services))
        assert len(done.faults) == 1
        assert leaves_key(tree.root) in done.faults[0][0]
        assert judge(services, copies(services)[3], roots).ok


def test_the_audit_trail_is_anchored_by_the_same_time_stamp(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...]
) -> None:
    with open_services(tmp_path, tsa, roots) as services:
        for number in range(4):
            services.ledger.audit.append("test", "something.done", str(number))
        head = services.ledger.audit.head()
        done = asyncio.run(keep_evidence(services))
        assert (done.proved, done.taken) == (1, 1)
        assert services.ledger.evidence.anchors() == [head]
        (key,) = services.store.keys("audit/heads/")
        assert judge(services, key, roots).ok
        assert json.loads(b"".join(services.store.open(key))) == {
            "seq": head.seq,
            "hash": head.hash,
        }
        assert services.ledger.audit.verify(*services.ledger.evidence.anchors()).ok


def test_the_ledger_s_part_is_made_again_from_the_store(
    tmp_path: Path, tsa: Tsa, roots: tuple[Path, ...], old: Made, young: Made
) -> None:
    with open_in_the_past(tmp_path, tsa, roots) as services:
        tsa.made, tsa.at = old, TODAY - 800 * DAY
        keep_documents(services, 0, 2)
        _as_if_no_renewal_were_known(services)
        tsa.made, tsa.at = young, None
        keep_documents(services, 2, 2)
        assert asyncio.run(keep_evidence(services)).renewed == 1
    with open_services(tmp_path, tsa, roots, "sha512") as services:
        asyncio.run(renew_hash_trees(services))
        before = services.ledger.evidence
        trees = {tree.root: (tree, before.leaves(tree.root)) for tree in before.trees()}
        keys, anchors = copies(services), before.anchors()
        assert len(trees) == 4
    (tmp_path / "var" / "ledger.sqlite").rename(tmp_path / "lost.sqlite")
    with open_services(tmp_path, tsa, roots) as services:
        evidence = services.ledger.evidence
        assert evidence.trees() == []
        for _ in range(2):  # the second time finds everything there
            assert rebuild_evidence(services) == 4
            assert {t.root: (t, evidence.leaves(t.root)) for t in evidence.trees()} == trees
        assert evidence.anchors() == anchors
        for key in keys:
            report = judge(services, key, roots)
            assert report.ok
            assert len(report.stamps) > 1
        listed = next(key for key in services.store.keys("evidence/") if key.endswith(".txt"))
        path = services.settings.store_folder / "objects" / listed
        path.chmod(0o644)
        content = path.read_bytes()
        for broken in (content[:-9], content[: content.rindex(b"\n", 0, -1) + 1], b"\xff\n"):
            path.write_bytes(broken)
            with pytest.raises(IntegrityFailure):
                rebuild_evidence(services)
