"""``sohoa sign``, with ``sohoa sign upgrade`` and ``sohoa sign renew``, and ``sohoa verify``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from cli.screen import out, print_json
from cli.speech import language, say
from dossiers.dossier import Agency, FormOfCopy
from dossiers.errors import Language
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from flows.preserving import PreservationReport


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    signing = typer.Typer(
        cls=_FileOrCommand,
        help=say(
            "Ký một tệp PDF (sohoa sign TỆP -o TỆP_RA); nâng mức và gia hạn chữ ký đã lưu.",
            "Sign one PDF file (sohoa sign FILE -o OUT); raise and renew stored signatures.",
        ),
        no_args_is_help=True,
    )
    signing.command(_FileOrCommand.DEFAULT, help=say("Ký một tệp PDF.", "Sign one PDF file."))(sign)
    signing.command(
        "upgrade",
        help=say(
            "Nâng các bản điện tử lên mức chữ ký cần có (dấu thời gian, dữ liệu thu hồi).",
            "Raise stored copies to the level they should have.",
        ),
    )(upgrade)
    signing.command(
        "renew",
        help=say(
            "Gia hạn dấu thời gian lưu trữ sắp hết hạn.",
            "Renew archive time stamps before they expire.",
        ),
    )(renew)
    app.add_typer(signing, name="sign")
    app.command("verify", help=say("Kiểm tra chữ ký số.", "Validate signatures."))(verify)


class _FileOrCommand(TyperGroup):
    """A group whose first word may be a file: ``sohoa sign x.pdf`` is ``sohoa sign file x.pdf``."""

    DEFAULT = "file"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front where it is left out."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [self.DEFAULT, *args]
        return super().parse_args(ctx, args)


def sign(
    file: Annotated[Path, typer.Argument(help=say("Tệp PDF.", "PDF file."), exists=True)],
    output: Annotated[Path, typer.Option("-o", "--output", help=say("Tệp ra.", "File to write."))],
    level: Annotated[
        str | None,
        typer.Option(
            help=say(
                "Mức chữ ký: B-B, B-T, B-LT, B-LTA (mặc định: levels.default).",
                "Level: B-B, B-T, B-LT, B-LTA (default: levels.default).",
            )
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Sign with the officer's key and the agency's seal, with the visible text of a copy."""
    from signing.appearance import Appearance
    from signing.augmentation import open_preservation
    from signing.certificates import read_certificates
    from signing.keys import load_signatories
    from signing.levels import Level
    from signing.pades import sign_copy

    settings = load_settings()
    agency = Agency(settings.agency.code, settings.agency.name)
    signatories = load_signatories(settings.signing, settings.pki_folder, agency)
    appearance = Appearance(FormOfCopy.TRUE_COPY, agency.name, dt.datetime.now(dt.UTC))
    try:
        wanted = Level(level or settings.levels.default)
    except ValueError:
        raise typer.BadParameter(", ".join(Level), param_hint="--level") from None
    roots = read_certificates(signatories.trust_roots)
    report = sign_copy(
        file,
        output,
        signatories,
        appearance,
        settings.home / "cache",
        level=wanted,
        preservation=open_preservation(settings, roots, patient=True),
        max_bytes=settings.levels.max_bytes,
    )
    if as_json:
        print_json({"file": file.name, "output": str(output), **asdict(report)})
        return
    out.print(f"{output}: PAdES {report.level} · {', '.join(report.signers)}")
    if report.level is not wanted:
        out.print(
            say(
                f"⚠ Chưa đạt mức {wanted} ({report.shortfall}); chữ ký đã có hiệu lực ở mức "
                f"{report.level}.",
                f"⚠ Level {wanted} was not reached ({report.shortfall}); the signature stands at "
                f"{report.level}.",
            ),
            style="yellow",
        )
    if signatories.test:
        out.print(
            say(
                "⚠ Ký bằng chứng thư THỬ NGHIỆM, không có giá trị pháp lý.",
                "⚠ Signed with TEST certificates, without legal value.",
            ),
            style="yellow",
        )


def upgrade(
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help=say(
                "Thử cả những bản chưa đến lượt hoặc đã dừng thử.",
                "Try also what is not due yet or was given up.",
            ),
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Work the queue off; exit code 1 if something failed."""
    from flows.preserving import upgrade_due

    _preserve(upgrade_due, everything=everything, as_json=as_json)


def renew(
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help=say("Thử cả những bản vừa thử không được.", "Try also what has just failed."),
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Renew what is due; exit code 1 if something failed."""
    from flows.preserving import renew_due

    _preserve(renew_due, everything=everything, as_json=as_json)


def _preserve(work: Callable[..., PreservationReport], *, everything: bool, as_json: bool) -> None:
    from flows.services import Services

    with Services(load_settings()) as services:
        report = work(services, everything=everything)
    if as_json:
        print_json({"ok": report.ok and not report.failed, **asdict(report)})
    else:
        for code, level in report.done:
            out.print(f"✓ {code}: PAdES {level}", style="green")
        for code, reason in report.failed:
            out.print(f"✗ {code}: {reason}", style="red")
        for code in report.stuck:
            out.print(
                say(f"! {code}: cần quản trị viên xử lý", f"! {code}: an administrator has to act"),
                style="yellow",
            )
        out.print(
            say(
                f"Xong {len(report.done)}, lỗi {len(report.failed)}, còn chờ {report.waiting}.",
                f"{len(report.done)} done, {len(report.failed)} failed, {report.waiting} waiting.",
            )
        )
    if report.failed or not report.ok:
        raise typer.Exit(1)


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
