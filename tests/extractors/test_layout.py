"""Lines, cells and reading order on drawn pages."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from dossiers.reading import Box, Word
from extractors import cleanup
from extractors.engines.fast import FastEngine
from extractors.lines import Line, _levels, _Marks, find_lines
from extractors.order import reading_order
from extractors.page import _without_echoes
from extractors.sheet import lay_out
from extractors.strips import HEIGHT, Baseline, cut
from extractors.tables import TableCell, find_cells, find_rules
from tests.extractors.pictures import font, page

DPI = 150


@pytest.fixture(scope="module")
def engine() -> FastEngine:
    return FastEngine()


def sheet_of(image: Image.Image | np.ndarray, skew: float = 0.0):
    grey = np.asarray(image.convert("L") if isinstance(image, Image.Image) else image)
    small = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    paper = cleanup.paper_of(small, DPI)
    return lay_out(grey, cleanup.level(small, paper), paper, 2.0 * DPI, 0, skew)


def read(engine: FastEngine, image: Image.Image | np.ndarray) -> list[str]:
    rows: dict[int, list[str]] = {}
    for word in engine.recognise(sheet_of(image)):
        rows.setdefault(word.line, []).append(word.text)
    return [" ".join(words) for _, words in sorted(rows.items())]


def blank(width: int = 2480, height: int = 1200) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (width, height), 255)
    return image, ImageDraw.Draw(image)


def test_a_line_has_its_baseline_and_x_height() -> None:
    image, draw = blank()
    face = font(58)  # 14 pt at 300 dpi
    draw.text(
        (300, 400), "Căn cứ Luật Tổ chức chính quyền địa phương", font=face, fill=0, anchor="ls"
    )
    (line,) = sheet_of(image).lines
    assert line.baseline == pytest.approx(400, abs=3)
    assert line.x_height == pytest.approx(-face.getbbox("x", anchor="ls")[1], rel=0.12)
    assert line.x0 == pytest.approx(302, abs=6)


def test_capitals_are_known_by_the_small_letters_of_the_page() -> None:
    image, draw = blank()
    face = font(58)
    for row in range(6):
        draw.text((300, 300 + 90 * row), "xem xét giải quyết hồ sơ", font=face, fill=0, anchor="ls")
    draw.text((300, 900), "QUYẾT ĐỊNH", font=face, fill=0, anchor="ls")
    *_, capitals = sheet_of(image).lines
    assert capitals.x_height == pytest.approx(-face.getbbox("x", anchor="ls")[1], rel=0.2)


def test_tone_marks_are_not_taken_for_small_letters() -> None:
    image, draw = blank()
    face = font(72)
    for row in range(6):
        said = "ế ố ấ ứ ở ờ ễ ỗ ẫ ữ ỡ ề ồ ầ ừ"
        draw.text((300, 300 + 120 * row), said, font=face, fill=0, anchor="ls")
    lines = sheet_of(image).lines
    assert len(lines) == 6
    small = -face.getbbox("x", anchor="ls")[1]
    assert [line.x_height for line in lines] == pytest.approx([small] * 6, rel=0.2)


def test_marks_between_close_lines_are_no_lines_of_their_own(engine: FastEngine) -> None:
    image, draw = blank()
    for row in range(8):
        draw.text(
            (200, 200 + 64 * row),
            "Về việc chuyển đổi số ở điểm đến đầu tiên",
            font=font(56),
            fill=0,
            anchor="ls",
        )
    assert len(sheet_of(image).lines) == 8


def test_letters_that_touch_the_next_line_do_not_make_two_lines_one() -> None:
    x = np.arange(20) * 15.0
    upper = np.stack([x, np.full(20, 100.0), np.full(20, 12.0), np.full(20, 14.0)])
    lower = upper + np.array([[0.0], [30.0], [0.0], [0.0]])
    bridge = np.array([[60.0], [100.0], [12.0], [44.0]])
    left, top, width, height = np.hstack([upper, bridge, lower])
    run = _Marks(left, top, width, height, width * height, np.zeros(41, bool))
    levels = list(_levels(run))
    assert [len(level) for level in levels] == [20, 20]
    assert [set(level.y) for level in levels] == [{100.0}, {130.0}]


def test_a_bent_line_is_one_line() -> None:
    x = np.arange(40) * 15.0
    bent = 100 + 40 * (x / x.max()) ** 2
    run = _Marks(
        x, bent, np.full(40, 12.0), np.full(40, 14.0), np.full(40, 168.0), np.zeros(40, bool)
    )
    assert [len(level) for level in _levels(run)] == [40]


def test_angle_brackets_make_no_machine_readable_zone(engine: FastEngine) -> None:
    image, draw = blank(2480, 900)
    said = (
        "Điều kiện: 0 < x < 10 với mọi giá trị đo được tại trạm",
        "Glucose < 5,6 mmol/l; Cholesterol < 5,2 mmol/l",
        "Liên hệ: <hung@gmail.com>, <0912345678>",
    )
    for row, line in enumerate(said):
        draw.text((200, 200 + 110 * row), line, font=font(56), fill=0, anchor="ls")
    lines = read(engine, image)
    assert len(lines) == 3
    edits = sum(Levenshtein.distance(a, b) for a, b in zip(lines, said, strict=True))
    assert edits <= 8


def test_what_is_read_between_two_lines_is_no_line() -> None:
    def line(number: int, top: float, sure: float) -> list[Word]:
        return [Word("chữ", Box(x, top, x + 30, top + 13), sure, number) for x in (100, 140, 180)]

    above, below = line(0, 100, 0.95), line(2, 116, 0.93)
    echo = [Word("c4", Box(140, 108, 170, 121), 0.3, 1)]
    beside = [Word("hand", Box(220, 108, 250, 121), 0.3, 3)]
    # Badly printed, but a line: of many words, or only partly under its neighbours.
    long = [Word("chữ", Box(x, 108, x + 30, 121), 0.6, 4) for x in (100, 130, 160, 190)]
    partly = [Word("đọc", Box(140, 122, 170, 138), 0.6, 5)]
    lines = [above, echo, below, beside, long, partly]
    assert _without_echoes(lines) == [above, below, beside, long, partly]


def test_cells_of_a_ruled_table_are_known_and_read_one_by_one(engine: FastEngine) -> None:
    image, draw = blank()
    draw.text((200, 120), "Danh sách hồ sơ", font=font(58), fill=0, anchor="ls")
    xs, ys = (200, 420, 1300, 2200), (200, 320, 520)
    for x in xs:
        draw.line((x, ys[0], x, ys[-1]), fill=0, width=3)
    for y in ys:
        draw.line((xs[0], y, xs[-1], y), fill=0, width=3)
    texts = [
        ["STT", "Họ và tên", "Ghi chú"],
        ["1", "Nguyễn Thị Lan\nxã Ân Thi", "Đủ hồ sơ\nđã nhận"],
    ]
    for y, row in zip(ys, texts, strict=False):
        for x, text in zip(xs, row, strict=False):
            for number, part in enumerate(text.split("\n")):
                draw.text((x + 30, y + 70 + 75 * number), part, font=font(52), fill=0, anchor="ls")
    sheet = sheet_of(image)
    places = [(cell.row, cell.column) for cell in sheet.layout.cells]
    assert places == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert read(engine, image) == [
        "Danh sách hồ sơ", "STT", "Họ và tên", "Ghi chú", "1", "Nguyễn Thị Lan", "xã Ân Thi",
        "Đủ hồ sơ", "đã nhận",
    ]  # fmt: skip


def test_a_frame_around_the_page_is_no_table() -> None:
    ink = np.zeros((1754, 1240), np.uint8)
    cv2.rectangle(ink, (60, 60), (1180, 1690), 1, 2)
    cv2.rectangle(ink, (70, 70), (1170, 1680), 1, 2)
    assert find_cells(find_rules(ink, DPI), DPI) == []


def test_merged_cells_span() -> None:
    ink = np.zeros((600, 1240), np.uint8)
    for y in (100, 200, 300):
        cv2.line(ink, (100, y), (900, y), 1, 2)
    for x, top in ((100, 100), (500, 200), (900, 100)):
        cv2.line(ink, (x, top), (x, 300), 1, 2)
    cells = find_cells(find_rules(ink, DPI), DPI)
    assert [(c.row, c.column, c.column_span) for c in cells] == [(0, 0, 2), (1, 0, 1), (1, 1, 1)]


def test_light_print_on_a_dark_band_is_read(engine: FastEngine) -> None:
    image, draw = blank()
    draw.text((300, 200), "Phiếu tiếp nhận hồ sơ", font=font(58), fill=0, anchor="ls")
    draw.rectangle((250, 300, 1900, 420), fill=30)
    draw.text((300, 380), "THÔNG TIN NGƯỜI NỘP", font=font(58), fill=255, anchor="ls")
    assert read(engine, image) == ["Phiếu tiếp nhận hồ sơ", "THÔNG TIN NGƯỜI NỘP"]


def test_a_curved_line_is_followed(engine: FastEngine) -> None:
    image, draw = blank()
    text = "Ủy ban nhân dân tỉnh Hưng Yên xem xét và quyết định theo quy định của pháp luật"
    draw.text((200, 400), text, font=font(58), fill=0, anchor="ls")
    grey = np.asarray(image)
    x = np.arange(grey.shape[1], dtype=np.float32)[None, :].repeat(grey.shape[0], 0)
    y = np.arange(grey.shape[0], dtype=np.float32)[:, None].repeat(grey.shape[1], 1)
    bend = 26 * np.sin(np.pi * x / grey.shape[1])
    bent = cv2.remap(grey, x, (y - bend).astype(np.float32), cv2.INTER_LINEAR, borderValue=255)
    (line,) = sheet_of(bent).lines
    assert line.sag > 5
    assert read(engine, bent) == [text]


def test_leader_dots_are_no_text_but_marks_below_letters_are(engine: FastEngine) -> None:
    image, draw = blank()
    draw.text(
        (200, 300),
        "Họ và tên: " + "." * 20 + " Lê Thị Mạnh " + "." * 30,
        font=font(58),
        fill=0,
        anchor="ls",
    )
    (row,) = read(engine, image)
    assert " ".join(row.split()) == "Họ và tên: Lê Thị Mạnh"


def test_strips_are_level_and_of_one_height() -> None:
    image = np.asarray(page(["Kính gửi: Sở Tư pháp"], dpi=300).convert("L"))
    level = cut(image, Baseline(300, 350, 900, 350, 26))
    turned = cleanup.straighten(image, -3.0)
    x0, y0 = cleanup.lean(300, 350, 3.0, image.shape)
    x1, y1 = cleanup.lean(900, 350, 3.0, image.shape)
    leaning = cut(turned, Baseline(x0, y0, x1, y1, 26))
    assert level.pixels.shape[0] == leaning.pixels.shape[0] == HEIGHT
    assert level.pixels.shape[1] == leaning.pixels.shape[1]
    difference = np.abs(level.pixels.astype(int) - leaning.pixels.astype(int)).mean()
    assert difference < 12


def line(x0: float, x1: float, y: float) -> Line:
    return Line(x0, x1, y, y, 12.0)


def test_sign_off_is_read_column_by_column() -> None:
    left = [line(100, 250, 500), line(100, 300, 525), line(100, 320, 550), line(100, 310, 575)]
    right = [line(700, 1000, 502), line(720, 980, 535), line(750, 950, 640)]
    body = [line(100, 1100, 400), line(100, 1100, 440)]
    ordered = reading_order([*right, *left, *body], [])
    assert [(own.x0, own.baseline) for own in ordered] == [
        (own.x0, own.baseline) for own in [*body, *left, *right]
    ]


def test_a_table_stands_between_what_is_above_and_below_it() -> None:
    cells = [
        TableCell(0, 0, column, 1, 1, 100 + 400 * column, 200, 500 + 400 * column, 300)
        for column in range(2)
    ]
    inside = [line(520, 800, 230), line(120, 300, 230), line(520, 700, 260)]
    ordered = reading_order([line(100, 900, 350), *inside, line(100, 900, 150)], cells)
    assert [(own.x0, own.baseline) for own in ordered] == [
        (100, 150), (120, 230), (520, 230), (520, 260), (100, 350),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_lines_or_none_but_never_fails(seed: int) -> None:
    generator = np.random.default_rng(seed)
    for noise in (
        generator.integers(0, 256, (900, 700), np.uint8),
        (generator.random((900, 700)) > 0.02).astype(np.uint8) * 255,
        np.zeros((900, 700), np.uint8),
        np.full((40, 3000), 255, np.uint8),
        generator.integers(0, 256, (1, 4000), np.uint8),
    ):
        find_lines(noise, DPI)


def test_machine_readable_zones_are_read_in_their_own_alphabet(engine: FastEngine) -> None:
    image, draw = blank()
    face = ImageFont.truetype(
        "/usr/share/fonts/truetype/liberation2/LiberationMono-Regular.ttf", 62
    )
    zone = (
        "IDVNM1951673703034195167370<<6",
        "9503294F3503292VNM<<<<<<<<<<<0",
        "TA<<THI<THANH<DUYEN<<<<<<<<<<<",
    )
    for row, line in enumerate(zone):
        draw.text((200, 300 + 110 * row), line, font=face, fill=0, anchor="ls")
    lines = read(engine, image)
    assert [len(line) for line in lines] == [30, 30, 30]
    assert all(re.fullmatch("[A-Z0-9<]+", line) for line in lines)
    assert sum(Levenshtein.distance(a, b) for a, b in zip(lines, zone, strict=True)) <= 3
