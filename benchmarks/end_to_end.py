"""The demo batch end to end against OCRmyPDF on the same pages, alternating, medians.

Usage::

    python -m benchmarks.end_to_end [--rounds 3] [--workers 2] [--ocrmypdf PROGRAM]

``sohoa ingest`` reads, writes PDF/A, signs twice, verifies, validates with veraPDF, stores and
records; ``ocrmypdf -l vie --output-type pdfa --rotate-pages --deskew --jobs 2`` only makes the
searchable PDF/A. OCRmyPDF is not a dependency: install it where you like and name it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

import img2pdf
import pikepdf

from benchmarks.costs import Cost, timed
from dossiers.errors import InputError
from dossiers.settings import IntakeSettings
from extractors.sources import Kind, inspect
from fixtures.sample import sample_folder

SOHOA = Path(sys.executable).with_name("sohoa")


def pages_of(sample: Path, out: Path) -> int:
    """All readable, distinct pages of the sample in one PDF, as scanned; returns their number."""
    seen: set[bytes] = set()
    with pikepdf.new() as whole:
        for path in sorted(p for p in sample.rglob("*") if p.is_file() and p.suffix != ".json"):
            data = path.read_bytes()
            if data in seen:
                continue
            seen.add(data)
            try:
                kind = inspect(path, IntakeSettings()).kind
            except InputError:
                continue  # the broken file of the sample
            if kind is not Kind.PDF:
                made = out.with_suffix(".part.pdf")
                made.write_bytes(img2pdf.convert(data))
                path = made
            with pikepdf.open(path) as one:
                whole.pages.extend(one.pages)
        whole.save(out)
        return len(whole.pages)


def main() -> None:
    """Print a table for people and one JSON line for machines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ocrmypdf", default=shutil.which("ocrmypdf"))
    arguments = parser.parse_args()

    ours: list[Cost] = []
    theirs: list[Cost] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        pages = pages_of(sample_folder(), folder / "pages.pdf")
        for turn in range(arguments.rounds):
            home = folder / f"home{turn}"
            shutil.copytree(sample_folder(), home / "intake")
            environment = {
                "SOHOA_HOME": str(home),
                "SOHOA_READING__WORKERS": str(arguments.workers),
                "SOHOA_INTAKE__QUIET_SECONDS": "0",
            }
            # 1: the sample holds a broken file, which is rejected on purpose.
            ours.append(timed([SOHOA, "ingest", "--json"], environment, fine=(0, 1)))
            if arguments.ocrmypdf:
                command = [arguments.ocrmypdf, "-q", "-l", "vie", "--output-type", "pdfa"]
                command += ["--rotate-pages", "--deskew", "--jobs", str(arguments.workers)]
                theirs.append(timed([*command, folder / "pages.pdf", folder / f"o{turn}.pdf"]))
    report(pages, ours, theirs)


def report(pages: int, ours: list[Cost], theirs: list[Cost]) -> None:
    """Medians of wall and CPU seconds, pages a second, ratios."""
    figures: dict[str, object] = {"pages": pages, "rounds": len(ours)}
    for name, costs in (("sohoa", ours), ("ocrmypdf", theirs)):
        if costs:
            wall, cpu = median(c.wall for c in costs), median(c.cpu for c in costs)
            figures[name] = {"wall_s": wall, "cpu_s": cpu, "pages_per_s": pages / wall}
            print(f"{name:9} {wall:7.1f} s wall {cpu:7.1f} s CPU {pages / wall:6.2f} pages/s")
    if theirs:
        pairs = list(zip(ours, theirs, strict=True))
        figures["wall_ratio"] = median(t.wall / o.wall for o, t in pairs)
        figures["cpu_ratio"] = median(t.cpu / o.cpu for o, t in pairs)
        print(
            f"ratio     {figures['wall_ratio']:.2f}x wall, {figures['cpu_ratio']:.2f}x CPU"
            " (OCRmyPDF / Sohoa, median of rounds)"
        )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
