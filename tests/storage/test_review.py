"""Review items in the ledger: asked once, answered once, and what was answered stays."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading

import pytest
from sqlalchemy import text

from dossiers.dossier import Agency, DossierHead, ElectronicCopy, Role, Subject, SubjectKind
from dossiers.dossier import SubjectLink as How
from dossiers.errors import ItemDropped, ItemTaken, NotFound, SecondPersonNeeded
from dossiers.parts import Division, Part
from dossiers.reading import (
    Box,
    Candidate,
    DocumentReading,
    Field,
    FieldSource,
    PageOutcome,
    PageReading,
    Problem,
    TypeMatch,
)
from dossiers.review import ItemKind, ReviewState
from dossiers.states import DocumentState
from storage.answers import Verdict
from storage.documents import DocumentRecord, NewDocument
from storage.ledger import Ledger, open_ledger
from storage.review import Wanted

CODE = "H31-261123-0001"
NUMBER = "033083044664"


def register(ledger: Ledger, sha256: str = "ab" * 32) -> DocumentRecord:
    ledger.dossiers.register(DossierHead(CODE, Agency("H31", "UBND tỉnh Hưng Yên")))
    new = NewDocument(CODE, sha256, "a.pdf", f"originals/{sha256}", 10, 2, Role.COMPONENT)
    return ledger.documents.register(new)[0]


def field(name: str, value: str, confidence: float = 0.6) -> Field:
    return Field(
        name, value, value, confidence, 1, Box(10, 20, 90, 32), FieldSource.LABEL, ("smudged",),
        "", (Candidate("khác", 0.3, "second look"),),
    )  # fmt: skip


def reading(*doubtful: str, **values: str) -> DocumentReading:
    values = values or {"full_name": "Lê Văn Ví Dụ", "personal_number": NUMBER}
    fields = {name: field(name, value) for name, value in values.items()}
    return DocumentReading("a.pdf", (), TypeMatch("application", 0.9), fields, doubtful)


def page(number: int, outcome: PageOutcome) -> PageReading:
    return PageReading(number, 595, 842, 300, 90, 0.0, outcome, "fast")


def only(ledger: Ledger, code: str, *states: ReviewState):  # type: ignore[no-untyped-def]
    (item,) = ledger.review.items(Wanted(document=code, states=states or tuple(ReviewState)))
    return item


def test_every_doubt_of_a_reading_becomes_an_item_with_its_place(ledger: Ledger) -> None:
    document = register(ledger)
    missing = Problem("field_missing", "…", "…")
    read = dataclasses.replace(
        reading("full_name", "birth_date"),
        pages=(page(1, PageOutcome.OK), page(2, PageOutcome.FAILED)),
        problems=(missing,),
    )
    held = ledger.documents.save_reading(document.code, read)
    assert held == read
    items = {item.doubt.key: item for item in ledger.review.items(Wanted(document=document.code))}
    assert set(items) == {
        (ItemKind.PAGE, "2"), (ItemKind.FIELD, "full_name"), (ItemKind.FIELD, "birth_date"),
    }  # fmt: skip
    seen = items[ItemKind.FIELD, "full_name"]
    assert seen.doubt.box == Box(10, 20, 90, 32)
    assert (seen.doubt.page, seen.doubt.rotation, seen.state) == (1, 90, ReviewState.OPEN)
    assert seen.doubt.candidates == (Candidate("khác", 0.3, "second look"),)
    assert items[ItemKind.FIELD, "birth_date"].doubt.value == ""
    assert ledger.documents.get(document.code).needs_person


def test_an_unknown_type_is_asked_for_until_a_person_gives_it(ledger: Ledger) -> None:
    document = register(ledger)
    unknown = DocumentReading("a.pdf", (page(1, PageOutcome.OK),), TypeMatch("unknown", 0.2))
    ledger.documents.save_reading(document.code, unknown)
    assert only(ledger, document.code).doubt.kind is ItemKind.TYPE
    assert ledger.review.given_type(document.code) is None
    ledger.review.give_type(document.code, "application", "lan")
    assert ledger.review.given_type(document.code) == "application"
    ledger.documents.save_reading(document.code, reading(full_name="Lê Văn Ví Dụ"))
    assert not ledger.documents.get(document.code).needs_person


def test_a_run_repeated_makes_no_duplicates_and_loses_no_answer(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name", "personal_number"))
    first, second = ledger.review.items(Wanted(document=document.code))
    ledger.review.settle(first.id, "lan", Verdict("Lê Văn Đúng", note="giấy ghi vậy"))
    held = ledger.documents.save_reading(document.code, reading("full_name", "personal_number"))
    assert held.fields["full_name"].value == "Lê Văn Đúng"
    assert held.fields["full_name"].source is FieldSource.PERSON
    assert held.fields["full_name"].confidence == 1.0
    assert held.doubtful == ("personal_number",)
    kept = ledger.documents.fields(document.code)
    assert (kept["full_name"].field.value, kept["full_name"].doubtful) == ("Lê Văn Đúng", False)
    assert [item.id for item in ledger.review.items(Wanted(document=document.code))] == [second.id]
    assert ledger.review.get(first.id).state is ReviewState.CORRECTED


def test_a_reading_that_no_longer_doubts_drops_the_item_and_one_that_does_again_opens_it(
    ledger: Ledger,
) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name"))
    item = only(ledger, document.code)
    ledger.documents.save_reading(document.code, reading())
    assert ledger.review.get(item.id).state is ReviewState.DROPPED
    assert not ledger.documents.get(document.code).needs_person
    with pytest.raises(ItemDropped):
        ledger.review.settle(item.id, "lan", Verdict("x"))
    ledger.documents.save_reading(document.code, reading("full_name"))
    assert ledger.review.get(item.id).state is ReviewState.OPEN


def test_a_later_reading_that_is_sure_of_something_else_asks_again(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name"))
    item = only(ledger, document.code)
    ledger.review.settle(item.id, "lan", Verdict("Lê Văn Đúng"))
    # The same ink read with more confidence changes nothing.
    held = ledger.documents.save_reading(document.code, reading(full_name="Lê Văn Ví Dụ"))
    assert held.fields["full_name"].value == "Lê Văn Đúng"
    held = ledger.documents.save_reading(document.code, reading(full_name="Lê Văn Khác"))
    assert held.doubtful == ("full_name",)
    again = ledger.review.get(item.id)
    assert again.state is ReviewState.OPEN
    assert again.doubt.value == "Lê Văn Khác"
    assert again.doubt.candidates[0] == Candidate("Lê Văn Đúng", 1.0, "person")
    ledger.review.settle(item.id, "hoa", Verdict("Lê Văn Đúng"))
    held = ledger.documents.save_reading(document.code, reading(full_name="Lê Văn Khác"))
    assert held.fields["full_name"].value == "Lê Văn Đúng"
    assert held.doubtful == ()


def test_what_the_paper_does_not_have_is_not_asked_for_again(ledger: Ledger) -> None:
    document = register(ledger)
    missing = dataclasses.replace(
        reading("birth_date"), problems=(Problem("field_missing", "…", "…"),)
    )
    ledger.documents.save_reading(document.code, missing)
    item = only(ledger, document.code)
    settled = ledger.review.settle(item.id, "lan", Verdict("", absent=True))
    assert settled.state is ReviewState.ACCEPTED
    held = ledger.documents.save_reading(document.code, missing)
    assert held.doubtful == ()
    assert held.problems == ()
    assert "birth_date" not in held.fields
    # Found after all, and surely: a person is asked again.
    found = ledger.documents.save_reading(document.code, reading(birth_date="1983-01-01"))
    assert found.doubtful == ("birth_date",)


def test_a_value_missing_on_the_reading_is_entered_and_kept(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("birth_date"))
    ledger.review.settle(only(ledger, document.code).id, "lan", Verdict("1983-01-01", "01/01/1983"))
    kept = ledger.documents.fields(document.code)["birth_date"].field
    assert (kept.value, kept.display, kept.source) == ("1983-01-01", "01/01/1983", "person")
    held = ledger.documents.save_reading(document.code, reading())
    assert held.fields["birth_date"].value == "1983-01-01"


def test_every_value_a_field_had_is_kept_with_its_source(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name"))
    ledger.documents.save_reading(document.code, reading("full_name"))
    item = only(ledger, document.code)
    ledger.review.settle(item.id, "lan", Verdict("Lê Văn Đúng", note="theo bản giấy"))
    ledger.review.settle(item.id, "hoa", Verdict("Lê Văn Đúng Hơn"))
    versions = ledger.review.versions(document.code, "full_name")
    assert [(v.version, v.value, v.source, v.by, v.note) for v in versions] == [
        (1, "Lê Văn Ví Dụ", "label", "reader", None),
        (2, "Lê Văn Đúng", "person", "person:lan", "theo bản giấy"),
        (3, "Lê Văn Đúng Hơn", "person", "person:hoa", None),
    ]


def test_the_audit_trail_names_values_only_by_their_fingerprint(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("personal_number"))
    item = only(ledger, document.code)
    ledger.review.settle(item.id, "lan", Verdict("033083044665"))
    (entry,) = ledger.audit.entries(document.code)
    assert (entry.actor, entry.action) == ("person:lan", "review.corrected")
    before, after = ledger.review.versions(document.code, "personal_number")
    assert entry.details["before"] == before.fingerprint
    assert entry.details["after"] == after.fingerprint
    assert NUMBER not in str(entry.details)
    assert "033083044665" not in str(entry.details)
    assert ledger.audit.verify().ok


def test_two_people_do_not_get_the_same_item(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name", "personal_number"))
    wanted = Wanted(document=document.code)
    taken: list[int] = []

    def take(who: str) -> None:
        item = ledger.review.take_next(who, 15, wanted)
        if item:
            taken.append(item.id)

    people = [threading.Thread(target=take, args=(f"p{n}",)) for n in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(taken) == len(set(taken)) == 2
    first, _ = ledger.review.items(wanted)
    holder = first.claimed_by
    with pytest.raises(ItemTaken):
        ledger.review.take(first.id, "somebody else", 15)
    with pytest.raises(ItemTaken):
        ledger.review.settle(first.id, "somebody else", Verdict("x"))
    assert holder is not None
    assert ledger.review.take(first.id, holder, -1).id == first.id
    # The claim has run out.
    assert ledger.review.take(first.id, "somebody else", 15).claimed_by == "somebody else"


def test_four_eyes_are_two_people_who_agree(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name"))
    item = only(ledger, document.code)
    one = ledger.review.settle(item.id, "lan", Verdict("Lê Văn Một", two=True))
    assert one.state is ReviewState.SECOND
    assert ledger.documents.fields(document.code)["full_name"].doubtful
    assert ledger.documents.get(document.code).needs_person
    with pytest.raises(SecondPersonNeeded):
        ledger.review.settle(item.id, "lan", Verdict("Lê Văn Một", two=True))
    assert ledger.review.take_next("lan", 15, Wanted(document=document.code)) is None
    # A repeat of the reading does not lose the first answer.
    ledger.documents.save_reading(document.code, reading("full_name"))
    assert ledger.review.get(item.id).state is ReviewState.SECOND
    differ = ledger.review.settle(item.id, "hoa", Verdict("Lê Văn Hai", two=True))
    assert differ.state is ReviewState.OPEN
    assert [(c.value, c.source) for c in differ.doubt.candidates[:2]] == [
        ("Lê Văn Một", "person lan"),
        ("Lê Văn Hai", "person hoa"),
    ]
    ledger.documents.save_reading(document.code, reading("full_name"))
    assert len(ledger.review.get(item.id).doubt.candidates) == 3
    ledger.review.settle(item.id, "hoa", Verdict("Lê Văn Hai", two=True))
    done = ledger.review.settle(item.id, "minh", Verdict("Lê Văn Hai", two=True))
    assert (done.state, done.settled_by) == (ReviewState.CORRECTED, "minh")
    assert done.first is not None
    assert done.first.by == "hoa"
    assert not ledger.documents.get(document.code).needs_person


def test_a_field_that_passed_can_be_asked_about(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading())
    item = ledger.review.ask(document.code, "full_name", "lan")
    assert item.doubt.box == Box(10, 20, 90, 32)
    assert ledger.review.ask(document.code, "full_name", "lan").id == item.id
    ledger.review.settle(item.id, "lan", Verdict("Lê Văn Đúng"))
    held = ledger.documents.save_reading(document.code, reading())
    assert held.fields["full_name"].value == "Lê Văn Đúng"
    with pytest.raises(NotFound):
        ledger.review.ask(document.code, "nothing", "lan")


def store_copy(ledger: Ledger, document: DocumentRecord) -> None:
    ledger.documents.move(document.code, DocumentState.SIGNED)
    moment = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    version = len(ledger.documents.copies(document.code)) + 1
    key = f"copies/{document.code}.v{version}.pdf"
    copy = ElectronicCopy(document.code, key, "cd" * 32, 9, 2, "3u", "B-B", ("UBND",), moment)
    ledger.documents.save_copy(copy, version, [])


def test_a_copy_is_due_once_nothing_is_left_to_answer(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name", "personal_number"))
    store_copy(ledger, document)
    one, two = ledger.review.items(Wanted(document=document.code))
    ledger.review.settle(one.id, "lan", Verdict(one.doubt.value))
    assert ledger.review.awaiting_copy() == []
    ledger.review.settle(two.id, "lan", Verdict(two.doubt.value))
    assert ledger.review.awaiting_copy() == [document.code]
    ledger.documents.save_reading(document.code, reading("full_name", "personal_number"))
    store_copy(ledger, document)
    assert ledger.review.awaiting_copy() == []
    ledger.review.recall(document.code)
    assert ledger.review.awaiting_copy() == [document.code]


def test_what_was_said_of_other_pages_is_no_answer(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name"))
    store_copy(ledger, document)
    item = only(ledger, document.code)
    ledger.review.settle(item.id, "lan", Verdict("Lê Văn Đúng"))
    ledger.divisions.record(document.code, Division((Part((1, 2)),)), "digitise")
    ledger.divisions.redraw(CODE, document.original_sha256, [Part((1,)), Part((2,))], (), "lan")
    assert ledger.review.get(item.id).state is ReviewState.DROPPED
    assert ledger.documents.fields(document.code) == {}
    held = ledger.documents.save_reading(document.code, reading("full_name"))
    assert held.fields["full_name"].value == "Lê Văn Ví Dụ"
    assert ledger.review.get(item.id).state is ReviewState.OPEN
    assert len(ledger.review.versions(document.code, "full_name")) == 3


def test_labelled_material_is_kept_only_when_asked_for(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name", "personal_number"))
    one, two = ledger.review.items(Wanted(document=document.code))
    ledger.review.settle(one.id, "lan", Verdict("Lê Văn Đúng", kind="person_name", collect=True))
    ledger.review.settle(two.id, "lan", Verdict(NUMBER))
    (label,) = ledger.review.labelled()
    assert (label.field, label.kind, label.value_read, label.value_settled, label.confidence) == (
        "full_name", "person_name", "Lê Văn Ví Dụ", "Lê Văn Đúng", 0.6,
    )  # fmt: skip
    assert ledger.review.labelled(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)) == []


def test_a_subject_loses_a_paper_that_was_not_its_own(ledger: Ledger) -> None:
    document = register(ledger)
    right, wrong = (Subject(SubjectKind.CITIZEN, n) for n in (NUMBER, "033083044665"))
    for subject in (right, wrong):
        ledger.citizens.link(subject, document.code, How.PRINTED, 0.9, "personal_number")
    assert ledger.citizens.unlink_others(document.code, {NUMBER}) == ["033083044665"]
    assert ledger.citizens.documents("033083044665") == []
    assert ledger.citizens.subject("033083044665") is None
    assert len(ledger.citizens.documents(NUMBER)) == 1


def test_a_ledger_of_before_gets_items_for_what_needs_a_person(ledger_url: str) -> None:
    newer = "labelled_values", "field_versions", "review_items", "certified_versions"
    with open_ledger(ledger_url) as ledger:
        document = register(ledger)
        ledger.documents.save_reading(document.code, reading("full_name"))
        other = register(ledger, "cd" * 32)
        unsure = dataclasses.replace(reading(), pages=(page(1, PageOutcome.DOUBTFUL),))
        ledger.documents.save_reading(other.code, unsure)
    with open_ledger(ledger_url) as ledger, ledger.database.writing() as connection:
        for table in newer:
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0005_field_readings'"))
    with open_ledger(ledger_url) as ledger:
        item = only(ledger, document.code)
        assert (item.doubt.name, item.doubt.box) == ("full_name", Box(10, 20, 90, 32))
        assert only(ledger, other.code).doubt.kind is ItemKind.PAGE
        ledger.review.settle(item.id, "lan", Verdict(item.doubt.value))
        assert not ledger.documents.get(document.code).needs_person
        versions = ledger.review.versions(document.code, "full_name")
        assert [version.source for version in versions] == ["label", "person"]


def test_a_field_asked_about_again_is_asked_as_it_stands_now(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading("full_name", full_name="Lê Văn Sai"))
    ledger.documents.save_reading(document.code, reading(full_name="Lê Văn Đúng"))
    assert only(ledger, document.code).state is ReviewState.DROPPED
    item = ledger.review.ask(document.code, "full_name", "lan")
    assert (item.state, item.doubt.value) == (ReviewState.OPEN, "Lê Văn Đúng")
    assert ledger.documents.get(document.code).needs_person
    ledger.review.settle(item.id, "lan", Verdict(item.doubt.value))
    assert ledger.documents.fields(document.code)["full_name"].field.value == "Lê Văn Đúng"
    assert not ledger.documents.get(document.code).needs_person


def test_a_type_given_while_its_document_was_read_by_another_comes_into_the_next_copy(
    ledger: Ledger,
) -> None:
    document = register(ledger)
    ledger.review.give_type(document.code, "birth_certificate", "lan")
    # Understood before the answer, as an application.
    ledger.documents.save_reading(document.code, reading())
    store_copy(ledger, document)
    assert ledger.review.awaiting_copy() == [document.code]
    # By the answer, though the installation no longer has that type.
    ledger.documents.save_reading(document.code, reading(), given="birth_certificate")
    assert ledger.review.awaiting_copy() == []


def test_what_is_read_anew_without_a_copy_awaits_one_at_once(ledger: Ledger) -> None:
    document = register(ledger)
    ledger.documents.save_reading(document.code, reading())
    store_copy(ledger, document)
    ledger.review.give_type(document.code, "application", "lan")
    ledger.documents.save_reading(document.code, reading(), move=False)
    assert ledger.review.awaiting_copy() == [document.code]
