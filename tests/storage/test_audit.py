"""Nobody rewrites the audit trail quietly, on either database."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from storage.audit import AuditHead
from storage.ledger import Ledger, open_ledger


def fill(ledger: Ledger, count: int = 5) -> list[AuditHead]:
    return [ledger.audit.append("test", "copy.read", f"doc-{n}", page=n) for n in range(count)]


def disarm(ledger: Ledger) -> None:
    """What an administrator of the database could do: take the triggers away."""
    names = (
        ["audit_no_update", "audit_no_delete"]
        if ledger.database.sqlite
        else ["audit_no_change ON audit"]
    )
    with ledger.database.writing() as connection:
        for name in names:
            connection.execute(text(f"DROP TRIGGER {name}"))


def run(ledger: Ledger, statement: str) -> None:
    with ledger.database.writing() as connection:
        connection.execute(text(statement))


def test_an_untouched_chain_verifies(ledger: Ledger) -> None:
    assert ledger.audit.verify().ok
    heads = fill(ledger)
    report = ledger.audit.verify(heads[2])
    assert report.ok
    assert (report.entries, report.head) == (5, heads[-1])
    assert [entry.target for entry in ledger.audit.entries(limit=2)] == ["doc-4", "doc-3"]


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor='x'", "DELETE FROM audit WHERE seq=3"]
)
def test_the_database_itself_refuses_changes(ledger: Ledger, statement: str) -> None:
    fill(ledger)
    with pytest.raises(DatabaseError, match="append-only"):
        run(ledger, statement)


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("UPDATE audit SET actor = 'somebody else' WHERE seq = 2", 2),
        ("UPDATE audit SET at = '2000-01-01' WHERE seq = 4", 4),
        ("DELETE FROM audit WHERE seq = 3", 4),
        ("UPDATE audit SET seq = 9 WHERE seq = 1", 2),
        ("UPDATE audit SET previous = hash WHERE seq = 5", 5),
    ],
)
def test_whoever_gets_past_the_triggers_is_seen(
    ledger: Ledger, statement: str, first_bad: int
) -> None:
    fill(ledger)
    disarm(ledger)
    run(ledger, statement)
    report = ledger.audit.verify()
    assert not report.ok
    assert report.first_bad == first_bad


def test_a_chain_cut_short_is_seen_by_whoever_kept_a_head(ledger: Ledger) -> None:
    heads = fill(ledger)
    disarm(ledger)
    run(ledger, "DELETE FROM audit WHERE seq >= 4")
    assert ledger.audit.verify().ok  # a shorter chain is still a chain …
    assert not ledger.audit.verify(heads[-1]).ok  # … but not the one that was kept


def test_a_chain_written_anew_is_seen_by_whoever_kept_a_head(ledger: Ledger) -> None:
    heads = fill(ledger)
    disarm(ledger)
    run(ledger, "DELETE FROM audit")
    fill(ledger)
    assert ledger.audit.verify().ok
    assert not ledger.audit.verify(heads[-1]).ok


def test_processes_take_turns(ledger_url: str) -> None:
    script = (
        "import sys; from storage.ledger import open_ledger\n"
        "with open_ledger(sys.argv[1]) as l:\n"
        "    [l.audit.append('p', 'a', 't', n=n) for n in range(25)]"
    )
    with open_ledger(ledger_url) as ledger:
        racers = [subprocess.Popen([sys.executable, "-c", script, ledger_url]) for _ in range(3)]
        assert [racer.wait() for racer in racers] == [0, 0, 0]
        report = ledger.audit.verify()
    assert report.ok
    assert report.entries == 75
