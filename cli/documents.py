"""``sohoa extract`` and ``sohoa copy``: one file at a time, without storing anything."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.screen import err, out, percent, print_json
from cli.speech import language, say
from dossiers.clock import VIETNAM
from dossiers.dossier import CopyMetadata, DossierHead, FormOfCopy
from dossiers.errors import InputError, Language
from dossiers.parts import LeftOutReason, spoken
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from concurrent.futures import Future

    from copies.archival import CopyReport
    from copies.conformance import Conformance
    from dossiers.parts import FileReading
    from dossiers.reading import DocumentReading, PageReading
    from extractors.types import DocumentTypes
    from flows.services import Services


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("extract", help=say("Đọc tệp, không lưu.", "Read files without storing."))(extract)
    app.command("copy", help=say("Tạo bản PDF/A của một tệp.", "Make the PDF/A of one file."))(copy)


def extract(
    files: Annotated[list[Path], typer.Argument(help=say("Các tệp.", "Files."), exists=True)],
    as_json: Annotated[bool, typer.Option("--json", help="JSON (docs/schema/extract)")] = False,
) -> None:
    """Read files; a file at fault is told and does not stop the others."""
    from dossiers.contract import file_report
    from flows.services import Services

    bad = False
    with Services(load_settings()) as services:
        for file in files:
            try:
                reading = gather_papers(services, file, submit(services, file))
            except InputError as error:
                bad = True
                message = error.message(language())
                if as_json:
                    print_json(
                        {"file": file.name, "error": {"code": error.code, "message": message}}
                    )
                else:
                    err.print(f"✗ {message} [{error.code}]", style="red")
                continue
            if as_json:
                print_json(file_report(reading))
            else:
                _show_file(reading, services.types)
    if bad:
        raise typer.Exit(1)


def submit(services: Services, file: Path) -> list[Future[PageReading]]:
    """Give a file's pages to the readers.

    Raises:
        InputError: it cannot be taken in.
    """
    from extractors.sources import inspect

    pool = services.pool
    pixels = inspect(file, services.settings.intake).page_pixels
    return [pool.submit_page(file, number, size) for number, size in enumerate(pixels, start=1)]


def gather(services: Services, file: Path, jobs: list[Future[PageReading]]) -> DocumentReading:
    """The pages as they come, understood."""
    from extractors.reader import understand

    types = services.types
    return understand(
        file.name,
        [job.result() for job in jobs],
        types,
        accept=services.settings.reading.accept_confidence,
    )


def gather_papers(services: Services, file: Path, jobs: list[Future[PageReading]]) -> FileReading:
    """The pages as they come, as the papers they are.

    Raises:
        CoverUnreadable: a dossier's cover sheet does not say which.
        NothingToDigitise: it holds no paper.
    """
    from extractors.file_reader import understand_file
    from extractors.sources import inspect

    return understand_file(
        file.name,
        [job.result() for job in jobs],
        services.types,
        accept=services.settings.reading.accept_confidence,
        signed=inspect(file, services.settings.intake, decode=False).signed,
    )


def _show_file(reading: FileReading, types: DocumentTypes) -> None:
    parts = reading.division.parts
    if len(parts) > 1 or reading.division.left_out:
        out.print(
            say(
                f"\n{reading.file}: {len(reading.pages)} trang, {len(parts)} giấy tờ",
                f"\n{reading.file}: {len(reading.pages)} pages, {len(parts)} papers",
            ),
            style="bold",
        )
        for left in reading.division.left_out:
            out.print(
                f"  {say('trang', 'page')} {left.page}: {left_out_name(left.why)}", style="dim"
            )
    for part, paper in zip(parts, reading.readings, strict=True):
        if len(parts) > 1:
            pages = f"{reading.file} · {say('trang', 'pages')} {spoken(part.pages)}"
            _show(replace(paper, file=pages), types, part.pages)
        else:
            _show(paper, types, part.pages)


def left_out_name(why: LeftOutReason) -> str:
    """Why a page belongs to no paper, for people."""
    return {
        LeftOutReason.BLANK: say("trang trắng", "blank page"),
        LeftOutReason.SEPARATOR: say("tờ phân cách", "separator sheet"),
        LeftOutReason.COVER: say("tờ bìa hồ sơ", "cover sheet of a dossier"),
    }[why]


def _show(reading: DocumentReading, types: DocumentTypes, pages: Sequence[int]) -> None:
    kind = types.get(reading.type.code)
    vietnamese = language() is Language.VIETNAMESE
    name = say("chưa rõ loại", "unknown type")
    if kind:
        name = kind.name.vi if vietnamese else kind.name.en
    out.print(f"\n{reading.file}: {name} ({percent(reading.type.confidence)})", style="bold")
    table = Table(show_header=True, header_style="bold")
    for heading in (
        say("Trường", "Field"),
        say("Giá trị", "Value"),
        say("Tin cậy", "Confidence"),
        say("Trang", "Page"),
    ):
        table.add_column(heading)
    for field in reading.fields.values():
        declared = kind.field(field.name) if kind else None
        label = field.name
        if declared:
            label = declared.title.vi if vietnamese else declared.title.en
        mark = " ⚠" if field.name in reading.doubtful else ""
        page = str(pages[field.page - 1]) if field.page else "–"
        table.add_row(label, field.shown, percent(field.confidence) + mark, page)
    if reading.fields:
        out.print(table)
    for problem in reading.problems:
        out.print(f"⚠ {problem.vi if vietnamese else problem.en}", style="yellow")


def copy(
    file: Annotated[Path, typer.Argument(help=say("Tệp.", "File."), exists=True, dir_okay=False)],
    output: Annotated[
        Path, typer.Option("-o", "--output", help=say("Tệp PDF ra.", "PDF to write."))
    ],
    sign: Annotated[bool, typer.Option("--sign", help=say("Ký luôn.", "Sign it too."))] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check/--no-check",
            help=say("Kiểm tra PDF/A bằng veraPDF.", "Check PDF/A with veraPDF."),
        ),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Make the archival copy; with ``--sign`` the officer and the agency sign it."""
    from flows.services import Services

    settings = load_settings()
    with Services(settings) as services:
        jobs = submit(services, file)
        # What comes after reading is loaded while the readers read.
        from copies.archival import make_copy

        reading = gather(services, file, jobs)
        metadata = _metadata(services, file, reading)
        target = output.with_name(f".{output.name}.unsigned") if sign else output
        try:
            report = make_copy(file, reading, metadata, target)
            if sign:
                from flows.acts import record_acts
                from flows.sealing import wanted_level
                from flows.signing_files import sign_file
                from signing.appearance import Appearance

                appearance = Appearance(metadata.form, settings.agency.name, metadata.created_at)
                code = reading.type.code
                level = wanted_level(services, code)
                signed = sign_file(
                    services, target, output, appearance, type_code=code, level=level
                )
                presented = hashlib.sha256(target.read_bytes()).hexdigest()
                record_acts(
                    services,
                    f"sha256:{presented}",
                    presented,
                    signed.report.sha256,
                    reading.type.code,
                )
        finally:
            if sign:
                target.unlink(missing_ok=True)
        conformance = services.check_pdfa(output) if check else None
    if as_json:
        print_json(
            {
                "file": file.name,
                "output": str(output),
                "pages": report.page_count,
                "pdfa": conformance.flavour if conformance else None,
                "compliant": conformance.compliant if conformance else None,
                "signed": sign,
                "reencoded": [list(item) for item in report.reencoded],
            }
        )
    else:
        _tell(output, report, conformance)
    if conformance and not conformance.compliant:
        raise typer.Exit(1)


def _tell(output: Path, report: CopyReport, conformance: Conformance | None) -> None:
    verdict = say("chưa kiểm tra PDF/A", "PDF/A not checked")
    if conformance:
        word = say("đạt", "conforms to") if conformance.compliant else say("KHÔNG đạt", "FAILS")
        verdict = f"{word} PDF/A-{conformance.flavour}"
    out.print(f"{output}: {report.page_count} {say('trang', 'pages')}, {verdict}")
    for page, reason in report.reencoded:
        out.print(f"  {say('trang', 'page')} {page}: {reason}", style="yellow")
    for failure in conformance.failures if conformance else ():
        out.print(f"  {failure}", style="red")


def _metadata(services: Services, file: Path, reading: DocumentReading) -> CopyMetadata:
    kind = services.types.get(reading.type.code)
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    return CopyMetadata(
        document_code=file.stem,
        dossier=DossierHead(file.stem, services.agency),
        form=FormOfCopy.TRUE_COPY,
        original_name=file.name,
        original_sha256=sha256,
        created_at=dt.datetime.now(VIETNAM).replace(microsecond=0),
        type_name=kind.name.vi if kind else None,
    )
