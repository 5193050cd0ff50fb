"""A dossier as a table for people: documents, fields with confidence, copies, what was refused."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

from rich import box
from rich.table import Table
from rich.text import Text

from cli.documents import left_out_name
from cli.screen import out, percent, size
from cli.speech import language, say
from dossiers.contract import DocumentReport, DossierReport
from dossiers.errors import Language
from dossiers.parts import spoken
from dossiers.states import DocumentState, DossierState
from extractors.types import DocumentType, DocumentTypes

_STATES = {
    DossierState.RECEIVED: ("mới nhận", "received", "yellow"),
    DossierState.DIGITISING: ("đang số hóa", "digitising", "yellow"),
    DossierState.DIGITISED: ("đã số hóa", "digitised", "green"),
    DossierState.INCOMPLETE: ("chưa xong", "incomplete", "red"),
}


def show_dossier(report: DossierReport, types: DocumentTypes) -> None:
    """Print one dossier."""
    vi, en, colour = _STATES[report.state]
    head = Text.assemble(
        (f"\n{say('Hồ sơ', 'Dossier')} {report.code}", "bold"),
        f"  {report.procedure or say('(chưa rõ thủ tục)', '(procedure not known)')}",
        f"  ·  {report.applicant or say('(chưa rõ người nộp)', '(applicant not known)')}",
        "  ·  ",
        (say(vi, en), colour),
    )
    out.print(head)
    table = Table(box=box.ROUNDED, show_lines=True, expand=True, header_style="bold")
    table.add_column(say("Giấy tờ", "Document"), ratio=3)
    table.add_column(say("Dữ liệu đọc được (độ tin cậy)", "Fields read (confidence)"), ratio=6)
    table.add_column(say("Bản điện tử đã ký", "Signed copy"), ratio=4, overflow="fold")
    files = Counter(document.sha256 for document in report.documents)
    parted = {left.sha256 for left in report.left_out}
    for document in report.documents:
        kind = types.get(document.type)
        several = files[document.sha256] > 1 or document.sha256 in parted
        row = _document(document, kind, several=several)
        table.add_row(row, _fields(document, kind), _copy(document))
    if report.documents:
        out.print(table)
    for refused in report.rejected:
        out.print(Text(f"  ✗ {refused.message} [{refused.code}]", style="red"))
        if refused.moved_to:
            out.print(Text(f"    {say('Giữ tại', 'Kept at')}: {refused.moved_to}", style="dim"))
    for same in report.duplicates:
        text = say(f"trùng với {same.document}", f"the same as {same.document}")
        out.print(Text(f"  = {same.file}: {text}", style="yellow"))
    for left in report.left_out:
        text = f"{left.file}, {say('trang', 'page')} {left.page}: {left_out_name(left.why)}"
        out.print(Text(f"  – {text}", style="dim"))


def pages_of(document: DocumentReport, *, several: bool) -> str:
    """How many pages a document has; of a file that holds several, which."""
    if several:
        return f"{say('trang', 'pages')} {spoken(document.original_pages)}"
    return say(f"{document.pages} trang", f"{document.pages} pages")


def _document(document: DocumentReport, kind: DocumentType | None, *, several: bool) -> Text:
    name = say("Chưa rõ loại", "Unknown type")
    if kind is not None:
        name = kind.name.vi if language() is Language.VIETNAMESE else kind.name.en
    text = Text.assemble(
        (name, "bold"), "\n", (f"{document.file} · {pages_of(document, several=several)}", "dim")
    )
    if document.other_side:
        text.append(
            "\n" + say(f"mặt kia: {document.other_side}", f"other side: {document.other_side}"),
            style="dim",
        )
    if document.state is DocumentState.SUPERSEDED:
        text.append("\n" + say("đã gộp vào giấy tờ khác", "joined to another document"), "yellow")
    if document.needs_person:
        text.append("\n" + say("⚠ cần người xem", "⚠ a person must look"), style="yellow")
    return text


def _fields(document: DocumentReport, kind: DocumentType | None) -> Text:
    text = Text()
    for name, value in document.fields.items():
        declared = kind.field(name) if kind else None
        label = name
        if declared is not None:
            title = declared.title
            label = title.vi if language() is Language.VIETNAMESE else title.en
        if text:
            text.append("\n")
        text.append(f"{label}: ", style="dim")
        text.append(value.display or value.value)
        text.append(f"  {percent(value.confidence)}", style="yellow" if value.doubtful else "green")
        if value.doubtful:
            text.append(" ⚠", style="yellow")
    for problem in document.problems:
        text.append("\n" if text else "")
        text.append(problem.vi if language() is Language.VIETNAMESE else problem.en, style="red")
    return text or Text("–", style="dim")


def _copy(document: DocumentReport) -> Text:
    copy = document.copy_
    if copy is None:
        failed = document.state is DocumentState.FAILED
        return Text(say("lỗi", "failed") if failed else "–", style="red" if failed else "dim")
    lines = [
        (PurePosixPath(copy.key).name, "bold"),
        (f"\nPDF/A-{copy.pdfa} · PAdES {copy.signature_level} · {size(copy.size)}", "dim"),
        (f"\n{say('Ký', 'Signed by')}: {', '.join(copy.signers)}", "dim"),
    ]
    return Text.assemble(*lines)
