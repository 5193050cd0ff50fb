"""Certified copies below their level are raised and renewed like all others, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from copies.conformance import Validator
from dossiers.certification import RegisterKey
from dossiers.errors import IntegrityFailure
from flows.certifying import CertifiedFile, certify
from flows.handing_out import hand_out_certified
from flows.nightly import check_objects
from flows.preserving import renew_due, upgrade_due
from flows.services import Services
from signing.validation import verify
from tests.flows.test_certifying import YEAR, request_of
from tests.flows.test_preserving import make_keys, settings_of, stamped_days_ago
from tests.servers.trust_services import TrustServices, Tsa
from tests.storage.conftest import as_before, revision_before

Open = Callable[..., Services]


@pytest.fixture(scope="module")
def warm() -> Iterator[Validator]:
    with Validator() as validator:
        yield validator


@pytest.fixture
def opened(tmp_path: Path, services: TrustServices, warm: Validator) -> Open:
    """The rooms of a home with the authorities given."""
    make_keys(tmp_path, services.hierarchy)

    def rooms(*tsas: Tsa, **levels: object) -> Services:
        found = Services(settings_of(tmp_path / "var", *tsas, **levels))
        found.__dict__["_validator"] = warm
        return found

    return rooms


def name_of(done: CertifiedFile) -> str:
    return f"{done.entry.number.key.agency_code} 1/{YEAR}/SCT/BS"


def versions(rooms: Services) -> list[tuple[str, str]]:
    """Level and key of every version of the first certified copy."""
    with rooms.ledger.database.reading() as connection:
        query = "SELECT level, key FROM certified_versions ORDER BY version"
        return [(row[0], row[1]) for row in connection.execute(text(query))]


def make_due(rooms: Services) -> None:
    with rooms.ledger.database.writing() as connection:
        moment = "2000-01-01 00:00:00"
        connection.execute(text("UPDATE certified_versions SET next_try = :m"), {"m": moment})


def test_a_certified_copy_misses_its_level_and_is_raised_in_the_night(
    opened: Open, services: TrustServices, tmp_path: Path
) -> None:
    tsa = services.tsa("a")
    tsa.mode = "http 503"
    with opened(tsa) as rooms:
        done = certify(rooms, request_of(tmp_path), tmp_path / "out.pdf")
        assert [level for level, _ in versions(rooms)] == ["B-B"]
        failed = upgrade_due(rooms).failed
        assert failed == ((name_of(done), "timestamp_unavailable"),)
        tsa.mode = "good"
        assert upgrade_due(rooms).done == ()  # not before its next try is due
        make_due(rooms)
        report = upgrade_due(rooms)
        assert (report.done, report.failed) == (((name_of(done), "B-LTA"),), ())
        assert (report.waiting, report.ok) == (0, True)

        (_, first), (level, second) = versions(rooms)
        assert level == "B-LTA"
        assert second == first.removesuffix(".pdf") + ".v2.pdf"
        hand_out_certified(rooms, done.entry.number.key, 1, 1, tmp_path / "newest.pdf")
        newest = tmp_path / "newest.pdf"
        assert newest.read_bytes().startswith(done.path.read_bytes())
        assert verify(newest, rooms.trust).ok
        assert rooms.check_pdfa(newest).compliant
        assert check_objects(rooms) == (2, ())
        assert len(rooms.ledger.evidence.unproved()) == 2
        assert rooms.ledger.audit.verify().ok
        # One number, one copy: what was raised is no further copy.
        (entry,) = rooms.ledger.register.entries(RegisterKey(rooms.agency.code, YEAR, "SCT/BS"))
        assert len(entry.copies) == 1


def test_only_what_is_due_is_renewed(opened: Open, services: TrustServices, tmp_path: Path) -> None:
    ending, lasting = services.tsa("ending", days=(-1, 60)), services.tsa("lasting")
    with opened(ending, renew_before_days=30) as rooms:
        done = certify(rooms, request_of(tmp_path), tmp_path / "out.pdf")
        assert [level for level, _ in versions(rooms)] == ["B-LTA"]
        stamped_days_ago(rooms, 100)
        assert renew_due(rooms).done == ()
    with opened(lasting, renew_before_days=90) as rooms:
        assert renew_due(rooms).done == ((name_of(done), "B-LTA"),)
        assert renew_due(rooms).done == ()
        assert [level for level, _ in versions(rooms)] == ["B-LTA", "B-LTA"]
        hand_out_certified(rooms, done.entry.number.key, 1, 1, tmp_path / "newest.pdf")
        assert (tmp_path / "newest.pdf").read_bytes().startswith(done.path.read_bytes())


def test_a_run_killed_between_storing_and_recording_is_finished_without_a_second_token(
    opened: Open, services: TrustServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tsa = services.tsa("a")
    tsa.mode = "http 503"
    with opened(tsa) as rooms:
        done = certify(rooms, request_of(tmp_path), tmp_path / "out.pdf")
        tsa.mode = "good"

        def killed(*arguments: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(rooms.ledger.register, "add_version", killed)
        with pytest.raises(KeyboardInterrupt):
            upgrade_due(rooms)
        monkeypatch.undo()
        make_due(rooms)
        asked = tsa.requests
        assert upgrade_due(rooms).done == ((name_of(done), "B-LTA"),)
        assert tsa.requests == asked
        # Nor does a second copy of the paper take it for what a killed run has certified.
        again = certify(rooms, request_of(tmp_path), tmp_path / "again.pdf")
        assert len(again.entry.copies) == 2


def test_the_level_of_a_copy_from_before_is_found_and_it_is_raised(
    opened: Open, services: TrustServices, tmp_path: Path
) -> None:
    with opened(default="B-B") as rooms:
        done = certify(rooms, request_of(tmp_path), tmp_path / "out.pdf")
    before = revision_before("0009_certified_versions")
    as_before(rooms.settings.ledger_url, "certified_versions", revision=before)
    with opened(services.tsa("a"), default="B-T") as rooms:
        assert upgrade_due(rooms).done == ((name_of(done), "B-T"),)
        assert [level for level, _ in versions(rooms)] == ["B-B", "B-T"]


def test_a_certified_copy_that_rotted_is_neither_raised_nor_handed_out(
    opened: Open, services: TrustServices, tmp_path: Path
) -> None:
    tsa = services.tsa("a")
    tsa.mode = "http 503"
    with opened(tsa) as rooms:
        done = certify(rooms, request_of(tmp_path), tmp_path / "out.pdf")
        tsa.mode = "good"
        (stored,) = (rooms.settings.store_folder / "objects/certified").rglob("*.pdf")
        stored.chmod(0o644)
        stored.write_bytes(stored.read_bytes()[:-1])
        report = upgrade_due(rooms)
        assert report.failed == ((name_of(done), "integrity_failure"),)
        assert report.stuck == (name_of(done),)
        with pytest.raises(IntegrityFailure):
            hand_out_certified(rooms, done.entry.number.key, 1, 1, tmp_path / "newest.pdf")
        assert not (tmp_path / "newest.pdf").exists()
