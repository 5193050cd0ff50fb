"""``sohoa forms`` and ``sohoa prefill``: forms filled from what the store knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.reuse_view import show_forms, show_prefilled
from cli.screen import out, print_json
from cli.speech import language, say
from dossiers.errors import NotFound
from dossiers.settings import load_settings

app_ = typer.Typer(
    help=say("Biểu mẫu điền sẵn từ kho.", "Forms filled from the store."), no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app_.command("list", help=say("Các biểu mẫu.", "The forms."))(list_forms)
    app.add_typer(app_, name="forms")
    app.command(
        "prefill", help=say("Điền sẵn một biểu mẫu từ kho.", "Fill a form from the store.")
    )(prefill)


def list_forms(as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """List the forms that can be filled."""
    from extractors.reuse.forms import load_forms
    from flows.reuse_reports import forms_report

    forms = load_forms(load_settings().reuse.forms_folder)
    report = forms_report(forms.values(), language())
    if as_json:
        print_json(report)
    else:
        show_forms(report)


def prefill(
    code: Annotated[
        str,
        typer.Argument(metavar="FORM", help=say("Mã biểu mẫu (sohoa forms list).", "Its code.")),
    ],
    citizen: Annotated[
        str, typer.Option(help=say("Số định danh của người nộp.", "The applicant's number."))
    ],
    person: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=ID",
            help=say("Người khác trong biểu mẫu, ví dụ mother=…", "Others, for example mother=…"),
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=say("Ghi JSON ra tệp.", "Write JSON."))
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON (docs/schema/prefill)")] = False,
) -> None:
    """Fill a form as far as the papers of its people can."""
    from extractors.reuse.forms import APPLICANT, load_forms
    from flows.reuse import prefill as carry_out
    from flows.reuse_reports import prefilled_report
    from flows.services import Services

    settings = load_settings()
    forms = load_forms(settings.reuse.forms_folder)
    if code not in forms:
        raise NotFound(kind="biểu mẫu / form", value=code)
    people = {APPLICANT: citizen, **_people(person or [])}
    with Services(settings) as services:
        filled = carry_out(services.ledger, services.types, forms[code], people, "cli")
        report = prefilled_report(filled, people, language())
        if output is not None:
            output.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
        if as_json:
            print_json(report)
        else:
            show_prefilled(services.types, report)
            if output is not None:
                out.print(str(output), soft_wrap=True)


def _people(given: Sequence[str]) -> dict[str, str]:
    people = {}
    for pair in given:
        role, equals, number = pair.partition("=")
        if not equals:
            raise typer.BadParameter(pair, param_hint="--person")
        people[role.strip()] = number.strip()
    return people
