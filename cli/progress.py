"""Progress on the terminal while a batch runs."""

from __future__ import annotations

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from cli.screen import err, number
from cli.speech import say
from dossiers.contract import DossierReport
from dossiers.errors import SohoaError
from dossiers.reading import PageOutcome
from flows.progress import Silent


class _Rate(ProgressColumn):
    """Pages a second, as the reader's country writes numbers."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        unit = say("trang/giây", "pages/s")
        return Text(f"{number(speed, 1)} {unit}" if speed else f"– {unit}", style="dim")


class Bar:
    """Progress on the terminal: pages done, rate, what is left."""

    def __init__(self) -> None:
        self.pages = 0
        self.refused: list[SohoaError] = []
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(say("trang", "pages")),
            _Rate(),
            TextColumn(say("còn", "left")),
            TimeRemainingColumn(),
            console=err,
            transient=True,
        )
        self._task = self._bar.add_task(say("Đang đọc", "Reading"), total=None)
        self._total = 0

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def expect(self, pages: int) -> None:
        """See :class:`flows.progress.Progress`."""
        self._total += pages
        self._bar.update(self._task, total=self._total)

    def page_done(self, outcome: PageOutcome) -> None:
        """See :class:`flows.progress.Progress`."""
        del outcome
        self.pages += 1
        self._bar.update(self._task, advance=1)
        if self.pages == self._total:
            # Reading is the long part, but the copies are still being made, signed and checked.
            self._bar.update(self._task, description=say("Đang ký, kiểm tra", "Signing, checking"))

    def dossier_done(self, report: DossierReport) -> None:
        """See :class:`flows.progress.Progress`."""
        self._bar.console.print(Text(f"  ✓ {report.code}", style="dim"))

    def dossier_refused(self, error: SohoaError) -> None:
        """See :class:`flows.progress.Progress`."""
        self.refused.append(error)


class NoBar(Silent):
    """Nobody watches, but what was refused is told in the end."""

    def __init__(self) -> None:
        self.refused: list[SohoaError] = []

    def dossier_refused(self, error: SohoaError) -> None:
        """See :class:`flows.progress.Progress`."""
        self.refused.append(error)
