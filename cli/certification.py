"""``sohoa certify`` and ``sohoa register``: certified copies and the book of their numbers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.keyboard import at_keyboard
from cli.screen import out, print_json
from cli.speech import language, say
from dossiers.certification import COPY_SYMBOL, EntryState, RegisterKey, symbol
from dossiers.clock import VIETNAM
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from dossiers.certification import RegisterEntry

register_app = typer.Typer(
    help=say("Sổ chứng thực bản sao.", "The register of certified copies."), no_args_is_help=True
)
_Year = Annotated[int, typer.Option(help=say("Năm của sổ.", "Year of the book."), min=2000)]
_Json = Annotated[bool, typer.Option("--json", help="JSON")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "certify", help=say("Chứng thực bản sao điện tử.", "Make a certified electronic copy.")
    )(certify)
    register_app.command("list", help=say("Xem sổ.", "Show a book."))(list_numbers)
    register_app.command("export", help=say("Xuất sổ ra PDF/A và CSV.", "Write it as a book."))(
        export
    )
    register_app.command("cancel", help=say("Hủy một số, có lý do.", "Cancel a number."))(cancel)
    register_app.command(
        "copy",
        help=say(
            "Lấy bản chứng thực đã lưu, ở mức chữ ký mới nhất.",
            "Hand out a stored copy, at its newest level.",
        ),
    )(copy)
    app.add_typer(register_app, name="register")


def certify(
    file: Annotated[
        Path,
        typer.Argument(
            help=say("Bản chụp bản chính hoặc sổ gốc.", "Scan of the original or register."),
            exists=True,
            dir_okay=False,
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help=say("Tệp PDF ra.", "PDF to write."))
    ],
    extract: Annotated[
        bool,
        typer.Option(
            "--extract", help=say("Cấp bản sao từ sổ gốc.", "A copy from an original register.")
        ),
    ] = False,
    register_symbol: Annotated[
        str | None,
        typer.Option(
            "--symbol",
            help=say(
                "Ký hiệu sổ của bản sao từ sổ gốc.", "Register that an extract is numbered in."
            ),
        ),
    ] = None,
    requester: Annotated[
        str, typer.Option(help=say("Họ tên người yêu cầu.", "Who asks for it."))
    ] = "",
    paper: Annotated[
        str | None,
        typer.Option(help=say("Tên giấy tờ, văn bản.", "Name of the paper; else its type.")),
    ] = None,
    received: Annotated[
        dt.datetime | None,
        typer.Option(
            help=say("Lúc tiếp nhận, giờ Việt Nam.", "When it was received, Vietnam's time."),
            formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        ),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Read a paper, append the certification with its number, sign, verify and store it."""
    from cli.documents import gather, submit
    from flows.certifying import CertificationRequest
    from flows.certifying import certify as carry_out
    from flows.services import Services

    if register_symbol is not None and not extract:
        raise typer.BadParameter(say("--symbol cần --extract", "--symbol needs --extract"))
    now = dt.datetime.now(VIETNAM)
    moment = received.replace(tzinfo=VIETNAM) if received else now
    if moment > now:
        raise typer.BadParameter(
            say(
                f"{moment:%d/%m/%Y %H:%M} chưa đến (bây giờ là {now:%d/%m/%Y %H:%M}, giờ Việt Nam); "
                "hãy ghi lúc đã tiếp nhận, hoặc bỏ trống để lấy lúc này",
                f"{moment:%Y-%m-%d %H:%M} lies in the future (it is {now:%Y-%m-%d %H:%M}, Vietnam's "
                "time); say when it was received, or leave it out for now",
            ),
            param_hint="--received",
        )
    with Services(load_settings(), at_keyboard()) as services:
        reading = gather(services, file, submit(services, file))
        request = CertificationRequest(
            file, reading, requester, moment, extract, register_symbol, paper
        )
        done = carry_out(services, request, output)
        test = services.signatories.test
    entry = done.entry
    if as_json:
        print_json(
            {
                "file": file.name,
                "output": str(output),
                "pages": done.page_count,
                "signers": list(done.signers),
                "original_outcome": done.original.outcome if done.original else "NOT_SIGNED",
                **_as_json(entry),
            }
        )
        return
    word = say("Số", "No.") if extract else say("Số chứng thực", "No.")
    out.print(f"{output}: {word} {entry.number}", style="bold")
    out.print(
        say(
            f"  {entry.paper}, {entry.page_count} trang; bản sao thứ {len(entry.copies)} của số này;"
            f" hạn trả {entry.due_on:%d/%m/%Y}",
            f"  {entry.paper}, {entry.page_count} pages; copy {len(entry.copies)} of this number;"
            f" due {entry.due_on:%d/%m/%Y}",
        )
    )
    out.print(f"  {' · '.join(done.signers)}")
    if done.original is not None and not done.original.ok:
        from flows.verdicts import why

        heading = say("Chữ ký trên bản chính", "Signatures of the original")
        out.print(f"  ⚠ {heading}: {why(done.original, language())}.", style="yellow", markup=False)
    if entry.late:
        out.print(say("  ⚠ Quá hạn.", "  ⚠ Late."), style="yellow")
    if test:
        out.print(
            say(
                "⚠ Ký bằng chứng thư THỬ NGHIỆM, không có giá trị pháp lý.",
                "⚠ Signed with TEST certificates, without legal value.",
            ),
            style="yellow",
        )


