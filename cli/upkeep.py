"""``sohoa doctor``, ``sohoa audit``, ``sohoa keys``: for administrators."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from cli.screen import out, print_json
from cli.speech import say
from dossiers.settings import load_settings

audit_app = typer.Typer(help=say("Nhật ký kiểm toán.", "The audit trail."), no_args_is_help=True)
keys_app = typer.Typer(help=say("Khóa API.", "API keys."), no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("doctor", help=say("Kiểm tra cài đặt.", "Check the installation."))(doctor)
    audit_app.command("verify", help=say("Kiểm tra chuỗi băm.", "Verify the chain."))(audit_verify)
    audit_app.command("head", help=say("Đầu chuỗi, để cất giữ.", "The head, to be kept."))(
        audit_head
    )
    app.add_typer(audit_app, name="audit")
    keys_app.command("create", help=say("Tạo khóa.", "Create a key."))(keys_create)
    keys_app.command("list", help=say("Liệt kê khóa.", "List keys."))(keys_list)
    keys_app.command("revoke", help=say("Thu hồi khóa.", "Revoke a key."))(keys_revoke)
    app.add_typer(keys_app, name="keys")


def doctor(
    pdfa: Annotated[
        list[Path] | None,
        typer.Option(
            "--pdfa", exists=True, help=say("Chỉ kiểm tra PDF/A của tệp.", "veraPDF only.")
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Check everything that the main job needs, and say what to do about what is missing."""
    from cli.examination import examine, settings_in_effect
    from copies.conformance import Validator

    if pdfa:
        _pdfa(pdfa, Validator, as_json=as_json)
        return
    settings = load_settings()
    findings = examine(settings)
    if as_json:
        print_json(
            {
                "ok": all(finding.ok for finding in findings),
                "checks": [
                    {"name": f.name, "ok": f.ok, "detail": f.detail, "advice": f.advice}
                    for f in findings
                ],
                "settings": settings_in_effect(settings),
            }
        )
    else:
        table = Table(show_header=False, box=None, padding=(0, 1))
        for finding in findings:
            mark = Text("✓", "green") if finding.ok else Text("✗", "red")
            table.add_row(mark, Text(finding.name, "bold"), finding.detail)
            if finding.advice:
                table.add_row("", "", Text(f"→ {finding.advice}", "yellow"))
        out.print(table)
        out.print(f"\n{say('Cấu hình đang dùng', 'Settings in effect')}:", style="bold")
        for key, value in settings_in_effect(settings).items():
            out.print(f"  {key} = {value}", style="dim", markup=False)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _pdfa(files: list[Path], validator: type, *, as_json: bool) -> None:
    good = True
    with validator() as vera:
        for file in files:
            result = vera.check(file)
            good &= result.compliant
            if as_json:
                print_json(
                    {
                        "file": str(file),
                        "compliant": result.compliant,
                        "flavour": result.flavour,
                        "checks": result.checks,
                        "failures": list(result.failures),
                    }
                )
                continue
            mark = "✓" if result.compliant else "✗"
            style = "green" if result.compliant else "red"
            out.print(f"{mark} {file}: PDF/A-{result.flavour or '?'}", style=style)
            for failure in result.failures:
                out.print(f"    {failure}", style="dim", markup=False)
    if not good:
        raise typer.Exit(1)


def audit_verify(
    kept: Annotated[
        str | None,
        typer.Option(help=say("Đầu chuỗi đã cất giữ: SỐ:HASH.", "A head kept before: SEQ:HASH.")),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Walk the whole chain; with ``--kept`` prove that it still holds what it held then."""
    from storage.audit import AuditHead
    from storage.ledger import open_ledger

    head = None
    if kept is not None:
        number, _, digest = kept.partition(":")
        if not (number.isdigit() and digest):
            raise typer.BadParameter("SEQ:HASH")
        head = AuditHead(int(number), digest)
    with open_ledger(load_settings().ledger_url) as ledger:
        anchors = ledger.evidence.anchors()
        report = ledger.audit.verify(*anchors, *([head] if head else []))
    if as_json:
        print_json(
            {
                "ok": report.ok,
                "entries": report.entries,
                "head": f"{report.head.seq}:{report.head.hash}",
                "first_bad": report.first_bad,
                "reason": report.reason,
                "anchors": len(anchors),
            }
        )
    elif report.ok:
        out.print(
            say(
                f"✓ {report.entries} mục, chuỗi băm nguyên vẹn; khớp {len(anchors)} mốc neo.",
                f"✓ {report.entries} entries, the chain is intact; {len(anchors)} anchors agree.",
            ),
            style="green",
        )
        out.print(f"  {report.head.seq}:{report.head.hash}", style="dim")
    else:
        out.print(
            say(
                f"✗ Mục {report.first_bad} đã bị can thiệp: {report.reason}",
                f"✗ Entry {report.first_bad} was tampered with: {report.reason}",
            ),
            style="red",
        )
    if not report.ok:
        raise typer.Exit(1)


def audit_head() -> None:
    """Print the head; whoever keeps it can prove later that nothing was rewritten."""
    from storage.ledger import open_ledger

    with open_ledger(load_settings().ledger_url) as ledger:
        head = ledger.audit.head()
    out.print(f"{head.seq}:{head.hash}", soft_wrap=True)


def keys_create(
    name: Annotated[str, typer.Argument(help=say("Tên hệ thống dùng khóa.", "Who uses it."))],
    scope: Annotated[
        list[str] | None,
        typer.Option(help=say("Quyền (mặc định: tất cả).", "Scopes (default: all).")),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help=say("Số ngày hiệu lực.", "Days of validity."))
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Create an API key; its token is shown this once."""
    from storage.access import Scope
    from storage.ledger import open_ledger

    try:
        scopes = [Scope(item) for item in scope] if scope else list(Scope)
    except ValueError:
        raise typer.BadParameter(", ".join(Scope)) from None
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=days) if days else None
    with open_ledger(load_settings().ledger_url) as ledger:
        key, token = ledger.keys.create(name, scopes, until)
        ledger.audit.append("cli", "key.created", key.id, name=name)
    if as_json:
        print_json({"id": key.id, "name": name, "scopes": sorted(scopes), "token": token})
        return
    out.print(f"{key.id}  {name}  {', '.join(sorted(scopes))}")
    out.print(token, style="bold", soft_wrap=True)
    out.print(say("Hãy cất ngay: khóa không hiện lại.", "Keep it now: it is not shown again."))


def keys_list(as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """List keys without their tokens."""
    from storage.ledger import open_ledger

    with open_ledger(load_settings().ledger_url) as ledger:
        keys = ledger.keys.list()
    if as_json:
        print_json(
            {
                "keys": [
                    {"id": k.id, "name": k.name, "scopes": sorted(k.scopes), "usable": k.usable}
                    for k in keys
                ]
            }
        )
        return
    for key in keys:
        state = say("dùng được", "usable") if key.usable else say("hết hiệu lực", "ended")
        out.print(f"{key.id}  {key.name}  {', '.join(sorted(key.scopes))}  {state}")


def keys_revoke(key_id: Annotated[str, typer.Argument(help="ID")]) -> None:
    """End a key at once."""
    from storage.ledger import open_ledger

    with open_ledger(load_settings().ledger_url) as ledger:
        ledger.keys.revoke(key_id)
        ledger.audit.append("cli", "key.revoked", key_id)
    out.print(say(f"Đã thu hồi {key_id}.", f"{key_id} is revoked."))
