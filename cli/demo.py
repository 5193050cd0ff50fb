"""``sohoa demo``: the main job on a sample of six dossiers of invented people."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.digitise import run_ingest, tell_refused
from cli.screen import out
from cli.speech import say
from dossiers.settings import Settings, load_settings

if TYPE_CHECKING:
    from storage.ledger import Ledger

# Remembers that the sample was dropped: a second run must find nothing new.
_SEEDED = "demo-seeded"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        "demo",
        help=say("Chạy thử trên sáu hồ sơ mẫu.", "Run the main job on six sample dossiers."),
    )(demo)


def demo(
    keep_sample: Annotated[
        bool,
        typer.Option(hidden=True, help="Do not drop the sample again, even on a fresh home."),
    ] = False,
) -> None:
    """Drop the sample into the intake folder (once), ingest, say what to type next."""
    from flows.services import Services

    os.environ.setdefault("SOHOA_INTAKE__QUIET_SECONDS", "0")
    settings = load_settings()
    if not keep_sample:
        _seed(settings)
    with Services(settings) as services:
        reports, refused = run_ingest(services, [], quiet=False)
        known = [record.head.code for record in services.ledger.dossiers.find()]
        token = _key(services.ledger, settings)
    tell_refused(refused)
    _next(known or [report.code for report in reports], token, settings)


def _seed(settings: Settings) -> None:
    from fixtures.sample import sample_folder

    marker = settings.home / _SEEDED
    if marker.exists():
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    shutil.copytree(sample_folder(), settings.intake_folder, dirs_exist_ok=True)
    marker.touch()


def _key(ledger: Ledger, settings: Settings) -> str:
    """The demo's API key: made once, kept beside the demo's data, readable by its owner only."""
    from storage.access import Scope

    path: Path = settings.home / "demo-api-key"
    if path.is_file():
        token = path.read_text(encoding="ascii").strip()
        if ledger.keys.authenticate(token):
            return token
        path.unlink()
    _, token = ledger.keys.create("demo", list(Scope))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token


def _next(codes: list[str], token: str, settings: Settings) -> None:
    if not codes:
        return
    code = sorted(codes)[0]
    address = f"http://{settings.portal.host}:{settings.portal.port}/api/v1"
    out.print(say("\nLệnh tiếp theo:", "\nWhat to type next:"), style="bold")
    for line, vi, en in (
        (f"sohoa find --dossier {code}", "xem một hồ sơ", "look at one dossier"),
        (
            f"sohoa export {code} --to out",
            "xuất bản điện tử, dữ liệu, văn bản",
            "copies, data, text",
        ),
        (f"sohoa verify out/{code}/*.pdf", "kiểm tra chữ ký số", "validate the signatures"),
        ("sohoa serve", "mở API cho hệ thống khác", "serve other systems"),
        (
            f"curl -H 'Authorization: Bearer {token}' {address}/dossiers/{code}",
            "lấy hồ sơ qua HTTP",
            "fetch over HTTP",
        ),
        ("sohoa doctor", "kiểm tra cài đặt", "check the installation"),
    ):
        out.print(
            f"  .venv/bin/{line}" if line.startswith("sohoa") else f"  {line}", soft_wrap=True
        )
        out.print(f"      {say(vi, en)}", style="dim")
