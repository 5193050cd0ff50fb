"""``sohoa verify``: signatures judged, for a person, a program or a printer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.screen import out, print_json
from cli.speech import language, say
from dossiers.clock import VIETNAM
from dossiers.errors import Language
from dossiers.settings import Settings, load_settings

if TYPE_CHECKING:
    import datetime as dt

    from signing.validation import (
        Outcome,
        SignatureVerdict,
        TimeStampVerdict,
        Trust,
        VerificationReport,
    )
    from signing.validation.outcomes import Reason


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("verify", help=say("Kiểm tra chữ ký số.", "Validate signatures."))(verify)


def verify(
    files: Annotated[
        list[Path],
        typer.Argument(help=say("Các tệp PDF.", "PDF files."), exists=True, dir_okay=False),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    detailed: Annotated[
        bool, typer.Option("--detailed", help=say("Nêu mọi lý do.", "Give every reason."))
    ] = False,
    online: Annotated[
        bool,
        typer.Option(
            "--online", help=say("Tải dữ liệu thu hồi qua mạng.", "Fetch revocation data.")
        ),
    ] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            "--report", help=say("Ghi báo cáo để in (HTML).", "Write a page to print (HTML).")
        ),
    ] = None,
) -> None:
    """Judge every signature; exit code 1 unless all are valid."""
    from signing.validation import Guard, Rules
    from signing.validation.page import write_page
    from signing.validation.report_json import as_json as to_json

    settings = load_settings()
    limits = settings.validation
    rules = Rules(limits.revocation == "required", online, limits.max_bytes)
    trust = trusted(settings)
    reports = []
    with Guard(limits.timeout_seconds, limits.memory_megabytes) as guard:
        for file in files:
            report = guard.verify(file, trust, rules=rules)
            reports.append(report)
            if as_json:
                print_json(to_json(report))
            else:
                show(report, detailed=detailed)
    if page is not None:
        write_page(page, reports, language())
        if not as_json:
            out.print(say(f"Đã ghi báo cáo: {page}", f"Report written: {page}"), markup=False)
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


def trusted(settings: Settings) -> Trust:
    """The anchors of the settings and those imported."""
    from signing.keys import trust_roots
    from signing.validation import TrustStore

    anchors = (
        *trust_roots(settings.signing, settings.pki_folder),
        *settings.timestamps.trust_roots,
    )
    return TrustStore(settings.trust_folder).trust(anchors)


def show(report: VerificationReport, *, detailed: bool) -> None:
    """A report on the screen."""
    out.print(
        f"[{_style(report.outcome)}]{_mark(report.outcome)} {escape(report.file)}: "
        f"{_told(report)}[/] [dim]{report.outcome}[/]",
        markup=True,
    )
    _reasons(report.reasons, "  ")
    for signature in report.signatures:
        _signature(signature, detailed=detailed)
    for stamp in report.document_time_stamps:
        label = say("Dấu thời gian của tài liệu", "Document time stamp")
        _stamp(stamp, label, "  ", detailed=detailed)


def _signature(verdict: SignatureVerdict, *, detailed: bool) -> None:
    style, mark = _style(verdict.outcome), _mark(verdict.outcome)
    out.print(
        f"  [{style}]{mark}[/] [bold]{escape(verdict.signer)}[/] [dim]{verdict.outcome}[/]",
        markup=True,
    )
    info = verdict.certificate
    if info is not None:
        place = " · ".join(escape(part) for part in (info.unit, info.organisation) if part)
        if place:
            out.print(f"      {place}", markup=True)
        out.print(
            f"      {say('Cấp bởi', 'Issued by')}: {escape(verdict.issuer)}",
            style="dim",
            markup=True,
        )
    out.print(f"      {_when(verdict)}" + (f" · PAdES {verdict.level}" if verdict.level else ""))
    out.print(f"      {_told(verdict)}", style=style, markup=True)
    shown = verdict.reasons if detailed else tuple(r for r in verdict.reasons if _matters(r.code))
    _reasons(shown, "      ")
    if detailed and info is not None:
        out.print(
            f"      {say('Chứng thư', 'Certificate')} {info.serial} · "
            f"{_clock(info.valid_from)} – {_clock(info.valid_until)}",
            style="dim",
        )
        out.print(f"      {verdict.mechanism} · {verdict.digest} · {verdict.field}", style="dim")
    for stamp in verdict.time_stamps:
        _stamp(stamp, say("Dấu thời gian", "Time stamp"), "      ", detailed=detailed)


def _stamp(verdict: TimeStampVerdict, label: str, indent: str, *, detailed: bool) -> None:
    time = _clock(verdict.time) if verdict.time else "?"
    style, mark = _style(verdict.outcome), _mark(verdict.outcome)
    authority = escape(verdict.authority)
    out.print(
        f"{indent}[{style}]{mark}[/] {label} {time} · {authority} [dim]{verdict.outcome}[/]",
        markup=True,
    )
    if detailed or not verdict.proves:
        out.print(f"{indent}  {_told(verdict)}", style="dim", markup=True)
        _reasons(verdict.reasons, f"{indent}  ")


def _when(verdict: SignatureVerdict) -> str:
    if verdict.proven_at:
        return f"{say('Ký trước', 'Signed before')} {_clock(verdict.proven_at)}" + say(
            " (có dấu thời gian)", " (time-stamped)"
        )
    if verdict.signed_at:
        claimed = say("(tự khai)", "(claimed)")
        return f"{say('Ký lúc', 'Signed at')} {_clock(verdict.signed_at)} {claimed}"
    return say("Không rõ thời điểm ký", "Time of signing not known")


def _matters(code: str) -> bool:
    """Whether a reason belongs on the short screen: not what is as it should be."""
    return code not in {"WHOLE", "CERT_GOOD", "REVOCATION_CHECKED", "TIME_PROVEN", "NOT_PADES"}


def _reasons(reasons: tuple[Reason, ...], indent: str) -> None:
    for reason in reasons:
        text = reason.vi if language() is Language.VIETNAMESE else reason.en
        out.print(f"{indent}– {text}", style="dim", markup=False)


def _told(verdict: VerificationReport | SignatureVerdict | TimeStampVerdict) -> str:
    return escape(verdict.vi if language() is Language.VIETNAMESE else verdict.en)


def _clock(moment: dt.datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"


def _mark(outcome: Outcome) -> str:
    return {"green": "✓", "yellow": "!", "red": "✗"}[_style(outcome)]


def _style(outcome: Outcome) -> str:
    """Green for valid, yellow for what needs a look, red for what must not be accepted."""
    if outcome.value in ("VALID", "VALID_CERT_EXPIRED_NOW"):
        return "green"
    if outcome.value in ("VALID_WEAK_HASH", "INDETERMINATE", "NOT_SIGNED"):
        return "yellow"
    return "red"
