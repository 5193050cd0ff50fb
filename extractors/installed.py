"""Whether an engine can be opened, found out without opening it: cheap, for the parent of readers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dossiers.errors import EngineMissing
from dossiers.settings import ReadingSettings

LANGUAGE = "vie"
MODELS = Path(__file__).parent / "models"
LINE_MODEL = MODELS / "vie.onnx"
LANGUAGE_MODEL = MODELS / "vie.lm.npz"
CONFIDENCE_MODEL = MODELS / "confidence.json"
PEN_MODEL = MODELS / "pen.onnx"


def check_engine(settings: ReadingSettings) -> None:
    """Raise unless what the engine set needs is there.

    Raises:
        EngineMissing: it, or its Vietnamese data, is not installed.
    """
    if not PEN_MODEL.is_file():
        raise EngineMissing(engine="handwriting", detail=str(PEN_MODEL))
    if settings.engine == "fast":
        for file in (LINE_MODEL, LANGUAGE_MODEL):
            if not file.is_file():
                raise EngineMissing(engine="fast", detail=str(file))
        return
    find_tessdata(settings)
    if settings.engine == "pytesseract" and shutil.which("tesseract") is None:
        raise EngineMissing(engine="pytesseract", detail="tesseract (tesseract-ocr)")


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
