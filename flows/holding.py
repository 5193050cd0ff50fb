"""A dossier held by a person's change, so that nobody digitises it meanwhile."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from flows.services import Services

_LEASE = dt.timedelta(minutes=10)


@contextmanager
def held(services: Services, dossier_code: str, purpose: str) -> Iterator[bool]:
    """Hold a dossier for ``purpose``; false where another run has it, and nothing is held."""
    dossiers, owner = services.ledger.dossiers, f"{purpose}/{uuid.uuid4().hex[:8]}"
    if not dossiers.lease(dossier_code, owner, _LEASE):
        yield False
        return
    try:
        yield True
    finally:
        dossiers.release(dossier_code, owner)
