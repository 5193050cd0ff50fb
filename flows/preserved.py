"""Where copies in the queue come from, and how their next versions are named and recorded."""

from __future__ import annotations

import dataclasses
import logging
from typing import Protocol

from dossiers.errors import SohoaError
from flows.sealing import wanted_level
from flows.services import Services
from signing.levels import judge_level
from storage.objects import StoredObject
from storage.objects.keys import copy_key, later_version_key
from storage.preservation import CertifiedId, DueCopy, Protection

log = logging.getLogger(__name__)


class Home(Protocol):
    """Whom the copy belongs to: a document of a dossier, or a number of the register."""

    @property
    def file_name(self) -> str:
        """The original's, for messages."""
        ...

    def next_key(self) -> str:
        """Where the version after this one lies; a repeated step finds what the first one stored."""
        ...

    def record(self, kept: StoredObject, protection: Protection) -> None:
        """Note the version after this one in the ledger."""
        ...


def home_of(services: Services, due: DueCopy) -> Home:
    """The home of a copy that is due."""
    if isinstance(due.copy, str):
        return _DossierCopy(services, due, due.copy)
    return _CertifiedCopy(services, due, due.copy)


class _DossierCopy:
    def __init__(self, services: Services, due: DueCopy, code: str) -> None:
        self._services, self._due = services, due
        self._doc = services.ledger.documents.get(code)
        self.file_name = self._doc.original_name

    def next_key(self) -> str:
        dossier = self._services.ledger.dossiers.get(self._doc.dossier_code).head
        version = self._due.version + 1
        return copy_key(dossier.agency.code, dossier.code, self._doc.code, version)

    def record(self, kept: StoredObject, protection: Protection) -> None:
        documents = self._services.ledger.documents
        record = documents.copies(self._doc.code)[-1]
        copy = dataclasses.replace(
            record.copy,
            key=kept.key,
            sha256=kept.sha256,
            size=kept.size,
            signature_level=protection.level,
        )
        documents.save_copy(copy, self._due.version + 1, record.reencoded, protection)


class _CertifiedCopy:
    def __init__(self, services: Services, due: DueCopy, which: CertifiedId) -> None:
        self._register = services.ledger.register
        self._due, self._which = due, which
        entry, self._first = self._register.copy(which)
        self.file_name = entry.original_name

    def next_key(self) -> str:
        return later_version_key(self._first.object_key, self._due.version + 1)

    def record(self, kept: StoredObject, protection: Protection) -> None:
        version = self._due.version + 1
        self._register.add_version(
            self._which, version, kept.key, kept.sha256, kept.size, protection
        )


def note_levels(services: Services) -> None:
    """Put certified copies into the queue whose level an older ledger did not record."""
    register = services.ledger.register
    for which in register.without_protection():
        entry, copy = register.copy(which)
        try:
            with services.store.fetched(copy.object_key) as stored:
                content = stored.read_bytes()
            found = judge_level(content, entry.original_name, services.preservation.roots)
        except SohoaError as error:
            # The night's integrity check tells of objects that are gone or changed.
            log.warning("%s has no level: %s", copy.object_key, error)
            continue
        wanted = wanted_level(services, None)
        protection = Protection(found.level, wanted, found.protected_until, found.protected_since)
        register.add_version(which, 1, copy.object_key, copy.sha256, copy.size, protection)
