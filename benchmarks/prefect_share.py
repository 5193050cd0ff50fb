"""What Prefect costs beside a batch: import, server start, a flow run, a task.

Usage::

    python -m benchmarks.prefect_share [--dossiers 10]

Each figure is taken in a process of its own, on a home folder of its own, so that nothing is warm.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_PROBE = """
import asyncio, json, sys, time
start = time.perf_counter()
from dossiers.settings import load_settings
from flows.prefect_environment import prepare
prepare(load_settings())
from prefect import flow, task
imported = time.perf_counter()

@task
async def dossier(n): return n

@flow
async def batch(count): return [await dossier(n) for n in range(count)]

async def main():
    count = int(sys.argv[1])
    await batch(0)
    first = time.perf_counter()
    await batch(0)
    empty = time.perf_counter()
    await batch(count)
    full = time.perf_counter()
    print(json.dumps({
        "import_s": imported - start, "server_and_first_flow_s": first - imported,
        "flow_s": empty - first, "task_ms": 1000 * ((full - empty) - (empty - first)) / count,
    }))

asyncio.run(main())
"""


def probe(home: Path, dossiers: int) -> dict[str, float]:
    """One process: the figures it printed."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, str(dossiers)],
        env={**os.environ, "SOHOA_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Print both cases: a new Prefect database and an existing one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dossiers", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        for name in ("new database", "existing database"):
            figures = probe(home, arguments.dossiers)
            total = (
                figures["import_s"]
                + figures["server_and_first_flow_s"]
                + arguments.dossiers * figures["task_ms"] / 1000
            )
            print(f"{name}: {total:.1f} s for {arguments.dossiers} dossiers", json.dumps(figures))


if __name__ == "__main__":
    main()
