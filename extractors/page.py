"""One page from source to words: the whole reading pipeline for a single page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dossiers.errors import SohoaError
from dossiers.reading import (
    Box,
    Cell,
    Mark,
    PageOutcome,
    PageReading,
    Problem,
    Slot,
    Symbology,
    Word,
)
from dossiers.settings import IntakeSettings
from dossiers.text import nfc
from extractors import cleanup
from extractors.box_words import with_check_boxes
from extractors.cleanup import Seals, Spots
from extractors.connected import Grey
from extractors.engines import Engine, EngineWord
from extractors.flatten import Flat, flatten, onto_photo
from extractors.handwriting.model import pen_reader
from extractors.handwriting.reading import read_slots, rewritten
from extractors.handwriting.stamps import find_stamps, read_stamp, upright_box
from extractors.handwriting.widgets import with_widgets
from extractors.installed import PEN_MODEL
from extractors.marks import FoundMark, find_marks
from extractors.outcomes import failed_page
from extractors.own_text import own_text, turn_of
from extractors.page_image import A4_LONG_SIDE, PageImage, load_page
from extractors.sheet import Sheet, lay_out, small_of, turned
from extractors.sources import Kind, sniff
from extractors.tables import TableCell
from extractors.text_layer import with_text_layer

# Read upright, even a bad page reaches this; turned otherwise, even a good one does not.
_SURELY_UPRIGHT = 0.80
_LEAST_SIDE = 24
# Incoming stamps are this much wider than high, or more; seals are round.
_WIDE_STAMP = 1.3
_MOST_STAMPS = 4
# Print on its side and strange scripts read as nonsense up to 0.70.
_DOUBTFUL_BELOW = 0.72
_DIRT_LETTERS, _DIRT_BELOW = 3, 0.70
# A line read worse than this, most of it on better ones, is their tails and marks.
_ECHO_BELOW, _ECHO_SHARE, _ECHO_WORDS = 0.75, 0.6, 3
# Of print, each spot as high as a letter is about one; of noise and pictures, few are.
_MANY_SPOTS, _LEAST_READ = 40, 0.4
# Another way up must read this much better, and have half as many letters.
_TURN_MARGIN = 0.1


def read_page(path: Path, number: int, engine: Engine, limits: IntakeSettings) -> PageReading:
    """Page ``number`` (1-based) of a file.

    Every fault of the page is an outcome, not an exception: ``failed`` with the problem.
    """
    try:
        image = load_page(path, number, limits)
    except SohoaError as error:
        return failed_page(number, engine.name, error)
    runs = own_text(path, number)
    page = with_text_layer(read_image(image, number, engine, turn_of(runs)), runs)
    return with_widgets(page, path) if sniff(path) is Kind.PDF else page


def read_image(
    image: PageImage, number: int, engine: Engine, told: int | None = None
) -> PageReading:
    """Words, cells and marks of a page already decoded.

    ``told`` is the clockwise turn that its own text says puts it upright; the reading confirms it.
    """
    if min(image.grey.shape) < _LEAST_SIDE:
        # A strip too thin for a letter; whatever it is, a person should see it.
        outcome, problems = _judge((), number)
        return _result(image, number, engine, outcome, problems=problems)
    seals = _seals(image)
    grey = cleanup.drop_seals(image.grey, image.colour, seals)
    small = small_of(grey, image.dpi)
    flat = flatten(grey, small)
    if flat is None:
        return _read(image, grey, small, number, engine, seals, told)
    sheet = _as_page(flat)
    reading = _read(sheet, flat.grey, small_of(flat.grey, sheet.dpi), number, engine)
    return onto_photo(reading, flat, image)


def _seals(image: PageImage) -> Seals | None:
    if image.colour is None:
        return None
    factor = image.colour.shape[1] / image.grey.shape[1]
    return cleanup.find_seals(image.colour, image.dpi * factor)


def _as_page(flat: Flat) -> PageImage:
    """The flattened sheet; a photo tells no size, so it is taken for A4 along its longer side."""
    height, width = flat.grey.shape
    scale = A4_LONG_SIDE / max(width, height)
    dpi = 72 / scale
    return PageImage(flat.grey, None, width * scale, height * scale, dpi, dpi)


def _read(
    image: PageImage,
    grey: Grey,
    small: Grey,
    number: int,
    engine: Engine,
    seals: Seals | None = None,
    told: int | None = None,
) -> PageReading:
    small_dpi = image.dpi * small.shape[1] / grey.shape[1]
    paper = cleanup.paper_of(small, small_dpi)
    levelled = cleanup.level(small, paper)
    spots = cleanup.find_spots(levelled)
    if cleanup.is_blank(spots, small_dpi):
        return _result(image, number, engine, PageOutcome.BLANK)
    sheet, words = _upright(grey, levelled, paper, spots, image.dpi, engine, told)
    marks = tuple(
        _mark(found, number, image.dpi)
        for found in find_marks(sheet.grey, turned(small, sheet.rotation))
    )
    words = tuple(word for word in words if not any(_within(word.box, m.box) for m in marks))
    words, slots = _handwriting(image, sheet, words, seals, engine)
    outcome, problems = _judge(words, number, cleanup.letter_sized(spots, small_dpi))
    return _result(
        image,
        number,
        engine,
        outcome,
        rotation=sheet.rotation,
        skew=sheet.skew,
        words=words,
        marks=marks,
        problems=problems,
        cells=tuple(_cell(cell, sheet) for cell in sheet.layout.cells),
        slots=slots,
    )


def _handwriting(
    image: PageImage,
    sheet: Sheet,
    words: tuple[Word, ...],
    seals: Seals | None,
    engine: Engine,
) -> tuple[tuple[Word, ...], tuple[Slot, ...]]:
    """The words without those of incoming stamps, and what a pen wrote into stamps and frames."""
    reader = pen_reader(PEN_MODEL)
    slots = read_slots(sheet.grey, sheet.dpi, words, sheet.skew, reader)
    words = rewritten(words, slots)
    raw = turned(image.grey, sheet.rotation)
    boxed = () if seals is None else _wide_stamps(seals, image, sheet)
    stamps = find_stamps(words, boxed, lambda box: _words_in(raw, sheet, box, engine))
    for stamp in stamps:
        words = stamp.left_out(words)
        slots += read_stamp(stamp, raw, sheet.dpi, reader)
    return words, slots


def _wide_stamps(seals: Seals, image: PageImage, sheet: Sheet) -> tuple[Box, ...]:
    """Red stamps wider than high, on the upright page: an office's, not its round seal."""
    assert image.colour is not None  # noqa: S101 - seals were found in it
    height, width = image.colour.shape[:2]
    boxes = []
    for x0, y0, x1, y1 in seals.regions:
        left, top, right, bottom = upright_box((x0, y0, x1, y1), (width, height), sheet.rotation)
        across = sheet.grey.shape[1] / (height if sheet.rotation % 180 else width)
        scale = across * 72 / sheet.dpi
        if right - left >= _WIDE_STAMP * (bottom - top):
            boxes.append(Box(left * scale, top * scale, right * scale, bottom * scale))
    return tuple(sorted(boxes, key=lambda box: -box.area)[:_MOST_STAMPS])


