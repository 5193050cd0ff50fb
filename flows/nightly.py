"""The nightly run: finish what is left, renew what must last, prove that nothing stored changed."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from dataclasses import dataclass
from pathlib import Path

from dossiers.errors import IntegrityFailure, NotFound, SohoaError
from flows.batch import digitise, intake_lock, unfinished
from flows.evidence import EvidenceNight, keep_evidence
from flows.intake import reconcile
from flows.intake_folder import find_dossiers
from flows.preserving import PreservationReport, renew_due, upgrade_due
from flows.progress import Progress
from flows.services import Services
from storage.objects import verify

log = logging.getLogger(__name__)

ACTOR = "nightly"
# A folder that has lain this long was forgotten by someone, or cannot be taken in.
_STRANDED_AFTER = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NightlyReport:
    """What the night brought to light; ``ok`` when nothing needs an administrator."""

    reconciled: int
    retried: tuple[str, ...]
    stranded: tuple[str, ...]
    objects_checked: int
    damaged: tuple[str, ...]
    audit_entries: int
    audit_fault: str | None
    upgrades: PreservationReport
    renewals: PreservationReport
    evidence: EvidenceNight

    @property
    def ok(self) -> bool:
        """Whether all is intact, nothing is stranded, and what must last was renewed and proved."""
        broken = self.damaged or self.audit_fault or self.stranded
        return self.renewals.ok and self.evidence.ok and not broken


async def nightly(services: Services, progress: Progress) -> NightlyReport:
    """Finish dossiers that failed or were interrupted, check objects and audit trail, keep evidence."""
    with intake_lock(services):
        reconciled = await asyncio.to_thread(reconcile, services)
    codes = unfinished(services)
    await digitise(services, codes, progress)
    # Renewals first: what they protect would be lost, and a budget may not last for both.
    renewals = await asyncio.to_thread(renew_due, services)
    upgrades = await asyncio.to_thread(upgrade_due, services)
    checked, damaged = await asyncio.to_thread(check_objects, services)
    anchors = services.ledger.evidence.anchors()
    trail = await asyncio.to_thread(services.ledger.audit.verify, *anchors)
    services.ledger.audit.append(
        ACTOR, "integrity.checked", "store", objects=checked, damaged=len(damaged)
    )
    # After the checks: what is proved tonight was whole tonight, and the trail says that it was.
    keys = [fault.partition(": ")[0] for fault in damaged]
    evidence = await keep_evidence(services, keys)
    report = NightlyReport(
        reconciled=reconciled,
        retried=tuple(codes),
        stranded=tuple(str(path) for path in stranded(services)),
        objects_checked=checked,
        damaged=damaged,
        audit_entries=trail.entries,
        audit_fault=None if trail.ok else f"entry {trail.first_bad}: {trail.reason}",
        upgrades=upgrades,
        renewals=renewals,
        evidence=evidence,
    )
    if not report.ok:
        log.error("the nightly run needs an administrator: %s", report)
    return report


def check_objects(services: Services) -> tuple[int, tuple[str, ...]]:
    """Read every recorded object and compare its hash; number checked, and the keys at fault."""
    documents = services.ledger.documents
    wanted = documents.all_originals()
    wanted += [(record.copy.key, record.copy.sha256) for record in documents.all_copies()]
    wanted += services.ledger.evidence.stored_objects()
    wanted += services.ledger.register.all_copies()
    damaged = []
    for key, sha256 in wanted:
        try:
            verify(services.store, key, sha256)
        except (IntegrityFailure, NotFound) as error:
            damaged.append(f"{key}: {error}")
        except SohoaError as error:
            damaged.append(f"{key}: could not be checked ({error.code})")
    return len(wanted), tuple(damaged)


def stranded(services: Services) -> list[Path]:
    """Folders that have lain in the intake folder for more than a day."""
    oldest = (dt.datetime.now(dt.UTC) - _STRANDED_AFTER).timestamp() * 1e9
    return [
        folder.path
        for folder in find_dossiers(services.settings.intake_folder.absolute())
        if (times := [time for _, time in folder.snapshot().values()]) and max(times) < oldest
    ]
