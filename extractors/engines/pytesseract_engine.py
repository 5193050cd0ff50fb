"""The ``tesseract`` program, one process a page: works wherever the program is."""

from __future__ import annotations

from pathlib import Path

import pytesseract
from PIL import Image

from dossiers.errors import EngineMissing
from extractors.engines import EngineWord
from extractors.installed import LANGUAGE
from extractors.sheet import Sheet


class PytesseractEngine:
    """Tesseract's own layout (page segmentation mode 4: one column of lines of any size)."""

    name = "pytesseract"

    def __init__(self, tessdata: Path) -> None:
        try:
            self.version = str(pytesseract.get_tesseract_version())
        except pytesseract.TesseractNotFoundError as error:
            raise EngineMissing(engine=self.name, detail="tesseract (tesseract-ocr)") from error
        self._options = f"--tessdata-dir {tessdata} --oem 1"

    def recognise(self, sheet: Sheet) -> list[EngineWord]:
        """See :class:`extractors.engines.Engine`; the lines found are passed over."""
        return self._words(Image.fromarray(sheet.straight), sheet.dpi, mode=4)

    def _words(self, image: Image.Image, dpi: float, mode: int) -> list[EngineWord]:
        table = pytesseract.image_to_data(
            image,
            lang=LANGUAGE,
            config=f"{self._options} --psm {mode} --dpi {round(dpi)}",
            output_type=pytesseract.Output.DICT,
        )
        found: list[EngineWord] = []
        lines: dict[tuple[int, int, int], int] = {}
        for index, text in enumerate(table["text"]):
            confidence = float(table["conf"][index])
            if not text.strip() or confidence < 0:
                continue
            place = (table["block_num"][index], table["par_num"][index], table["line_num"][index])
            x, y = float(table["left"][index]), float(table["top"][index])
            width, height = float(table["width"][index]), float(table["height"][index])
            line = lines.setdefault(place, len(lines))
            found.append(
                EngineWord(text.strip(), x, y, x + width, y + height, confidence / 100, line)
            )
        return found
