"""``sohoa sign``."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.screen import out, print_json
from cli.speech import say
from dossiers.dossier import Agency, FormOfCopy
from dossiers.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("sign", help=say("Ký một tệp PDF.", "Sign one PDF file."))(sign)


def sign(
    file: Annotated[Path, typer.Argument(help=say("Tệp PDF.", "PDF file."), exists=True)],
    output: Annotated[Path, typer.Option("-o", "--output", help=say("Tệp ra.", "File to write."))],
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Sign with the officer's key and the agency's seal, with the visible text of a copy."""
    from signing.appearance import Appearance
    from signing.keys import load_signatories
    from signing.pades import sign_copy

    settings = load_settings()
    agency = Agency(settings.agency.code, settings.agency.name)
    signatories = load_signatories(settings.signing, settings.pki_folder, agency)
    appearance = Appearance(FormOfCopy.TRUE_COPY, agency.name, dt.datetime.now(dt.UTC))
    report = sign_copy(file, output, signatories, appearance, settings.home / "cache")
    if as_json:
        print_json({"file": file.name, "output": str(output), **asdict(report)})
        return
    out.print(f"{output}: PAdES {report.level} · {', '.join(report.signers)}")
    if signatories.test:
        out.print(
            say(
                "⚠ Ký bằng chứng thư THỬ NGHIỆM, không có giá trị pháp lý.",
                "⚠ Signed with TEST certificates, without legal value.",
            ),
            style="yellow",
        )
