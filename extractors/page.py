"""One page from source to words: the whole reading pipeline for a single page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dossiers.errors import SohoaError
from dossiers.reading import (
    Box,
    Mark,
    PageOutcome,
    PageReading,
    Problem,
    Symbology,
    Word,
)
from dossiers.settings import IntakeSettings
from dossiers.text import nfc
from extractors import cleanup
from extractors.cleanup import Grey
from extractors.engines import Engine, EngineWord
from extractors.lines import Segment, find_lines
from extractors.marks import FoundMark, find_marks
from extractors.page_image import PageImage, load_page

# Print is recognised best, and quickest, at about this resolution; more is thrown away.
_READING_DPI = 300.0
# Sides this unequal leave no doubt which way lines run.
_SURE_LIE = 1.35
# Read upright, even a bad page reaches this; upside down, even a good one does not.
_SURELY_UPRIGHT = 0.80
_TRIAL_LINES = 4
_DOUBTFUL_BELOW = 0.60
_DIRT_LETTERS, _DIRT_BELOW = 3, 0.70


@dataclass(frozen=True, slots=True)
class _View:
    """The page turned upright and straight, and how to get back."""

    grey: Grey
    levelled: Grey
    rotation: int
    skew: float


def read_page(path: Path, number: int, engine: Engine, limits: IntakeSettings) -> PageReading:
    """Page ``number`` (1-based) of a file.

    Every fault of the page is an outcome, not an exception: ``failed`` with the problem.
    """
    try:
        image = load_page(path, number, limits)
    except SohoaError as error:
        return failed_page(number, engine.name, error)
    return read_image(image, number, engine)


def failed_page(number: int, engine: str, error: SohoaError) -> PageReading:
    """The reading of a page that could not be read."""
    return PageReading(
        number=number,
        width=595.28,
        height=841.89,
        dpi=0.0,
        rotation=0,
        skew=0.0,
        outcome=PageOutcome.FAILED,
        engine=engine,
        problems=(problem_of(error, number),),
    )


def problem_of(error: SohoaError, page: int | None) -> Problem:
    """An error as something to show beside the page."""
    from dossiers.errors import Language

    return Problem(
        error.code, error.message(Language.VIETNAMESE), error.message(Language.ENGLISH), page
    )


def read_image(image: PageImage, number: int, engine: Engine) -> PageReading:
    """Words and marks of a page already decoded."""
    grey, dpi = _reduce(cleanup.drop_seal(image.grey, image.colour, image.dpi), image.dpi)
    levelled = cleanup.level(grey, dpi)
    if cleanup.is_blank(levelled, dpi):
        return _result(image, number, engine, _View(grey, levelled, 0, 0.0), PageOutcome.BLANK)
    view = _upright(grey, levelled, dpi, engine)
    layout = find_lines(view.levelled, dpi)
    words = _words(engine.recognise(layout.painted, dpi, layout.segments), view, dpi)
    marks = tuple(_mark(found, number, dpi) for found in find_marks(_turned(grey, view.rotation)))
    outcome, problems = _judge(words, number)
    return _result(image, number, engine, view, outcome, words, marks, problems)


def _reduce(grey: Grey, dpi: float) -> tuple[Grey, float]:
    import cv2

    if dpi <= _READING_DPI * 1.15:
        return grey, dpi
    scale = _READING_DPI / dpi
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), _READING_DPI


def _turned(grey: Grey, rotation: int) -> Grey:
    return np.ascontiguousarray(np.rot90(grey, -rotation // 90))


def _upright(grey: Grey, levelled: Grey, dpi: float, engine: Engine) -> _View:
    """Turned by the quarter that reads best, then straightened."""
    lie = cleanup.find_lie(levelled, dpi)
    turns: tuple[int, ...]
    if lie.certainty >= _SURE_LIE:
        turns = (90, 270) if lie.sideways else (0, 180)
    else:
        turns = (90, 270, 0, 180) if lie.sideways else (0, 180, 90, 270)
    best: tuple[float, _View] | None = None
    for rotation in turns:
        turned = _turned(levelled, rotation)
        skew = (
            cleanup.find_lie(turned, dpi).skew if rotation % 180 != lie.sideways * 90 else lie.skew
        )
        view = _View(
            cleanup.straighten(_turned(grey, rotation), skew),
            cleanup.straighten(turned, skew),
            rotation,
            skew,
        )
        score = _reads(view, dpi, engine)
        if best is None or score > best[0]:
            best = score, view
        if score >= _SURELY_UPRIGHT:
            break
    assert best is not None  # noqa: S101 - there is always a first turn
    return best[1]


def _reads(view: _View, dpi: float, engine: Engine) -> float:
    layout = find_lines(view.levelled, dpi)
    # Long lines of ordinary height tell most; the widest may be a rule read as text.
    usual = np.median([s.x_height for s in layout.segments]) if layout.segments else 0.0
    ordinary = [s for s in layout.segments if 0.6 * usual <= s.x_height <= 1.8 * usual]
    widest = sorted(ordinary, key=_length, reverse=True)[:_TRIAL_LINES]
    return engine.confidence(layout.painted, dpi, tuple(widest))


def _length(segment: Segment) -> int:
    return min(segment.x1 - segment.x0, 40 * (segment.y1 - segment.y0))


def _words(found: list[EngineWord], view: _View, dpi: float) -> tuple[Word, ...]:
    """Engine words as words of the page: NFC, in points, leaning as the print does."""
    to_points = 72 / dpi
    words = []
    for word in found:
        centre = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
        x, y = cleanup.lean(*centre, view.skew, view.grey.shape)
        half_width, half_height = (word.x1 - word.x0) / 2, (word.y1 - word.y0) / 2
        box = Box(
            (x - half_width) * to_points,
            (y - half_height) * to_points,
            (x + half_width) * to_points,
            (y + half_height) * to_points,
        )
        words.append(Word(nfc(word.text), box, min(1.0, word.confidence), word.line))
    return tuple(word for line in _lines(words) for word in line if not _is_dirt(line))


def _lines(words: list[Word]) -> list[list[Word]]:
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return list(lines.values())


def _is_dirt(line: list[Word]) -> bool:
    """A letter or two that hardly read: strokes of a seal or a pen, not print."""
    letters = sum(character.isalnum() for word in line for character in word.text)
    return letters <= _DIRT_LETTERS and max(word.confidence for word in line) < _DIRT_BELOW


def _mark(found: FoundMark, number: int, dpi: float) -> Mark:
    scale = 72 / dpi
    box = Box(found.x0 * scale, found.y0 * scale, found.x1 * scale, found.y1 * scale)
    symbology = Symbology.QR if found.matrix else Symbology.BARCODE
    return Mark(symbology, nfc(found.text), number, box)


def _judge(words: tuple[Word, ...], number: int) -> tuple[PageOutcome, tuple[Problem, ...]]:
    letters = sum(len(word.text) for word in words)
    if not letters:
        problem = Problem(
            "no_text",
            f"Trang {number}: có mực nhưng không đọc được chữ nào. Hãy xem lại trang này.",
            f"Page {number}: there is ink but no text could be read. Look at this page.",
            number,
        )
        return PageOutcome.DOUBTFUL, (problem,)
    mean = sum(word.confidence * len(word.text) for word in words) / letters
    if mean < _DOUBTFUL_BELOW:
        problem = Problem(
            "hard_to_read",
            f"Trang {number}: khó đọc (độ tin cậy {mean:.0%}). Hãy kiểm tra hoặc quét lại.",
            f"Page {number}: hard to read (confidence {mean:.0%}). Check it or scan it again.",
            number,
        )
        return PageOutcome.DOUBTFUL, (problem,)
    return PageOutcome.OK, ()


def _result(
    image: PageImage,
    number: int,
    engine: Engine,
    view: _View,
    outcome: PageOutcome,
    words: tuple[Word, ...] = (),
    marks: tuple[Mark, ...] = (),
    problems: tuple[Problem, ...] = (),
) -> PageReading:
    quarter = view.rotation % 180 == 90
    return PageReading(
        number=number,
        width=image.height if quarter else image.width,
        height=image.width if quarter else image.height,
        dpi=image.dpi,
        rotation=view.rotation,
        skew=view.skew,
        outcome=outcome,
        engine=engine.name,
        words=words,
        marks=marks,
        problems=problems,
    )
