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
from dossiers.dossier import FormOfCopy
from dossiers.errors import Language
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from flows.preserving import PreservationReport


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    signing = typer.Typer(
        cls=_FileOrCommand,
        help=say(
            "Ký các tệp PDF (sohoa sign TỆP… -o TỆP_RA | --to THƯ_MỤC); nâng mức và gia hạn chữ ký.",
            "Sign PDF files (sohoa sign FILE… -o OUT | --to DIR); raise and renew signatures.",
        ),
        no_args_is_help=True,
    )
    signing.command(_FileOrCommand.DEFAULT, help=say("Ký các tệp PDF.", "Sign PDF files."))(sign)
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
    files: Annotated[
        list[Path],
        typer.Argument(help=say("Các tệp PDF.", "PDF files."), exists=True, dir_okay=False),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=say("Tệp ra.", "File to write."))
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--to",
            help=say("Thư mục ra, khi ký nhiều tệp.", "Folder to write to, for many files."),
            file_okay=False,
        ),
    ] = None,
    document_type: Annotated[
        str | None,
        typer.Option(
            "--type",
            help=say(
                "Mã loại giấy tờ, quyết định ai ký.", "Document type code, which decides who signs."
            ),
        ),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(
            help=say(
                "Mức chữ ký: B-B, B-T, B-LT, B-LTA (mặc định: theo levels).",
                "Level: B-B, B-T, B-LT, B-LTA (default: by levels).",
            )
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Sign with the keys of the chain; many files with one unlock, or one approval on the phone."""
    from cli.signing_batch import sign_files
    from signing.appearance import Appearance
    from signing.levels import Level

    settings = load_settings()
    try:
        wanted = Level(level) if level else None
    except ValueError:
        raise typer.BadParameter(", ".join(Level), param_hint="--level") from None
    appearance = Appearance(FormOfCopy.TRUE_COPY, settings.agency.name, dt.datetime.now(dt.UTC))
    pairs = targets(files, output, folder)
    if not sign_files(settings, pairs, appearance, document_type, wanted, as_json=as_json):
        raise typer.Exit(1)


def targets(files: list[Path], output: Path | None, folder: Path | None) -> list[tuple[Path, Path]]:
    """Each file with the file to write."""
    if (output is None) == (folder is None) or (output is not None and len(files) > 1):
        raise typer.BadParameter(
            say(
                "cần -o cho một tệp, hoặc --to cho nhiều tệp", "give -o for one file, --to for many"
            )
        )
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    pairs = [(file, folder / file.name if folder else output or file) for file in files]
    written = [out.resolve() for _, out in pairs]
    if len(set(written)) < len(written) or set(written) & {file.resolve() for file in files}:
        raise typer.BadParameter(
            say("các tệp ra trùng nhau hoặc trùng tệp vào", "files to write coincide, or are read")
        )
    return pairs


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
