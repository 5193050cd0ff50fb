"""Numbers without a gap: raced for, killed for, cancelled; on SQLite and PostgreSQL alike."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from dossiers.certification import CertifiedCopy, EntryState, NewEntry, RegisterKey
from dossiers.errors import NotFound, NumberCancelled, RegisterOutOfOrder
from storage.ledger import Ledger, open_ledger
from storage.preservation import CertifiedId, Protection
from tests.storage.conftest import as_before, revision_before

KEY = RegisterKey("H31", 2026, "SCT/BS")
NOW = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)
NEWER = "certified_versions", "certified_copies", "register_entries"
FULL = Protection("B-B", "B-B", None)
COPY = CertifiedCopy("cd" * 32, 1000, "certified/x.pdf", ("An", "UBND"), NOW)


def paper(original: str = "a", holder: str = "one", **other: object) -> NewEntry:
    new = NewEntry(
        KEY, dt.date(2026, 11, 24), "Giấy khai sinh", original, "a.pdf", 2, "Lê Văn Ví Dụ",
        "Đỗ Thị Ví Dụ", NOW, dt.date(2026, 11, 24), holder,
    )  # fmt: skip
    return replace(new, **other)  # type: ignore[arg-type]


def numbers(ledger: Ledger, key: RegisterKey = KEY) -> list[int]:
    return [entry.number.number for entry in ledger.register.entries(key)]


def test_numbers_count_from_one_in_each_book(ledger: Ledger) -> None:
    register = ledger.register
    for original in "abc":
        register.reserve(paper(original), "test")
    extract = RegisterKey("H31", 2026, "TLKS-BS")
    next_year = RegisterKey("H31", 2027, "SCT/BS")
    other = RegisterKey("H31.12", 2026, "SCT/BS")
    for key in (extract, next_year, other):
        day = dt.date(key.year, 12, 1)
        assert register.reserve(paper(key=key, certified_on=day), "test").number.number == 1
    assert numbers(ledger) == [1, 2, 3]
    assert register.books("H31", 2026) == [KEY, extract]


def test_volumes_change_and_numbers_go_on(ledger: Ledger) -> None:
    made = [ledger.register.reserve(paper(str(n)), "test", 2).number for n in range(5)]
    assert [(n.number, n.volume) for n in made] == [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)]


def test_copies_of_one_original_at_one_time_share_their_number(ledger: Ledger) -> None:
    register = ledger.register
    first = register.reserve(paper(), "test")
    register.issue(first.id, COPY, FULL, "test")
    second = register.reserve(paper(holder="two"), "test")
    assert second.number == first.number
    other = replace(COPY, sha256="ef" * 32, object_key="certified/y.pdf")
    done = register.issue(second.id, other, FULL, "test")
    assert [copy.sha256 for copy in done.copies] == ["cd" * 32, "ef" * 32]
    # The same object again, of a run that found what a killed one had stored, is no further copy.
    assert register.issue(second.id, other, FULL, "test") == done
    # Another day, another person, another original: another number.
    assert register.reserve(paper(requester="Trần Thị Thử"), "test").number.number == 2
    assert register.reserve(paper("b"), "test").number.number == 3
    later = paper(certified_on=dt.date(2026, 11, 25))
    assert register.reserve(later, "test").number.number == 4


def test_a_cancelled_number_stays_with_its_reason(ledger: Ledger) -> None:
    register = ledger.register
    entry = register.reserve(paper(), "test")
    register.give_up(entry.id, "one", "ký không thành công", "test")
    again = register.reserve(paper(), "test")
    assert again.number.number == 2
    first, second = register.entries(KEY)
    assert (first.state, first.reason) == (EntryState.CANCELLED, "ký không thành công")
    assert second.state is EntryState.RESERVED
    with pytest.raises(NumberCancelled):
        register.issue(entry.id, COPY, FULL, "test")
    with pytest.raises(NumberCancelled):
        register.cancel(KEY, 1, "lần nữa", "test")
    with pytest.raises(NotFound):
        register.cancel(KEY, 9, "không có", "test")
    register.issue(again.id, COPY, FULL, "test")
    assert register.cancel(KEY, 2, "sai nội dung", "test").copies == (COPY,)
    assert numbers(ledger) == [1, 2]


def test_a_run_that_lost_its_number_cannot_cancel_it(ledger: Ledger) -> None:
    register = ledger.register
    lost = register.reserve(paper(holder="one"), "test")
    taken = register.reserve(paper(holder="two"), "test")
    assert taken.id == lost.id
    register.give_up(lost.id, "one", "muộn", "test")
    assert register.issue(taken.id, COPY, FULL, "test").state is EntryState.ISSUED
    register.give_up(taken.id, "two", "muộn", "test")
    assert register.entries(KEY)[0].state is EntryState.ISSUED


def test_dates_do_not_run_backwards(ledger: Ledger) -> None:
    register = ledger.register
    wrong = register.reserve(paper("x", certified_on=dt.date(2026, 12, 30)), "test")
    with pytest.raises(RegisterOutOfOrder, match="30/12/2026"):
        register.reserve(paper(), "test")
    register.give_up(wrong.id, "one", "đồng hồ sai", "test")
    assert register.reserve(paper(), "test").number.number == 2


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM register_entries",
        "UPDATE register_entries SET number = 9",
        "UPDATE register_entries SET certified_on = '2026-01-01'",
        "DELETE FROM certified_copies",
        "UPDATE certified_copies SET sha256 = 'x'",
        "DELETE FROM certified_versions",
        "UPDATE certified_versions SET level = 'B-LTA'",
    ],
)
def test_the_database_refuses_to_change_the_book(ledger: Ledger, statement: str) -> None:
    entry = ledger.register.reserve(paper(), "test")
    ledger.register.issue(entry.id, COPY, FULL, "test")
    with (
        pytest.raises(DatabaseError, match=r"register|append-only"),
        ledger.database.writing() as c,
    ):
        c.execute(text(statement))
    assert len(ledger.register.entries(KEY)) == 1


def test_certified_copies_stand_in_the_queue_of_levels(ledger: Ledger) -> None:
    register, queue = ledger.register, ledger.preservation
    entry = register.reserve(paper(), "test")
    register.issue(entry.id, COPY, Protection("B-B", "B-LTA", None), "test")
    (due,) = queue.upgrades(dt.datetime.now(dt.UTC))
    which = CertifiedId(entry.id, 1)
    assert (due.copy, due.name, due.version) == (which, "H31 1/2026/SCT/BS", 1)
    assert queue.take(due, NOW)
    assert not queue.take(due, NOW)
    queue.failed(due, NotFound(kind="x", value="y"), None)
    assert [stuck.name for stuck in queue.stuck()] == [due.name]

    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)
    lasting = Protection("B-LTA", "B-LTA", soon)
    register.add_version(which, 2, "certified/x.v2.pdf", "ee" * 32, 1200, lasting)
    assert queue.upgrades() == queue.stuck() == []
    (renewal,) = queue.renewals(soon + dt.timedelta(days=1))
    assert (renewal.key, renewal.version) == ("certified/x.v2.pdf", 2)
    assert set(register.all_copies()) == {
        ("certified/x.pdf", COPY.sha256), ("certified/x.v2.pdf", "ee" * 32),
    }  # fmt: skip
    assert len(ledger.evidence.unproved()) == 2
    # A number that was cancelled need not last.
    register.cancel(KEY, 1, "sai", "test")
    assert queue.renewals(soon + dt.timedelta(days=1)) == []


def test_copies_of_a_ledger_of_before_have_no_level_yet(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        entry = ledger.register.reserve(paper(), "test")
        ledger.register.issue(entry.id, COPY, FULL, "test")
        assert ledger.register.without_protection() == []
    before = revision_before("0009_certified_versions")
    as_before(ledger_url, "certified_versions", revision=before)
    with open_ledger(ledger_url) as ledger:
        (which,) = ledger.register.without_protection()
        assert ledger.register.copy(which)[1] == COPY
        ledger.register.add_version(which, 1, COPY.object_key, COPY.sha256, COPY.size, FULL)
        assert ledger.register.without_protection() == []


def test_a_ledger_of_before_gets_its_register(ledger_url: str) -> None:
    as_before(ledger_url, *NEWER, revision="0002_evidence")
    with open_ledger(ledger_url) as ledger:
        assert ledger.register.reserve(paper(), "test").number.number == 1
        with pytest.raises(DatabaseError), ledger.database.writing() as connection:
            connection.execute(text("DELETE FROM register_entries"))


def test_every_step_is_in_the_audit_trail(ledger: Ledger) -> None:
    entry = ledger.register.reserve(paper(), "An")
    ledger.register.issue(entry.id, COPY, FULL, "An")
    ledger.register.cancel(KEY, 1, "sai", "Bình")
    actions = [(e.actor, e.action) for e in ledger.audit.entries("H31 1/2026/SCT/BS")]
    assert actions == [
        ("Bình", "certification.cancelled"),
        ("An", "certification.issued"),
        ("An", "certification.reserved"),
    ]
    assert ledger.audit.verify().ok


_RACE = """
import sys
from storage.ledger import open_ledger
from tests.storage.test_register import paper
with open_ledger(sys.argv[1]) as ledger:
    for n in range(12):
        entry = ledger.register.reserve(paper(f"{sys.argv[2]}-{n}", sys.argv[2]), "race")
        if n % 4 == 3:
            ledger.register.give_up(entry.id, sys.argv[2], "thử", "race")
