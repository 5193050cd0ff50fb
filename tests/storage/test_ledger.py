"""The ledger on SQLite and PostgreSQL alike: claims, documents, leases, links, keys."""

from __future__ import annotations

import dataclasses
import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from dossiers.dossier import (
    Agency,
    DossierHead,
    ElectronicCopy,
    Procedure,
    Role,
    Subject,
    SubjectKind,
    SubjectLink,
)
from dossiers.errors import IllegalMove, NotFound, PageTimeout, StoreUnavailable
from dossiers.identifiers.place import Place, PlaceNow
from dossiers.reading import Box, Candidate, DocumentReading, Field, FieldSource, TypeMatch
from dossiers.states import DocumentState, DossierState, IntakeState
from storage.access import Scope
from storage.documents import DocumentRecord, NewDocument
from storage.ledger import Ledger, open_ledger
from storage.preservation import Protection
from tests.storage.conftest import as_before, revision_before

CODE = "H31-261123-0001"
SHA = "ab" * 32


def register(ledger: Ledger, sha256: str = SHA, name: str = "a.pdf") -> DocumentRecord:
    ledger.dossiers.register(DossierHead(CODE, Agency("H31", "UBND tỉnh Hưng Yên")))
    document, _ = ledger.documents.register(
        NewDocument(CODE, sha256, name, f"originals/{sha256}", 10, 2, Role.COMPONENT)
    )
    return document


def reading(*doubtful: str) -> DocumentReading:
    value = Field(
        "full_name", "Lê Văn Ví Dụ", "Lê Văn Ví Dụ", 0.97, 1, Box(1.5, 2, 3, 4.25),
        FieldSource.LABEL, ("because",),
    )  # fmt: skip
    now = (PlaceNow("33", "12073"),)
    units = Place("33", "327", "12085", dt.date(2024, 5, 1), now)
    address = Field(
        "residence", "xã Trung Hòa, huyện Yên Mỹ", "xã Trung Hoà, huyện Yên Mỹ", 0.9, 1, None,
        FieldSource.LABEL, display="Xã Trung Hòa", place=units, agency_code="H31",
        candidates=(Candidate("xã Trung Hoa", 0.2, "print"),),
    )  # fmt: skip
    fields = {"full_name": value, "residence": address}
    return DocumentReading("a.pdf", (), TypeMatch("application", 0.9), fields, doubtful)


def test_opening_twice_migrates_once(ledger_url: str) -> None:
    with open_ledger(ledger_url), open_ledger(ledger_url) as again:
        assert again.dossiers.find() == []


def test_two_processes_may_open_a_new_ledger_at_once(ledger_url: str) -> None:
    script = "import sys; from storage.ledger import open_ledger; open_ledger(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", script, ledger_url]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]


def test_a_database_that_is_away_can_be_tried_again() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        open_ledger("postgresql://u:hush@127.0.0.1:9/x")
    assert caught.value.retryable
    assert "hush" not in str(caught.value)


def test_a_dossier_is_completed_but_never_erased(ledger: Ledger) -> None:
    agency = Agency("H31", "UBND tỉnh Hưng Yên")
    ledger.dossiers.register(DossierHead(CODE, agency))
    applicant = Subject(SubjectKind.CITIZEN, "033083044664", "Đỗ Văn Ví Dụ")
    full = DossierHead(CODE, agency, Procedure("1.001193"), applicant, dt.date(2026, 11, 23))
    ledger.dossiers.register(full)
    ledger.dossiers.register(DossierHead(CODE, Agency("H99", "khác")))
    assert ledger.dossiers.get(CODE).head == full
    with pytest.raises(NotFound):
        ledger.dossiers.get("nothing")


def test_codes_of_our_own_count_by_agency_and_day(ledger: Ledger) -> None:
    day = dt.date(2026, 11, 23)
    assert ledger.dossiers.next_code("H31", day) == CODE
    register(ledger)
    assert ledger.dossiers.next_code("H31", day) == "H31-261123-0002"


def test_states_move_only_as_allowed(ledger: Ledger) -> None:
    document = register(ledger)
    with pytest.raises(IllegalMove):
        ledger.documents.move(document.code, DocumentState.STORED)
    ledger.dossiers.move(CODE, DossierState.DIGITISING)
    with pytest.raises(IllegalMove):
        ledger.dossiers.move(CODE, DossierState.RECEIVED)


