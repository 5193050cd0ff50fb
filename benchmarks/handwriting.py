"""Handwritten numbers and days: how many are read right, and whether any wrong one passes unseen.

Usage::

    python -m benchmarks.handwriting [--pages 60] [--seed 20281] [--digits FOLDER]
    python -m benchmarks.handwriting --scans SCANS [--worse]

Without ``SCANS`` on generated papers of a seed and a font never tuned on, written by hands drawn by
rule; with ``--digits`` by the last 1,500 figures of an IDX folder, which the model has not seen.
``SCANS`` holds PDFs and ``labels.jsonl`` (``so``, ``ngay_ban_hanh``); the time of the first signature
in each is the hint that it is in production. ``--worse`` reads the pages at less resolution, in
black and white, turned and blurred as well.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import pikepdf
from PIL import Image

from dossiers.reading import Field, PageReading
from dossiers.settings import IntakeSettings
from extractors.connected import Grey
from extractors.engines.fast import FastEngine
from extractors.fields.written import SIGNED_AT, with_written
from extractors.handwriting.model import pen_reader
from extractors.handwriting.reading import read_slots
from extractors.installed import PEN_MODEL
from extractors.page import read_image, read_page
from extractors.page_image import PageImage, load_page
from extractors.pixels import from_image
from extractors.types import load_types
from fixtures.batch import scan_paper
from fixtures.chance import seeded
from fixtures.kinds import KINDS, Style
from fixtures.render.fonts import find_family
from fixtures.scanner import Degradation
from training.pen_strips import read_idx

_HELD_OUT = 1500
_ACCEPT = 0.85
_NAMES = ("document_number", "issue_date")


@dataclass
class Tally:
    """Of one kind of value: asked, right, accepted unseen, and accepted though wrong."""

    asked: int = 0
    right: int = 0
    accepted: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, truth: str, found: Field | None) -> None:
        """One more; numbers are compared before their stroke, dates by their day."""
        self.asked += 1
        value = found.value if found else ""
        right = value == truth
        self.right += right
        if found and found.confidence >= _ACCEPT:
            self.accepted += 1
            if not right:
                self.wrong.append(f"{truth} read as {value} ({found.confidence:.2f})")

    def __str__(self) -> str:
        """A line of the table."""
        return (
            f"{self.right}/{self.asked} right, {self.accepted} accepted unseen, "
            f"{len(self.wrong)} of them wrong {'; '.join(self.wrong)}"
        )


def fields_of(page: PageReading, hints: Mapping[str, str]) -> dict[str, Field]:
    """Number and date that a pen wrote on a page, whatever the page's type."""
    kind = load_types().get("decision")
    assert kind is not None
    return with_written(kind, {}, [page], 1.0, hints)


def generated(
    pages: int, seed: int, digits: Path | None
) -> Iterator[tuple[PageImage, dict[str, str]]]:
    """First pages with their truth."""
    specimens: dict[str, list[Image.Image]] = {}
    if digits:
        figures = read_idx(digits)
        kept = figures.part(len(figures.labels) - _HELD_OUT, len(figures.labels))
        for picture, label in zip(kept.pictures, kept.labels, strict=True):
            specimens.setdefault(str(label), []).append(Image.fromarray(picture))
    style = Style(find_family("dejavu-serif"), 300.0, pen_numbers=True, specimens=specimens)
    for index in range(pages):
        rng = seeded(f"{seed}/{index}")
        paper = KINDS[("decision", "official_letter")[index % 2]](rng, style)
        scanned, truth = scan_paper(paper, rng, Degradation.OFFICE)[0]
        grey, colour = from_image(scanned.image, scanned.settings.dpi)
        width, height = scanned.truth.scan_size
        dpi = grey.shape[1] * 72 / width
        yield PageImage(grey, colour, width, height, dpi, dpi), dict(truth.fields)


