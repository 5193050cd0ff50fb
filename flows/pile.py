"""A flat pile of scans: whose papers a file holds is known only once its pages are read.

They are read when the file is taken in, and kept: digitising finds them read.
"""

from __future__ import annotations

from pathlib import Path

from extractors.piles import PileShare, shares_of
from extractors.sources import inspect
from flows.page_readings import read_now
from flows.services import Services


def dossiers_in(services: Services, path: Path, sha256: str) -> tuple[PileShare, ...]:
    """What a file without a dossier holds for which; empty where no cover sheet says so.

    A signed file is one paper, whatever is printed in it.

    Raises:
        InputError: the file cannot be taken in, or its cover sheets make no sense.
    """
    info = inspect(path, services.settings.intake)
    if info.signed:
        return ()
    return shares_of(path.name, read_now(services, sha256, path, info.page_pixels))
