"""Review items as reports under the contract, and as a person sees them in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.screen import out, percent
from cli.speech import language, say
from dossiers.clock import VIETNAM
from dossiers.errors import Language
from dossiers.reading import UNKNOWN_TYPE, FieldSource
from dossiers.reasons import explain
from dossiers.review import ItemKind, ReviewState
from dossiers.review_contract import (
    FieldVersionReport,
    ReviewCandidate,
    ReviewItemReport,
    ReviewReason,
)

if TYPE_CHECKING:
    from flows.services import Services
    from storage.field_versions import FieldVersion
    from storage.review_items import ReviewItem

STATES = {
    ReviewState.OPEN: ("cần xem", "open", "yellow"),
    ReviewState.SECOND: ("chờ người thứ hai", "waits for a second person", "magenta"),
    ReviewState.ACCEPTED: ("đã xác nhận", "accepted", "green"),
    ReviewState.CORRECTED: ("đã sửa", "corrected", "green"),
    ReviewState.DROPPED: ("không cần nữa", "dropped", "dim"),
}
_READINGS = {
    "print": ("chữ in", "print"),
    "second look": ("đọc lại", "second look"),
    "QR code": ("mã QR", "QR code"),
    "MRZ": ("dòng MRZ", "MRZ"),
}
_SOURCES = {
    FieldSource.ZONE: ("vị trí trên giấy", "place on the paper"),
    FieldSource.LABEL: ("nhãn in", "printed label"),
    FieldSource.PEN: ("chữ viết tay", "handwriting"),
    FieldSource.CODE: ("mã QR hoặc MRZ", "QR code or MRZ"),
    FieldSource.MANIFEST: ("thông tin hồ sơ", "manifest"),
    FieldSource.PERSON: ("người xem", "a person"),
}


def source_name(source: str) -> str:
    """How a value was obtained, in words; other readings by their own name."""
    if source in _READINGS:
        return say(*_READINGS[source])
    kind, _, name = source.partition(" ")
    try:
        vi, en = _SOURCES[FieldSource(kind)]
    except ValueError:
        return source
    return f"{say(vi, en)} {name}".strip()


def report_of(services: Services, item: ReviewItem) -> ReviewItemReport:
    """An item under the contract."""
    document = services.ledger.documents.get(item.document_code)
    doubt = item.doubt
    box_ = doubt.box
    return ReviewItemReport(
        id=item.id,
        document=document.code,
        dossier=document.dossier_code,
        file=document.original_name,
        type=document.type_code,
        kind=doubt.kind,
        name=doubt.name,
        title=_title(services, item, document.type_code),
        page=doubt.page,
        box=(box_.x0, box_.y0, box_.x1, box_.y1) if box_ else None,
        value=doubt.value,
        display=_display(services, item),
        confidence=doubt.confidence,
        candidates=tuple(
            ReviewCandidate(value=c.value, confidence=c.confidence, source=c.source)
            for c in doubt.candidates
        ),
        reasons=tuple(
            ReviewReason(en=reason, vi=explain(reason, Language.VIETNAMESE))
            for reason in doubt.reasons
        ),
        state=item.state,
        claimed_by=item.claimed_by,
        claimed_until=item.claimed_until,
        first_by=item.first.by if item.first else None,
        settled_by=item.settled_by,
        settled_at=item.settled_at,
        settled_value=item.settled_value,
        settled_display=item.settled_display or "",
        absent=item.absent,
        note=item.note,
    )


def _title(services: Services, item: ReviewItem, type_code: str | None) -> str:
    if item.doubt.kind is ItemKind.TYPE:
        return say("Loại giấy tờ", "Document type")
    if item.doubt.kind is ItemKind.PAGE:
        return say(f"Trang {item.doubt.name}", f"Page {item.doubt.name}")
    kind = services.types.get(type_code)
    declared = kind.field(item.doubt.name) if kind else None
    if declared is None:
        return item.doubt.name
    return say(declared.title.vi, declared.title.en)


def _display(services: Services, item: ReviewItem) -> str:
    if item.doubt.kind is ItemKind.TYPE:
        return type_name(services, item.doubt.value)
    return item.doubt.display


def version_report(version: FieldVersion) -> FieldVersionReport:
    """A field's version under the contract."""
    return FieldVersionReport(
        version=version.version,
        value=version.value,
        display=version.display,
        source=version.source,
        confidence=version.confidence,
        by=version.by,
        at=version.at,
        note=version.note,
    )


def type_name(services: Services, code: str | None) -> str:
    """The name of a type, or that it is not known."""
    kind = services.types.get(code)
    return say(kind.name.vi, kind.name.en) if kind else say("Chưa rõ loại", "Unknown type")


def show_list(services: Services, items: Sequence[ReviewItemReport]) -> None:
    """The items, document by document."""
    for document, own in groupby(items, key=lambda item: item.document):
        rows = list(own)
        head = Text.assemble(
            ("\n" + type_name(services, rows[0].type), "bold"),
            f"  ·  {rows[0].file}  ·  ",
            (document, "dim"),
        )
        out.print(head)
        table = Table(box=box.ROUNDED, expand=True, header_style="bold")
        table.add_column("#", justify="right", no_wrap=True, min_width=3)
        table.add_column(say("Mục", "Item"), ratio=3)
        table.add_column(say("Giá trị đọc được", "Value as read"), ratio=5)
        table.add_column(say("Tin cậy", "Sure"), justify="right", no_wrap=True)
        table.add_column(say("Lý do", "Why"), ratio=5)
        table.add_column(say("Trạng thái", "State"), ratio=2)
        for item in rows:
            table.add_row(
                str(item.id), item.title, _value(item), _share(item), _why(item), _state(item)
            )
        out.print(table)
    count, papers = len(items), len({item.document for item in items})
    out.print(
        say(
            f"{count} mục của {papers} giấy tờ. Xem một mục: sohoa review show SỐ -o ảnh.png",
            f"{count} items of {papers} documents. Look at one: sohoa review show NUMBER -o crop.png",
        ),
        style="dim",
    )


