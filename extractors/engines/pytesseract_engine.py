"""The ``tesseract`` program, one process a page: works wherever the program is."""

from __future__ import annotations

from pathlib import Path

import pytesseract
from PIL import Image

from dossiers.errors import EngineMissing
from extractors.cleanup import Grey
from extractors.engines import LANGUAGE, EngineWord
from extractors.lines import Segment


class PytesseractEngine:
    """Tesseract's own layout (page segmentation mode 4: one column of lines of any size)."""

    name = "pytesseract"

    def __init__(self, tessdata: Path) -> None:
        try:
            self.version = str(pytesseract.get_tesseract_version())
        except pytesseract.TesseractNotFoundError as error:
            raise EngineMissing(engine=self.name, detail="tesseract (tesseract-ocr)") from error
        self._options = f"--tessdata-dir {tessdata} --oem 1"

    def recognise(self, page: Grey, dpi: float, segments: tuple[Segment, ...]) -> list[EngineWord]:
        """See :class:`extractors.engines.Engine`; the segments are passed over."""
        del segments
        return self._words(Image.fromarray(page), dpi, mode=4)

    def confidence(self, page: Grey, dpi: float, segments: tuple[Segment, ...]) -> float:
        """See :class:`extractors.engines.Engine`."""
        if not segments:
            return 0.0
        image = Image.fromarray(page)
        strips = [image.crop((s.x0, s.y0, s.x1, s.y1)) for s in segments]
        stack = Image.new(
            "L", (max(s.width for s in strips), sum(s.height + 20 for s in strips)), 255
        )
        top = 0
        for strip in strips:
            stack.paste(strip, (0, top))
            top += strip.height + 20
        read = self._words(stack, dpi, mode=6)
        letters = sum(len(word.text) for word in read)
        return sum(word.confidence * len(word.text) for word in read) / letters if letters else 0.0

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
