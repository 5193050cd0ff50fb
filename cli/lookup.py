"""``sohoa find`` and ``sohoa export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.screen import out, percent, print_json
from cli.speech import language, say
from dossiers.parts import spoken
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from storage.documents import DocumentRecord


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("find", help=say("Tra cứu kho.", "Look the stores up."))(find)
    app.command("export", help=say("Xuất một hồ sơ.", "Export a dossier."))(export)


def find(
    citizen: Annotated[
        str | None,
        typer.Option(help=say("Số định danh hoặc mã số thuế.", "Personal number or tax code.")),
    ] = None,
    dossier: Annotated[str | None, typer.Option(help=say("Mã hồ sơ.", "Dossier code."))] = None,
    text: Annotated[
        str | None,
        typer.Option(help=say("Từ trong giấy tờ (có dấu hoặc không dấu).", "Words in documents.")),
    ] = None,
    fields: Annotated[
        bool,
        typer.Option(
            "--fields",
            help=say(
                "Với --citizen: thông tin mới nhất từ mọi giấy tờ, kèm nguồn.",
                "With --citizen: the best value of each field over all papers, and where from.",
            ),
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Look up by subject, by dossier or by words; exit code 1 when nothing is found."""
    if sum(option is not None for option in (citizen, dossier, text)) != 1:
        raise typer.BadParameter(
            say("chọn đúng một trong --citizen, --dossier, --text", "give one of --citizen, …")
        )
    if fields and citizen is None:
        raise typer.BadParameter(say("--fields cần --citizen", "--fields needs --citizen"))
    if fields:
        _facts(citizen or "", as_json=as_json)
    elif dossier is not None:
        _dossier(dossier, as_json=as_json)
    elif citizen is not None:
        _citizen(citizen, as_json=as_json)
    else:
        _text(text or "", as_json=as_json)


def _dossier(code: str, *, as_json: bool) -> None:
    from cli.dossier_view import show_dossier
    from flows.report import dossier_report
    from flows.services import Services

    with Services(load_settings()) as services:
        report = dossier_report(services.ledger, code)
        services.ledger.audit.append("cli", "dossier.read", code)
        if as_json:
            print_json(report)
        else:
            show_dossier(report, services.types)


def _citizen(identifier: str, *, as_json: bool) -> None:
    from flows.services import Services

    with Services(load_settings()) as services:
        ledger = services.ledger
        subject = ledger.citizens.subject(identifier)
        links = ledger.citizens.documents(identifier)
        ledger.audit.append("cli", "subject.read", identifier, documents=len(links))
        rows = []
        for link in links:
            document = ledger.documents.get(link.document_code)
            kind = services.types.get(document.type_code)
            rows.append((link, document, kind.name.vi if kind else say("chưa rõ", "unknown")))
    if as_json:
        print_json(
            {
                "subject": identifier,
                "name": subject.name if subject else None,
                "documents": [
                    {
                        "code": link.document_code,
                        "dossier": document.dossier_code,
                        "type": document.type_code,
                        "file": document.original_name,
                        "original_pages": list(document.pages),
                        "state": document.state,
                        "linked_by": link.how,
                        "confidence": link.confidence,
                        "role": link.role,
                    }
                    for link, document, _ in rows
                ],
            }
        )
    elif rows:
        name = subject.name if subject and subject.name else ""
        table = Table(title=f"{identifier} {name}", title_justify="left")
        for heading in (
            say("Mã giấy tờ", "Document"),
            say("Loại", "Type"),
            say("Tệp", "File"),
            say("Liên kết bởi", "Linked by"),
            say("Tin cậy", "Sure"),
        ):
            table.add_column(heading, overflow="fold")
        for link, document, kind_name in rows:
            table.add_row(
                link.document_code,
                kind_name,
                file_and_pages(document),
                f"{link.how} ({link.role})",
                percent(link.confidence),
            )
        out.print(table)
    if not rows:
        _nothing(as_json=as_json)


def file_and_pages(document: DocumentRecord) -> str:
    """The original's name and, where it holds more, the pages that the document is."""
    if document.whole:
        return document.original_name
    return f"{document.original_name} ({say('trang', 'pages')} {spoken(document.pages)})"


def _facts(number: str, *, as_json: bool) -> None:
    from cli.reuse_view import show_facts
    from flows.reuse import facts_of
    from flows.reuse_reports import facts_report
    from flows.services import Services

    with Services(load_settings()) as services:
        facts = facts_of(services.ledger, services.types, number, "cli")
        subject = services.ledger.citizens.subject(number)
        report = facts_report(number, subject.name if subject else None, facts, language())
        if as_json:
            print_json(report)
        elif facts:
            show_facts(services.types, report)
    if not facts:
        _nothing(as_json=as_json)


def _text(words: str, *, as_json: bool) -> None:
    from flows.services import Services

    with Services(load_settings()) as services:
        hits = services.ledger.search.find(words)
        services.ledger.audit.append("cli", "search", "text", hits=len(hits))
    if as_json:
        print_json({"hits": [{"document": h.document_code, "snippet": h.snippet} for h in hits]})
    else:
        for hit in hits:
            out.print(f"{hit.document_code}", style="bold")
            out.print(f"  {hit.snippet}", markup=False)
    if not hits:
        _nothing(as_json=as_json)


def _nothing(*, as_json: bool) -> None:
    if not as_json:
        out.print(say("Không tìm thấy.", "Nothing found."))
    raise typer.Exit(1)


def export(
    dossier: Annotated[str, typer.Argument(help=say("Mã hồ sơ.", "Dossier code."))],
    to: Annotated[Path, typer.Option("--to", help=say("Thư mục ra.", "Folder to write to."))],
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Write signed copies, fields and text of a dossier to ``TO/DOSSIER``."""
    from flows.export import export_dossier
    from flows.services import Services

    with Services(load_settings()) as services:
        files = export_dossier(services, dossier, to)
    if as_json:
        print_json({"dossier": dossier, "files": [str(file) for file in files]})
        return
    for file in files:
        out.print(str(file), soft_wrap=True)
