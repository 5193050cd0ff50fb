"""``sohoa sign`` and ``sohoa verify``."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.screen import out, print_json
from cli.speech import language, say
from dossiers.dossier import Agency, FormOfCopy
from dossiers.errors import Language
from dossiers.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("sign", help=say("Ký một tệp PDF.", "Sign one PDF file."))(sign)
    app.command("verify", help=say("Kiểm tra chữ ký số.", "Validate signatures."))(verify)


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


def verify(
    files: Annotated[
        list[Path], typer.Argument(help=say("Các tệp PDF.", "PDF files."), exists=True)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Judge every signature; exit code 1 unless all are valid."""
    from signing.keys import trust_roots
    from signing.validation import verify as judge

    settings = load_settings()
    roots = trust_roots(settings.signing, settings.pki_folder)
    all_good = True
    for file in files:
        report = judge(file, roots)
        all_good &= report.ok
        if as_json:
            print_json({"ok": report.ok, **asdict(report)})
            continue
        vietnamese = language() is Language.VIETNAMESE
        style = "green" if report.ok else "red"
        mark = "✓" if report.ok else "✗"
        out.print(f"{mark} {file}: {report.vi if vietnamese else report.en}", style=style)
        for signature in report.signatures:
            when = f"{signature.signed_at:%d/%m/%Y %H:%M:%S %z}" if signature.signed_at else "?"
            out.print(f"    {signature.signer} · {when} · {signature.outcome}", highlight=False)
            by = say("Tổ chức cấp", "Issued by")
            out.print(
                f"      {by}: {signature.issuer} · {signature.organisation or ''}", style="dim"
            )
            reason = signature.vi if vietnamese else signature.en
            out.print(f"      {reason} {signature.detail or ''}".rstrip(), style="dim")
        if report.ok:
            out.print(
                say(
                    "    Chưa kiểm tra thu hồi chứng thư (mức B-B không kèm dữ liệu thu hồi).",
                    "    Revocation was not checked (level B-B carries no revocation data).",
                ),
                style="dim",
            )
    if not all_good:
        raise typer.Exit(1)
