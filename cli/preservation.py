"""``sohoa sign upgrade`` and ``sohoa sign renew``, beside ``sohoa sign FILE``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from cli.screen import out, print_json
from cli.speech import say
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from flows.preserving import PreservationReport


def sign_group(sign: Callable[..., None]) -> typer.Typer:
    """``sohoa sign`` with its subcommands; without one of their names it is the command given."""
    group = typer.Typer(
        cls=_FileOrCommand,
        help=say(
            "Ký các tệp PDF (sohoa sign TỆP -o TỆP_RA); nâng mức và gia hạn chữ ký đã lưu.",
            "Sign PDF files (sohoa sign FILE -o OUT); raise and renew stored signatures.",
        ),
        no_args_is_help=True,
    )
    group.command(_FileOrCommand.DEFAULT, help=say("Ký các tệp PDF.", "Sign PDF files."))(sign)
    group.command(
        "upgrade",
        help=say(
            "Nâng các bản điện tử lên mức chữ ký cần có (dấu thời gian, dữ liệu thu hồi).",
            "Raise stored copies to the level they should have.",
        ),
    )(upgrade)
    group.command(
        "renew",
        help=say(
            "Gia hạn dấu thời gian lưu trữ sắp hết hạn.",
            "Renew archive time stamps before they expire.",
        ),
    )(renew)
    return group


class _FileOrCommand(TyperGroup):
    """A group whose first word may be a file: ``sohoa sign x.pdf`` is ``sohoa sign file x.pdf``."""

    DEFAULT = "file"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front where it is left out."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [self.DEFAULT, *args]
        return super().parse_args(ctx, args)


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