def test_a_claim_is_found_again(ledger: Ledger) -> None:
    register(ledger)
    claim = ledger.intake.claim(CODE, SHA, Path("/in/a.pdf"))
    again = ledger.intake.claim(CODE, SHA, Path("/in/a.pdf"))
    assert claim.fresh
    assert not again.fresh
    assert again.id == claim.id
    secured = ledger.intake.move(claim, IntakeState.SECURED, document_code=f"{CODE}-01")
    assert ledger.intake.unsettled() == [secured]
    ledger.intake.moved(secured, IntakeState.ACCEPTED, Path("/in/done/a.pdf"))
    assert ledger.intake.unsettled() == []
    with pytest.raises(IllegalMove):
        ledger.intake.move(secured, IntakeState.REJECTED)


def test_processes_racing_for_a_file_make_one_claim_and_one_document(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        ledger.dossiers.register(DossierHead(CODE, Agency("H31", "x")))
    script = f"""
import sys; from pathlib import Path
from storage.ledger import open_ledger; from storage.documents import NewDocument
from dossiers.dossier import Role
with open_ledger(sys.argv[1]) as ledger:
    claim = ledger.intake.claim({CODE!r}, {SHA!r}, Path("/in/a.pdf"))
    new = NewDocument({CODE!r}, {SHA!r}, "a.pdf", "k", 1, 1, Role.COMPONENT)
    document, fresh = ledger.documents.register(new)
    print(claim.fresh, document.code, fresh)
"""
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", script, ledger_url], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    answers = [racer.communicate()[0].split() for racer in racers]
    assert sorted(claim for claim, _, _ in answers) == ["False"] * 3 + ["True"]
    assert {code for _, code, _ in answers} == {f"{CODE}-01"}
    assert sorted(fresh for _, _, fresh in answers) == ["False"] * 3 + ["True"]


def test_a_lease_is_exclusive_until_it_runs_out(ledger: Ledger) -> None:
    register(ledger)
    minute = dt.timedelta(minutes=1)
    assert ledger.dossiers.lease(CODE, "one", minute)
    assert ledger.dossiers.lease(CODE, "one", minute)
    assert not ledger.dossiers.lease(CODE, "two", minute)
    ledger.dossiers.release(CODE, "two")
    assert not ledger.dossiers.lease(CODE, "two", minute)
    assert ledger.dossiers.lease(CODE, "one", -minute)
    assert ledger.dossiers.lease(CODE, "two", minute)


def test_fields_come_back_as_they_were_read(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name"))
    fields = ledger.documents.fields(document.code)
    assert {name: kept.field for name, kept in fields.items()} == reading().fields
    kept = fields["full_name"]
    assert kept.doubtful
    assert ledger.documents.get(document.code).state is DocumentState.READ
    assert ledger.documents.get(document.code).needs_person


def test_pages_are_kept_once_for_each_version_of_the_reader(ledger: Ledger) -> None:
    ledger.documents.save_pages(SHA, "1", [{"number": 1}])
    ledger.documents.save_pages(SHA, "1", [{"number": 2}])
    assert ledger.documents.pages(SHA, "1") == [{"number": 1}]
    assert ledger.documents.pages(SHA, "2") is None


def test_a_copy_ends_the_road(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading())
    ledger.documents.move(document.code, DocumentState.SIGNED)
    signed_at = dt.datetime(2026, 11, 23, 9, 5, 7, tzinfo=dt.timezone(dt.timedelta(hours=7)))
    copy = ElectronicCopy(
        document.code, "copies/x.pdf", SHA, 9, 2, "3u", "B-B", ("Cán bộ", "UBND"), signed_at
    )
    ledger.documents.save_copy(copy, 1, [(2, "LZW")])
    (record,) = ledger.documents.copies(document.code)
    assert record.copy == copy
    assert record.reencoded == [(2, "LZW")]
    assert ledger.documents.unfinished() == []
    assert ledger.documents.all_copies() == [record]


def stored_copy(ledger: Ledger, protection: Protection) -> ElectronicCopy:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading())
    ledger.documents.move(document.code, DocumentState.SIGNED)
    signed_at = dt.datetime(2026, 11, 23, 9, 5, 7, tzinfo=dt.UTC)
    copy = ElectronicCopy(
        document.code, "copies/x.v1.pdf", SHA, 9, 2, "3u", protection.level, ("UBND",), signed_at
    )
    ledger.documents.save_copy(copy, 1, [], protection)
    return copy


def test_a_copy_below_its_level_waits_and_only_its_newest_version(ledger: Ledger) -> None:
    queue, now = ledger.preservation, dt.datetime.now(dt.UTC)
    copy = stored_copy(ledger, Protection("B-B", "B-LTA", None))
    (due,) = queue.upgrades(dt.datetime.now(dt.UTC))
    assert (due.copy, due.version, due.key) == (copy.document_code, 1, copy.key)
    later = now + dt.timedelta(hours=1)
    assert queue.take(due, later)
    # Whoever read the queue at the same moment comes too late.
    assert not queue.take(due, later)
    assert queue.upgrades(dt.datetime.now(dt.UTC)) == []
    assert len(queue.upgrades()) == 1

    queue.failed(due, StoreUnavailable(detail="away"), None)
    (stuck,) = queue.stuck()
    assert (stuck.error_code, stuck.attempts) == ("store_unavailable", 1)

    raised = dataclasses.replace(copy, key="copies/x.v2.pdf", signature_level="B-LTA")
    soon = now + dt.timedelta(days=30)
    ledger.documents.save_copy(raised, 2, [], Protection("B-LTA", "B-LTA", soon))
    assert queue.upgrades() == queue.stuck() == []
    assert not queue.take(due, later)
    assert queue.renewals(now + dt.timedelta(days=29)) == []
    (renewal,) = queue.renewals(now + dt.timedelta(days=31), dt.datetime.now(dt.UTC))
    assert (renewal.version, renewal.protection.protected_until) == (2, soon)
    assert [row.version for row in queue.of(copy.document_code)] == [1, 2]
    # What was replaced by another document need not last.
    ledger.documents.move(copy.document_code, DocumentState.SUPERSEDED)
    assert queue.renewals(now + dt.timedelta(days=31)) == []


def test_a_ledger_of_before_learns_when_stamps_were_made(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger, ledger.database.writing() as connection:
        for table in ("preservation", "certified_versions"):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN protected_since"))
        before = revision_before("0010_protected_since")
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": before})
    since, until = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2026, 2036))
    with open_ledger(ledger_url) as ledger:
        stored_copy(ledger, Protection("B-LTA", "B-LTA", until, since))
        (due,) = ledger.preservation.renewals(until + dt.timedelta(days=1))
    assert due.protection.protected_since == since


