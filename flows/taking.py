"""Settled folders taken in, each on its own: a fault that nobody thought of is that folder's alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from dossiers.errors import Category, DossierNotTaken, SohoaError
from flows.intake import TakenIn, take_in
from flows.intake_folder import DossierFolder
from flows.services import Services
from storage.database import may_disclose

log = logging.getLogger(__name__)

Refused = Callable[[DossierFolder, SohoaError], None]

# These concern every folder: the store is away, the settings are wrong.
_OF_ALL = (Category.UNAVAILABLE, Category.CONFIGURATION)


def take_each(
    services: Services, folders: Iterable[DossierFolder], refused: Refused
) -> list[tuple[DossierFolder, TakenIn]]:
    """Take in all that can be; ``refused`` is told of each other folder, which stays where it is.

    Raises:
        SohoaError: something that concerns every folder.
    """
    taken = []
    for folder in folders:
        try:
            taken.append((folder, take_in(services, folder)))
        except Exception as fault:
            if isinstance(fault, SohoaError) and fault.category in _OF_ALL:
                raise
            refused(folder, _named(folder, fault))
    return taken


def _named(folder: DossierFolder, fault: Exception) -> SohoaError:
    name, kind = folder.path.name, type(fault).__name__
    if isinstance(fault, SohoaError):
        log.error("%s could not be taken in: %s", name, fault.code)
        return DossierNotTaken(dossier=name, detail=fault.message(), en=str(fault))
    if may_disclose(fault):
        log.error("%s could not be taken in: %s", name, kind)
        return DossierNotTaken(dossier=name, detail=kind)
    log.error("%s could not be taken in", name, exc_info=fault)
    return DossierNotTaken(dossier=name, detail=f"{kind}: {fault}")
