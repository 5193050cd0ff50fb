"""Copies below their level are raised, archived ones renewed: as new versions, whatever happens."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from dossiers.errors import SignatureRejected
from dossiers.settings import (
    IntakeSettings,
    LevelSettings,
    Pkcs12KeySettings,
    ReadingSettings,
    Settings,
    SigningSettings,
    TimestampAuthority,
    TimestampSettings,
)
from flows.batch import ingest
from flows.nightly import check_objects, nightly
from flows.preserving import renew_due, upgrade_due
from flows.progress import Silent
from flows.services import Services
from flows.storing import check_signed, wanted_level
from signing import augmentation
from signing.levels import Level, LevelFound
from signing.validation import verify
from storage import tables
from tests.extractors.pictures import LINES, page, scan_pdf
from tests.servers.certificates import Hierarchy
from tests.servers.trust_services import TrustServices, Tsa

CODE = "H31-261123-0009"
DOCUMENT = f"{CODE}-01"

Open = Callable[..., Services]


def settings_of(home: Path, *tsas: Tsa, **levels: object) -> Settings:
    keys = home.parent
    return Settings(
        home=home,
        intake=IntakeSettings(quiet_seconds=0),
        reading=ReadingSettings(workers=1),
        signing=SigningSettings(
            officer=Pkcs12KeySettings(file=keys / "officer.p12", password="x"),
            agency=Pkcs12KeySettings(file=keys / "agency.p12", password="x"),
            trust_roots=(keys / "root.pem",),
        ),
        levels=LevelSettings(**{"default": "B-LTA", **levels}),  # type: ignore[arg-type]
        timestamps=TimestampSettings(
            rounds=1,
            breaker_failures=100,
            authorities=tuple(TimestampAuthority(url=tsa.url) for tsa in tsas),
        ),
    )


def make_keys(folder: Path, hierarchy: Hierarchy) -> None:
    """What :func:`settings_of` wants beside the home."""
    for name in ("officer", "agency"):
        hierarchy.pkcs12(folder / f"{name}.p12", hierarchy.issue(name), "x")
    hierarchy.root.pem(folder / "root.pem")


@pytest.fixture(scope="module")
def digitised(
    running_services: TrustServices, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[str]]:
    """A home in which a dossier was digitised while the time-stamp authority was down."""
    folder = tmp_path_factory.mktemp("digitised")
    make_keys(folder, running_services.hierarchy)
    dossier = folder / "var" / "intake" / "H31" / CODE
    dossier.mkdir(parents=True)
    scan_pdf(dossier / "0.pdf", page(LINES, dpi=150), dpi=150)
    down = running_services.tsa("down")
    down.mode = "http 503"
    with Services(settings_of(folder / "var", down)) as rooms:
        asyncio.run(ingest(rooms, [], Silent()))
        return folder, [entry[1] for entry in stored(rooms)]


@pytest.fixture
def opened(digitised: tuple[Path, list[str]], tmp_path: Path) -> Open:
    """The rooms of that home, with the authorities given."""
    shutil.copytree(digitised[0], tmp_path / "copied")
    return lambda *tsas, **levels: Services(
        settings_of(tmp_path / "copied" / "var", *tsas, **levels)
    )


def stored(rooms: Services) -> list[tuple[int, str, bytes]]:
    """Version, level and bytes of every copy recorded."""
    found = []
    for record in rooms.ledger.documents.copies(DOCUMENT):
        with rooms.store.fetched(record.copy.key) as path:
            found.append((record.version, record.copy.signature_level, path.read_bytes()))
    return found


def make_due(rooms: Services) -> None:
    with rooms.ledger.database.writing() as connection:
        connection.execute(text("UPDATE preservation SET next_try = '2000-01-01 00:00:00'"))


def stamped_days_ago(rooms: Services, days: int) -> None:
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    with rooms.ledger.database.writing() as connection:
        for table in (tables.preservation, tables.certified_versions):
            connection.execute(update(table).values(protected_since=moment))


def test_each_type_has_the_level_it_should_have(opened: Open) -> None:
    with opened(default="B-T", by_type={"birth_certificate": "B-LTA"}) as rooms:
        wanted = [wanted_level(rooms, code) for code in ("birth_certificate", "other", None)]
    assert wanted == [Level.B_LTA, Level.B_T, Level.B_T]


def test_what_could_not_be_reached_is_caught_up_as_a_new_version(
    digitised: tuple[Path, list[str]], opened: Open, services: TrustServices
) -> None:
    assert digitised[1] == ["B-B"]  # stored all the same
    tsa = services.tsa("a")
    tsa.mode = "http 503"
    with opened(tsa) as rooms:
        report = upgrade_due(rooms)
        assert (report.done, report.failed) == ((), ((DOCUMENT, "timestamp_unavailable"),))
        assert report.waiting == 1
        asked = tsa.requests
        assert upgrade_due(rooms).failed == ()  # not before its next try is due
        assert tsa.requests == asked

        tsa.mode, services.status_down = "good", True
        make_due(rooms)
        report = upgrade_due(rooms)
        assert report.done == ((DOCUMENT, "B-T"),)
        assert report.failed == ((DOCUMENT, "revocation_unavailable"),)
    services.status_down = False
    with opened_again(rooms) as rooms:
        make_due(rooms)
        report = upgrade_due(rooms)
        assert (report.done, report.failed) == (((DOCUMENT, "B-LTA"),), ())
        assert (report.waiting, report.ok) == (0, True)

        first, second, third = stored(rooms)
        assert [first[:2], second[:2], third[:2]] == [(1, "B-B"), (2, "B-T"), (3, "B-LTA")]
        assert third[2].startswith(second[2])
        assert second[2].startswith(first[2])
        assert check_objects(rooms) == (4, ())
        newest = rooms.ledger.documents.copies(DOCUMENT)[-1].copy
        with rooms.store.fetched(newest.key) as path:
            assert rooms.check_pdfa(path).compliant
            assert verify(path, rooms.signatories.trust_roots).ok
        assert rooms.ledger.audit.verify().ok


def opened_again(rooms: Services) -> Services:
    """As a new process would; what a service did not answer is asked again."""
    return Services(rooms.settings)


def test_a_run_killed_between_storing_and_recording_is_finished_without_a_second_token(
    opened: Open, services: TrustServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    tsa = services.tsa("a")
    with opened(tsa) as rooms:

        def killed(*arguments: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(rooms.ledger.documents, "save_copy", killed)
        with pytest.raises(KeyboardInterrupt):
            upgrade_due(rooms)
        monkeypatch.undo()
        # Until the killed run's time is over the copy is its own.
        assert upgrade_due(rooms).done == ()
        make_due(rooms)
        asked = tsa.requests
        assert upgrade_due(rooms).done == ((DOCUMENT, "B-LTA"),)
        assert tsa.requests == asked
        assert [entry[:2] for entry in stored(rooms)] == [(1, "B-B"), (2, "B-LTA")]


def test_a_copy_of_which_the_second_judge_finds_less_is_not_stored(
    opened: Open, services: TrustServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(services.tsa("a")) as rooms:
        (record,) = rooms.ledger.documents.copies(DOCUMENT)
        with rooms.store.fetched(record.copy.key) as path:
            check_signed(rooms, path, "x.pdf", Level.B_B)
            with pytest.raises(SignatureRejected, match="SohoaCanBo: B-B, not B-T"):
                check_signed(rooms, path, "x.pdf", Level.B_T)
        # The first judge is made to see more than there is.
        real = augmentation.judge_level

        def generous(*arguments: Any, **options: Any) -> LevelFound:
            found = real(*arguments, **options)
            higher = Level.B_LT if found.level is Level.B_T else found.level
            return dataclasses.replace(found, level=higher)

        monkeypatch.setattr(augmentation, "judge_level", generous)
        services.status_down = True
        report = upgrade_due(rooms)
        assert report.failed == ((DOCUMENT, "signature_rejected"),)
        assert [entry[:2] for entry in stored(rooms)] == [(1, "B-B")]


def test_a_copy_that_rotted_is_not_dressed_up(opened: Open, services: TrustServices) -> None:
    tsa = services.tsa("a")
    with opened(tsa) as rooms:
        (copy,) = (rooms.settings.home / "store/objects/copies").rglob("*.pdf")
        copy.chmod(0o644)
        copy.write_bytes(copy.read_bytes()[:-1])
        asked = tsa.requests
        report = upgrade_due(rooms)
        assert report.failed == ((DOCUMENT, "integrity_failure"),)
        assert (report.stuck, report.ok) == ((DOCUMENT,), False)
        assert tsa.requests == asked


def test_only_what_is_due_is_renewed_every_night(opened: Open, services: TrustServices) -> None:
    ending, lasting = services.tsa("ending", days=(-1, 60)), services.tsa("lasting")
    with opened(ending, renew_before_days=30) as rooms:
        assert upgrade_due(rooms).done == ((DOCUMENT, "B-LTA"),)
        stamped_days_ago(rooms, 100)
        assert renew_due(rooms).done == ()
    with Services(settings_of(rooms.settings.home, lasting, renew_before_days=90)) as rooms:
        report = asyncio.run(nightly(rooms, Silent()))
        assert report.ok
        assert report.renewals.done == ((DOCUMENT, "B-LTA"),)
        again = asyncio.run(nightly(rooms, Silent()))
        assert again.renewals.done == ()
        _, first, second = stored(rooms)
        assert (second[0], second[1]) == (3, "B-LTA")
        assert second[2].startswith(first[2])
        (*_, row) = rooms.ledger.preservation.of(DOCUMENT)
        assert row.protection.protected_until is not None
        assert row.protection.protected_until > dt.datetime.now(dt.UTC) + dt.timedelta(days=1000)


def test_an_authority_that_ends_soon_does_not_make_a_copy_due_every_night(
    opened: Open, services: TrustServices
) -> None:
    ending = services.tsa("ending", days=(-1, 30))
    with opened(ending, renew_before_days=90) as rooms:
        assert upgrade_due(rooms).done == ((DOCUMENT, "B-LTA"),)
        asked = ending.requests
        report = renew_due(rooms)
        assert (report.done, report.ending, report.ok) == ((), (), True)
        assert renew_due(rooms, everything=True).done == ()
        assert (ending.requests, len(stored(rooms))) == (asked, 2)
        # Half of its life later it is.
        stamped_days_ago(rooms, 31)
        assert renew_due(rooms).done == ((DOCUMENT, "B-LTA"),)
        assert renew_due(rooms).done == ()


def test_a_copy_of_before_whose_stamp_has_no_day_is_renewed_once(
    opened: Open, services: TrustServices
) -> None:
    ending = services.tsa("ending", days=(-1, 30))
    with opened(ending, renew_before_days=90) as rooms:
        upgrade_due(rooms)
        with rooms.ledger.database.writing() as connection:
            connection.execute(text("UPDATE preservation SET protected_since = NULL"))
        assert renew_due(rooms).done == ((DOCUMENT, "B-LTA"),)
        assert renew_due(rooms).done == ()


def test_a_revoked_authority_stops_nothing_while_the_next_one_is_good(
    opened: Open, services: TrustServices
) -> None:
    revoked, good = services.tsa("revoked"), services.tsa("good")
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    services.revoked[revoked.holder.certificate.serial_number] = yesterday
    with opened(revoked, good, default="B-T") as rooms:
        report = upgrade_due(rooms)
        assert (report.done, report.failed) == (((DOCUMENT, "B-LTA"),), ())
        # Its breaker is open: it is not asked again for the second stamp.
        assert (revoked.requests, good.requests) == (1, 2)


def test_a_renewal_that_fails_for_long_calls_for_a_person(
    opened: Open, services: TrustServices
) -> None:
    ending = services.tsa("ending", days=(-1, 20))
    with opened(ending, renew_before_days=90) as rooms:
        assert upgrade_due(rooms).done == ((DOCUMENT, "B-LTA"),)
        stamped_days_ago(rooms, 400)
        ending.mode = "http 503"
        report = asyncio.run(nightly(rooms, Silent()))
        assert report.renewals.failed == ((DOCUMENT, "timestamp_unavailable"),)
        assert report.renewals.ending == (DOCUMENT,)
        assert not report.ok
