"""Scans to searchable PDF/A: ours against OCRmyPDF on the same file, alternating, medians.

Usage::

    python -m benchmarks.reading [--pages 48] [--rounds 3] [--workers 2] [--scans FOLDER]
                                 [--engine fast] [--no-peer]

``sohoa copy --no-check`` finds orientation and skew, reads, understands the fields and writes PDF/A
with text layer and data; ``ocrmypdf -l vie --output-type pdfa -O1`` once plain, once with
``--rotate-pages --deskew``. Pages are generated scans (300 dpi, JPEG), or those of a folder of PDFs.
Also printed: where our time goes, what a second worker gains, and the peak memory of a reading process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import pikepdf

from benchmarks.costs import Cost, timed
from dossiers.settings import IntakeSettings, ReadingSettings
from fixtures.batch import generate

_BIN = Path(sys.executable).parent


def one_file(folder: Path, source: Path | None, pages: int, seed: int, font: str) -> Path:
    """The pages to read, in one PDF, their image streams as they are."""
    if source is None:
        source = folder / "papers"
        generate(source, seed, count=pages, font=font)
    out = folder / "pages.pdf"
    with pikepdf.new() as whole:
        for path in sorted(source.glob("*.pdf")):
            with pikepdf.open(path) as one:
                whole.pages.extend(one.pages)
            if len(whole.pages) >= pages:
                break
        del whole.pages[pages:]
        whole.save(out)
    return out


def stages(path: Path, engine_name: str) -> dict[str, float]:
    """Wall seconds a page of each stage, in one process, after a first page to warm up."""
    import cv2

    from extractors import cleanup, sheet
    from extractors.engines import open_engine
    from extractors.flatten import flatten
    from extractors.marks import find_marks
    from extractors.page_image import load_page

    cv2.setNumThreads(1)
    engine = open_engine(ReadingSettings.model_validate({"engine": engine_name}))
    spent = {"decode": 0.0, "layout": 0.0, "recognise": 0.0, "marks": 0.0}
    with pikepdf.open(path) as pdf:
        count = min(24, len(pdf.pages))
    for number in range(count + 1):
        start = time.perf_counter()
        image = load_page(path, max(1, number), IntakeSettings())
        decoded = time.perf_counter()
        grey = cleanup.drop_seal(image.grey, image.colour, image.dpi)
        small = sheet.small_of(grey, image.dpi)
        flatten(grey, small)
        dpi = image.dpi * small.shape[1] / grey.shape[1]
        paper = cleanup.paper_of(small, dpi)
        levelled = cleanup.level(small, paper)
        lie = cleanup.find_lie(cleanup.find_spots(levelled), dpi)
        laid = sheet.lay_out(grey, levelled, paper, image.dpi, 0, lie.skew)
        found = time.perf_counter()
        engine.recognise(laid)
        read = time.perf_counter()
        find_marks(laid.grey, small)
        end = time.perf_counter()
        if number:
            times = (decoded - start, found - decoded, read - found, end - read)
            for name, took in zip(spent, times, strict=True):
                spent[name] += took / count
    return spent


def afterwards(path: Path, pages: int, engine: str) -> dict[str, float]:
    """Wall seconds a page of what the main process does once pages are read, medians of three."""
    from copies.archival import make_copy
    from dossiers.dossier import Agency, CopyMetadata, DossierHead, FormOfCopy
    from extractors.pool import ReaderPool
    from extractors.reader import understand
    from extractors.types import load_types

    settings = ReadingSettings.model_validate({"engine": engine})
    with ReaderPool(settings, IntakeSettings()) as pool:
        jobs = [pool.submit_page(path, number) for number in range(1, pages + 1)]
        read = [job.result() for job in jobs]
    types = load_types()
    head = DossierHead("H31-261123-0001", Agency("H31", "UBND tỉnh Hưng Yên"))
    metadata = CopyMetadata(
        document_code="pages",
        dossier=head,
        form=FormOfCopy.TRUE_COPY,
        original_name=path.name,
        original_sha256="0" * 64,
        created_at=dt.datetime.now(dt.UTC),
        type_name=None,
    )
    took: dict[str, list[float]] = {"hand over": [], "understand": [], "copy": []}
    for _ in range(3):
        start = time.perf_counter()
        pickle.loads(pickle.dumps(read))  # noqa: S301 - our own, as the pool's pipe does
        handed = time.perf_counter()
        reading = understand(path.name, read, types)
        understood = time.perf_counter()
        make_copy(path, reading, metadata, path.with_name("copy.pdf"))
        end = time.perf_counter()
        for name, seconds in zip(
            took, (handed - start, understood - handed, end - understood), strict=True
        ):
            took[name].append(seconds / pages)
    return {name: median(seconds) for name, seconds in took.items()}


def reading_alone(path: Path, pages: int, engine: str, workers: int) -> float:
    """Wall seconds the pool takes for all pages once its processes are up."""
    from extractors.pool import ReaderPool

    settings = ReadingSettings.model_validate({"engine": engine, "workers": workers})
    with ReaderPool(settings, IntakeSettings()) as pool:
        for done in [pool.submit_page(path, 1) for _ in range(2 * workers)]:
            done.result()
        start = time.perf_counter()
        for done in [pool.submit_page(path, number) for number in range(1, pages + 1)]:
            done.result()
        return time.perf_counter() - start


def peak_memory(path: Path, engine: str) -> int:
    """Peak resident megabytes of a process that reads the file page by page, colour and all."""
    script = (
        "import re; from pathlib import Path;"
        "from dossiers.settings import *; from extractors import pool;"
        f"pool._start(ReadingSettings(engine={engine!r}), IntakeSettings());"
        f"[pool._read(Path({str(path)!r}), n) for n in range(1, 13)];"
        # Not getrusage's maximum, which is inherited over exec from whoever started us.
        "status = Path('/proc/self/status').read_text();"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def main() -> None:
    """Print lines for people and one JSON line for machines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20262)
    parser.add_argument("--font", default="dejavu-serif")
    parser.add_argument("--scans", type=Path)
    parser.add_argument("--engine", default="fast")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--ocrmypdf", default=_BIN / "ocrmypdf")
    asked = parser.parse_args()
    costs: dict[str, list[Cost]] = {}
    gains: list[float] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = one_file(folder, asked.scans, asked.pages, asked.seed, asked.font)
        with pikepdf.open(path) as pdf:
            count = len(pdf.pages)

        def ours(workers: int) -> Cost:
            home = folder / "home"
            shutil.rmtree(home, ignore_errors=True)
            environment = {
                "SOHOA_HOME": str(home),
                "SOHOA_READING__WORKERS": str(workers),
                "SOHOA_READING__ENGINE": asked.engine,
            }
            command = [_BIN / "sohoa", "copy", path, "-o", folder / "ours.pdf", "--no-check"]
            return timed(command, environment)

        def theirs(*options: str) -> Cost:
            command = [asked.ocrmypdf, "-q", "-l", "vie", "--output-type", "pdfa", "-O1"]
            command += ["--jobs", str(asked.workers), *options]
            return timed([*command, path, folder / "theirs.pdf"])

        for _ in range(asked.rounds):
            costs.setdefault("sohoa", []).append(ours(asked.workers))
            costs.setdefault("sohoa, 1 worker", []).append(ours(1))
            if not asked.no_peer:
                costs.setdefault("ocrmypdf", []).append(theirs())
                turned = theirs("--rotate-pages", "--deskew")
                costs.setdefault("ocrmypdf --rotate-pages --deskew", []).append(turned)
        # Last: the server of reading processes stays, and counting costs waits for all children.
        for _ in range(asked.rounds):
            alone, together = (
                reading_alone(path, count, asked.engine, workers) for workers in (1, asked.workers)
            )
            gains.append(alone / together)
        where = stages(path, asked.engine) | afterwards(path, count, asked.engine)
        memory = peak_memory(path, asked.engine)
    print(f"the pool alone, 1 to {asked.workers} workers: {median(gains):.2f}x")
    report(count, costs, where, memory)


