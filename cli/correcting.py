"""``sohoa split`` and ``sohoa join``: a person corrects where papers begin in a file."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from cli.digitise import run_quietly
from cli.screen import print_json
from cli.speech import say
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from flows.services import Services


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "split",
        help=say(
            "Tách một giấy tờ: giấy tờ mới bắt đầu từ các trang cho trước.",
            "Split a document: new ones begin on the pages given.",
        ),
    )(split)
    app.command(
        "join",
        help=say(
            "Gộp các giấy tờ của cùng một tệp thành một.",
            "Join documents of one file to one.",
        ),
    )(join)


def split(
    document: Annotated[str, typer.Argument(help=say("Mã giấy tờ.", "Document code."))],
    at: Annotated[
        str,
        typer.Option(
            "--at",
            help=say(
                "Các trang (của giấy tờ) mà giấy tờ mới bắt đầu, ví dụ 3,5.",
                "Pages (of the document) on which new ones begin, such as 3,5.",
            ),
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Split a document not yet handed out, and digitise what changed."""
    from flows.correcting import split as run
    from flows.services import Services

    try:
        pages = [int(page) for page in at.split(",")]
    except ValueError:
        raise typer.BadParameter(say("ví dụ: 3,5", "such as 3,5"), param_hint="--at") from None
    with Services(load_settings()) as services:
        documents = run(services, document, pages, _actor())
        _digitise(services, documents[0].dossier_code, as_json=as_json)


def join(
    documents: Annotated[list[str], typer.Argument(help=say("Mã các giấy tờ.", "Document codes."))],
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Join documents of one file not yet handed out, and digitise the one they become."""
    from flows.correcting import join as run
    from flows.services import Services

    with Services(load_settings()) as services:
        found = run(services, documents, _actor())
        _digitise(services, found[0].dossier_code, as_json=as_json)


def _actor() -> str:
    return f"cli/{getpass.getuser()}"


def _digitise(services: Services, dossier: str, *, as_json: bool) -> None:
    from cli.dossier_view import show_dossier

    (report,) = run_quietly(services, [dossier])
    if as_json:
        print_json(report)
    else:
        show_dossier(report, services.types)
    if any(document.state == "failed" for document in report.documents):
        raise typer.Exit(1)