def list_numbers(year: _Year, symbol_: Annotated[
    str | None, typer.Option("--symbol", help=say("Chỉ một sổ.", "One book only."))
] = None, as_json: _Json = False) -> None:  # fmt: skip
    """All numbers of a year, the cancelled ones too."""
    from storage.ledger import open_ledger

    settings = load_settings()
    with open_ledger(settings.ledger_url) as ledger:
        books = ledger.register.books(settings.agency.code, year)
        if symbol_ is not None:
            books = [RegisterKey(settings.agency.code, year, symbol(symbol_))]
        entries = [entry for book in books for entry in ledger.register.entries(book)]
    if as_json:
        print_json({"year": year, "entries": [_as_json(entry) for entry in entries]})
        return
    if not entries:
        out.print(say(f"Năm {year} chưa có số nào.", f"No number in {year}."))
        return
    table = Table()
    for heading in (
        say("Số", "No."), say("Ngày", "Date"), say("Người yêu cầu", "Requester"),
        say("Giấy tờ", "Paper"), say("Bản sao", "Copies"), say("Tình trạng", "State"),
    ):  # fmt: skip
        table.add_column(heading, overflow="fold")
    for entry in entries:
        table.add_row(
            str(entry.number),
            f"{entry.certified_on:%d/%m/%Y}",
            entry.requester,
            entry.paper,
            str(len(entry.copies)),
            _state(entry),
        )
    out.print(table)


def export(
    year: _Year,
    output: Annotated[
        Path, typer.Option("-o", "--output", help=say("Tệp PDF ra.", "PDF to write."))
    ],
    symbol_: Annotated[str, typer.Option("--symbol", help=say("Ký hiệu sổ.", "Symbol."))]
    = COPY_SYMBOL,
    sign: Annotated[bool, typer.Option("--sign", help=say("Ký số sổ.", "Sign the book."))] = False,
    as_json: _Json = False,
) -> None:  # fmt: skip
    """Write a book as PDF/A, with a CSV beside it; ``--sign`` signs it as the agency signs."""
    from flows.register_export import export_register
    from flows.services import Services

    settings = load_settings()
    with Services(settings, at_keyboard()) as services:
        key = RegisterKey(settings.agency.code, year, symbol(symbol_))
        book = export_register(services, key, output, sign=sign)
    if as_json:
        print_json(
            {
                "output": str(book.pdf),
                "csv": str(book.csv),
                "numbers": book.numbers,
                "signers": list(book.signers),
            }
        )
        return
    count = say(f"{book.numbers} số", f"{book.numbers} numbers")
    signed = f" · {' · '.join(book.signers)}" if book.signers else ""
    out.print(f"{book.pdf}: {count}{signed}")
    out.print(str(book.csv))


def cancel(
    number: Annotated[int, typer.Argument(min=1, help=say("Số cần hủy.", "The number."))],
    year: _Year,
    reason: Annotated[str, typer.Option(help=say("Lý do.", "The reason."))],
    symbol_: Annotated[str, typer.Option("--symbol", help=say("Ký hiệu sổ.", "Symbol."))]
    = COPY_SYMBOL,
) -> None:  # fmt: skip
    """Cancel a number; its line stays in the book, with the reason."""
    from storage.ledger import open_ledger

    if not reason.strip():
        raise typer.BadParameter(say("cần có lý do", "a reason is needed"))
    settings = load_settings()
    key = RegisterKey(settings.agency.code, year, symbol(symbol_))
    with open_ledger(settings.ledger_url) as ledger:
        entry = ledger.register.cancel(key, number, reason.strip(), "cli")
    out.print(say(f"Đã hủy số {entry.number}.", f"{entry.number} is cancelled."))


def copy(
    number: Annotated[int, typer.Argument(min=1, help=say("Số chứng thực.", "The number."))],
    year: _Year,
    output: Annotated[
        Path, typer.Option("-o", "--output", help=say("Tệp PDF ra.", "PDF to write."))
    ],
    which: Annotated[
        int,
        typer.Option("--copy", min=1, help=say("Bản sao thứ mấy.", "Which of its copies.")),
    ] = 1,
    symbol_: Annotated[str, typer.Option("--symbol", help=say("Ký hiệu sổ.", "Symbol."))]
    = COPY_SYMBOL,
) -> None:  # fmt: skip
    """Write the newest version of a certified copy: raised or renewed since it was handed out."""
    from flows.handing_out import hand_out_certified
    from flows.services import Services

    settings = load_settings()
    key = RegisterKey(settings.agency.code, year, symbol(symbol_))
    with Services(settings) as services:
        newest = hand_out_certified(services, key, number, which, output)
    level = newest.protection.level
    out.print(f"{output}: PAdES {level}")


def _state(entry: RegisterEntry) -> str:
    if entry.state is EntryState.CANCELLED:
        return f"{say('đã hủy', 'cancelled')}: {entry.reason}"
    if entry.state is EntryState.RESERVED:
        return say("chưa hoàn thành", "under way")
    return say("quá hạn", "late") if entry.late else say("đã chứng thực", "certified")


def _as_json(entry: RegisterEntry) -> dict[str, object]:
    return {
        "number": entry.number.number,
        "volume": entry.number.volume,
        "year": entry.number.key.year,
        "symbol": entry.number.key.symbol,
        "state": entry.state,
        "certified_on": entry.certified_on.isoformat(),
        "received_at": entry.received_at.astimezone(VIETNAM).isoformat(timespec="seconds"),
        "due_on": entry.due_on.isoformat(),
        "late": entry.late,
        "requester": entry.requester,
        "paper": entry.paper,
        "certifier": entry.certifier,
        "reason": entry.reason,
        "original_sha256": entry.original_sha256,
        "copies": [
            {"sha256": copy.sha256, "size": copy.size, "key": copy.object_key}
            for copy in entry.copies
        ],
    }
