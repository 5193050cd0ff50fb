"""People correct where papers begin; what was handed out stays as it is."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dossiers.contract import DossierReport
from dossiers.errors import CannotBeDivided
from dossiers.states import DocumentState, DossierState
from flows.batch import digitise, ingest
from flows.correcting import join, split
from flows.nightly import check_objects
from flows.peers import people_kept
from flows.progress import Silent
from flows.services import Services
from tests.flows.test_digitise import CODE, settings_of
from tests.flows.test_dividing import drop, pile, scans

FIRST, SECOND, THIRD = (f"{CODE}-0{n}" for n in (1, 2, 3))


@pytest.fixture(scope="module")
def digitised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a dossier of one file, found to hold two papers."""
    home = tmp_path_factory.mktemp("corrected") / "var"
    drop(home, scans(pile("corrected").paper("birth_certificate").blank().paper("application")))
    with Services(settings_of(home)) as opened:
        asyncio.run(ingest(opened, [], Silent()))
    return home


@pytest.fixture
def services(digitised: Path, tmp_path: Path) -> Iterator[Services]:
    """The rooms on a copy of that home."""
    shutil.copytree(digitised, tmp_path / "var")
    with Services(settings_of(tmp_path / "var")) as opened:
        yield opened


def again(services: Services) -> DossierReport:
    (report,) = asyncio.run(digitise(services, [CODE], Silent()))
    assert report.state is DossierState.DIGITISED
    return report


def told(report: DossierReport) -> list[tuple[str, tuple[int, ...], int | None]]:
    return [
        (d.state.value, d.original_pages, d.copy_.version if d.copy_ else None)
        for d in report.documents
    ]


def test_papers_wrongly_parted_are_joined_and_parted_again(services: Services) -> None:
    assert set(people_kept(services, CODE, [])) == {FIRST, SECOND}
    (joined,) = join(services, [SECOND, FIRST], "lan")
    # The pages of the other are its own now, and confirm nothing as another paper's.
    assert people_kept(services, CODE, [joined]) == {}
    assert services.ledger.documents.fields(SECOND) == {}
    report = again(services)
    assert told(report) == [("stored", (1, 3), 2), ("superseded", (3,), 1)]
    assert [page.page for page in report.left_out] == [2]
    # What was read from the joined one is found by the document it became.
    hits = {hit.document_code for hit in services.ledger.search.find("đơn đề nghị")}
    assert hits == {FIRST}
    split(services, FIRST, [2], "lan")
    assert told(again(services)) == [("stored", (1,), 3), ("stored", (3,), 2)]
    # Nothing was overwritten: an original and every version of both copies.
    assert check_objects(services) == (6, ())
    found = {hit.document_code for hit in services.ledger.search.find("đơn đề nghị")}
    assert found == {SECOND}
    actors = [e.actor for e in services.ledger.audit.entries(CODE) if "divided" in e.action]
    assert actors == ["lan", "lan", "digitise"]


@pytest.mark.parametrize("at", [[], [1], [2]])
def test_pages_that_a_document_does_not_have_are_refused(services: Services, at: list[int]) -> None:
    with pytest.raises(CannotBeDivided) as raised:
        split(services, FIRST, at, "lan")
    assert "từ 2 đến 1" in raised.value.message()


def test_what_was_handed_out_or_is_no_file_of_its_own_is_refused(services: Services) -> None:
    with pytest.raises(CannotBeDivided):
        join(services, [FIRST], "lan")
    services.ledger.audit.append("api/1", "copy.read", SECOND)
    with pytest.raises(CannotBeDivided) as raised:
        join(services, [FIRST, SECOND], "lan")
    assert SECOND in raised.value.message()
    states = {d.state for d in services.ledger.documents.of_dossier(CODE)}
    assert states == {DocumentState.STORED}