def test_a_ledger_of_before_gets_the_queue(ledger_url: str) -> None:
    newer = "certified_versions", "certified_copies", "register_entries", "preservation"
    as_before(ledger_url, *newer, revision="0002_evidence")
    with open_ledger(ledger_url) as ledger:
        stored_copy(ledger, Protection("B-B", "B-T", None))
        assert len(ledger.preservation.upgrades()) == 1


def test_only_failures_that_are_due_are_tried_again(ledger: Ledger) -> None:
    document = register(ledger)
    error = PageTimeout(file="a.pdf", page=1, seconds=5)
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    ledger.documents.save_failure(document.code, error, soon)
    assert ledger.documents.unfinished() == []
    ledger.documents.move(document.code, DocumentState.RECEIVED)
    ledger.documents.save_failure(document.code, error, dt.datetime.now(dt.UTC))
    assert [record.code for record in ledger.documents.unfinished()] == [document.code]
    assert [attempt.error_code for attempt in ledger.documents.attempts(document.code)] == [
        "page_timeout",
        "page_timeout",
    ]


def test_a_surer_link_replaces_a_weaker_one(ledger: Ledger) -> None:
    document = register(ledger)
    citizen = Subject(SubjectKind.CITIZEN, "033083044664")
    named = Subject(SubjectKind.CITIZEN, "033083044664", "Đỗ Văn Ví Dụ")
    store = ledger.citizens
    store.link(citizen, document.code, SubjectLink.PRINTED, 0.9, "personal_number")
    store.link(named, document.code, SubjectLink.MANIFEST, 1.0, "applicant")
    store.link(named, document.code, SubjectLink.CODE, 0.99, "personal_number")
    (link,) = store.documents("033083044664")
    assert (link.how, link.role) == (SubjectLink.MANIFEST, "applicant")
    assert store.subject("033083044664") == named
    assert store.subject("0") is None


def test_a_key_opens_until_it_is_revoked_or_expired(ledger: Ledger) -> None:
    key, token = ledger.keys.create("một cửa", [Scope.COPIES])
    assert ledger.keys.authenticate(token) == key
    assert ledger.keys.authenticate(token + "x") is None
    assert token not in str(ledger.keys.list())
    ledger.keys.revoke(key.id)
    assert ledger.keys.authenticate(token) is None
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    _, old = ledger.keys.create("cũ", [Scope.COPIES], past)
    assert ledger.keys.authenticate(old) is None
    with pytest.raises(NotFound):
        ledger.keys.revoke("nobody")
