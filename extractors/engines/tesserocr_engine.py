"""Tesseract inside this process, loaded once, fed line by line."""

from __future__ import annotations

from pathlib import Path

import tesserocr
from PIL import Image

from dossiers.errors import EngineMissing
from extractors.engines import EngineWord
from extractors.installed import LANGUAGE
from extractors.lines import Line
from extractors.sheet import Sheet


class TesserocrEngine:
    """Tesseract's LSTM on the lines of our own layout (page segmentation mode 7)."""

    name = "tesserocr"

    def __init__(self, tessdata: Path) -> None:
        try:
            self._api = tesserocr.PyTessBaseAPI(
                path=str(tessdata),
                lang=LANGUAGE,
                psm=tesserocr.PSM.SINGLE_LINE,
                oem=tesserocr.OEM.LSTM_ONLY,
            )
        except RuntimeError as error:
            raise EngineMissing(engine=self.name, detail=str(error)) from error
        # Light print on a dark ground is not met on our papers; trying costs time.
        self._api.SetVariable("tessedit_do_invert", "0")
        self._size = (0, 0)
        self.version = tesserocr.tesseract_version().split()[1]

    def recognise(self, sheet: Sheet) -> list[EngineWord]:
        """See :class:`extractors.engines.Engine`."""
        image = Image.fromarray(sheet.straight)
        self._size = image.size
        self._api.SetImage(image)
        self._api.SetSourceResolution(round(sheet.dpi))
        return [word for line in sheet.lines for word in self._read(line)]

    def _read(self, line: Line) -> list[EngineWord]:
        # Letters cut at the rim are misread ("ghi" as "chi").
        side, rim = round(0.35 * line.x_height), round(0.1 * line.x_height)
        left, top = max(0, round(line.x0) - side), max(0, round(line.top) - rim)
        right = min(self._size[0], round(line.x1) + side)
        bottom = min(self._size[1], round(line.bottom) + rim)
        if right <= left or bottom <= top:
            return []
        self._api.SetRectangle(left, top, right - left, bottom - top)
        if not self._api.Recognize():
            return []
        found: list[EngineWord] = []
        iterator = self._api.GetIterator()
        if iterator is None:
            return found
        for item in tesserocr.iterate_level(iterator, tesserocr.RIL.WORD):
            box = item.BoundingBox(tesserocr.RIL.WORD)
            text = (item.GetUTF8Text(tesserocr.RIL.WORD) or "").strip() if box else ""
            if text:
                confidence = max(0.0, item.Confidence(tesserocr.RIL.WORD) / 100)
                x0, y0, x1, y1 = map(float, box)
                found.append(EngineWord(text, x0, y0, x1, y1, confidence, line.row))
        return found
