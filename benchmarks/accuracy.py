"""Character error rate and exact-field rate per document kind on generated scans.

Usage::

    python -m benchmarks.accuracy [--seed 20261] [--font dejavu-serif] [--count 40]
                                  [--degradation office] [--engine fast] [--kind decision] [--show]

``--engine psm3`` is Tesseract left to itself (page segmentation mode 3) on pages turned upright.

A recognised word counts for the printed line its middle falls on (or nearest to), so the reading
order does not matter; words on no line are junk and cost their length. Letters under a seal or a
signature, and text of stamps and pens, are not expected and not junk. The seed and font are not the
ones the rules were tuned on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytesseract
from rapidfuzz.distance import Levenshtein

from dossiers.reading import Box, DocumentReading, PageReading, Word
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.page_image import load_page
from extractors.pool import ReaderPool
from extractors.reader import understand
from extractors.sheet import turned
from extractors.types import load_types
from fixtures.batch import generate
from fixtures.kinds import KINDS
from fixtures.truth import DocumentTruth, Layer, LineTruth, PageTruth


@dataclass(slots=True)
class Tally:
    """Sums for one document kind."""

    pages: int = 0
    characters: int = 0
    edits: int = 0
    junk: int = 0
    fields: int = 0
    exact: int = 0
    passed: int = 0
    passed_exact: int = 0
    typed: int = 0
    papers: int = 0
    misses: list[str] = field(default_factory=list)


def to_upright(truth: PageTruth, page: PageReading, box: Box) -> tuple[float, float]:
    """The middle of a box on the displayed page, as a point of the upright, unskewed paper."""
    x, y = box.centre
    # Displayed -> as stored: undo the turn that reading added.
    if page.rotation == 90:
        x, y = y, page.width - x
    elif page.rotation == 180:
        x, y = page.width - x, page.height - y
    elif page.rotation == 270:
        x, y = page.height - y, x
    a, b, c, d, e, f = truth.matrix
    det = a * e - b * d
    return (e * (x - c) - b * (y - f)) / det, (a * (y - f) - d * (x - c)) / det


def score_page(truth: PageTruth, page: PageReading, tally: Tally) -> None:
    """Add a page's characters, edits and junk."""
    printed = [line for line in truth.lines if line.layer is Layer.PRINT]
    unwanted = [line.box for line in truth.lines if line.layer is not Layer.PRINT]
    found: dict[int, list[tuple[float, Word]]] = defaultdict(list)
    for word in page.words:
        x, y = to_upright(truth, page, word.box)
        index = nearest(printed, x, y)
        if index is not None:
            found[index].append((x, word))
        elif not any(inside(box, x, y, 6) for box in unwanted):
            tally.junk += len(word.text)
    for index, line in enumerate(printed):
        read = " ".join(w.text for _, w in sorted(found[index], key=lambda item: item[0]))
        tally.characters += len(line.text)
        tally.edits += Levenshtein.distance(bare(line.text), bare(read))
    tally.pages += 1


def bare(text: str) -> str:
    """Leader dots dropped on both sides."""
    return " ".join(word.strip(".…_ ") for word in text.split() if word.strip(".…_ "))


def inside(box: Box, x: float, y: float, margin: float) -> bool:
    """Whether a point lies in a box, or within a margin around it."""
    return box.x0 - margin <= x <= box.x1 + margin and box.y0 - margin <= y <= box.y1 + margin


def nearest(lines: Sequence[LineTruth], x: float, y: float) -> int | None:
    """The line a point stands on."""
    best: tuple[float, int] | None = None
    for index, line in enumerate(lines):
        if inside(line.box, x, y, 5):
            distance = abs((line.box.y0 + line.box.y1) / 2 - y)
            if best is None or distance < best[0]:
                best = distance, index
    return best[1] if best else None


def score_fields(truth: DocumentTruth, reading: DocumentReading, tally: Tally) -> None:
    """Add a paper's fields: exact means the normalised value equals the printed one."""
    tally.papers += 1
    tally.typed += reading.type.code == truth.kind
    for name, expected in truth.fields.items():
        tally.fields += 1
        got = reading.fields.get(name)
        same = got is not None and same_value(got.value, expected)
        tally.exact += same
        passed = got is not None and name not in reading.doubtful
        tally.passed += passed
        tally.passed_exact += passed and same
        if not same:
            state = "PASSED" if passed else "doubtful"
            value = got.value if got else None
            tally.misses.append(f"{truth.file} {name} [{state}]: {expected!r} <> {value!r}")