def _words_in(raw: Grey, sheet: Sheet, box: Box, engine: Engine) -> tuple[Word, ...]:
    """What stands in a part of the upright page, its stamps left on it."""
    scale = sheet.dpi / 72
    x0, y0 = max(0, round(box.x0 * scale)), max(0, round(box.y0 * scale))
    part = np.ascontiguousarray(raw[y0 : round(box.y1 * scale), x0 : round(box.x1 * scale)])
    if min(part.shape) < _LEAST_SIDE:
        return ()
    small = small_of(part, sheet.dpi)
    small_dpi = sheet.dpi * small.shape[1] / part.shape[1]
    paper = cleanup.paper_of(small, small_dpi)
    own = lay_out(part, cleanup.level(small, paper), paper, sheet.dpi, 0, sheet.skew)
    return tuple(
        replace(
            word,
            box=Box(
                word.box.x0 + box.x0, word.box.y0 + box.y0,
                word.box.x1 + box.x0, word.box.y1 + box.y0,
            ),
            edges=tuple(edge + box.x0 for edge in word.edges),
        )
        for word in _words(engine.recognise(own), own)
    )  # fmt: skip


def _upright(
    grey: Grey,
    levelled: Grey,
    paper: Grey,
    spots: Spots,
    dpi: float,
    engine: Engine,
    told: int | None,
) -> tuple[Sheet, tuple[Word, ...]]:
    """The first turn that reads well, the likeliest tried first.

    Where none does, the page stays as it was scanned, unless another reads clearly better: how lines
    seem to lie is no proof, since columns of a dense table are sharper than its rows.
    """
    small_dpi = dpi * levelled.shape[1] / grey.shape[1]
    lie = cleanup.find_lie(spots, small_dpi)
    legible = _LEAST_READ * cleanup.letter_sized(spots, small_dpi)
    likely = (90, 270, 0, 180) if lie.sideways else (0, 180, 90, 270)
    stays = told or 0
    kept: tuple[Sheet, tuple[Word, ...]] | None = None
    best: tuple[Sheet, tuple[Word, ...]] | None = None
    for rotation in dict.fromkeys(likely if told is None else (told, *likely)):
        if rotation % 180 == lie.sideways * 90:
            skew = lie.skew
        else:
            other = cleanup.quarter_turned(spots, rotation)
            skew = cleanup.find_lie(other, small_dpi).skew
        sheet = lay_out(grey, levelled, paper, dpi, rotation, skew)
        words = _words(engine.recognise(sheet), sheet)
        is_text = _letters(words) >= legible
        if is_text and _reads(words) >= _SURELY_UPRIGHT:
            return sheet, words
        if rotation == stays:
            kept = sheet, words
        elif is_text and (best is None or _reads(words) > _reads(best[1])):
            best = sheet, words
    assert kept is not None  # noqa: S101 - every turn was tried
    return best if best is not None and _clearly_better(*best, *kept) else kept


