"""``sohoa serve`` and ``sohoa flows serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.screen import err
from cli.speech import say
from dossiers.settings import load_settings

flows_app = typer.Typer(
    help=say("Lịch chạy tự động (Prefect).", "Schedules (Prefect)."), no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("serve", help=say("Mở API HTTP.", "Serve the HTTP API."))(serve)
    flows_app.command(
        "serve",
        help=say("Chạy các lịch: nhận hồ sơ, việc ban đêm.", "Serve the schedules."),
    )(serve_flows)
    app.add_typer(flows_app, name="flows")


def serve(
    host: Annotated[
        str | None, typer.Option(help=say("Địa chỉ lắng nghe.", "Address to listen on."))
    ] = None,
    port: Annotated[int | None, typer.Option(help=say("Cổng.", "Port."), min=0, max=65535)] = None,
) -> None:
    """Run the portal until interrupted."""
    import uvicorn

    settings = load_settings()
    address, number = host or settings.portal.host, settings.portal.port if port is None else port
    err.print(
        say(
            f"API: http://{address}:{number}/api/v1 · tài liệu: http://{address}:{number}/docs",
            f"API: http://{address}:{number}/api/v1 · documentation: http://{address}:{number}/docs",
        )
    )
    # Named, not imported: the two faces do not know each other.
    uvicorn.run(
        "portal.app:from_settings", factory=True, host=address, port=number, log_level="warning"
    )


def serve_flows() -> None:
    """Serve the Prefect deployments with their schedules until interrupted."""
    from flows.schedules import serve as serve_schedules

    settings = load_settings()
    err.print(
        say(
            f"Đang chạy lịch: nhận hồ sơ “{settings.prefect.watch_cron}”, "
            f"việc ban đêm “{settings.prefect.nightly_cron}” (Ctrl-C để dừng).",
            f"Serving schedules: intake “{settings.prefect.watch_cron}”, "
            f"nightly “{settings.prefect.nightly_cron}” (Ctrl-C to stop).",
        )
    )
    serve_schedules(settings)
