"""``sohoa covers``: cover sheets and separators to print and scan with the papers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen import out, print_json
from cli.speech import say
from dossiers.clock import VIETNAM
from dossiers.errors import NotFound
from dossiers.identifiers.cover_code import CoverCode
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from flows.services import Services

_MOST = 500


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        "covers",
        help=say(
            "In tờ bìa hồ sơ và tờ phân cách giấy tờ (PDF có mã QR) để quét cùng giấy tờ.",
            "Print cover sheets of dossiers and separators of papers (PDF with QR codes).",
        ),
    )(covers)


def covers(
    output: Annotated[
        Path, typer.Option("-o", "--output", help=say("Tệp PDF ra.", "PDF to write."))
    ],
    dossiers: Annotated[
        list[str] | None,
        typer.Argument(help=say("Mã hồ sơ, mỗi hồ sơ một tờ bìa.", "Dossier codes, a sheet each.")),
    ] = None,
    components: Annotated[
        list[str] | None,
        typer.Option(
            "--component",
            help=say(
                "Mã thành phần hồ sơ, mỗi mã một tờ phân cách (dùng nhiều lần được).",
                "Component codes, a separator each (may be repeated).",
            ),
        ),
    ] = None,
    separators: Annotated[
        int,
        typer.Option(
            min=0,
            max=_MOST,
            help=say("Số tờ phân cách không ghi mã.", "How many separators without a code."),
        ),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Write the sheets: for each dossier its cover, then the separators.

    A separator may be used again and again; a cover only for its dossier.
    """
    from copies.covers import CoverSheet, write_covers
    from flows.services import Services

    codes = [CoverCode.dossier(code) for code in dossiers or []]
    others = [CoverCode.document(code) for code in components or []]
    if not codes and not others and not separators:
        raise typer.BadParameter(
            say(
                "hãy cho ít nhất một mã hồ sơ, --component hoặc --separators",
                "give a dossier code, --component or --separators",
            )
        )
    with Services(load_settings()) as services:
        sheets = [CoverSheet(code, _procedure(services, str(code.code))) for code in codes]
        sheets += [CoverSheet(code, _paper(services, str(code.code))) for code in others]
        sheets += [CoverSheet(CoverCode.document())] * separators
        write_covers(sheets, services.agency.name, dt.datetime.now(VIETNAM), output)
    if as_json:
        written = [str(sheet.code) for sheet in sheets]
        print_json({"output": str(output), "sheets": written})
    else:
        out.print(
            say(
                f"{output}: {len(sheets)} tờ. In trên giấy A4 trắng, tỷ lệ 100 %.",
                f"{output}: {len(sheets)} sheets. Print on white A4 at 100 %.",
            )
        )


def _procedure(services: Services, code: str) -> str:
    """The procedure of a dossier that the ledger knows already."""
    try:
        procedure = services.ledger.dossiers.get(code).head.procedure
    except NotFound:
        return ""
    return (procedure.name or procedure.code) if procedure else ""


def _paper(services: Services, code: str) -> str:
    """The name of a paper whose component code is a document type's, or a result it stands for."""
    known = (kind for kind in services.types if code in (kind.code, *kind.results))
    kind = next(known, None)
    return kind.name.vi if kind else ""
