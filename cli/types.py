"""``sohoa types``: the document types known, a type file checked, a type file tried on a scan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.screen import err, out, percent, print_json
from cli.speech import language, say
from cli.type_words import evidence_said
from dossiers.errors import InvalidDocumentType, Language
from dossiers.reading import UNKNOWN_TYPE
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from dossiers.reading import DocumentReading
    from extractors.checked_toml import Fault
    from extractors.types import DocumentType, DocumentTypes, Name

app = typer.Typer(
    no_args_is_help=True,
    help=say("Loại giấy tờ: liệt kê, kiểm tra, thử.", "Document types: list, check, try."),
)

_TypeFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help=say("Tệp loại giấy tờ (TOML).", "Type file."),
        exists=True,
        dir_okay=False,
    ),
]


def register(root: typer.Typer) -> None:
    """Add the commands of this module."""
    root.add_typer(app, name="types")


@app.command("list", help=say("Các loại giấy tờ đang dùng.", "The document types in use."))
def list_types(as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """All types, built in and of the administrator."""
    from extractors.types import BUILT_IN, load_types

    types = load_types(load_settings().reading.types_folder)
    if as_json:
        print_json({"types": [_data(kind, types) for kind in types]})
        return
    table = Table(show_header=True, header_style="bold", box=None, pad_edge=False)
    for heading in (
        say("Mã", "Code"),
        say("Loại giấy tờ", "Document type"),
        say("Trường (chính)", "Fields (key)"),
        say("Tệp", "File"),
    ):
        table.add_column(heading)
    for kind in sorted(types, key=lambda kind: kind.code):
        file = types.files[kind.code]
        place = say("có sẵn", "built in") if file.parent == BUILT_IN else file.name
        key = sum(field.key for field in kind.fields)
        table.add_row(kind.code, _named(kind.name), f"{len(kind.fields)} ({key})", place)
    out.print(table)
    out.print(say(f"\n{len(types)} loại.", f"\n{len(types)} types."))


@app.command("check", help=say("Kiểm tra tệp loại giấy tờ.", "Check type files."))
def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help=say("Các tệp TOML.", "TOML files."), exists=True),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Every fault by line and key; then what is worth a look. A fault ends in exit code 1."""
    from extractors.type_advice import advise
    from extractors.types import load_file

    known = _known()
    bad = False
    for file in files:
        remarks: list[Fault] = []
        faults: tuple[Fault, ...] = ()
        kinds: tuple[DocumentType, ...] = ()
        try:
            kinds = load_file(file)
            remarks = advise(file, known)
        except InvalidDocumentType as error:
            faults = _faults_of(error)
        bad = bad or bool(faults)
        if as_json:
            print_json(
                {
                    "file": file.name,
                    "types": [kind.code for kind in kinds],
                    "faults": [_fault(fault) for fault in faults],
                    "remarks": [_fault(remark) for remark in remarks],
                }
            )
        else:
            _show_check(file, kinds, faults, remarks)
    if bad:
        raise typer.Exit(1)


