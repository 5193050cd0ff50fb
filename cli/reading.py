"""``sohoa read``: what stands on the pages of a file, as text, hOCR, ALTO, JSON, or drawn over them."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen import err
from cli.speech import language, say
from dossiers.errors import Language
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from dossiers.reading import PageReading


class Format(StrEnum):
    """What ``sohoa read`` can write."""

    TEXT = "text"
    HOCR = "hocr"
    ALTO = "alto"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        "read",
        help=say(
            "Đọc chữ trên các trang, có thể vẽ kết quả lên ảnh trang.",
            "Read the text of pages, and draw what was read over them.",
        ),
    )(read)


def read(
    file: Annotated[Path, typer.Argument(help=say("Tệp.", "File."), exists=True, dir_okay=False)],
    page: Annotated[
        int, typer.Option("--page", min=0, help=say("Chỉ một trang.", "Only one page."))
    ] = 0,
    form: Annotated[
        Format, typer.Option("--format", help=say("Dạng kết quả.", "Form of the result."))
    ] = Format.TEXT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=say("Tệp ra.", "File to write."))
    ] = None,
    draw: Annotated[
        bool,
        typer.Option(
            "--draw",
            help=say("Vẽ lên ảnh trang, ghi ra tệp PNG -o.", "Draw over the page, to the PNG -o."),
        ),
    ] = False,
) -> None:
    """Read a file's pages with the engine set."""
    from extractors.pool import ReaderPool
    from extractors.sources import inspect

    if draw and output is None:
        raise typer.BadParameter(say("--draw cần -o TRANG.png", "--draw needs -o PAGE.png"))
    settings = load_settings()
    info = inspect(file, settings.intake)
    if page > info.page_count:
        count = info.page_count
        raise typer.BadParameter(
            say(f"tệp chỉ có {count} trang", f"the file has only {count} pages"),
            param_hint="--page",
        )
    wanted = [page] if page else range(1, info.page_count + 1)
    with ReaderPool(settings.reading, settings.intake) as pool:
        jobs = [pool.submit_page(file, n, info.page_pixels[n - 1]) for n in wanted]
        pages = [job.result() for job in jobs]
    for problem in (problem for own in pages for problem in own.problems):
        text = problem.vi if language() is Language.VIETNAMESE else problem.en
        err.print(f"⚠ {text}", style="yellow")
    if draw and output is not None:
        _draw(file, pages, output)
        return
    data = _formatted(file, pages, form)
    if output is None:
        sys.stdout.buffer.write(data)
    else:
        output.write_bytes(data)


def _formatted(file: Path, pages: list[PageReading], form: Format) -> bytes:
    from importlib.metadata import version

    from pydantic import TypeAdapter

    from copies.alto import alto
    from copies.hocr import hocr
    from dossiers.contract import PageReport, page_report

    software = f"sohoa {version('sohoa')} ({pages[0].engine})"
    match form:
        case Format.HOCR:
            return hocr(pages, file.name, software)
        case Format.ALTO:
            return alto(pages, file.name, software)
        case Format.JSON:
            reports = [page_report(own) for own in pages]
            return TypeAdapter(list[PageReport]).dump_json(reports, by_alias=True) + b"\n"
        case _:
            return ("\f".join(own.text for own in pages) + "\n").encode("utf-8")


def _draw(file: Path, pages: list[PageReading], output: Path) -> None:
    from cli.drawing import draw_page
    from extractors.page_image import load_page

    limits = load_settings().intake
    for own in pages:
        image = draw_page(load_page(file, own.number, limits), own)
        target = output
        if len(pages) > 1:
            target = output.with_stem(f"{output.stem}-{own.number}")
        image.save(target)
        err.print(str(target))
