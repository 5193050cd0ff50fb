"""``sohoa ingest`` and ``sohoa watch``: the main job, once and for ever."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen import err, out, print_json, seconds
from cli.speech import language, say
from dossiers.settings import Settings, load_settings
from dossiers.states import DossierState

if TYPE_CHECKING:
    from dossiers.contract import DossierReport
    from dossiers.errors import SohoaError
    from dossiers.reading import PageOutcome
    from flows.progress import Progress
    from flows.services import Services

    # Reports of the dossiers, and what was told of folders that could not be taken in.
    Ran = tuple[list[DossierReport], list[SohoaError]]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "ingest",
        help=say(
            "Nhận và số hóa mọi hồ sơ trong thư mục nhận (hoặc trong PATH).",
            "Take in and digitise every dossier of the intake folder (or of PATH).",
        ),
    )(ingest)
    app.command(
        "retry",
        help=say(
            "Làm lại giấy tờ bị lỗi, sau khi đã khắc phục nguyên nhân (sai PIN, từ chối ký, …).",
            "Try failed documents again once the cause is removed (a PIN, a declined signature).",
        ),
    )(retry)
    app.command(
        "watch",
        help=say("Theo dõi thư mục nhận, số hóa liên tục.", "Watch the intake folder for ever."),
    )(watch)


def ingest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help=say("Tệp hoặc thư mục hồ sơ.", "Files or dossier folders.")),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("In JSON, mỗi hồ sơ một dòng.", "A JSON line each."))
    ] = False,
) -> None:
    """Take in, read, copy, sign, verify, store; print a summary."""
    from flows.services import Services

    for path in paths or []:
        if not os.path.lexists(path):
            raise typer.BadParameter(say(f"không có {path}", f"{path} does not exist"))
    settings = load_settings()
    with Services(settings) as services:
        reports, refused = run_ingest(services, paths or [], quiet=as_json)
    _end(reports, refused, as_json=as_json)


def retry(
    dossiers: Annotated[
        list[str] | None,
        typer.Argument(help=say("Mã hồ sơ; bỏ trống là tất cả.", "Dossier codes; all if none.")),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("In JSON, mỗi hồ sơ một dòng.", "A JSON line each."))
    ] = False,
) -> None:
    """Carry failed documents on to stored copies, those too that are not tried again by themselves."""
    from flows.batch import digitise
    from flows.batch import failed as failed_dossiers
    from flows.services import Services

    settings = load_settings()
    with Services(settings) as services:
        codes = [services.ledger.dossiers.get(code).head.code for code in dossiers or []]
        codes = codes or failed_dossiers(services)
        reports, refused = _run(
            services, lambda progress: digitise(services, codes, progress), quiet=as_json
        )
    _end(reports, refused, as_json=as_json)


def _end(reports: list[DossierReport], refused: list[SohoaError], *, as_json: bool) -> None:
    if as_json:
        for report in reports:
            print_json(report)
    tell_refused(refused, as_json=as_json)
    if refused or failed(reports):
        raise typer.Exit(1)


def tell_refused(refused: list[SohoaError], *, as_json: bool = False) -> None:
    """What could not be taken in at all, and why."""
    for error in refused:
        message = error.message(language())
        if as_json:
            print_json({"error": {"code": error.code, "message": message}})
        else:
            err.print(f"✗ {message} [{error.code}]", style="red", markup=False)


def run_ingest(services: Services, paths: list[Path], *, quiet: bool) -> Ran:
    """The main job with its progress bar and, unless ``quiet``, its tables."""
    from flows.batch import ingest as run

    return _run(services, lambda progress: run(services, paths, progress), quiet=quiet)


def run_quietly(services: Services, codes: list[str]) -> list[DossierReport]:
    """Digitise dossiers without a progress bar."""
    import asyncio

    from flows.batch import digitise
    from flows.progress import Silent

    return asyncio.run(digitise(services, codes, Silent()))


def _run(
    services: Services,
    work: Callable[[Progress], Coroutine[None, None, list[DossierReport]]],
    *,
    quiet: bool,
) -> Ran:
    import asyncio

    from cli.progress import Bar, NoBar

    if quiet:
        nobody = NoBar()
        return asyncio.run(work(nobody)), nobody.refused
    start = time.monotonic()
    with Bar() as bar:
        reports = asyncio.run(work(bar))
    from cli.dossier_view import show_dossier

    for report in reports:
        show_dossier(report, services.types)
    if reports or not bar.refused:
        summary(reports, bar.pages, time.monotonic() - start, services.settings)
    return reports, bar.refused


def summary(reports: list[DossierReport], pages: int, duration: float, settings: Settings) -> None:
    """The last lines: how much, how fast, what is left for a person, where everything is."""
    if not reports:
        folder = settings.intake_folder
        out.print(say(f"Không có gì mới trong {folder}.", f"Nothing new in {folder}."))
        return
    documents = [document for report in reports for document in report.documents]
    people = sum(document.needs_person for document in documents)
    refused = sum(len(report.rejected) for report in reports)
    out.print(
        say(
            f"\n{len(reports)} hồ sơ, {len(documents)} giấy tờ, {pages} trang trong "
            f"{seconds(duration)}. {people} giấy tờ cần người xem, {refused} tệp bị từ chối.",
            f"\n{len(reports)} dossiers, {len(documents)} documents, {pages} pages in "
            f"{seconds(duration)}. {people} documents for a person, {refused} files refused.",
        ),
        style="bold",
    )
    if people:
        out.print(say("Xem: sohoa review list", "See them: sohoa review list"), style="yellow")
    store = settings.store_folder / "objects" if settings.store.kind == "local" else "S3"
    out.print(
        say(
            f"Bản điện tử: {store}/copies · Bản gốc: {store}/originals · Sổ cái: {settings.home}",
            f"Copies: {store}/copies · Originals: {store}/originals · Ledger: {settings.home}",
        ),
        style="dim",
    )


def failed(reports: list[DossierReport]) -> bool:
    """Whether something was rejected or could not be finished."""
    return any(report.rejected or report.state is DossierState.INCOMPLETE for report in reports)


def watch() -> None:
    """Watch the intake folder until interrupted."""
    import asyncio

    from flows.services import Services
    from flows.watch import watch as run

    settings = load_settings()
    err.print(
        say(
            f"Đang theo dõi {settings.intake_folder} (Ctrl-C để dừng).",
            f"Watching {settings.intake_folder} (Ctrl-C to stop).",
        )
    )
    with Services(settings) as services:
        asyncio.run(run(services, _Lines()))


class _Lines:
    """Progress as one line a dossier, fit for a service's log."""

    def expect(self, pages: int) -> None:
        """See :class:`flows.progress.Progress`."""

    def page_done(self, outcome: PageOutcome) -> None:
        """See :class:`flows.progress.Progress`."""

    def dossier_done(self, report: DossierReport) -> None:
        """See :class:`flows.progress.Progress`."""
        count = len(report.documents)
        out.print(f"{report.code}  {report.state}  {count} {say('giấy tờ', 'documents')}")

    def dossier_refused(self, error: SohoaError) -> None:
        """See :class:`flows.progress.Progress`."""
        tell_refused([error])