"""


def test_processes_racing_for_numbers_leave_no_gap(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        runs = [
            subprocess.Popen([sys.executable, "-c", _RACE, ledger_url, name]) for name in "wxyz"
        ]
        assert [run.wait() for run in runs] == [0] * 4
        assert numbers(ledger) == list(range(1, 49))
        assert len({e.original_sha256 for e in ledger.register.entries(KEY)}) == 48
        assert ledger.audit.verify().ok


_KILLED = """
import os, signal, sys
from storage.ledger import open_ledger
from tests.storage.test_register import paper
ledger = open_ledger(sys.argv[1])
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "before the commit":
    # The line is written; its audit entry, the last statement before the commit, never is.
    ledger.register._audit.append_in = die
ledger.register.reserve(paper("killed"), "test")
die()
"""


@pytest.mark.parametrize(("when", "taken"), [("before the commit", 0), ("after the commit", 1)])
def test_a_killed_process_leaves_no_gap(ledger_url: str, when: str, taken: int) -> None:
    with open_ledger(ledger_url) as ledger:
        run = subprocess.run([sys.executable, "-c", _KILLED, ledger_url, when], check=False)
        assert run.returncode == -signal.SIGKILL
        assert len(numbers(ledger)) == taken
        # The next run for the same paper takes up the number that the killed one had.
        again = ledger.register.reserve(paper("killed", "next"), "test")
        assert again.number.number == 1
        ledger.register.issue(again.id, COPY, FULL, "test")
        assert ledger.register.reserve(paper("other"), "test").number.number == 2
        assert numbers(ledger) == [1, 2]
