"""Copies raised to the level they should have, and archived ones renewed before their protection ends.

Nothing stored is changed: what comes out is the next version of the copy, a new object whose bytes
begin with those of the one before. No key is needed. A run that is killed between storing and
recording leaves an object without a record; the next run finds it, judges it and records it.
Copies of dossiers and certified copies stand in the same queue (:mod:`flows.preserved`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dossiers.errors import Category, IntegrityFailure, NotFound, SignatureRejected, SohoaError
from flows.preserved import home_of, note_levels
from flows.services import Services
from flows.storing import check_raised
from signing.augmentation import Augmented, augment, renew
from signing.levels import Level, judge_level
from signing.pades import OWN
from signing.renewal import renew_at
from storage.preservation import DueCopy, Protection

log = logging.getLogger(__name__)

ACTOR = "preserving"
# Long enough for the slowest authority; whoever is killed meanwhile frees the copy after it.
_LEASE = dt.timedelta(minutes=30)
_FIRST_RETRY = dt.timedelta(minutes=10)
_LONGEST_RETRY = dt.timedelta(days=1)
# A renewal may fail for so long before a person is called.
_LATE = dt.timedelta(days=7)
# So many copies in a row that no service would help with: the rest stays due, untried.
_GIVE_UP_AFTER = 5

Step = Callable[[bytes, str], Augmented]


@dataclass(frozen=True, slots=True)
class PreservationReport:
    """What came of the copies that were due: ``done`` with the level reached, ``failed`` with why.

    ``waiting`` copies still want a higher level; ``stuck`` ones no retry can help; ``ending`` ones
    are well past the day on which they should have been renewed.
    """

    done: tuple[tuple[str, str], ...]
    failed: tuple[tuple[str, str], ...]
    waiting: int
    stuck: tuple[str, ...]
    ending: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nobody has to act."""
        return not (self.stuck or self.ending)


def upgrade_due(services: Services, *, everything: bool = False) -> PreservationReport:
    """Raise what is below its level and due; with ``everything`` also what waits or is stuck."""
    note_levels(services)
    now = dt.datetime.now(dt.UTC)
    due = services.ledger.preservation.upgrades(None if everything else now)

    def step_for(copy: DueCopy) -> Step:
        wanted = Level(copy.protection.wanted)
        return lambda content, name: augment(content, name, wanted, services.preservation, only=OWN)

    return _all(services, due, step_for, "copy.upgraded")


def renew_due(services: Services, *, everything: bool = False) -> PreservationReport:
    """Renew the archive time stamps that are due (:func:`signing.renewal.renew_at`)."""
    now = dt.datetime.now(dt.UTC)
    due = [copy for copy, _ in _renewals(services, now, None if everything else now)]

    def step_for(_: DueCopy) -> Step:
        return lambda content, name: renew(content, name, services.preservation, only=OWN)

    return _all(services, due, step_for, "copy.renewed")


def _renewals(
    services: Services, moment: dt.datetime, now: dt.datetime | None = None
) -> list[tuple[DueCopy, dt.datetime]]:
    """Copies to be renewed by a moment, each with when it was due; ``now`` as of the queue."""
    before = dt.timedelta(days=services.settings.levels.renew_before_days)
    found = []
    for copy in services.ledger.preservation.renewals(moment + before, now):
        since, until = copy.protection.protected_since, copy.protection.protected_until
        if until is None:
            continue
        due = until - before if since is None else renew_at(since, until, before)
        if due <= moment:
            found.append((copy, due))
    return found


def _ending(services: Services) -> tuple[str, ...]:
    """Copies whose renewal is a week late, or for which half of the time left has passed in vain."""
    now = dt.datetime.now(dt.UTC)
    late = []
    for copy, due in _renewals(services, now):
        until = copy.protection.protected_until or due
        if now > due + min(_LATE, (until - due) / 2):
            late.append(copy.name)
    return tuple(late)


def _all(
    services: Services, due: list[DueCopy], step_for: Callable[[DueCopy], Step], action: str
) -> PreservationReport:
    queue = services.ledger.preservation
    done, failed, in_vain = [], [], 0
    for copy in due:
        if in_vain >= _GIVE_UP_AFTER:
            log.warning("%s stops: the services do not answer", action)
            break
        if not queue.take(copy, dt.datetime.now(dt.UTC) + _LEASE):
            continue
        try:
            reached, shortfall = _one(services, copy, step_for(copy), action)
        except SohoaError as error:
            log.warning("%s of %s failed: %s", action, copy.name, error)
            _retry(services, copy, error)
            failed.append((copy.name, error.code))
            in_vain = in_vain + 1 if error.category is Category.UNAVAILABLE else 0
            continue
        in_vain = in_vain + 1 if reached is None and shortfall is not None else 0
        if reached is not None:
            done.append((copy.name, reached.value))
        if shortfall is not None:
            failed.append((copy.name, shortfall.code))
    return PreservationReport(
        tuple(done),
        tuple(failed),
        len(queue.upgrades()),
        tuple(stuck.name for stuck in queue.stuck()),
        _ending(services),
    )


def _retry(services: Services, copy: DueCopy, error: SohoaError) -> None:
    wait = min(_FIRST_RETRY * 2 ** min(copy.attempts, 10), _LONGEST_RETRY)
    next_try = dt.datetime.now(dt.UTC) + wait if error.retryable else None
    services.ledger.preservation.failed(copy, error, next_try)


def _one(
    services: Services, due: DueCopy, step: Step, action: str
) -> tuple[Level | None, SohoaError | None]:
    """One copy: its new level, if any was gained, and what kept it from more."""
    home = home_of(services, due)
    with services.store.fetched(due.key) as stored:
        content = stored.read_bytes()
    # What is to be protected for decades is what was stored.
    if (found := hashlib.sha256(content).hexdigest()) != due.sha256:
        raise IntegrityFailure(key=due.key, detail=f"sha256 {found}")
    key, name = home.next_key(), home.file_name
    with tempfile.TemporaryDirectory(dir=services.settings.work_folder) as folder:
        local, before = Path(folder) / "raised.pdf", Path(folder) / "before.pdf"
        made = _adopted(services, key, content, name) or step(content, name)
        if made.content == content:
            if made.shortfall is not None:
                _retry(services, due, made.shortfall)
            return None, made.shortfall
        local.write_bytes(made.content)
        before.write_bytes(content)
        check_raised(services, before, local, name, made.found.level)
        kept = services.store.put_file(key, local, content_type="application/pdf")
    level = made.found.level
    protection = Protection(
        level, due.protection.wanted, made.found.protected_until, made.found.protected_since
    )
    home.record(kept, protection)
    services.ledger.audit.append(
        ACTOR, action, due.name, key=key, level=level.value, supersedes=due.key
    )
    if made.shortfall is not None:
        (newest,) = services.ledger.preservation.of(due.copy)[-1:]
        _retry(services, newest, made.shortfall)
    return level, made.shortfall


def _adopted(services: Services, key: str, before: bytes, name: str) -> Augmented | None:
    """What a killed run has stored under the next version's name but not recorded.

    Raises:
        SignatureRejected: it does not begin with the version before, or does not validate.
    """
    try:
        with services.store.fetched(key) as stored:
            content = stored.read_bytes()
    except NotFound:
        return None
    if not content.startswith(before):
        raise SignatureRejected(file=name, detail=f"{key} is no continuation of the version before")
    found = judge_level(content, name, services.preservation.roots, only=OWN)
    return Augmented(content, found, None)
