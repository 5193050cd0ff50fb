"""What a command costs, all processes it leaves behind included."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

# prctl(2): orphans become children of this process, so that their time is counted.
_SUBREAPER = 36


class Cost(NamedTuple):
    """Wall and processor seconds."""

    wall: float
    cpu: float


def timed(
    command: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    fine: Sequence[int] = (0,),
) -> Cost:
    """Run a command to its end; its output is thrown away, its failure (not ``fine``) is ours."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    before = _used()
    start = time.perf_counter()
    done = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    wall = time.perf_counter() - start
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    if done.returncode not in fine:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout.decode(errors='replace')}")
    return Cost(wall, _used() - before)


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
