"""From a doubt to a corrected, signed copy: asked, answered, linked anew, made again."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cli.review_view import report_of, show_list
from cli.screen import out
from copies.payload import read_payload
from dossiers.errors import (
    CopyUnderWay,
    DossierUnderWay,
    Language,
    NotFound,
    NothingToAccept,
    ReviewUnfinished,
    StoreUnavailable,
    TypeIsGiven,
    ValueRefused,
)
from dossiers.reading import FieldSource
from dossiers.reasons import explain
from dossiers.review import ItemKind, ReviewState
from dossiers.settings import IntakeSettings, ReadingSettings, ReviewSettings, Settings
from dossiers.states import DocumentState
from extractors.closeup import close_up
from extractors.page_image import load_page
from fixtures.chance import seeded
from fixtures.containers import Container, write
from fixtures.kinds import KINDS, Style
from fixtures.scanner import ScanSettings, scan
from flows.batch import digitise, ingest, unfinished
from flows.evaluating import evaluate_types
from flows.progress import Silent
from flows.reviewing import accept, correct, finish, give_type, waiting
from flows.services import Services
from storage.review import Wanted
from tests.extractors.pictures import page, scan_pdf

# One story in one home: each test goes on from what the one before has settled.
pytestmark = pytest.mark.xdist_group("reviewing")

CODE = "H31-261123-0009"
PAPER, PLAIN = f"{CODE}-01", f"{CODE}-02"
SHOPPING = ("Gạo tẻ mười hai cân", "Nước mắm hai chai", "Trứng gà ba chục", "Rau muống bốn mớ")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A confirmation of marital status and a page of no known type; nothing passes unseen."""
    home = tmp_path_factory.mktemp("review") / "var"
    folder = home / "intake" / "H31" / CODE
    folder.mkdir(parents=True)
    rng = seeded("review")
    paper = KINDS["marital_status_confirmation"](rng, Style())
    pages = [
        scan(image, truth, ScanSettings(dpi=200, rotation=90), rng)
        for image, truth in zip(paper.images, paper.truth.pages, strict=True)
    ]
    write(pages, folder / "1 xac nhan", Container.PDF)
    scan_pdf(folder / "2 to roi.pdf", page(list(SHOPPING), dpi=150), dpi=150)
    marriage = {"TenGiayTo": "Giấy chứng nhận kết hôn", "DuongDanTepTinKetQua": "1 xac nhan.pdf"}
    listed = {"MaHoSo": CODE, "DanhSachGiayToKetQua": [marriage]}
    (folder / "dossier.json").write_text(json.dumps(listed), encoding="utf-8")
    settings = Settings(
        home=home,
        intake=IntakeSettings(quiet_seconds=0),
        reading=ReadingSettings(workers=1, accept_confidence=1.0),
        review=ReviewSettings(collect=True),
    )
    with Services(settings) as opened:
        (report,) = asyncio.run(ingest(opened, [], Silent()))
        assert {document.state for document in report.documents} == {DocumentState.STORED}
        yield opened


def item_about(services: Services, name: str, document: str = PAPER):  # type: ignore[no-untyped-def]
    every = Wanted(document=document, field=name, states=tuple(ReviewState))
    (item,) = services.ledger.review.items(every)
    return item


def test_the_picture_of_an_item_shows_the_ink_upright(services: Services) -> None:
    item = item_about(services, "full_name")
    assert item.doubt.rotation == 270
    document = services.ledger.documents.get(PAPER)
    with services.store.fetched(document.original_key) as source:
        image = load_page(source, item.doubt.page or 1, services.settings.intake)
    piece = np.asarray(close_up(image, item.doubt.rotation, item.doubt.box).convert("L"))
    assert piece.shape[1] > piece.shape[0] * 2
    assert 0.01 < (piece < 90).mean() < 0.3
    assert piece.max() == 255
    whole = close_up(image, item.doubt.rotation, None)
    assert whole.height > whole.width