def same_value(got: str, expected: str) -> bool:
    """Equal but for blanks and a full stop at the end."""
    return " ".join(got.split()).rstrip(".") == " ".join(expected.split()).rstrip(".")


def whole_page(path: Path, page: PageReading) -> PageReading:
    """What Tesseract reads of a page by itself, the turn that we found applied."""
    image = load_page(path, page.number, IntakeSettings())
    upright = turned(image.grey, page.rotation)
    table = pytesseract.image_to_data(
        upright, lang="vie", config="--psm 3", output_type=pytesseract.Output.DICT
    )
    scale = 72 / image.dpi
    words = [
        Word(text, Box(x * scale, y * scale, (x + w) * scale, (y + h) * scale), conf / 100, line)
        for text, x, y, w, h, conf, line in zip(
            *(table[key] for key in ("text", "left", "top", "width", "height", "conf", "line_num")),
            strict=True,
        )
        if text.strip()
    ]
    return replace(page, words=tuple(words), engine="psm3")


def run(folder: Path, truths: Sequence[DocumentTruth], engine: str) -> Mapping[str, Tally]:
    """Read all papers and score them."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    types = load_types()
    alone = engine == "psm3"
    settings = ReadingSettings.model_validate({"engine": "fast" if alone else engine})
    with ReaderPool(settings, IntakeSettings()) as pool:
        jobs = [
            [pool.submit_page(folder / str(t.file), n + 1) for n in range(len(t.pages))]
            for t in truths
        ]
        for truth, job in zip(truths, jobs, strict=True):
            pages = [future.result() for future in job]
            if alone:
                pages = [whole_page(folder / str(truth.file), page) for page in pages]
            for page_truth, page in zip(truth.pages, pages, strict=True):
                score_page(page_truth, page, tallies[truth.kind])
            reading = understand(str(truth.file), pages, types)
            score_fields(truth, reading, tallies[truth.kind])
    return tallies


def main() -> None:
    """Print a table for people and one JSON line for machines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=20261)
    parser.add_argument("--font", default="dejavu-serif")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--degradation", default="office")
    parser.add_argument("--engine", default="fast")
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), dest="kinds")
    parser.add_argument("--show", action="store_true", help="list every field that is not exact")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        truths = generate(
            folder,
            arguments.seed,
            arguments.kinds or tuple(KINDS),
            count=arguments.count,
            font=arguments.font,
            degradation=arguments.degradation,
        )
        tallies = run(folder, truths, arguments.engine)
    report(tallies, show=arguments.show)


def report(tallies: Mapping[str, Tally], *, show: bool) -> None:
    """One row a kind, and all together."""
    whole = Tally()
    for tally in tallies.values():
        for name in Tally.__slots__:
            if name != "misses":
                setattr(whole, name, getattr(whole, name) + getattr(tally, name))
    print(
        f"{'kind':34}{'pages':>6}{'type':>6}{'CER %':>8}{'junk %':>8}{'exact %':>9}"
        f"{'coverage %':>12}{'precision %':>13}"
    )
    figures = {}
    for kind, tally in [*sorted(tallies.items()), ("all", whole)]:
        characters, fields = max(1, tally.characters), max(1, tally.fields)
        row = {
            "pages": tally.pages,
            "cer": 100 * (tally.edits + tally.junk) / characters,
            "junk": 100 * tally.junk / characters,
            "exact": 100 * tally.exact / fields,
            "coverage": 100 * tally.passed / fields,
            "precision": 100 * tally.passed_exact / max(1, tally.passed),
        }
        figures[kind] = row
        print(
            f"{kind:34}{tally.pages:6}{tally.typed:3}/{tally.papers:<2}{row['cer']:8.2f}"
            f"{row['junk']:8.2f}{row['exact']:9.1f}{row['coverage']:12.1f}{row['precision']:13.1f}"
        )
        if show:
            for miss in tally.misses:
                print("   ", miss)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
