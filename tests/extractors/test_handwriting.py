"""Numbers and days that a pen wrote into printed frames: found, read, doubted, understood."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from dossiers.reading import (
    Box,
    Candidate,
    DocumentReading,
    PageOutcome,
    PageReading,
    Slot,
    SlotKind,
    Word,
)
from dossiers.settings import IntakeSettings
from extractors.engines.fast import FastEngine
from extractors.fields.written import NUMBER_FROM, NUMBER_TO, SIGNED_AT
from extractors.handwriting.alphabet import CLASSES, NULL, PEN, PRINT, SLASH
from extractors.handwriting.blanks import Blank, find_blanks
from extractors.handwriting.decode import decode
from extractors.handwriting.frame import HEIGHT, MOST_COLUMNS, Frame
from extractors.handwriting.model import PenReader, evidence
from extractors.handwriting.reading import judge, rewritten, value_of
from extractors.handwriting.strip import cut
from extractors.installed import PEN_MODEL
from extractors.page import read_image, read_page
from extractors.page_image import PageImage
from extractors.pixels import from_image
from extractors.reader import understand
from extractors.types import load_types
from fixtures.chance import seeded
from fixtures.kinds import KINDS, Paper, Style

# What may pass unseen: most types ask for more.
ACCEPT = 0.85


@pytest.fixture(scope="module")
def engine() -> FastEngine:
    cv2.setNumThreads(1)
    return FastEngine()


def _papers(*, pen: bool) -> list[Paper]:
    style = Style(dpi=200, pen_numbers=pen)
    return [
        KINDS[kind](seeded(f"pen {index}"), style)
        for index, kind in enumerate(["decision", "official_letter"] * 3)
    ]


def _read(paper: Paper, engine: FastEngine) -> PageReading:
    grey, colour = from_image(paper.images[0], 200)
    truth = paper.truth.pages[0]
    return read_image(PageImage(grey, colour, *truth.scan_size, 200.0, 200.0), 1, engine)


@pytest.fixture(scope="module")
def written(engine: FastEngine) -> list[tuple[Paper, PageReading]]:
    return [(paper, _read(paper, engine)) for paper in _papers(pen=True)]


def _understood(page: PageReading, **hints: str) -> DocumentReading:
    return understand("x.pdf", [page], load_types(), hints=hints, today=dt.date(2027, 1, 1))


# --- finding the blank -------------------------------------------------------------------------


def _line(*texts: tuple[str, float], y: float = 100.0, line: int = 0) -> list[Word]:
    """Words of 13 points at an x each, as the engine gives them."""
    words = []
    for text, x in texts:
        box = Box(x, y - 9.3, x + 6.2 * len(text), y + 2.5)
        words.append(Word(text, box, 0.9, line))
    return words


@pytest.mark.parametrize(
    ("texts", "ink"),
    [
        ([("Số:", 100), ("/QĐ-UBND", 160)], ""),
        ([("Số:", 100), ("899", 125), ("/UBND-TTHC", 160)], "899"),
        ([("Số:.1", 100), ("/CT-UBND", 160)], "1"),
        ([("Sô:", 100), ("9", 125), ("?4", 135), ("/UBND-KTTH", 160)], "9 ?4"),
        ([("Số:", 100), ("đ#UBND-KT", 130)], "đ#"),
    ],
)
def test_the_number_stands_between_its_label_and_the_symbol(
    texts: list[tuple[str, float]], ink: str
) -> None:
    (blank,) = find_blanks(_line(*texts), 842, 0.0)
    assert blank.kind is SlotKind.NUMBER
    assert blank.text == ink
    assert 112 <= blank.start[0] <= blank.end[0] <= 161
    assert abs(blank.start[1] - 100) < 0.5


_PLACE = ("Hưng", 270), ("Yên,", 302)
_DATED = ("ngày", 340), ("tháng", 390), ("3", 425), ("năm", 440), ("2018", 465)


@pytest.mark.parametrize(
    "texts",
    [
        [*_PLACE, *_DATED],
        [*_PLACE, ("ngày4", 340), *_DATED[1:]],
        [*_PLACE, _DATED[0], ("0†tháng", 375), *_DATED[2:]],
    ],
)
def test_the_day_stands_before_the_month_whatever_ink_did_to_the_words(
    texts: list[tuple[str, float]],
) -> None:
    day, month, year = find_blanks(_line(*texts), 842, 0.0)
    assert (day.kind, month.kind, year.kind) == (SlotKind.DAY, SlotKind.MONTH, SlotKind.YEAR)
    assert 355 <= day.start[0] <= day.end[0] <= 395
    assert (month.text, year.text) == ("3", "2018")


def test_dates_and_numbers_of_running_text_are_no_blanks() -> None:
    texts = [
        "Nghị",
        "định",
        "số",
        "30/2020/NĐ-CP",
        "ngày",
        "05",
        "tháng",
        "3",
        "năm",
        "2020",
        "của",
    ]
    words = _line(*((text, 90.0 + 40 * place) for place, text in enumerate(texts)))
    assert find_blanks(words, 842, 0.0) == []


# --- strips and strings ------------------------------------------------------------------------


@given(
    ends=st.tuples(*[st.floats(-500, 2000)] * 4), x_height=st.floats(0.5, 60)
)  # fmt: skip
def test_any_frame_gives_a_strip(ends: tuple[float, float, float, float], x_height: float) -> None:
    strip = cut(np.full((300, 400), 200, np.uint8), Frame(*ends, x_height))
    assert strip.shape[0] == HEIGHT
    assert strip.shape[1] <= MOST_COLUMNS


def _logits(*path: int) -> np.ndarray:
    steps = np.full((len(path), CLASSES), -6.0, np.float32)
    steps[np.arange(len(path)), path] = 6.0
    return steps


def test_ways_to_cut_a_strip_are_summed() -> None:
    found = decode(_logits(NULL, PEN + 1, PEN + 1, NULL, PEN + 1, PRINT + 7, SLASH, NULL))
    assert found.texts[0][0] == "117/"
    assert found.texts[0][1] > 0.9
    assert 0.2 < found.printed < 0.4


@given(arrays.arrays(np.float32, (14, CLASSES), elements=st.floats(-8, 8, width=32)))
def test_probabilities_stay_probabilities(logits: np.ndarray) -> None:
    found = decode(logits)
    assert sum(chance for _, chance in found.texts) <= 1 + 1e-4
    assert [c for _, c in found.texts] == sorted((c for _, c in found.texts), reverse=True)


def test_only_days_of_a_calendar_are_days() -> None:
    blank = Blank(SlotKind.DAY, (0, 0), (9, 0), 5)
    reading = judge(blank, decode(_logits(PEN + 4, NULL, PEN + 0)))
    assert all(1 <= int(value) <= 31 for value, _ in reading.values)
    assert value_of(SlotKind.DAY, "7") == "07"
    assert value_of(SlotKind.NUMBER, "007") == "007"
    assert value_of(SlotKind.NUMBER, "57?") is None
    assert value_of(SlotKind.INCOMING_DAY, "21/3/18") == "2018-03-21"
    assert value_of(SlotKind.INCOMING_DAY, "31/2/18") is None


def test_belief_follows_the_evidence() -> None:
    reader = PenReader(PEN_MODEL)
    for kind in (SlotKind.NUMBER, SlotKind.DAY):
        believe = reader.calibration(kind).probability
        assert believe(evidence(0.995, 0.001, 0.002)) > ACCEPT
        assert believe(evidence(0.45, 0.40, 0.05)) < 0.6
    assert reader.calibration(SlotKind.YEAR).probability(evidence(1, 0, 0)) == 0.5  # not fitted


# --- whole pages -------------------------------------------------------------------------------


def test_numbers_and_days_are_read_from_ink(written: list[tuple[Paper, PageReading]]) -> None:
    right = wrong = 0
    for paper, page in written:
        number = paper.truth.fields["document_number"].partition("/")[0]
        truths = {SlotKind.NUMBER: number, SlotKind.DAY: paper.truth.fields["issue_date"][8:]}
        found = {slot.kind: slot for slot in page.slots}
        for kind, truth in truths.items():
            assert not found[kind].empty
            first = found[kind].candidates[0]
            right += first.value == truth
            wrong += first.value != truth and first.confidence >= ACCEPT
    assert right >= 9
    assert wrong == 0


def test_slots_lie_on_the_ink(written: list[tuple[Paper, PageReading]]) -> None:
    for paper, page in written:
        (slot,) = (slot for slot in page.slots if slot.kind is SlotKind.NUMBER)
        (place,) = paper.truth.pages[0].field_boxes["document_number"]
        assert slot.box.shared(place) > 0.4 * slot.box.area


def test_likely_ink_stands_in_the_text_in_place_of_what_print_made_of_it() -> None:
    words = _line(("Số:", 100), ("8?", 125), ("9", 140), ("/UBND-TTHC", 160))
    sure = Slot(SlotKind.NUMBER, Box(118, 80, 159, 105), (Candidate("899", 0.9, "handwriting"),))
    unsure = replace(sure, candidates=(Candidate("899", 0.3, "handwriting"),))
    assert [w.text for w in rewritten(words, [sure])] == ["Số:", "899", "/UBND-TTHC"]
    assert [w.text for w in rewritten(words, [unsure])] == [w.text for w in words]


def test_what_is_printed_is_left_to_print(engine: FastEngine) -> None:
    for paper in _papers(pen=False)[:4]:
        page = _read(paper, engine)
        assert {slot.kind for slot in page.slots} <= {
            SlotKind.INCOMING_NUMBER, SlotKind.INCOMING_DAY,
            SlotKind.INCOMING_MONTH, SlotKind.INCOMING_YEAR,
        }  # fmt: skip
        fields = _understood(page).fields
        assert fields["document_number"].value == paper.truth.fields["document_number"]
        assert fields["issue_date"].value == paper.truth.fields["issue_date"]


def _erased(paper: Paper) -> Image.Image:
    """The first page before anybody wrote on it."""
    picture = paper.images[0].copy()
    for line in paper.truth.pages[0].lines:
        if line.layer == "pen":
            sides = (line.box.x0, line.box.y0, line.box.x1, line.box.y1)
            left, top, right, bottom = (round(side * 200 / 72) for side in sides)
            picture.paste("white", (left, top, right, bottom))
    return picture


def test_a_blank_that_nobody_filled_in_is_empty(engine: FastEngine) -> None:
    paper = _papers(pen=True)[1]
    page = _read(replace(paper, images=(_erased(paper),)), engine)
    empty = {slot.kind for slot in page.slots if slot.empty}
    assert empty >= {SlotKind.NUMBER, SlotKind.DAY}
    reading = _understood(page)
    assert {"document_number", "issue_date"} <= set(reading.doubtful)


def test_signing_software_fills_in_what_no_pen_did(engine: FastEngine, tmp_path: Path) -> None:
    paper = _papers(pen=True)[1]
    picture, truth = _erased(paper), paper.truth.pages[0]
    scan, path = tmp_path / "scan.pdf", tmp_path / "signed.pdf"
    picture.save(scan, resolution=200)
    number = next(line.box for line in truth.lines if line.layer == "pen")
    with pikepdf.open(scan) as pdf:
        rect = [number.x0, 842 - number.y1, number.x1 + 4, 842 - number.y0]
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        look = pdf.make_stream(
            b"BT /F1 9 Tf 1 3 Td (542) Tj ET",
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Form,
            BBox=[0, 0, rect[2] - rect[0], rect[3] - rect[1]],
            Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font)),
        )
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Sig,
                T="So", Rect=rect, F=132, AP=pikepdf.Dictionary(N=look),
            )
        )  # fmt: skip
        pdf.pages[0].obj.Annots = pikepdf.Array([field])
        pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=[field], SigFlags=3))
        pdf.save(path)
    page = read_page(path, 1, engine, IntakeSettings())
    slots = {slot.kind: slot for slot in page.slots}
    assert [c.value for c in slots[SlotKind.NUMBER].candidates] == ["542"]
    assert slots[SlotKind.DAY].empty
    assert "542" not in page.text
    assert _understood(page).fields["document_number"].value.startswith("542/")


# --- understanding -----------------------------------------------------------------------------


def _page(number: tuple[Candidate, ...], day: tuple[Candidate, ...]) -> PageReading:
    """A decision whose number and day are slots."""
    head = [
        *_line(("ỦY", 80), ("BAN", 95), ("NHÂN", 120), ("DÂN", 150), y=60),
        *_line(("CỘNG", 260), ("HÒA", 300), ("XÃ", 330), ("HỘI", 350), ("CHỦ", 380), ("NGHĨA", 410),
               ("VIỆT", 450), ("NAM", 485), y=60, line=1),
        *_line(("Số:", 90), ("8#", 115), ("/QĐ-UBND", 140), line=2),
        *_line(("Yên,", 300), ("ngày", 330), ("4", 360), ("tháng", 375), ("02", 410), ("năm", 430),
               ("2026", 455), line=3),
        *_line(("QUYẾT", 250), ("ĐỊNH", 290), y=150, line=4),
        *_line(("Về", 220), ("việc", 240), ("thử", 270), y=170, line=5),
        *_line(("Căn", 90), ("cứ", 120), y=200, line=6),
        *_line(("Điều", 90), ("1.", 120), y=220, line=7),
        *_line(("QUYẾT", 250), ("ĐỊNH:", 290), y=240, line=8),
        *_line(("Nơi", 90), ("nhận:", 110), y=700, line=9),
    ]  # fmt: skip
    words = tuple(replace(word, confidence=0.99) for word in head)
    slots = (
        Slot(SlotKind.NUMBER, Box(108, 80, 140, 105), number),
        Slot(SlotKind.DAY, Box(352, 80, 375, 105), day),
    )
    return PageReading(1, 595, 842, 300, 0, 0.0, PageOutcome.OK, "fast", words, slots=slots)


SURE = (Candidate("84", 0.98, "handwriting"), Candidate("89", 0.01, "handwriting"))
DAYS = (Candidate("04", 0.7, "handwriting"), Candidate("09", 0.2, "handwriting"))


def test_ink_and_print_make_one_value() -> None:
    fields = _understood(_page(SURE, DAYS)).fields
    assert fields["document_number"].value == "84/QĐ-UBND"
    assert fields["document_number"].candidates[1].value == "89/QĐ-UBND"
    assert fields["issue_date"].value == "2026-02-04"
    assert fields["issue_date"].confidence < ACCEPT
    assert [c.value for c in fields["issue_date"].candidates] == ["2026-02-04", "2026-02-09"]


def test_a_paper_is_signed_on_its_day_or_after() -> None:
    surer = _understood(_page(SURE, DAYS), **{SIGNED_AT: "2026-02-04T16:02:00+07:00"}).fields
    before = _understood(_page(SURE, DAYS)).fields
    assert surer["issue_date"].value == "2026-02-04"
    assert surer["issue_date"].confidence > before["issue_date"].confidence
    later = _understood(_page(SURE, DAYS[::-1]), **{SIGNED_AT: "2026-02-05T08:00:00+07:00"}).fields
    assert later["issue_date"].value == "2026-02-04"
    # An old paper scanned and signed years after says nothing of its day.
    old = _understood(_page(SURE, DAYS), **{SIGNED_AT: "2026-12-05T08:00:00+07:00"}).fields
    assert abs(old["issue_date"].confidence - before["issue_date"].confidence) < 0.05


def test_the_register_bounds_the_number() -> None:
    near = (Candidate("84", 0.5, "handwriting"), Candidate("89", 0.4, "handwriting"))
    fields = _understood(_page(near, DAYS), **{NUMBER_FROM: "86", NUMBER_TO: "95"}).fields
    assert fields["document_number"].value == "89/QĐ-UBND"


def test_a_day_that_the_month_has_not_is_none() -> None:
    days = (Candidate("30", 0.9, "handwriting"), Candidate("20", 0.05, "handwriting"))
    field = _understood(_page(SURE, days)).fields["issue_date"]
    assert field.value == "2026-02-20"
    assert field.confidence < ACCEPT


def test_what_is_not_to_be_read_is_for_a_person() -> None:
    reading = _understood(_page((), ()))
    assert {"document_number", "issue_date"} <= set(reading.doubtful)
    assert reading.fields["document_number"].confidence < 0.3


# --- incoming stamps ---------------------------------------------------------------------------


def test_incoming_stamps_are_fields_of_their_own(written: list[tuple[Paper, PageReading]]) -> None:
    stamped = [(p, page) for p, page in written if "incoming_number" in p.truth.fields]
    assert stamped
    seen = 0
    for paper, page in stamped:
        slots = {slot.kind: slot for slot in page.slots}
        if SlotKind.INCOMING_NUMBER not in slots:
            continue
        seen += 1
        assert "CÔNG VĂN ĐẾN" not in page.text
        assert "Chuyển:" not in page.text
        assert paper.truth.fields["subject"].split()[-1] in page.text
        for slot in slots.values():
            assert (
                all(c.confidence < ACCEPT for c in slot.candidates) or "incoming" not in slot.kind
            )
    assert seen >= len(stamped) - 1