def test_a_result_that_is_not_what_was_declared_is_asked_about(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Wanted(document=PAPER, field="")
    (item,) = services.ledger.review.items(asked)
    assert item.doubt.kind is ItemKind.TYPE
    assert "Giấy chứng nhận kết hôn" in item.doubt.reasons[0]
    monkeypatch.setattr(out, "width", 600)
    with out.capture() as shown:
        show_list(services, [report_of(services, item)])
    assert len(item.doubt.reasons) > 1
    told = shown.get()
    assert all(explain(reason, Language.VIETNAMESE) in told for reason in item.doubt.reasons)
    document = services.ledger.documents.get(PAPER)
    assert document.type_code == item.doubt.value == "marital_status_confirmation"
    assert document.needs_person
    give_type(services, PAPER, "marital_status_confirmation", "lan")
    assert services.ledger.review.items(asked) == []


def test_a_value_is_held_against_the_grammar_of_its_field(services: Services) -> None:
    number = str(item_about(services, "personal_number").id)
    for wrong in ("03308304466", "không rõ", "", "0330830\x07446"):
        with pytest.raises(ValueRefused):
            correct(services, number, wrong, "lan")
    day = str(item_about(services, "birth_date").id)
    with pytest.raises(ValueRefused) as caught:
        correct(services, day, "31/02/1990", "lan")
    assert "Ngày, tháng, năm sinh" in caught.value.message()
    forced = correct(services, day, "không rõ ngày, 1990", "lan", force="giấy ghi như vậy")
    assert (forced.item.settled_value, forced.item.note) == (
        "không rõ ngày, 1990",
        "giấy ghi như vậy",
    )
    tidy = correct(services, day, "05-3-1990", "lan")
    assert tidy.item.settled_value == "1990-03-05"


def test_a_type_is_given_not_accepted_and_opens_what_it_asks_for(services: Services) -> None:
    (item,) = services.ledger.review.items(Wanted(document=PLAIN))
    assert item.doubt.kind is ItemKind.TYPE
    with pytest.raises(TypeIsGiven):
        accept(services, str(item.id), "lan")
    with pytest.raises(NotFound):
        give_type(services, PLAIN, "no_such_type", "lan")
    assert services.ledger.dossiers.lease(CODE, "another run", dt.timedelta(minutes=1))
    with pytest.raises(DossierUnderWay):
        give_type(services, PLAIN, "đơn đề nghị", "lan")
    services.ledger.dossiers.release(CODE, "another run")
    left = give_type(services, PLAIN, "đơn đề nghị", "lan")
    assert {item.doubt.kind for item in left} == {ItemKind.FIELD}
    document = services.ledger.documents.get(PLAIN)
    assert (document.type_code, document.state) == ("application", DocumentState.STORED)
    missing = next(item for item in left if not item.doubt.value)
    with pytest.raises(NothingToAccept):
        accept(services, str(missing.id), "lan")
    assert accept(services, str(missing.id), "lan", absent=True).item.absent
    with pytest.raises(ReviewUnfinished):
        finish(services, PLAIN, Silent())


def test_a_corrected_number_moves_the_paper_to_its_owner_and_into_the_next_copy(
    services: Services,
) -> None:
    ledger = services.ledger
    number = item_about(services, "personal_number")
    read = number.doubt.value
    # A doubtful number links nobody; a confirmed one does.
    assert ledger.citizens.documents(read) == []
    accept(services, f"{PAPER}/personal_number", "lan")
    assert [link.how for link in ledger.citizens.documents(read)] == ["person"]
    right = read[:-1] + ("1" if read[-1] != "1" else "2")
    correct(services, str(number.id), right, "hoa")
    assert ledger.citizens.documents(read) == []
    assert [link.document_code for link in ledger.citizens.documents(right)] == [PAPER]
    assert unfinished(services) == []
    for item in waiting(services, PAPER):
        accept(services, str(item.id), "lan", absent=not item.doubt.value)
    assert not ledger.documents.get(PAPER).needs_person
    assert unfinished(services) == [CODE]

    (report,) = asyncio.run(digitise(services, [CODE], Silent()))
    paper, plain = report.documents
    assert (paper.copy_ and paper.copy_.version, plain.copy_ and plain.copy_.version) == (2, 1)
    assert unfinished(services) == []
    first, second = ledger.documents.copies(PAPER)
    with services.store.fetched(second.copy.key) as copy:
        data = read_payload(copy)["document"]
    assert data["fields"]["personal_number"]["value"] == right
    assert data["fields"]["personal_number"]["source"] == "person"
    assert data["doubtful"] == []
    with services.store.fetched(first.copy.key) as copy:
        assert read_payload(copy)["document"]["fields"]["personal_number"]["value"] == read
    # The queue of levels knows only the newest.
    assert [row.version for row in ledger.preservation.of(PAPER)] == [1, 2]
    kept = ledger.documents.fields(PAPER)["personal_number"].field
    assert (kept.value, kept.source, kept.confidence) == (right, FieldSource.PERSON, 1.0)


def test_an_answer_given_while_a_killed_run_left_its_copy_comes_into_the_one_after(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.documents import Documents

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable(detail="away")

    correct(services, f"{PAPER}/full_name", "Nguyễn Thị Thử Nghiệm", "lan")
    with monkeypatch.context() as patch:
        patch.setattr(Documents, "save_copy", away)
        asyncio.run(digitise(services, [CODE], Silent()))
    assert services.ledger.documents.get(PAPER).state is DocumentState.FAILED
    correct(services, f"{PAPER}/full_name", "Nguyễn Thị Thử Nghiệm Hai", "lan")
    asyncio.run(digitise(services, [CODE], Silent()))
    third = services.ledger.documents.copies(PAPER)[-1]
    assert third.version == 3
    # What the killed run had stored was adopted as it was, and is not the last word.
    assert services.ledger.review.awaiting_copy() == [PAPER]
    minute = dt.timedelta(minutes=1)
    assert services.ledger.dossiers.lease(CODE, "another run", minute)
    with pytest.raises(CopyUnderWay):
        finish(services, PAPER, Silent())
    services.ledger.dossiers.release(CODE, "another run")
    finish(services, PAPER, Silent())
    fourth = services.ledger.documents.copies(PAPER)[-1]
    with services.store.fetched(fourth.copy.key) as copy:
        fields = read_payload(copy)["document"]["fields"]
    assert fields["full_name"]["value"] == "Nguyễn Thị Thử Nghiệm Hai"
    assert services.ledger.review.awaiting_copy() == []
    assert services.ledger.audit.verify().ok


def test_what_people_settled_scores_the_readings_then_and_now(
    services: Services, tmp_path: Path
) -> None:
    done = evaluate_types(services, 0.99)
    assert done.count == len(services.ledger.review.labelled()) > 5
    number = next(score for score in done.scores if score.field == "personal_number")
    # It was corrected on purpose.
    assert (number.count, number.right) == (1, 0)
    again = evaluate_types(services, 0.99, types_folder=tmp_path)
    assert (again.count, again.left_out) == (done.count, 0)
    assert evaluate_types(services, 0.99, dt.datetime.now(dt.UTC)).scores == []


def test_key_fields_of_a_type_may_need_two_people(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not ReviewSettings().two_people("birth_certificate")
    assert ReviewSettings(four_eyes=True).two_people(None)
    monkeypatch.setenv("SOHOA_REVIEW__FOUR_EYES", '["birth_certificate"]')
    assert Settings().review.two_people("birth_certificate")
    assert not Settings().review.two_people("decision")
    monkeypatch.setenv("SOHOA_REVIEW__FOUR_EYES", "true")
    assert Settings().review.two_people("decision")