def _clearly_better(
    turned: Sheet, words: Sequence[Word], kept: Sheet, before: Sequence[Word]
) -> bool:
    """Whether a turn reads so much better that the page was scanned that way, not just unreadable."""
    # On its head a page has the same lines; on its side it has others, in which nonsense is read.
    half = (turned.rotation - kept.rotation) % 180 == 0
    score = _reads(words)
    return (
        score > _reads(before) + _TURN_MARGIN
        and 2 * _letters(words) >= _letters(before)
        and (half or score >= _DOUBTFUL_BELOW)
    )


def _letters(words: Sequence[Word]) -> int:
    return sum(len(word.text) for word in words)


def _reads(words: Sequence[Word]) -> float:
    """How well words read as text, 0 to 1."""
    letters = _letters(words)
    if not letters:
        return 0.0
    return sum(word.confidence * len(word.text) for word in words) / letters


def _words(found: list[EngineWord], sheet: Sheet) -> tuple[Word, ...]:
    """Engine words as words of the page: NFC, in points, leaning as the print does."""
    to_points = 72 / sheet.dpi
    words = []
    for word in with_check_boxes(found, sheet):
        middle = (word.x0 + word.x1) / 2
        x, y = sheet.on_page(middle, (word.y0 + word.y1) / 2)
        half_width, half_height = (word.x1 - word.x0) / 2, (word.y1 - word.y0) / 2
        box = Box(
            (x - half_width) * to_points,
            (y - half_height) * to_points,
            (x + half_width) * to_points,
            (y + half_height) * to_points,
        )
        text = nfc(word.text)
        edges = tuple((x + edge - middle) * to_points for edge in word.edges)
        if len(edges) != len(text) + 1:
            edges = ()
        looks = tuple(nfc(look) for look in word.looks)
        words.append(Word(text, box, min(1.0, word.confidence), word.line, edges, looks))
    lines = [line for line in _lines(words) if not _is_dirt(line)]
    return tuple(word for line in _without_echoes(lines) for word in line)


