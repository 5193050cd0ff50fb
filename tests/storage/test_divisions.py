"""Which papers an original holds, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from dossiers.dossier import Agency, DossierHead, Role, Subject, SubjectKind, SubjectLink
from dossiers.errors import NotFound
from dossiers.parts import CardSide, Division, LeftOut, LeftOutReason, Part
from dossiers.reading import Problem
from dossiers.states import DocumentState
from storage.database import Database
from storage.documents import DocumentRecord, NewDocument
from storage.ledger import Ledger, open_ledger
from tests.storage.test_ledger import CODE, SHA, reading, register

PROBLEM = Problem("maybe_several_papers", "Trang 5: …", "Page 5: …", 5)
DIVISION = Division(
    (
        Part((1, 2)),
        Part((4, 5), ("national heading",), 0.99, "KQ.G15.000031"),
        Part((6,), ("title",), 0.95),
    ),
    (LeftOut(3, LeftOutReason.BLANK),),
    (PROBLEM,),
)


def pages_of(documents: list[DocumentRecord]) -> dict[str, tuple[int, ...]]:
    return {document.code: document.pages for document in documents}


def six_pages(ledger: Ledger) -> DocumentRecord:
    register(ledger, "cd" * 32)  # another file, so that numbers do not begin with this one's
    document = register(ledger)
    with ledger.database.writing() as connection:
        update = text("UPDATE documents SET page_count = 6 WHERE code = :code")
        connection.execute(update, {"code": document.code})
    return ledger.documents.get(document.code)


def test_an_original_is_divided_once_and_every_page_is_accounted_for(ledger: Ledger) -> None:
    document = six_pages(ledger)
    assert document.whole
    assert document.pages == (1, 2, 3, 4, 5, 6)
    parts = ledger.divisions.record(document.code, DIVISION, "digitise")
    expected = {f"{CODE}-02": (1, 2), f"{CODE}-03": (4, 5), f"{CODE}-04": (6,)}
    assert pages_of(parts) == expected
    assert [part.page_count for part in parts] == [2, 2, 1]
    assert [part.role for part in parts] == [Role.COMPONENT, Role.RESULT, Role.COMPONENT]
    assert parts[1].component_code == "KQ.G15.000031"
    assert {part.original_key for part in parts} == {document.original_key}
    # A killed run comes again, even with another opinion.
    again = ledger.divisions.record(
        document.code, Division((Part((1, 2, 3, 4, 5, 6)),)), "digitise"
    )
    assert pages_of(again) == expected
    record = ledger.divisions.of(CODE, SHA)
    assert record is not None
    assert record.left_out == DIVISION.left_out
    assert record.problems == (PROBLEM,)
    assert record.evidence[4] == ("national heading",)
    entries = [e for e in ledger.audit.entries(CODE) if e.action == "original.divided"]
    assert [entry.details["begins"] for entry in entries] == ["1,4,6"]


def test_a_file_of_one_paper_stays_a_whole_document(ledger: Ledger) -> None:
    document = register(ledger)
    (same,) = ledger.divisions.record(document.code, Division((Part((1, 2)),)), "digitise")
    assert same == document
    assert same.whole


def test_the_same_bytes_again_find_a_document_of_theirs(ledger: Ledger) -> None:
    document = six_pages(ledger)
    ledger.divisions.record(document.code, DIVISION, "digitise")
    new = NewDocument(CODE, SHA, "b.pdf", "x", 10, 6, Role.COMPONENT)
    known, is_new = ledger.documents.register(new)
    assert (known.code, is_new) == (document.code, False)


def test_a_document_may_be_registered_as_some_pages_of_its_original(ledger: Ledger) -> None:
    register(ledger, "cd" * 32)
    new = NewDocument(CODE, SHA, "pile.pdf", "x", 10, 9, Role.COMPONENT, pages=(2, 3, 4))
    document, _ = ledger.documents.register(new)
    assert (document.pages, document.page_count, document.whole) == ((2, 3, 4), 3, False)


def test_people_correct_a_division_and_take_it_back(ledger: Ledger) -> None:
    document = six_pages(ledger)
    ledger.divisions.record(document.code, DIVISION, "digitise")
    codes = [f"{CODE}-0{n}" for n in (2, 3, 4)]
    person = Subject(SubjectKind.CITIZEN, "001083000017")
    for code in codes:
        ledger.documents.save_reading(code, reading())
        ledger.citizens.link(person, code, SubjectLink.PRINTED, 0.9, "personal_number")
    left = (LeftOut(3, LeftOutReason.BLANK),)
    joined = [Part((1, 2)), Part((4, 5, 6))]
    found = ledger.divisions.redraw(CODE, SHA, joined, left, "lan")
    states = {document.code: document.state for document in found}
    assert states == {
        codes[0]: DocumentState.READ,
        codes[1]: DocumentState.RECEIVED,
        codes[2]: DocumentState.SUPERSEDED,
    }
    assert ledger.documents.get(codes[1]).pages == (4, 5, 6)
    # Only what did not change is still linked by what was read from it.
    linked = [link.document_code for link in ledger.citizens.documents(person.identifier)]
    assert linked == [codes[0]]
    record = ledger.divisions.of(CODE, SHA)
    assert record is not None
    assert record.decided_by == "lan"
    parted = [Part((1,)), Part((2,)), Part((4, 5)), Part((6,))]
    found = ledger.divisions.redraw(CODE, SHA, parted, left, "lan")
    assert pages_of(found) == {
        codes[0]: (1,), f"{CODE}-05": (2,), codes[1]: (4, 5), codes[2]: (6,),
    }  # fmt: skip
    assert {document.state for document in found} == {DocumentState.RECEIVED}


def test_the_sides_of_a_card_know_each_other(ledger: Ledger) -> None:
    front, back = register(ledger), register(ledger, "cd" * 32)
    sides = {front.code: CardSide.FRONT, back.code: CardSide.BACK}
    assert ledger.divisions.join_sides(front.code, back.code, sides)
    assert not ledger.divisions.join_sides(front.code, back.code, sides)
    assert ledger.documents.get(front.code).other_side == back.code
    assert ledger.documents.get(back.code).other_side == front.code


_OLD_SQLITE = """CREATE TABLE documents_old (
  code VARCHAR(80) PRIMARY KEY, dossier_code VARCHAR(64) NOT NULL REFERENCES dossiers (code),
  number INTEGER NOT NULL, original_sha256 VARCHAR(64) NOT NULL, original_name TEXT NOT NULL,
  original_key TEXT NOT NULL, original_size INTEGER NOT NULL, page_count INTEGER NOT NULL,
  role VARCHAR(16) NOT NULL, component_code VARCHAR(64), state VARCHAR(16) NOT NULL,
  type_code VARCHAR(64), type_confidence FLOAT, needs_person BOOLEAN NOT NULL,
  input_signatures JSON, created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL,
  UNIQUE (dossier_code, original_sha256), UNIQUE (dossier_code, number))"""
_INSERT = """INSERT INTO documents (code, dossier_code, number, original_sha256, original_name,
  original_key, original_size, page_count, role, state, needs_person, created_at, updated_at)
  VALUES (:code, :dossier, 1, :sha256, 'a.pdf', 'k', 10, 6, 'component', 'received', false,
  '2026-11-01', '2026-11-01')"""
_FAILURE = """INSERT INTO attempts (document_code, at, error_code, message, retryable)
  VALUES (:code, '2026-11-01', 'x', 'x', true)"""


def _as_before(url: str) -> None:
    """A ledger as it was before originals were divided."""
    with open_ledger(url) as ledger, ledger.database.writing() as connection:
        connection.execute(text("DROP TABLE divisions"))
        if ledger.database.sqlite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.execute(text(_OLD_SQLITE))
            connection.execute(text("DROP TABLE documents"))
            connection.execute(text("ALTER TABLE documents_old RENAME TO documents"))
        else:
            for column in ("first_page", "pages", "other_side"):
                connection.execute(text(f"ALTER TABLE documents DROP COLUMN {column}"))
            old = "ALTER TABLE documents ADD UNIQUE (dossier_code, original_sha256)"
            connection.execute(text(old))
        version = "UPDATE alembic_version SET version_num = '0005_field_readings'"
        connection.execute(text(version))


class _Old(Database):
    """A ledger opened by a program of then: nothing is migrated."""

    def _migrate(self) -> None:
        pass


def test_a_ledger_from_before_keeps_what_it_knows(ledger_url: str) -> None:
    _as_before(ledger_url)
    values = {"code": f"{CODE}-01", "dossier": CODE, "sha256": SHA}
    with Ledger(_Old(ledger_url)) as old:
        old.dossiers.register(DossierHead(CODE, Agency("H31", "UBND tỉnh Hưng Yên")))
        with old.database.writing() as connection:
            connection.execute(text(_INSERT), values)
            connection.execute(text(_FAILURE), values)
    with open_ledger(ledger_url) as ledger:
        document = ledger.documents.get(f"{CODE}-01")
        assert document.pages == (1, 2, 3, 4, 5, 6)
        assert document.whole
        assert len(ledger.documents.attempts(document.code)) == 1
        if ledger.database.sqlite:
            with ledger.database.reading() as connection:
                assert not connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        parts = ledger.divisions.record(document.code, DIVISION, "digitise")
        assert len(parts) == 3
        with pytest.raises(NotFound):
            ledger.documents.get(f"{CODE}-04")
