"""Papers that came signed by others get the level wanted too, are caught up and renewed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from copies.conformance import Validator
from flows.batch import ingest
from flows.preserving import renew_due, upgrade_due
from flows.progress import Silent
from flows.services import Services
from flows.signed_input import extends
from signing.pades import FIELDS
from signing.validation import Outcome, TrustStore, VerificationReport, verify
from storage.documents import DocumentRecord
from tests.extractors.pictures import LINES, page, scan_pdf
from tests.flows.test_preserving import CODE, make_due, make_keys, settings_of, stamped_days_ago
from tests.flows.test_signed_input import to_archival
from tests.servers.trust_services import TrustServices
from tests.signing.authority import Ca, day, sign

PAPERS = {
    "tin-cay.pdf": Outcome.VALID,
    "khong-tin-cay.pdf": Outcome.UNTRUSTED_CA,
    "sha1.pdf": Outcome.VALID_WEAK_HASH,
    "het-han.pdf": Outcome.INDETERMINATE,
}


@pytest.fixture(scope="module")
def warm() -> Iterator[Validator]:
    with Validator() as validator:
        yield validator


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], Ca]:
    """One PDF/A scan, signed by others in as many ways as still may be countersigned."""
    folder = tmp_path_factory.mktemp("papers")
    plain = to_archival(scan_pdf(folder / "p.pdf", page(LINES, dpi=100), dpi=100))
    ca, stranger = Ca("CA bên ngoài", site=None), Ca("CA lạ", site=None)
    signer = ca.holder("Sở Tư pháp thử nghiệm")
    short = ca.holder("Sở Nội vụ thử nghiệm", (day(2020), day(2024)))
    signed = {
        "tin-cay.pdf": sign(plain, signer, day(2026)),
        "khong-tin-cay.pdf": sign(plain, stranger.holder("Ai đó"), day(2026)),
        "sha1.pdf": sign(plain, signer, day(2026), digest="sha1"),
        "het-han.pdf": sign(plain, short, day(2023)),
    }
    return signed, ca


@pytest.fixture
def home(papers: tuple[dict[str, bytes], Ca], services: TrustServices, tmp_path: Path) -> Path:
    """A home with those papers in the intake."""
    make_keys(tmp_path, services.hierarchy)
    home = tmp_path / "var"
    folder = home / "intake" / "H31" / CODE
    folder.mkdir(parents=True)
    for name, content in papers[0].items():
        (folder / name).write_bytes(content)
    for holder in (papers[1].root, papers[1].issuing):
        TrustStore(home / "trust").add(holder.asn1, "ca", holder.asn1.sha256.hex())
    return home


def documents(rooms: Services) -> dict[str, DocumentRecord]:
    return {doc.original_name: doc for doc in rooms.ledger.documents.of_dossier(CODE)}


def levels(rooms: Services) -> dict[str, list[tuple[str, str]]]:
    """For every paper the level and the level wanted of each version of its copy."""
    return {
        name: [
            (due.protection.level, due.protection.wanted)
            for due in rooms.ledger.preservation.of(doc.code)
        ]
        for name, doc in documents(rooms).items()
    }


def judged(rooms: Services, name: str, source: bytes, folder: Path) -> VerificationReport:
    """The verdict on the newest copy of a paper, which must go on where the paper ends."""
    (record, *_) = reversed(rooms.ledger.documents.copies(documents(rooms)[name].code))
    original = folder / name
    original.write_bytes(source)
    with rooms.store.fetched(record.copy.key) as path:
        assert extends(original, path)
        assert rooms.check_pdfa(path).compliant
        return verify(path, rooms.trust)


def check_all(rooms: Services, papers: dict[str, bytes], folder: Path, level: str) -> None:
    for name, content in papers.items():
        report = judged(rooms, name, content, folder)
        found = {s.field: (s.outcome, s.level) for s in report.signatures}
        assert found.pop("ChuKy")[0] is PAPERS[name]
        assert found == {FIELDS[role]: (Outcome.VALID, level) for role in rooms.signatories.people}


def test_they_have_the_level_wanted_at_once(
    home: Path,
    papers: tuple[dict[str, bytes], Ca],
    services: TrustServices,
    warm: Validator,
    tmp_path: Path,
) -> None:
    with Services(settings_of(home, services.tsa("a"))) as rooms:
        rooms.__dict__["_validator"] = warm
        asyncio.run(ingest(rooms, [], Silent()))
        assert levels(rooms) == {name: [("B-LTA", "B-LTA")] for name in PAPERS}
        check_all(rooms, papers[0], tmp_path, "B-LTA")


def test_they_are_caught_up_and_renewed_beside_whatever_signatures_of_others(
    home: Path,
    papers: tuple[dict[str, bytes], Ca],
    services: TrustServices,
    warm: Validator,
    tmp_path: Path,
) -> None:
    tsa = services.tsa("ending", days=(-1, 60))
    tsa.mode = "http 503"
    with Services(settings_of(home, tsa)) as rooms:
        rooms.__dict__["_validator"] = warm
        asyncio.run(ingest(rooms, [], Silent()))
        assert levels(rooms) == {name: [("B-B", "B-LTA")] for name in PAPERS}
        tsa.mode, services.status_down = "good", True
        make_due(rooms)
        assert dict(upgrade_due(rooms).done) == dict.fromkeys(codes(rooms), "B-T")
        services.status_down = False
    with Services(settings_of(home, services.tsa("lasting"))) as rooms:
        rooms.__dict__["_validator"] = warm
        make_due(rooms)
        report = upgrade_due(rooms)
        assert (dict(report.done), report.ok) == (dict.fromkeys(codes(rooms), "B-LTA"), True)
        check_all(rooms, papers[0], tmp_path, "B-LTA")
        stamped_days_ago(rooms, 4000)
        report = renew_due(rooms, everything=True)
        assert report.done == ()  # the newest stamp lasts for ten years
    with Services(settings_of(home, services.tsa("later"), renew_before_days=5000)) as rooms:
        rooms.__dict__["_validator"] = warm
        report = renew_due(rooms)
        assert (dict(report.done), report.ok) == (dict.fromkeys(codes(rooms), "B-LTA"), True)
        check_all(rooms, papers[0], tmp_path, "B-LTA")
        assert rooms.ledger.audit.verify().ok


def codes(rooms: Services) -> list[str]:
    return [doc.code for doc in documents(rooms).values()]