def _cell(cell: TableCell, sheet: Sheet) -> Cell:
    scale = 72 / sheet.dpi
    middle = (cell.x0 + cell.x1) / 2 * sheet.factor, (cell.y0 + cell.y1) / 2 * sheet.factor
    x, y = (side * scale for side in sheet.on_page(*middle))
    width = (cell.x1 - cell.x0) / 2 * sheet.factor * scale
    height = (cell.y1 - cell.y0) / 2 * sheet.factor * scale
    box = Box(x - width, y - height, x + width, y + height)
    return Cell(cell.table, cell.row, cell.column, cell.row_span, cell.column_span, box)


def _lines(words: list[Word]) -> list[list[Word]]:
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return list(lines.values())


def _is_dirt(line: list[Word]) -> bool:
    """A letter or two that hardly read: strokes of a seal or a pen, not print."""
    letters = sum(character.isalnum() for word in line for character in word.text)
    return letters <= _DIRT_LETTERS and max(word.confidence for word in line) < _DIRT_BELOW


def _without_echoes(lines: list[list[Word]]) -> list[list[Word]]:
    """Lines but those read from between others, where the one's tails touch the next one's marks."""
    reads = [_reads(line) for line in lines]
    clear = [
        word
        for line, score in zip(lines, reads, strict=True)
        if score >= _ECHO_BELOW
        for word in line
    ]
    return [
        line
        for line, score in zip(lines, reads, strict=True)
        if score >= _ECHO_BELOW or len(line) > _ECHO_WORDS or not _is_echo(line, clear)
    ]


def _is_echo(line: list[Word], clear: list[Word]) -> bool:
    shared = 0.0
    for word in line:
        covered = sum(word.box.shared(other.box) for other in clear)
        # What two lines cover is covered once.
        shared += min(covered, word.box.area)
    return shared > _ECHO_SHARE * sum(word.box.area for word in line)


def _within(inner: Box, outer: Box) -> bool:
    """Whether the middle of one lies in the other: modules of a QR are no letters."""
    x, y = inner.centre
    return outer.x0 <= x <= outer.x1 and outer.y0 <= y <= outer.y1


def _mark(found: FoundMark, number: int, dpi: float) -> Mark:
    scale = 72 / dpi
    box = Box(found.x0 * scale, found.y0 * scale, found.x1 * scale, found.y1 * scale)
    symbology = Symbology.QR if found.matrix else Symbology.BARCODE
    return Mark(symbology, nfc(found.text), number, box)


def _judge(
    words: tuple[Word, ...], number: int, spots: int = 0
) -> tuple[PageOutcome, tuple[Problem, ...]]:
    """The outcome of a page by its words, and by how many letter-sized spots of ink it has."""
    letters = _letters(words)
    if not letters:
        problem = Problem(
            "no_text",
            f"Trang {number}: có mực nhưng không đọc được chữ nào. Hãy xem lại trang này.",
            f"Page {number}: there is ink but no text could be read. Look at this page.",
            number,
        )
        return PageOutcome.DOUBTFUL, (problem,)
    if spots >= _MANY_SPOTS and letters < _LEAST_READ * spots:
        problem = Problem(
            "mostly_no_text",
            f"Trang {number}: phần lớn vết mực không phải là chữ (ảnh, nhiễu hoặc bản quét hỏng). "
            "Hãy xem lại trang này.",
            f"Page {number}: most of the ink is no text (a picture, noise or a bad scan). "
            "Look at this page.",
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
    outcome: PageOutcome,
    *,
    rotation: int = 0,
    skew: float = 0.0,
    words: tuple[Word, ...] = (),
    marks: tuple[Mark, ...] = (),
    problems: tuple[Problem, ...] = (),
    cells: tuple[Cell, ...] = (),
    slots: tuple[Slot, ...] = (),
) -> PageReading:
    quarter = rotation % 180 == 90
    return PageReading(
        number=number,
        width=image.height if quarter else image.width,
        height=image.width if quarter else image.height,
        dpi=image.scan_dpi,
        rotation=rotation,
        skew=skew,
        outcome=outcome,
        engine=engine.name,
        words=words,
        marks=marks,
        problems=problems,
        cells=cells,
        slots=slots,
    )
