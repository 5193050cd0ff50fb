"""Our reading inside OCRmyPDF 17.

    ocrmypdf --plugin extractors.ocrmypdf_plugin -l vie in.pdf out.pdf

OCRmyPDF rasterises, corrects and writes the file; orientation, skew and text come from here. See
``docs/ocrmypdf.md``.
"""

from __future__ import annotations

import math
import threading
from functools import cache
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import cv2
from ocrmypdf import hookimpl
from ocrmypdf.models.ocr_element import Baseline, BoundingBox, OcrClass, OcrElement
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence

from dossiers.errors import SohoaError
from dossiers.reading import Box, PageOutcome, PageReading, Word
from dossiers.settings import IntakeSettings, Settings, load_settings
from extractors.engines import Engine, open_engine
from extractors.page import read_page

# OCRmyPDF turns pages from 14 on (arbitrary units); a page that reads well is surely upright.
_CERTAIN = 20.0

_of_thread = threading.local()


def _engine() -> Engine:
    """One engine a thread: they are not made to be shared."""
    engine: Engine | None = getattr(_of_thread, "engine", None)
    if engine is None:
        cv2.setNumThreads(1)
        engine = _of_thread.engine = open_engine(_settings().reading)
    return engine


@cache
def _settings() -> Settings:
    return load_settings()


def _read(image: Path) -> PageReading:
    """The page's reading; orientation, skew and text of one image are found together."""
    stamp = image, image.stat().st_mtime_ns
    kept: tuple[object, PageReading] | None = getattr(_of_thread, "reading", None)
    if kept is None or kept[0] != stamp:
        # OCRmyPDF has its own limits (--max-image-mpixels).
        limits = IntakeSettings(max_pixels=2**31)
        kept = _of_thread.reading = (stamp, read_page(image, 1, _engine(), limits))
    return kept[1]


class SohoaEngine(OcrEngine):
    """Sohoa's reading behind OCRmyPDF's interface."""

    @staticmethod
    def version() -> str:
        """Of Sohoa."""
        return installed_version("sohoa")

    @staticmethod
    def creator_tag(options: Any) -> str:
        """For the PDF's metadata."""
        del options
        return f"Sohoa {SohoaEngine.version()}"

    def __str__(self) -> str:
        return f"Sohoa {self.version()}"

    @staticmethod
    def languages(options: Any) -> set[str]:
        """Vietnamese; English words among it are read as well."""
        del options
        return {"vie", "eng"}

    @staticmethod
    def get_orientation(input_file: Path, options: Any) -> Any:
        """How far the page lies turned clockwise, which OCRmyPDF turns back."""
        del options
        reading = _read(input_file)
        sure = reading.outcome is PageOutcome.OK
        return OrientationConfidence(-reading.rotation % 360, _CERTAIN if sure else 0.0)

    @staticmethod
    def get_deskew(input_file: Path, options: Any) -> float:
        """Degrees to turn the page anticlockwise so that its lines are level."""
        del options
        return _read(input_file).skew

    @staticmethod
    def supports_generate_ocr() -> bool:
        """Yes: results are handed over as they are."""
        return True

    @staticmethod
    def generate_ocr(input_file: Path, options: Any, page_number: int = 0) -> tuple[Any, str]:
        """The page's lines and words in pixels of the image, and its plain text.

        Raises:
            RuntimeError: the image cannot be read; OCRmyPDF reports it with the page.
        """
        del options
        reading = _read(input_file)
        if reading.outcome is PageOutcome.FAILED:
            raise RuntimeError("; ".join(problem.en for problem in reading.problems))
        return _page(reading, page_number), reading.text

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: Any) -> None:
        """Not offered: OCRmyPDF takes :meth:`generate_ocr` where there is one."""
        raise NotImplementedError("use --pdf-renderer auto")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: Any) -> None:
        """Not offered: OCRmyPDF's own renderer draws what :meth:`generate_ocr` finds."""
        raise NotImplementedError("use --pdf-renderer auto")


def _page(reading: PageReading, page_number: int) -> Any:
    scale = (reading.dpi or 300.0) / 72
    width, height = reading.width, reading.height
    if reading.rotation % 180:
        width, height = height, width
    page = OcrElement(
        ocr_class=OcrClass.PAGE,
        bbox=BoundingBox(0, 0, round(width * scale), round(height * scale)),
        dpi=reading.dpi or 300.0,
        page_number=page_number,
    )
    for words in reading.lines():
        page.children.append(_line(words, reading, scale))
    return page


def _line(words: tuple[Word, ...], reading: PageReading, scale: float) -> Any:
    around = Box.around(word.box for word in words)
    slope = math.tan(math.radians(reading.skew))
    # The foot of the words' boxes lies a little below the baseline.
    size = sum(w.box.height for w in words) / len(words)
    foot = sum(w.box.y1 - slope * (w.box.centre[0] - around.x0) for w in words) / len(words)
    line = OcrElement(
        ocr_class=OcrClass.LINE,
        bbox=_placed(around, reading, scale),
        language="vie",
    )
    if reading.rotation:
        # Anticlockwise, as hOCR has it.
        line.textangle = {90: 90.0, 180: 180.0, 270: -90.0}[reading.rotation]
    else:
        line.baseline = Baseline(slope, (foot - 0.21 * size - around.y1) * scale)
    line.children = [
        OcrElement(
            ocr_class=OcrClass.WORD,
            bbox=_placed(word.box, reading, scale),
            text=word.text,
            confidence=word.confidence,
        )
        for word in words
    ]
    return line


def _placed(box: Box, reading: PageReading, scale: float) -> Any:
    """A box of the upright page where it lies on the image as it was given."""
    width, height = reading.width, reading.height
    match reading.rotation:
        case 90:
            box = Box(box.y0, width - box.x1, box.y1, width - box.x0)
        case 180:
            box = Box(width - box.x1, height - box.y1, width - box.x0, height - box.y0)
        case 270:
            box = Box(height - box.y1, box.x0, height - box.y0, box.x1)
    corners = (box.x0, box.y0, box.x1, box.y1)
    return BoundingBox(*(max(0.0, corner * scale) for corner in corners))


@hookimpl  # type: ignore[untyped-decorator]
def get_ocr_engine(options: Any) -> Any:
    """Our engine, unless another is asked for by name."""
    if options is not None and getattr(options, "ocr_engine", "auto") not in ("auto", "sohoa"):
        return None
    return SohoaEngine()


@hookimpl  # type: ignore[untyped-decorator]
def validate(pdfinfo: Any, options: Any) -> None:
    """Fail before the first page if the engine set cannot be opened."""
    del pdfinfo, options
    try:
        _engine()
    except SohoaError as error:
        from ocrmypdf.exceptions import MissingDependencyError

        raise MissingDependencyError(str(error)) from error