def signed_at(path: Path) -> dict[str, str]:
    """The claimed time of the first signature in a PDF, as a hint."""
    with pikepdf.open(path) as pdf:
        widgets = [a for page in pdf.pages for a in page.get("/Annots", [])]
        times = [str(w.V.M) for w in widgets if "/V" in w and "/M" in w.V]
    if not times:
        return {}
    first = min(time[2:16] for time in times)
    day, clock = f"{first[:4]}-{first[4:6]}-{first[6:8]}", f"{first[8:10]}:{first[10:12]}"
    return {SIGNED_AT: f"{day}T{clock}:00+07:00"}


def made_worse(image: PageImage) -> Iterator[tuple[str, PageImage]]:
    """The page as scanned with less care."""
    for dpi in (200, 150):
        scale = dpi / image.dpi
        if scale < 0.95:
            grey = cv2.resize(image.grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            yield f"{dpi} dpi", _with(image, np.asarray(grey), image.dpi * scale)
    _, two_tone = cv2.threshold(image.grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    yield "black and white", _with(image, np.asarray(two_tone), image.dpi)
    height, width = image.grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -3, 1.0)
    leaning = cv2.warpAffine(image.grey, matrix, (width, height), borderValue=255)
    yield "turned by 3°", _with(image, np.asarray(leaning), image.dpi)
    blurred = cv2.GaussianBlur(image.grey, (0, 0), 2.2 * image.dpi / 300)
    yield "blurred", _with(image, np.asarray(blurred), image.dpi)


def _with(image: PageImage, grey: Grey, dpi: float) -> PageImage:
    return replace(image, grey=grey, colour=None, dpi=dpi)


def real(scans: Path, *, worse: bool) -> None:
    """The table of real scans, with what is read of each."""
    engine, limits = FastEngine(), IntakeSettings()
    tallies: dict[str, dict[str, Tally]] = {}
    for line in (scans / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        path = scans / label["file"]
        truths = {"document_number": label["so_ky_hieu"], "issue_date": label["ngay_ban_hanh"]}
        hints = signed_at(path)
        page = read_page(path, 1, engine, limits)
        ways = [("as scanned", page), ("as scanned, no hints", page)]
        if worse:
            ways += [
                (name, read_image(image, 1, engine))
                for name, image in made_worse(load_page(path, 1, limits))
            ]
        for way, read in ways:
            found = fields_of(read, {} if way.endswith("no hints") else hints)
            for name, truth in truths.items():
                tally = tallies.setdefault(way, {}).setdefault(name, Tally())
                tally.add(truth, found.get(name))
            if way == "as scanned":
                told = (
                    f"{found[n].value} {found[n].confidence:.2f}" if n in found else "–"
                    for n in (*_NAMES, "incoming_number", "incoming_date")
                )
                print(label["file"], "|", *truths.values(), "|", *told)
    for way, by_name in tallies.items():
        for name, tally in by_name.items():
            print(f"{way}: {name}: {tally}")


def main() -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20281)
    parser.add_argument("--digits", type=Path)
    parser.add_argument("--scans", type=Path)
    parser.add_argument("--worse", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    if asked.scans:
        real(asked.scans, worse=asked.worse)
        return
    engine, reader = FastEngine(), pen_reader(PEN_MODEL)
    tallies: dict[str, Tally] = {}
    took = 0.0
    for image, truth in generated(asked.pages, asked.seed, asked.digits):
        page = read_image(image, 1, engine)
        begun = time.process_time()
        read_slots(image.grey, image.dpi, page.words, page.skew, reader)
        took += time.process_time() - begun
        found = fields_of(page, {})
        for name in (*_NAMES, "incoming_number", "incoming_date"):
            if name in truth:
                tallies.setdefault(name, Tally()).add(truth[name], found.get(name))
    for name, tally in tallies.items():
        print(f"{name}: {tally}")
    print(f"{1000 * took / asked.pages:.1f} ms of CPU a page")


if __name__ == "__main__":
    main()
