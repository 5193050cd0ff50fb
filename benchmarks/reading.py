"""Reading alone, on the pages of the sample: pages a second, CPU a page, peak memory a process.

Usage::

    python -m benchmarks.reading [--workers 2] [--rounds 3] [--engine tesserocr]

Set beside ``benchmarks.end_to_end`` it tells how much of a batch is not reading.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from pathlib import Path
from statistics import median

from dossiers.errors import InputError
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.pool import ReaderPool
from extractors.sources import inspect
from fixtures.sample import sample_folder


def sample_pages() -> list[tuple[Path, int]]:
    """Every readable page of the sample, equal files once."""
    seen: set[bytes] = set()
    pages = []
    for path in sorted(p for p in sample_folder().rglob("*") if p.is_file()):
        if path.suffix == ".json" or path.read_bytes() in seen:
            continue
        seen.add(path.read_bytes())
        try:
            count = inspect(path, IntakeSettings()).page_count
        except InputError:
            continue
        pages += [(path, number) for number in range(1, count + 1)]
    return pages


def peaks() -> list[int]:
    """Peak resident memory, in MB, of the child processes now alive."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(
                line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line
            )
        except OSError:
            continue
        if fields.get("PPid") == str(os.getpid()) and "VmHWM" in fields:
            found.append(int(fields["VmHWM"].split()[0]) // 1024)
    return sorted(found)


def main() -> None:
    """Print one line for people and one JSON line for machines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", default="tesserocr")
    arguments = parser.parse_args()
    settings = ReadingSettings.model_validate(
        {"engine": arguments.engine, "workers": arguments.workers}
    )
    pages = sample_pages()
    walls = []
    with ReaderPool(settings, IntakeSettings()) as pool:
        for job in [pool.submit_page(*page) for page in pages[: arguments.workers]]:
            job.result()  # the processes have started
        for _ in range(arguments.rounds):
            start = time.perf_counter()
            for job in [pool.submit_page(*page) for page in pages]:
                job.result()
            walls.append(time.perf_counter() - start)
        memory = peaks()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    read = len(pages) * arguments.rounds + arguments.workers
    figures = {
        "pages": len(pages),
        "wall_s": median(walls),
        "pages_per_s": len(pages) / median(walls),
        "cpu_s_per_page": (usage.ru_utime + usage.ru_stime) / read,
        "peak_rss_mb": memory,
    }
    print(
        f"{figures['pages_per_s']:.2f} pages/s, {figures['cpu_s_per_page']:.2f} CPU s a page,"
        f" peak {max(memory)} MB a process"
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
