"""A dossier whose signatories approve on their phones: each is asked once, whatever the papers do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from dossiers.settings import CscKeySettings, SigningSettings
from dossiers.states import DocumentState, DossierState
from flows.batch import digitise, take_settled_once, unfinished
from flows.batch import failed as failed_dossiers
from flows.progress import Silent
from flows.services import Services
from tests.flows.test_digitise import CODE, drop, settings_of
from tests.flows.test_dividing import drop as drop_pages
from tests.flows.test_dividing import pile, scans
from tests.servers.csc import CLIENT, SECRET, CscServer, csc_server
from tests.signing.issuing import Authority


@pytest.fixture(scope="module")
def service() -> Iterator[CscServer]:
    with csc_server(Authority.new()) as server:
        server.add("can-bo", "p256")
        server.add("con-dau", "p256")
        yield server


def signing(service: CscServer, folder: Path) -> SigningSettings:
    officer, agency = (
        CscKeySettings(
            kind="csc",
            url=service.url("v2"),
            credential=name,
            client_id=CLIENT,
            client_secret=SecretStr(SECRET),
            approval_seconds=60,
        )
        for name in ("can-bo", "con-dau")
    )
    return SigningSettings(
        officer=officer, agency=agency, trust_roots=(service.authority.write_root(folder),)
    )


def test_a_dossier_is_approved_once_and_its_acts_are_kept(
    tmp_path: Path, service: CscServer
) -> None:
    home = tmp_path / "var"
    # More papers than the usual threads of a small machine.
    drop(home, count=7)
    settings = settings_of(home).model_copy(update={"signing": signing(service, tmp_path)})
    with Services(settings) as services:
        take_settled_once(services)
        (report,) = asyncio.run(digitise(services, [CODE], Silent()))
        assert report.state is DossierState.DIGITISED
        asked = service.asked("credentials/authorize")
        assert [(a["credentialID"], a["numSignatures"]) for a in asked] == [
            ("can-bo", 7),
            ("con-dau", 7),
        ]
        assert asked[0]["description"].startswith(f"Ký 7 văn bản – {CODE}: ")
        for document in report.documents:
            entries = services.ledger.audit.entries(document.code)
            acts = [e for e in reversed(entries) if e.action == "document.signed"]
            assert [(e.actor, e.details["role"], e.details["key"]) for e in acts] == [
                ("Ký từ xa can-bo", "officer", "csc"),
                ("Ký từ xa con-dau", "agency", "csc"),
            ]
            assert document.copy_ is not None
            assert {e.details["signed"] for e in acts} == {document.copy_.sha256}
            assert all(e.details[known] for e in acts for known in ("host", "user", "certificate"))
        assert services.ledger.audit.verify().ok


def test_papers_found_in_one_file_share_its_approval(tmp_path: Path, service: CscServer) -> None:
    service.calls.clear()
    home = tmp_path / "var"
    made = pile("consent").paper("birth_certificate").paper("application")
    drop_pages(home, scans(made))
    settings = settings_of(home).model_copy(update={"signing": signing(service, tmp_path)})
    with Services(settings) as services:
        take_settled_once(services)
        (report,) = asyncio.run(digitise(services, [CODE], Silent()))
        assert [document.state for document in report.documents] == [DocumentState.STORED] * 2
        asked = service.asked("credentials/authorize")
        assert [a["numSignatures"] for a in asked] == [2, 2]
        assert asked[0]["description"] == f"Ký 2 văn bản – {CODE}: ho so.pdf"


def test_a_refusal_is_the_outcome_of_every_document(tmp_path: Path, service: CscServer) -> None:
    service.calls.clear()
    service.phone.answer = "decline"
    home = tmp_path / "var"
    drop(home, count=2)
    settings = settings_of(home).model_copy(update={"signing": signing(service, tmp_path)})
    with Services(settings) as services:
        take_settled_once(services)
        (report,) = asyncio.run(digitise(services, [CODE], Silent()))
        assert report.state is DossierState.INCOMPLETE
        assert {document.state for document in report.documents} == {DocumentState.FAILED}
        assert len(service.asked("credentials/authorize")) == 1
        failed = [e for e in services.ledger.audit.entries() if e.action == "document.failed"]
        assert {e.details["error"] for e in failed} == {"signing_declined"}
        # Nobody is asked again until someone says so.
        assert unfinished(services) == []
        assert failed_dossiers(services) == [CODE]
        service.phone.answer = "approve"
        (report,) = asyncio.run(digitise(services, failed_dossiers(services), Silent()))
        assert report.state is DossierState.DIGITISED
        assert failed_dossiers(services) == []
