"""Faults where one document's end concerns others: nobody waits for it for ever, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dossiers.dossier import Agency, DossierHead, Role
from dossiers.errors import StoreUnavailable
from dossiers.reading import DocumentReading, Field, FieldSource
from dossiers.states import DocumentState, DossierState
from flows import digitise as steps
from flows.batch import digitise, take_settled_once
from flows.consent import Consent
from flows.peers import Peers
from flows.progress import Silent
from flows.services import Services
from signing.keys.gathering import Gathering, sign_with
from storage.documents import NewDocument
from tests.flows.test_digitise import CODE, drop, settings_of


@dataclass(frozen=True)
class Approved:
    """A key that signs at once what is gathered."""

    place: int = 0

    def sign_together(
        self, messages: Sequence[bytes], digest: str, description: str
    ) -> list[bytes]:
        return [f"signed {digest}{description}".encode()] * len(messages)


def test_nobody_waits_for_a_file_whose_failure_cannot_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable(detail="away")

    async def both(services: Services) -> bytes:
        head = DossierHead(CODE, Agency("H31", "UBND tỉnh Hưng Yên"))
        dossier = services.ledger.dossiers.register(head)
        # Its original is nowhere: the file fails at its very beginning.
        new = NewDocument(CODE, "ab" * 32, "a.pdf", "originals/none", 10, 2, Role.COMPONENT)
        document = services.ledger.documents.register(new)[0]
        with ThreadPoolExecutor(2) as threads:
            consent, peers = Consent(Gathering(2, ""), threads), Peers(1)
            signing = asyncio.create_task(consent.run(sign_with, Approved(), b"m", "sha256"))
            with pytest.raises(StoreUnavailable):
                await steps._file(services, dossier, [document], Silent(), consent, peers)
            return await asyncio.wait_for(signing, 20)

    monkeypatch.setattr(steps, "_record_failure", away)
    with Services(settings_of(tmp_path / "var")) as services:
        assert asyncio.run(both(services)) == b"signed sha256"


def test_a_copy_is_recorded_only_once_its_links_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable(detail="away")

    home = tmp_path / "var"
    drop(home)
    with Services(settings_of(home)) as services:
        take_settled_once(services)
        with monkeypatch.context() as patch:
            patch.setattr(steps, "link_subjects", away)
            (report,) = asyncio.run(digitise(services, [CODE], Silent()))
        assert [document.state for document in report.documents] == [DocumentState.FAILED]
        (report,) = asyncio.run(digitise(services, [CODE], Silent()))
        assert report.state is DossierState.DIGITISED
        # A fault after that is told, and leaves the copy what it is.
        code = report.documents[0].code
        services.ledger.documents.save_failure(code, StoreUnavailable(detail="away"), None)
        assert services.ledger.documents.get(code).state is DocumentState.STORED
        assert len(services.ledger.documents.attempts(code)) == 2


def test_a_fault_of_the_ledger_discloses_nothing_it_was_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from storage.documents import Documents

    real = Documents.save_reading

    def elsewhere(self: Documents, code: str, reading: DocumentReading, **more: object) -> object:
        secret = Field("full_name", "Lê Văn Bí Mật", "", 0.9, 1, None, FieldSource.LABEL)
        reading = replace(reading, fields={"full_name": secret})
        return real(self, f"{code}-none", reading, **more)  # type: ignore[arg-type]

    home = tmp_path / "var"
    drop(home)
    monkeypatch.setattr(Documents, "save_reading", elsewhere)
    with Services(settings_of(home)) as services:
        take_settled_once(services)
        (report,) = asyncio.run(digitise(services, [CODE], Silent()))
        (attempt,) = services.ledger.documents.attempts(report.documents[0].code)
    assert "IntegrityError" in attempt.message
    assert "IntegrityError" in caplog.text
    assert "Bí Mật" not in attempt.message + caplog.text
