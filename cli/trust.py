"""``sohoa trust``: whose certificates signatures are accepted by."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from cli.screen import out, print_json
from cli.speech import language, say
from dossiers.clock import VIETNAM
from dossiers.errors import CertificateNotTrusted
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from signing.validation.store import Authority

trust_app = typer.Typer(
    help=say("Tổ chức chứng thực tin cậy.", "Trusted authorities."), no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    trust_app.command("import", help=say("Nhập chứng thư gốc.", "Import certificates."))(
        trust_import
    )
    trust_app.command("list", help=say("Liệt kê.", "List them."))(trust_list)
    trust_app.command("remove", help=say("Thôi tin cậy.", "End the trust."))(trust_remove)
    app.add_typer(trust_app, name="trust")


def trust_import(
    files: Annotated[
        list[Path],
        typer.Argument(help=say("Tệp chứng thư (PEM, DER).", "Certificates."), exists=True),
    ],
    fingerprint: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "Vân tay SHA-256 đã đối chiếu với tổ chức chứng thực; lặp lại cho từng chứng thư.",
                "SHA-256 fingerprint confirmed with the authority; repeat it for every certificate.",
            )
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Take authorities' certificates once their fingerprints are confirmed; exit code 1 otherwise."""
    from signing.validation.store import normal

    confirmed = {normal(text) for text in fingerprint or ()}
    refused = 0
    for file in files:
        try:
            _take(file, confirmed, as_json=as_json)
        except CertificateNotTrusted as error:
            refused += 1
            if as_json:
                print_json({"file": file.name, "imported": False, "error": error.code})
            else:
                out.print(f"✗ {error.message(language())}", style="red", markup=False)
    if refused:
        raise typer.Exit(1)


def _take(file: Path, confirmed: set[str], *, as_json: bool) -> None:
    from signing.validation import TrustStore
    from signing.validation.store import check_authority, examine
    from signing.validation.trust import load_certificate
    from storage.ledger import open_ledger

    certificate = load_certificate(file)
    authority = examine(certificate)
    if not as_json:
        _show(authority, file.name)
    check_authority(certificate, file.name)
    if authority.info.sha256 not in confirmed and not _typed(authority, as_json=as_json):
        detail = say(
            "chưa xác nhận vân tay SHA-256 (--fingerprint)",
            "its SHA-256 fingerprint was not confirmed (--fingerprint)",
        )
        raise CertificateNotTrusted(file=file.name, detail=detail)
    settings = load_settings()
    # Told before it is done: no trust without its entry in the audit trail.
    with open_ledger(settings.ledger_url) as ledger:
        ledger.audit.append(
            "cli",
            "trust.imported",
            authority.info.sha256,
            subject=authority.info.subject,
            anchor=int(authority.anchor),
        )
    store = TrustStore(settings.trust_folder)
    new = store.add(certificate, file.name, authority.info.sha256)
    if as_json:
        print_json({"file": file.name, "imported": True, "new": new, **_data(authority)})
        return
    taken = say("Đã đưa vào danh sách tin cậy.", "Taken into the trust store.")
    known = say("Đã có trong danh sách tin cậy.", "Already in the trust store.")
    out.print(f"✓ {taken if new else known}", style="green")


def trust_list(as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """List the certificates imported."""
    from signing.validation import TrustStore

    found = TrustStore(load_settings().trust_folder).authorities()
    if as_json:
        print_json({"certificates": [_data(authority) for authority in found]})
        return
    for authority in found:
        _show(authority)
    if not found:
        out.print(say("Chưa nhập chứng thư nào.", "No certificate has been imported."))


def trust_remove(
    fingerprint: Annotated[
        str, typer.Argument(help=say("Vân tay SHA-256 (hoặc phần đầu).", "Fingerprint."))
    ],
) -> None:
    """End the trust in a certificate."""
    from signing.validation import TrustStore
    from storage.ledger import open_ledger

    settings = load_settings()
    authority = TrustStore(settings.trust_folder).remove(fingerprint)
    with open_ledger(settings.ledger_url) as ledger:
        ledger.audit.append(
            "cli", "trust.removed", authority.info.sha256, subject=authority.info.subject
        )
    out.print(
        say(f"Đã thôi tin cậy {authority.info.subject}.", f"{authority.info.subject} is out."),
        markup=False,
    )


def _typed(authority: Authority, *, as_json: bool) -> bool:
    """Whether the person at the terminal types the fingerprint in; its last sixteen digits will do.

    They are to be read from the authority's own publication, not from this screen, hence typed.
    """
    from signing.validation.store import normal

    if as_json or not sys.stdin.isatty():
        return False
    question = say(
        "Nhập 16 chữ số cuối của vân tay theo công bố của tổ chức chứng thực (Enter: bỏ qua)",
        "Type the last 16 digits of the fingerprint as the authority publishes it (Enter: skip)",
    )
    answer = normal(typer.prompt(question, default="", show_default=False))
    return len(answer) >= 16 and authority.info.sha256.endswith(answer)


def _show(authority: Authority, file: str | None = None) -> None:
    from signing.validation.store import readable

    info = authority.info
    kind = (
        say("chứng thư gốc", "root") if authority.anchor else say("cấp trung gian", "intermediate")
    )
    out.print(
        Text.assemble((info.subject, "bold"), f" ({kind})", (f" {file}" if file else "", "dim"))
    )
    issuer = " · ".join(part for part in (info.issuer, info.issuer_organisation) if part)
    days = (info.valid_from.astimezone(VIETNAM), info.valid_until.astimezone(VIETNAM))
    out.print(f"  {say('Cấp bởi', 'Issued by')}: {issuer}", markup=False)
    out.print(f"  {say('Hiệu lực', 'Valid')}: {days[0]:%d/%m/%Y} – {days[1]:%d/%m/%Y}")
    out.print(f"  SHA-256: {readable(info.sha256)}", soft_wrap=True)


def _data(authority: Authority) -> dict[str, object]:
    info = authority.info
    return {
        "subject": info.subject,
        "issuer": info.issuer,
        "anchor": authority.anchor,
        "valid_from": info.valid_from.isoformat(),
        "valid_until": info.valid_until.isoformat(),
        "sha256": info.sha256,
    }