@app.command("try", help=say("Thử một tệp loại giấy tờ trên bản quét.", "Try a type on a scan."))
def try_type(
    file: _TypeFile,
    scan: Annotated[
        Path,
        typer.Argument(metavar="SCAN", help=say("Bản quét.", "Scan."), exists=True, dir_okay=False),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help=say("Vẽ kết quả ra tệp PNG.", "Draw to this PNG.")),
    ] = None,
    page: Annotated[
        int, typer.Option("--page", min=1, help=say("Trang để vẽ.", "The page to draw."))
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Read the scan, say what is found and what is missing, and draw it over the page."""
    from dossiers.contract import report_of
    from extractors.pool import ReaderPool
    from extractors.reader import understand
    from extractors.sources import inspect
    from extractors.types import DocumentTypes, load_file

    settings = load_settings()
    own = {kind.code: kind for kind in load_file(file)}
    types = DocumentTypes({kind.code: kind for kind in _known()} | own)
    info = inspect(scan, settings.intake)
    if page > info.page_count:
        count = info.page_count
        raise typer.BadParameter(
            say(f"tệp chỉ có {count} trang", f"the file has only {count} pages"),
            param_hint="--page",
        )
    with ReaderPool(settings.reading, settings.intake) as pool:
        jobs = [
            pool.submit_page(scan, number, pixels)
            for number, pixels in enumerate(info.page_pixels, start=1)
        ]
        pages = [job.result() for job in jobs]
    accept = settings.reading.accept_confidence
    reading = understand(scan.name, pages, types, accept=accept)
    found = reading.type
    if found.code not in own:
        # Still worth seeing: what the type would read if a person chose it, of several the nearest.
        alone = understand(scan.name, pages, DocumentTypes(own), accept=accept).type.code
        code = alone if alone in own else next(iter(own))
        reading = understand(scan.name, pages, types, accept=accept, given=code)
    kind = own[reading.type.code]
    if as_json:
        report = report_of(reading).model_dump(mode="json", by_alias=True)
        missing = [field.name for field in kind.fields if field.name not in reading.fields]
        recognised = {"code": found.code, "confidence": found.confidence}
        print_json(
            {
                "type_file": file.name,
                "recognised": {**recognised, "evidence": list(found.evidence)},
                "missing": missing,
                "reading": report,
            }
        )
    else:
        _show_try(reading, kind, found.code, types)
    if output is not None:
        from cli.type_drawing import draw_fields
        from extractors.page_image import load_page

        image = load_page(scan, page, settings.intake)
        draw_fields(image, reading, page, kind, found).save(output)
        err.print(str(output))
    if found.code not in own:
        raise typer.Exit(1)


def _known() -> DocumentTypes:
    """The types in use; a broken file in the administrator's folder hides only that folder."""
    from extractors.types import load_types

    try:
        return load_types(load_settings().reading.types_folder)
    except InvalidDocumentType as error:
        err.print(f"⚠ {error.message(language())}", style="yellow", markup=False)
        return load_types()


def _faults_of(error: InvalidDocumentType) -> tuple[Fault, ...]:
    faults = error.context["faults"]
    return faults if isinstance(faults, tuple) else ()


def _named(name: Name) -> str:
    return name.vi if language() is Language.VIETNAMESE else name.en


def _told(fault: Fault) -> str:
    return fault.told(english=language() is Language.ENGLISH)


def _fault(fault: Fault) -> dict[str, object]:
    text = fault.en if language() is Language.ENGLISH else fault.vi
    return {"line": fault.line, "key": fault.key, "message": text}


def _data(kind: DocumentType, types: DocumentTypes) -> dict[str, object]:
    return {
        "code": kind.code,
        "name": kind.name.model_dump(),
        "aliases": kind.aliases,
        "titles": kind.titles,
        "symbols": kind.symbols,
        "results": kind.results,
        "layouts": [layout.code for layout in kind.layouts],
        "restricted": kind.restricted,
        "file": str(types.files[kind.code]),
        "fields": [
            {
                "name": field.name,
                "title": field.title.model_dump(),
                "kind": field.kind,
                "key": field.key,
                "required": field.required,
            }
            for field in kind.fields
        ],
    }


def _show_check(
    file: Path,
    kinds: tuple[DocumentType, ...],
    faults: tuple[Fault, ...],
    remarks: list[Fault],
) -> None:
    if faults:
        count = len(faults)
        out.print(f"✗ {file.name}: {say(f'{count} lỗi', f'{count} faults')}", style="red")
    else:
        names = ", ".join(kind.code for kind in kinds)
        out.print(f"✓ {file.name}: {names}", style="green", markup=False)
    for fault in faults:
        out.print(f"  {_told(fault)}", markup=False, soft_wrap=True)
    for remark in remarks:
        out.print(f"  ⚠ {_told(remark)}", style="yellow", markup=False, soft_wrap=True)


def _show_try(
    reading: DocumentReading, kind: DocumentType, recognised: str, types: DocumentTypes
) -> None:
    if recognised == kind.code:
        sure = percent(reading.type.confidence)
        out.print(
            f"✓ {say('Nhận ra', 'Recognised as')} {_named(kind.name)} ({sure})", style="green"
        )
    else:
        other = types.get(recognised) if recognised != UNKNOWN_TYPE else None
        taken = _named(other.name) if other else say("chưa rõ loại", "unknown")
        out.print(
            f"✗ {say('Không nhận ra loại này; giấy được coi là', 'Not recognised; taken for')}: "
            f"{taken}",
            style="red",
        )
    for evidence in reading.type.evidence:
        out.print(f"  · {evidence_said(evidence)}", style="dim", markup=False)
    table = Table(show_header=True, header_style="bold", box=None, pad_edge=False)
    for heading in (
        say("Trường", "Field"),
        say("Giá trị", "Value"),
        say("Tin cậy", "Confidence"),
        say("Trang", "Page"),
    ):
        table.add_column(heading)
    # Of fields that repeat, as many are shown as there are.
    repeated = [field for field in kind.every_field if field.name in reading.fields]
    for field in dict.fromkeys((*kind.fields, *repeated)):
        found = reading.fields.get(field.name)
        star = " *" if field.key else ""
        if found is None:
            lack = say("không tìm thấy", "not found")
            style = "red" if field.required else "dim"
            table.add_row(_named(field.title) + star, lack, "", "", style=style)
            continue
        mark = " ⚠" if field.name in reading.doubtful else ""
        sure = percent(found.confidence) + mark
        page = str(found.page or "–")
        table.add_row(_named(field.title) + star, found.shown, sure, page)
    out.print(table)
    out.print(say("* trường chính", "* key field"), style="dim")
