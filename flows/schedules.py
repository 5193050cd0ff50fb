"""The schedules, served by this process until it is ended."""

from __future__ import annotations

from dossiers.settings import Settings
from flows.prefect_environment import prepare


def serve(settings: Settings) -> None:
    """Serve both deployments with their schedules.

    Without ``prefect.api_url`` a Prefect server runs inside this process, on SQLite under the home
    folder; with it, runs are shown and scheduled there.
    """
    prepare(settings)
    from prefect import serve as serve_deployments

    from flows.prefect_flows import ingest_flow, nightly_flow

    serve_deployments(
        ingest_flow.to_deployment(  # type: ignore[arg-type]
            name="ingest", cron=settings.prefect.watch_cron, concurrency_limit=1
        ),
        nightly_flow.to_deployment(  # type: ignore[arg-type]
            name="nightly", cron=settings.prefect.nightly_cron, concurrency_limit=1
        ),
        pause_on_shutdown=False,
        print_starting_message=False,
    )