def report(pages: int, costs: dict[str, list[Cost]], where: dict[str, float], memory: int) -> None:
    """Medians, ratios to ours, stages."""
    base = costs["sohoa"]
    figures: dict[str, object] = {"pages": pages, "rounds": len(base)}
    for name, rounds in costs.items():
        wall, cpu = (median(cost[i] for cost in rounds) for i in (0, 1))
        # Ratios within a round: what else the machine did then, it did to both.
        slower = median(c.wall / b.wall for c, b in zip(rounds, base, strict=True))
        dearer = median(c.cpu / b.cpu for c, b in zip(rounds, base, strict=True))
        print(
            f"{name:34} {pages / wall:6.2f} pages/s  {cpu / pages:6.3f} CPU s a page"
            f"  {slower:5.1f}x wall {dearer:5.1f}x CPU"
        )
        figures[name] = {"wall_s": wall, "cpu_s": cpu, "wall_x": slower, "cpu_x": dearer}
    total = sum(where.values())
    parts = ", ".join(f"{name} {1000 * took:.0f}" for name, took in where.items())
    print(f"milliseconds a page: {parts} (in all {1000 * total:.0f})")
    outside = 1 - (where["layout"] + where["recognise"]) / total
    print(f"outside layout and recognition: {100 * outside:.0f} %")
    print(f"peak memory of a reading process: {memory} MB")
    print(json.dumps({**figures, "stages_s": where, "peak_rss_mb": memory}, ensure_ascii=False))


if __name__ == "__main__":
    main()
