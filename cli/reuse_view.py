"""Facts about a person and filled forms, as a person sees them in the terminal."""

from __future__ import annotations

import datetime as dt
import textwrap

from rich import box
from rich.table import Table
from rich.text import Text

from cli.review_view import source_name
from cli.screen import out, percent
from cli.speech import language, say
from dossiers.errors import Language
from dossiers.reuse_contract import (
    FactReport,
    FactsReport,
    FormsReport,
    PrefilledField,
    PrefilledForm,
    Provenance,
    StatementReport,
)
from extractors.types import DocumentTypes

_MOST_OF_ENTRY = 120
_STATES = {
    "filled": ("✓", "green"),
    "given": ("·", "dim"),
    "suggested": ("?", "yellow"),
    "asked": ("", "dim"),
}


def show_facts(types: DocumentTypes, report: FactsReport) -> None:
    """What the store knows of a person, and what speaks against it."""
    out.print(Text(f"\n{report.subject}  {report.name or ''}", style="bold"))
    table = Table(box=box.ROUNDED, expand=True, header_style="bold", show_lines=True)
    table.add_column(say("Thông tin", "What"), ratio=3)
    table.add_column(say("Giá trị", "Value"), ratio=5)
    table.add_column(say("Nguồn", "From"), ratio=5)
    table.add_column(say("Tin cậy", "Sure"), justify="right", no_wrap=True)
    for fact in report.facts:
        source = fact.provenance
        sure = Text(percent(source.confidence), style="green" if fact.reusable else "yellow")
        table.add_row(fact.title, _value(types, fact), _from(types, source), sure)
    out.print(table)
    if report.deceased:
        out.print(
            say(
                "⚠ Kho có giấy tờ khai tử của người này: không điền sẵn mục nào.",
                "⚠ A paper says that this person has died: nothing is filled in.",
            ),
            style="red",
        )
    count = sum(fact.reusable for fact in report.facts)
    out.print(
        say(
            f"{count} trong {len(report.facts)} thông tin dùng lại được ngay; ? là phải hỏi lại.",
            f"{count} of {len(report.facts)} may be reused at once; ? is to be confirmed first.",
        ),
        style="dim",
    )


def _value(types: DocumentTypes, fact: FactReport) -> Text:
    text = Text(fact.display or fact.value)
    if not fact.reusable:
        text = Text.assemble(("? ", "yellow"), text)
    for other in fact.conflicts:
        text.append(f"\n≠ {_told(types, other)}", style="red")
    for other in fact.earlier[:2]:
        if other.value.casefold() != fact.value.casefold():
            text.append(f"\n{say('trước', 'before')}: {_told(types, other)}", style="dim")
    return text


def _told(types: DocumentTypes, other: StatementReport) -> str:
    source = other.provenance
    kind = _type_name(types, source.type)
    return f"{other.display or other.value} ({kind}{_on(source.dated)})"


def _on(day: dt.date | None) -> str:
    return f", {day:%d/%m/%Y}" if day else ""


def _from(types: DocumentTypes, source: Provenance) -> Text:
    text = Text(f"{_type_name(types, source.type)}{_on(source.dated)}")
    where = source_name(source.source)
    page = f", {say('trang', 'page')} {source.page}" if source.page else ""
    text.append(f"\n{source.document}{page} · {where}", style="dim")
    if source.doubtful:
        text.append("\n" + say("⚠ chưa chắc chắn", "⚠ doubtful"), style="yellow")
    if source.expired_on:
        ended = say(
            f"⚠ giấy hết hiệu lực từ {source.expired_on:%d/%m/%Y}",
            f"⚠ the paper ended on {source.expired_on:%d/%m/%Y}",
        )
        text.append("\n" + ended, style="yellow")
    if source.changed:
        text.append("\n" + _changed(source), style="yellow")
    return text


def _changed(source: Provenance) -> str:
    """What was entered on the paper, as far as a line holds it."""
    entry = textwrap.shorten(source.changed, _MOST_OF_ENTRY, placeholder=" …")
    return say(
        f"⚠ trên giấy có ghi thay đổi sau khi cấp: {entry}",
        f"⚠ a change was entered after the issue: {entry}",
    )


def _type_name(types: DocumentTypes, code: str) -> str:
    kind = types.get(code)
    if kind is None:
        return code
    return kind.name.vi if language() is Language.VIETNAMESE else kind.name.en


def show_forms(report: FormsReport) -> None:
    """The forms that can be filled."""
    table = Table(box=box.ROUNDED, header_style="bold")
    table.add_column(say("Mã", "Code"), no_wrap=True)
    table.add_column(say("Biểu mẫu", "Form"))
    table.add_column(say("Thủ tục", "Procedures"))
    table.add_column(say("Người khác", "Others"))
    table.add_column(say("Mục có trong giấy tờ", "Fields papers can say"), justify="right")
    for form in report.forms:
        table.add_row(
            form.code,
            Text.assemble(form.name, ("\n" + form.basis, "dim")),
            ", ".join(form.procedures),
            ", ".join(form.roles),
            f"{form.known}/{form.fields}",
        )
    out.print(table)


def show_prefilled(types: DocumentTypes, report: PrefilledForm) -> None:
    """A form with what is known, and the share the store filled."""
    out.print(Text(f"\n{report.name}", style="bold"))
    out.print(Text(report.basis, style="dim"))
    table = Table(box=box.ROUNDED, expand=True, header_style="bold")
    table.add_column("", width=1)
    table.add_column(say("Mục", "Field"), ratio=4)
    table.add_column(say("Giá trị", "Value"), ratio=5)
    table.add_column(say("Nguồn", "From"), ratio=4)
    for field in report.fields:
        mark, colour = _STATES[field.state]
        table.add_row(Text(mark, style=colour), field.title, _filled(field), _origin(types, field))
    out.print(table)
    filled = sum(field.state == "filled" for field in report.fields)
    suggested = sum(field.state == "suggested" for field in report.fields)
    out.print(
        say(
            f"Điền sẵn từ kho {filled}/{len(report.fields)} mục ({percent(report.share)}); "
            f"{suggested} mục gợi ý cần xác nhận (?).",
            f"{filled} of {len(report.fields)} fields filled from the store "
            f"({percent(report.share)}); {suggested} suggested, to be confirmed (?).",
        ),
        style="bold",
    )


def _filled(field: PrefilledField) -> Text:
    if field.state == "asked":
        return Text("…", style="dim")
    style = "yellow" if field.state == "suggested" else ""
    return Text(field.display or field.value, style=style)


def _origin(types: DocumentTypes, field: PrefilledField) -> Text:
    source = field.provenance
    if source is None:
        return Text(say("người khai", "as given") if field.state == "given" else "", style="dim")
    text = f"{_type_name(types, source.type)}{_on(source.dated)} · {percent(source.confidence)}"
    if source.doubtful:
        text += say(" · chưa chắc chắn", " · doubtful")
    if source.expired_on:
        text += say(" · giấy hết hiệu lực", " · the paper has ended")
    if source.changed:
        text += f" · {_changed(source)}"
    return Text(text, style="dim")
