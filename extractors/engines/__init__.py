"""Recognition engines, exchangeable by setting: one protocol, one form of result."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dossiers.errors import EngineMissing
from dossiers.settings import ReadingSettings
from extractors.cleanup import Grey
from extractors.lines import Segment

LANGUAGE = "vie"


@dataclass(frozen=True, slots=True)
class EngineWord:
    """A word in pixels of the image given, NFC left to the caller; confidence 0 to 1.

    ``line`` is the :attr:`Segment.line` it was read from, or the engine's own count of lines.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float
    line: int


class Engine(Protocol):
    """Turns a straight, levelled page into words. One instance serves one process, one thread."""

    name: str

    def recognise(self, page: Grey, dpi: float, segments: tuple[Segment, ...]) -> list[EngineWord]:
        """Words in reading order.

        ``segments`` are the text lines found on the page; an engine with a layout of its own may
        pass them over.
        """
        ...

    def confidence(self, page: Grey, dpi: float, segments: tuple[Segment, ...]) -> float:
        """How well the given lines read as Vietnamese, 0 to 1: tells which way up a page is."""
        ...


def open_engine(settings: ReadingSettings) -> Engine:
    """The engine set.

    Raises:
        EngineMissing: it, or its Vietnamese data, is not installed.
    """
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
