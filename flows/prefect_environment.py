"""Prefect's settings, made before it is imported: offline, quiet, at home under ours."""

from __future__ import annotations

import os

from dossiers.settings import Settings


def prepare(settings: Settings) -> None:
    """Set Prefect's environment; what an administrator has set already is left alone."""
    values = {
        "PREFECT_HOME": str((settings.home / "prefect").absolute()),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        # The server of our own process; the default of 20 s is short on a loaded machine.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    }
    if settings.prefect.api_url:
        values["PREFECT_API_URL"] = settings.prefect.api_url
    for name, value in values.items():
        os.environ.setdefault(name, value)