def _value(item: ReviewItemReport) -> Text:
    if item.kind is ItemKind.PAGE:
        return Text("–", style="dim")
    if item.kind is ItemKind.TYPE and item.value == UNKNOWN_TYPE:
        return Text(say("chưa rõ", "unknown"), style="dim")
    if item.kind is ItemKind.TYPE:
        return Text(item.display or item.value)
    if not item.value:
        return Text(say("(không tìm thấy)", "(not found)"), style="dim")
    return Text(item.display or item.value)


def _share(item: ReviewItemReport) -> str:
    return percent(item.confidence) if item.value or item.kind is ItemKind.PAGE else "–"


def _told(reason: ReviewReason) -> str:
    return reason.vi if language() is Language.VIETNAMESE else reason.en


def _why(item: ReviewItemReport) -> Text:
    """All reasons, a line each: first those against the value, then those that speak for it."""
    text = Text()
    for reason in sorted(item.reasons, key=_weight):
        style = "dim" if _speaks_for(reason) else ""
        text.append("\n" if text else "").append(_told(reason), style)
    return text


def _weight(reason: ReviewReason) -> int:
    if reason.en.startswith("contradiction"):
        return 0
    return 2 if _speaks_for(reason) else 1


def _speaks_for(reason: ReviewReason) -> bool:
    return any(
        word in reason.en
        for word in (
            "agree",
            "says the same",
            "read from",
            "add up to the total",
            "names the province",
        )
    )


def _state(item: ReviewItemReport) -> Text:
    vi, en, colour = STATES[item.state]
    text = Text(say(vi, en), style=colour)
    if item.claimed_by and item.claimed_until and item.state in (ReviewState.OPEN, "second"):
        until = item.claimed_until.astimezone(VIETNAM)
        text.append(f"\n{item.claimed_by} ({say('đến', 'until')} {until:%H:%M})", style="dim")
    return text


def show_item(
    services: Services,
    item: ReviewItemReport,
    versions: Sequence[FieldVersionReport],
    picture: str | None,
) -> None:
    """One item with everything that helps to answer it."""
    name = type_name(services, item.type)
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column()
    rows.add_row(say("Giấy tờ", "Document"), f"{name} · {item.file}")
    rows.add_row("", Text(item.document, style="dim"))
    place = f"{say('trang', 'page')} {item.page}" if item.page else "–"
    rows.add_row(say("Vị trí", "Place"), place)
    if item.kind is ItemKind.FIELD:
        read = _value(item)
        read.stylize("bold yellow" if item.value else "dim")
        if item.value:
            read.append(f"   {percent(item.confidence)}", style="yellow")
        if item.display and item.display != item.value:
            read.append(f"   = {item.value}", style="dim")
        rows.add_row(say("Đọc được", "As read"), read)
    for index, candidate in enumerate(item.candidates, start=1):
        text = Text(f"[{index}] {candidate.value}")
        sure = f"   {percent(candidate.confidence)} · {source_name(candidate.source)}"
        text.append(sure, style="dim")
        rows.add_row(say("Cũng có thể là", "Perhaps") if index == 1 else "", text)
    for index, reason in enumerate(item.reasons):
        style = "green" if _speaks_for(reason) else "yellow"
        rows.add_row(say("Lý do", "Why") if index == 0 else "", Text(_told(reason), style=style))
    rows.add_row(say("Trạng thái", "State"), _state(item))
    _add_answers(rows, item, versions)
    if picture:
        rows.add_row(say("Ảnh cắt", "Picture"), picture)
    title = Text(f"#{item.id}  {item.title}", style="bold")
    out.print(Panel(Group(rows, Text(""), _help(item)), title=title, title_align="left"))


def _add_answers(
    rows: Table, item: ReviewItemReport, versions: Sequence[FieldVersionReport]
) -> None:
    if item.first_by:
        rows.add_row(say("Người thứ nhất", "First person"), item.first_by)
    if item.settled_by and item.settled_at:
        said = (
            item.settled_display or item.settled_value or say("giấy không ghi", "not on the paper")
        )
        when = item.settled_at.astimezone(VIETNAM)
        text = Text(f"{said}   {item.settled_by}, {when:%H:%M %d/%m/%Y}")
        if item.note:
            text.append(f"   ({item.note})", style="dim")
        rows.add_row(say("Trả lời", "Answer"), text)
    for index, version in enumerate(versions):
        when = version.at.astimezone(VIETNAM)
        text = Text(f"v{version.version}  {version.display or version.value or '–'}")
        by = say("máy đọc", "reader") if version.by == "reader" else version.by
        by = by.removeprefix("person:")
        text.append(f"   {source_name(version.source)} · {by} · {when:%d/%m/%Y}", "dim")
        rows.add_row(say("Các giá trị đã có", "Values so far") if index == 0 else "", text)


def _help(item: ReviewItemReport) -> Text:
    """What may be typed next."""
    commands = {
        ItemKind.TYPE: f"sohoa review type {item.document} " + say("MÃ_LOẠI", "CODE"),
        ItemKind.PAGE: f"sohoa review accept {item.id}",
        ItemKind.FIELD: f"sohoa review accept {item.id}{'' if item.value else ' --absent'}   ·   "
        f"sohoa review correct {item.id} " + say("“giá trị đúng”", "“right value”"),
    }
    return Text(commands[item.kind], style="dim")
