"""Recognition engines, exchangeable by setting: one protocol, one form of result."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dossiers.errors import EngineMissing
from dossiers.settings import ReadingSettings
from extractors.sheet import Sheet

LANGUAGE = "vie"


@dataclass(frozen=True, slots=True)
class EngineWord:
    """A word in pixels of the straight page (see :class:`extractors.sheet.Sheet`).

    NFC is left to the caller; confidence is 0 to 1. ``line`` is the :attr:`Line.row` it was read
    from, or the engine's own count of lines. ``edges``, where known, part its characters.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float
    line: int
    edges: tuple[float, ...] = ()


class Engine(Protocol):
    """Turns the lines of a page into words. One instance serves one process, one thread."""

    name: str
    version: str

    def recognise(self, sheet: Sheet) -> list[EngineWord]:
        """Words in reading order; an engine with a layout of its own may pass the lines over."""
        ...


def open_engine(settings: ReadingSettings) -> Engine:
    """The engine set.

    Raises:
        EngineMissing: it, or its Vietnamese data, is not installed.
    """
    if settings.engine == "fast":
        from extractors.engines.fast import FastEngine

        return FastEngine()
    # Tesseract's threads fight over two cores: default OpenMP is three times slower (measured).
    os.environ["OMP_THREAD_LIMIT"] = "1"
    if settings.engine == "pytesseract":
        from extractors.engines.pytesseract_engine import PytesseractEngine

        return PytesseractEngine(find_tessdata(settings))
    from extractors.engines.tesserocr_engine import TesserocrEngine

    return TesserocrEngine(find_tessdata(settings))


def find_tessdata(settings: ReadingSettings) -> Path:
    """The folder with ``vie.traineddata``.

    Raises:
        EngineMissing: no such folder.
    """
    candidates = [settings.tessdata] if settings.tessdata else []
    if prefix := os.environ.get("TESSDATA_PREFIX"):
        candidates.append(Path(prefix))
    candidates += sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True)
    candidates += [Path("/usr/share/tessdata"), Path("/usr/local/share/tessdata")]
    for folder in candidates:
        if (folder / f"{LANGUAGE}.traineddata").is_file():
            return folder
    raise EngineMissing(engine=settings.engine, detail="vie.traineddata (tesseract-ocr-vie)")
