"""The Prefect flows: thin wrappers that show the same coroutines as runs and tasks.

A task is a dossier, never a page: a task costs milliseconds to tens of them, a page about a second.
Flows are async; a sync flow waits a second for its heartbeat thread. The ledger, not Prefect, knows
what is done, so a killed run is simply run again. Import after
:func:`flows.prefect_environment.prepare`.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from dossiers.settings import load_settings
from flows.batch import take_settled_once, unfinished
from flows.digitise import digitise_dossier
from flows.nightly import nightly
from flows.progress import Silent
from flows.services import Services


# The ledger knows what is done; a cache would have to serialise the services.
@task(name="dossier", task_run_name="{code}", cache_policy=NO_CACHE)
async def dossier_task(services: Services, code: str) -> str:
    """Digitise one dossier; its state."""
    report = await digitise_dossier(services, code, Silent())
    return report.state.value


@flow(name="ingest", log_prints=False)
async def ingest_flow() -> dict[str, str]:
    """One look at the intake folder: what is settled, and what is unfinished, is digitised."""
    with Services(load_settings()) as services:
        codes = await asyncio.to_thread(take_settled_once, services)
        codes = list(dict.fromkeys([*codes, *unfinished(services)]))
        states = await asyncio.gather(*(dossier_task(services, code) for code in codes))
    return dict(zip(codes, states, strict=True))


@flow(name="nightly", log_prints=False)
async def nightly_flow() -> dict[str, Any]:
    """Retries, integrity of all objects, audit trail; fails when an administrator is needed."""
    with Services(load_settings()) as services:
        report = await nightly(services, Silent())
    if not report.ok:
        raise RuntimeError(f"the nightly run needs an administrator: {report}")
    return asdict(report)
