"""What a run tells whoever watches it; numbers and states only, never values read from a paper."""

from __future__ import annotations

from typing import Protocol

from dossiers.contract import DossierReport
from dossiers.errors import SohoaError
from dossiers.reading import PageOutcome


class Progress(Protocol):
    """Called from one thread at a time, in the order things happen."""

    def expect(self, pages: int) -> None:
        """So many more pages are going to be read."""

    def page_done(self, outcome: PageOutcome) -> None:
        """A page has been read (or was found read by an earlier run)."""

    def dossier_done(self, report: DossierReport) -> None:
        """A dossier has come to its end, good or bad."""

    def dossier_refused(self, error: SohoaError) -> None:
        """A folder could not be taken in at all; the others go on."""


class Silent:
    """Nobody watches."""

    def expect(self, pages: int) -> None:
        """See :class:`Progress`."""

    def page_done(self, outcome: PageOutcome) -> None:
        """See :class:`Progress`."""

    def dossier_done(self, report: DossierReport) -> None:
        """See :class:`Progress`."""

    def dossier_refused(self, error: SohoaError) -> None:
        """See :class:`Progress`."""
