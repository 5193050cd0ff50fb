"""How well papers in one file are told apart: ``python -m benchmarks.splitting --seed N --count M``.

Files are composed of one to five papers of the kinds that exist, as desks pile them, scanned, read
with the engine set and divided. Readings are kept in ``--keep`` so that rules can be looked at again.
"""

from __future__ import annotations

import argparse
import json
import pickle
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from dossiers.reading import PageOutcome, PageReading
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.pool import ReaderPool
from extractors.sources import inspect
from extractors.splitting import divide
from extractors.types import load_types
from fixtures.chance import seeded
from fixtures.containers import write_pdf
from fixtures.kinds import KINDS, Style
from fixtures.render.fonts import find_family
from fixtures.scanner import Degradation
from fixtures.stack import random_stack, scan_stack

_MOST_PAPERS = 5
_File = tuple[list[PageReading], list[list[int]], list[str]]


def readings(options: argparse.Namespace) -> list[_File]:
    """Pages as read, the true parts and the kinds, of every file; kept where asked."""
    keep = Path(options.keep) if options.keep else None
    if keep and keep.exists():
        loaded: list[_File] = pickle.loads(keep.read_bytes())  # noqa: S301 - our own file
        return loaded
    style = Style(find_family(options.font), 200)
    found = []
    limits = IntakeSettings()
    with ReaderPool(ReadingSettings(), limits) as pool, tempfile.TemporaryDirectory() as folder:
        for index in range(options.count):
            rng = seeded(f"splitting/{options.seed}/{index}")
            stack = random_stack(rng, style, tuple(KINDS), rng.randrange(1, _MOST_PAPERS + 1))
            path = Path(folder) / f"{index}.pdf"
            write_pdf(scan_stack(stack, rng, Degradation(options.degradation)), path)
            pixels = inspect(path, limits, decode=False).page_pixels
            jobs = [pool.submit_page(path, n, size) for n, size in enumerate(pixels, 1)]
            pages = [job.result() for job in jobs]
            parts = [list(part) for part in stack.parts]
            found.append((pages, parts, [paper.kind for paper in stack.papers]))
            path.unlink()
    if keep:
        keep.write_bytes(pickle.dumps(found))
    return found


def recombined(files: list[_File], count: int, seed: int) -> list[_File]:
    """The same papers as read, in other company: of other people, with blank pages between some."""
    papers = [
        ([page for page in pages if page.number in part], kind)
        for pages, parts, kinds in files
        for part, kind in zip(parts, kinds, strict=True)
    ]
    blanks = [page for pages, _, _ in files for page in pages if page.outcome is PageOutcome.BLANK]
    made = []
    for index in range(count):
        rng = seeded(f"recombined/{seed}/{index}")
        pages: list[PageReading] = []
        parts, kinds = [], []
        for own, kind in rng.sample(papers, rng.randrange(2, 2 * _MOST_PAPERS)):
            begin = len(pages) + 1
            pages += [replace(page, number=begin + n) for n, page in enumerate(own)]
            parts.append(list(range(begin, len(pages) + 1)))
            kinds.append(kind)
            if blanks and rng.random() < 0.15:
                pages.append(replace(blanks[0], number=len(pages) + 1))
        made.append((pages, parts, kinds))
    return made


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20290)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--font", default="liberation-serif")
    parser.add_argument("--degradation", default="office")
    parser.add_argument("--keep", default=None)
    parser.add_argument("--recombine", type=int, default=0, help="so many files of the same papers")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    types = load_types()
    counts: Counter[str] = Counter()
    duration = 0.0
    files = readings(options)
    if options.recombine:
        files = recombined(files, options.recombine, options.seed)
    for index, (pages, truth, kinds) in enumerate(files):
        start = time.perf_counter()
        division = divide(f"{index}.pdf", pages, types)
        duration += time.perf_counter() - start
        found = [set(part.pages) for part in division.parts]
        content = {page.number for page in pages} - {left.page for left in division.left_out}
        lost = len(pages) - len(content) - len(division.left_out)
        begins = {min(part) for part in truth}
        cuts = {min(part) for part in found} - {min(map(min, found))}
        wanted = begins - {min(begins)}
        told = {problem.page for problem in division.problems}
        # Blank reverse sides may lie with the paper before: they are not what is judged.
        blank = {page.number for page in pages if not page.words}
        exact = [part - blank for part in found] == [set(part) - blank for part in truth]
        counts["files"] += 1
        counts["pages"] += len(pages)
        counts["exact files"] += exact
        counts["cuts wanted"] += len(wanted)
        counts["right cuts"] += len(cuts & wanted)
        counts["wrong cuts"] += len(cuts - wanted)
        counts["missed, told"] += len((wanted - cuts) & told)
        counts["missed, not told"] += len(wanted - cuts - told)
        counts["told without need"] += len(told - wanted)
        counts["pages lost"] += lost
        if options.verbose and not exact:
            print(index, kinds, truth, found, sorted(told))
            for part in division.parts:
                print("   ", part)
    print(json.dumps(dict(counts), indent=1))
    print(f"{1000 * duration / counts['pages']:.2f} ms a page")


if __name__ == "__main__":
    main()
