"""``sohoa review``: what a person must see, and what a person says to it."""

from __future__ import annotations

import getpass
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.review_view import report_of, show_item, show_list, version_report
from cli.screen import out, print_json
from cli.speech import say
from dossiers.review import ItemKind, ReviewState
from dossiers.review_contract import ReviewAnswered, ReviewList, ReviewShown
from dossiers.settings import load_settings
from dossiers.states import DocumentState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dossiers.review_contract import FieldVersionReport
    from flows.reviewing import Answered
    from flows.services import Services
    from storage.review import Wanted
    from storage.review_items import ReviewItem

app_ = typer.Typer(
    help=say("Xem lại dữ liệu còn nghi ngờ.", "Doubtful data before a person."),
    no_args_is_help=True,
)

_Json = Annotated[bool, typer.Option("--json", help="JSON (docs/schema/review-*)")]
_As = Annotated[
    str | None,
    typer.Option("--as", help=say("Người xem (mặc định: tài khoản máy).", "Who; else the user.")),
]
_Item = Annotated[
    str,
    typer.Argument(
        metavar="ITEM",
        help=say("Số của mục, hoặc GIẤY_TỜ/TRƯỜNG.", "Number of an item, or DOCUMENT/FIELD."),
    ),
]
_Dossier = Annotated[str | None, typer.Option(help=say("Mã hồ sơ.", "Dossier code."))]
_Document = Annotated[str | None, typer.Option(help=say("Mã giấy tờ.", "Document code."))]
_Type = Annotated[str | None, typer.Option("--type", help=say("Mã loại giấy tờ.", "Type code."))]
_Field = Annotated[str | None, typer.Option(help=say("Tên trường.", "Field name."))]
_Picture = Annotated[
    Path | None,
    typer.Option("-o", "--output", help=say("Ghi ảnh cắt (PNG).", "Write the picture (PNG).")),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    commands = (
        ("list", list_items, "Danh sách mục cần xem.", "What waits for a person."),
        ("next", next_item, "Nhận mục kế tiếp để xem.", "Take the next item in hand."),
        ("show", show, "Xem một mục và ảnh cắt.", "Look at one item and its picture."),
        ("accept", accept, "Xác nhận giá trị đọc được.", "The value is as read."),
        ("correct", correct, "Sửa giá trị.", "The value is another."),
        ("type", give_type, "Chọn loại giấy tờ.", "Give a document its type."),
        ("finish", finish, "Ký bản điện tử mới ngay.", "Make the new copy now."),
    )
    for name, command, vi, en in commands:
        app_.command(name, help=say(vi, en))(command)
    app.add_typer(app_, name="review")


@contextmanager
def _services() -> Iterator[Services]:
    from flows.services import Services

    with Services(load_settings()) as services:
        yield services


def _who(given: str | None) -> str:
    """The person's name; whoever runs the program where none is given."""
    name = (given or getpass.getuser()).strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise typer.BadParameter(say("tên người xem không hợp lệ", "no name"), param_hint="--as")
    return name


def _wanted(
    dossier: str | None, document: str | None, type_code: str | None, field: str | None
) -> Wanted:
    from storage.review import Wanted

    return Wanted(dossier, document, type_code, field)


def list_items(
    dossier: _Dossier = None,
    document: _Document = None,
    type_code: _Type = None,
    field: _Field = None,
    limit: Annotated[
        int, typer.Option(min=1, help=say("Nhiều nhất bao nhiêu mục.", "At most so many."))
    ] = 200,
    everything: Annotated[
        bool, typer.Option("--all", help=say("Cả mục đã xong.", "Settled ones too."))
    ] = False,
    as_json: _Json = False,
) -> None:
    """List what waits for a person, the oldest documents first."""
    import dataclasses

    with _services() as services:
        wanted = _wanted(dossier, document, type_code, field)
        if everything:
            wanted = dataclasses.replace(wanted, states=tuple(ReviewState))
        found = services.ledger.review.items(wanted, limit)
        reports = tuple(report_of(services, item) for item in found)
        target = document or dossier or "all"
        services.ledger.audit.append("cli", "review.listed", target, items=len(reports))
        if as_json:
            print_json(ReviewList(items=reports))
        elif reports:
            show_list(services, reports)
        else:
            out.print(say("✓ Không có mục nào cần xem.", "✓ Nothing waits for a person."))


def next_item(
    dossier: _Dossier = None,
    document: _Document = None,
    type_code: _Type = None,
    field: _Field = None,
    output: _Picture = None,
    who: _As = None,
    as_json: _Json = False,
) -> None:
    """Take the next item that nobody has in hand; exit code 1 when there is none."""
    name = _who(who)
    with _services() as services:
        minutes = services.settings.review.claim_minutes
        wanted = _wanted(dossier, document, type_code, field)
        item = services.ledger.review.take_next(name, minutes, wanted)
        if item is not None:
            _present(services, item, output, name, as_json=as_json)
            return
    if as_json:
        print_json(ReviewShown(item=None))
    else:
        out.print(say("✓ Không có mục nào cần xem.", "✓ Nothing waits for a person."))
    raise typer.Exit(1)


def show(
    reference: _Item, output: _Picture = None, who: _As = None, as_json: _Json = False
) -> None:
    """Show an item with its picture; whoever looks has it in hand for some minutes."""
    from flows.reviewing import item_of

    name = _who(who)
    with _services() as services:
        item = item_of(services, reference, name)
        minutes = services.settings.review.claim_minutes
        item = services.ledger.review.take(item.id, name, minutes)
        _present(services, item, output, name, as_json=as_json)


def _present(
    services: Services, item: ReviewItem, output: Path | None, who: str, *, as_json: bool
) -> None:
    ledger = services.ledger
    ledger.audit.append(f"person:{who}", "review.read", item.document_code, item=item.id)
    if output is not None:
        _crop(services, item, output)
    report = report_of(services, item)
    versions: tuple[FieldVersionReport, ...] = ()
    if item.doubt.kind is ItemKind.FIELD:
        kept = ledger.review.versions(item.document_code, item.doubt.name)
        versions = tuple(version_report(version) for version in kept)
    picture = str(output) if output else None
    if as_json:
        print_json(ReviewShown(item=report, versions=versions, picture=picture))
    else:
        show_item(services, report, versions, picture)


def _crop(services: Services, item: ReviewItem, output: Path) -> None:
    """Cut the place out of the original."""
    from extractors.closeup import close_up
    from extractors.page_image import load_page

    document = services.ledger.documents.get(item.document_code)
    doubt = item.doubt
    with services.store.fetched(document.original_key) as source:
        # Its own pages count from 1, whatever the original holds beside them.
        number = document.pages[(doubt.page or 1) - 1]
        page = load_page(source, number, services.settings.intake)
    close_up(page, doubt.rotation, doubt.box).save(output, format="PNG")


def accept(
    references: Annotated[
        list[str],
        typer.Argument(metavar="ITEM…", help=say("Các mục.", "Items, or DOCUMENT/FIELD.")),
    ],
    absent: Annotated[
        bool,
        typer.Option(
            "--absent", help=say("Giấy không ghi mục này.", "The paper has no such value.")
        ),
    ] = False,
    who: _As = None,
    as_json: _Json = False,
) -> None:
    """The values are as they were read."""
    from flows.reviewing import accept as carry_out

    name = _who(who)
    with _services() as services:
        for reference in references:
            done = carry_out(services, reference, name, absent=absent)
            _tell(services, done, as_json=as_json)


def correct(
    reference: _Item,
    value: Annotated[
        str | None, typer.Argument(help=say("Giá trị đúng.", "The right value."))
    ] = None,
    candidate: Annotated[
        int | None,
        typer.Option(
            min=1, help=say("Chọn cách đọc thứ mấy (xem show).", "Take the nth candidate of show.")
        ),
    ] = None,
    force: Annotated[
        str | None,
        typer.Option(
            "--force",
            metavar="REASON",
            help=say("Giữ đúng như đã gõ, kèm lý do.", "Keep it as typed, with the reason."),
        ),
    ] = None,
    who: _As = None,
    as_json: _Json = False,
) -> None:
    """The value is another; it is checked as a value of its field."""
    from flows.reviewing import correct as carry_out
    from flows.reviewing import item_of

    name = _who(who)
    if (value is None) == (candidate is None):
        raise typer.BadParameter(
            say("cần giá trị hoặc --candidate", "give a value or --candidate"), param_hint="VALUE"
        )
    with _services() as services:
        if candidate is not None:
            known = item_of(services, reference, name).doubt.candidates
            if candidate > len(known):
                raise typer.BadParameter(
                    say(f"chỉ có {len(known)} cách đọc", f"there are {len(known)} candidates"),
                    param_hint="--candidate",
                )
            value = known[candidate - 1].value
        done = carry_out(services, reference, value or "", name, force)
        _tell(services, done, as_json=as_json)


def _tell(services: Services, done: Answered, *, as_json: bool) -> None:
    report = report_of(services, done.item)
    if as_json:
        print_json(ReviewAnswered(item=report, waiting=done.waiting))
        return
    head = f"#{report.id} {report.title}"
    if report.state is ReviewState.SECOND:
        text = say("chờ người thứ hai xác nhận", "waits for a second person")
        out.print(f"◐ {head}: {text}", style="magenta")
    elif report.state is ReviewState.OPEN:
        text = say(
            "hai người đọc khác nhau, mục này cần xem lại",
            "two people read it differently; it is open again",
        )
        out.print(f"✗ {head}: {text}", style="red")
    else:
        said = (
            report.settled_display
            or report.settled_value
            or (
                say("giấy không ghi", "not on the paper")
                if report.absent
                else say("đã xem", "seen")
            )
        )
        out.print(f"✓ {head}: {said}", style="green", markup=False)
    if done.waiting:
        left = say(f"Còn {done.waiting} mục", f"{done.waiting} items left")
        out.print(f"  {report.document}: {left}", style="dim")
    else:
        out.print(
            say(
                f"  {report.document} đã xem xong. Bản điện tử mới được ký ở lần chạy tới, "
                f"hoặc ngay: sohoa review finish {report.document}",
                f"  {report.document} is complete. Its new copy is signed by the next run, "
                f"or now: sohoa review finish {report.document}",
            ),
            style="dim",
            soft_wrap=True,
        )


def give_type(
    document: Annotated[str, typer.Argument(help=say("Mã giấy tờ.", "Document code."))],
    kind: Annotated[
        str,
        typer.Argument(metavar="TYPE", help=say("Mã hoặc tên loại giấy tờ.", "Its code or name.")),
    ],
    who: _As = None,
    as_json: _Json = False,
) -> None:
    """Give a document its type; it is understood anew by it."""
    from cli.review_view import type_name
    from flows.reviewing import give_type as carry_out

    name = _who(who)
    with _services() as services:
        left = carry_out(services, document, kind, name)
        code = services.ledger.documents.get(document).type_code
        reports = tuple(report_of(services, item) for item in left)
        if as_json:
            print_json(ReviewList(items=reports))
            return
        out.print(f"✓ {document}: {type_name(services, code)}", style="green", markup=False)
        if reports:
            show_list(services, reports)


def finish(
    document: Annotated[str, typer.Argument(help=say("Mã giấy tờ.", "Document code."))],
    as_json: _Json = False,
) -> None:
    """Make and sign the new version of a document's copy, once nothing is left to answer."""
    from flows.progress import Silent
    from flows.reviewing import finish as carry_out

    with _services() as services:
        report = carry_out(services, document, Silent())
    mine = next(own for own in report.documents if own.code == document)
    if as_json:
        print_json(mine)
        if mine.state is not DocumentState.STORED:
            raise typer.Exit(1)
        return
    copy = mine.copy_
    if copy is None or mine.state is not DocumentState.STORED:
        problem = mine.problems[0] if mine.problems else None
        told = say(problem.vi, problem.en) if problem else ""
        out.print(f"✗ {document}: {told}", style="red", markup=False)
        raise typer.Exit(1)
    signers = ", ".join(copy.signers)
    version = say("bản thứ", "version")
    out.print(f"✓ {document}: {version} {copy.version} · {signers}", style="green", markup=False)
    out.print(f"  {copy.key}", style="dim", soft_wrap=True, markup=False)
