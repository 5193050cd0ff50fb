"""Recognition engines, exchangeable by setting: one protocol, one form of result."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol

from dossiers.settings import ReadingSettings
from extractors.installed import find_tessdata
from extractors.sheet import Sheet


@dataclass(frozen=True, slots=True)
class EngineWord:
    """A word in pixels of the straight page (see :class:`extractors.sheet.Sheet`).

    NFC is left to the caller; confidence is 0 to 1. ``line`` is the :attr:`Line.row` it was read
    from, or the engine's own count of lines. ``edges``, where known, part its characters; ``looks``
    is what further looks at a doubtful word have read.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float
    line: int
    edges: tuple[float, ...] = ()
    looks: tuple[str, ...] = ()


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
