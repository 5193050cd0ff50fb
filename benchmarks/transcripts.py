"""Exact words and characters on transcribed real scans.

Usage::

    python -m benchmarks.transcripts SCANS [--engine fast] [--no-language] [--psm3] [--errors]

``SCANS`` holds PDFs and ``truth/``: a transcript a page (``name.pN.txt``) and the scorer ``score.py``.
Pages are rendered at 300 dpi with annotations hidden, since the visible signatures are no part of the
paper. ``--psm3`` reads the same pictures with the program ``tesseract``, page segmentation mode 3.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import pypdfium2 as pdfium

from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.engines import Engine, open_engine
from extractors.engines.fast import FastEngine
from extractors.page import read_page


def render(scans: Path, folder: Path) -> list[Path]:
    """The transcribed pages as pictures."""
    pictures = []
    for truth in sorted((scans / "truth").glob("*.txt")):
        name, number = truth.stem.rsplit(".p", 1)
        with pdfium.PdfDocument(scans / f"{name}.pdf") as document:
            page = document[int(number) - 1].render(
                scale=300 / 72, may_draw_forms=False, draw_annots=False
            )
            path = folder / f"{truth.stem}.png"
            page.to_pil().convert("RGB").save(path, dpi=(300, 300))
        pictures.append(path)
    return pictures


def tesseract(picture: Path) -> str:
    """What the program reads by itself."""
    command = ["tesseract", str(picture), "-", "-l", "vie", "--psm", "3"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"OMP_THREAD_LIMIT": "1"}
    )
    return done.stdout


def main() -> None:
    """Read, then print the scorer's table and the seconds a page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scans", type=Path)
    parser.add_argument("--engine", default="fast")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--no-language", action="store_true")
    parser.add_argument("--psm3", action="store_true")
    parser.add_argument("--errors", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    engine: Engine = open_engine(ReadingSettings.model_validate({"engine": asked.engine}))
    if asked.no_language:
        engine = FastEngine(language=None)
    if asked.model:
        engine = FastEngine(asked.model)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        pictures = render(asked.scans, folder)
        start = time.perf_counter()
        for picture in pictures:
            if asked.psm3:
                text = tesseract(picture)
            else:
                text = read_page(picture, 1, engine, IntakeSettings()).text
            picture.with_suffix(".txt").write_text(text, encoding="utf-8")
        took = (time.perf_counter() - start) / len(pictures)
        scorer = [sys.executable, asked.scans / "truth" / "score.py", asked.scans / "truth", folder]
        subprocess.run([*scorer, *(["--errors"] if asked.errors else [])], check=True)
    print(f"{took:.2f} s a page")


if __name__ == "__main__":
    main()
