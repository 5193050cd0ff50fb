"""Generated strips of handwriting in printed frames, as ``extractors.handwriting.strip`` cuts them."""

from __future__ import annotations

import gzip
import math
import random
import struct
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from dossiers.reading import SlotKind
from extractors.connected import Grey
from extractors.handwriting.alphabet import OTHER, PEN, PRINT, SLASH
from extractors.handwriting.frame import ABOVE, BELOW, BESIDE, HEIGHT
from extractors.handwriting.strip import contrasted
from training.pen_strokes import OTHERS, Hand, draw_hand, drawn, figure
from training.typesetting import Fonts

X_HEIGHT = HEIGHT / (ABOVE + BELOW)
BASELINE = ABOVE * X_HEIGHT
# x-height of Times to its size.
_OF_SIZE = 0.45
_REGULAR, _BOLD, _ITALIC = 0, 1, 2
_MOST_WIDTH = 260

_SYMBOLS = ("QĐ-UBND", "UBND-VX", "CT-UBND", "TTr-STP", "TB-VP", "BC-SNV", "KH-UBND", "GM-UBND",
            "SYT-NVY", "NQ-HĐND", "TB-UBND", "CV-BCĐ", "GXN", "TP", "2024/TT", "ĐA", "HD")  # fmt: skip

_KINDS = {
    "number": SlotKind.NUMBER,
    "day": SlotKind.DAY,
    "month": SlotKind.MONTH,
    "stamp": SlotKind.INCOMING_NUMBER,
    "arrival": SlotKind.INCOMING_DAY,
}
_SPELLED = {SLASH: "/", OTHER: "?"}
_SPELLED |= {first + digit: str(digit) for first in (PEN, PRINT) for digit in range(10)}


@dataclass(frozen=True, slots=True)
class Figures:
    """Handwritten figures as ink (255) on nothing, each (28, 28), and which they are."""

    pictures: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]

    def part(self, start: int, end: int) -> Figures:
        """Some of them."""
        return Figures(self.pictures[start:end], self.labels[start:end])


@dataclass(frozen=True, slots=True)
class PenStrip:
    """``pixels`` (HEIGHT, width), the classes on it from left to right, and what it was made for."""

    pixels: Grey
    classes: tuple[int, ...]
    kind: SlotKind

    @property
    def text(self) -> str:
        """The classes as the reader spells them, the printed stroke behind a number left out."""
        text = "".join(_SPELLED[name] for name in self.classes)
        return text.removesuffix("/") if self.kind is SlotKind.NUMBER else text


def read_idx(folder: Path) -> Figures:
    """The pictures and labels of an IDX folder (``*images*``, ``*labels*``, gzip or plain).

    Raises:
        FileNotFoundError: one of the two is not there.
        ValueError: another format.
    """
    pictures, labels = (_idx(folder, name) for name in ("images", "labels"))
    if pictures.ndim != 3 or len(pictures) != len(labels):
        raise ValueError(f"{folder}: {pictures.shape} pictures, {labels.shape} labels")
    return Figures(pictures, labels)


def _idx(folder: Path, name: str) -> npt.NDArray[np.uint8]:
    found = sorted(folder.glob(f"*{name}*"))
    if not found:
        raise FileNotFoundError(f"{folder} holds no {name}")
    content = found[0].read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    kind, dimensions = content[2], content[3]
    if kind != 8:  # unsigned bytes
        raise ValueError(f"{found[0].name}: IDX of type {kind}")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


class Press:
    """Makes strips: prints the frame, lets somebody write into it, and scans it."""

    def __init__(self, figures: Figures, fonts: Fonts) -> None:
        self._figures = figures
        self._by_label = [np.flatnonzero(figures.labels == digit) for digit in range(10)]
        self._fonts = fonts

    def strip(self, chance: random.Random) -> PenStrip:
        """One more."""
        family = chance.choices(
            [name for _, name in self._fonts.families], [p for p, _ in self._fonts.families]
        )[0]
        kind = chance.choices(("number", "day", "month", "stamp", "arrival"), (5, 4, 1.5, 1.5, 2))[
            0
        ]
        italic = kind in ("day", "month") and chance.random() < 0.9
        style = _ITALIC if italic else _REGULAR
        if kind in ("stamp", "arrival") and chance.random() < 0.3:
            style = _BOLD
        size = max(8, round(X_HEIGHT / _OF_SIZE * chance.gauss(0.95, 0.09)))
        sheet = _Sheet(self._fonts, family, style, size, chance)
        text = _text(kind, chance)
        draw = chance.random()
        if draw < 0.1:
            text = ""
        sheet.text = text
        beside = BESIDE * X_HEIGHT
        if draw < 0.28 and text:
            sheet.printed(beside)
        else:
            self._written(sheet, kind, beside, chance)
        sheet.frame(kind, beside)
        sheet.dirt()
        pixels = _scanned(sheet.ink(), sheet.strong * sheet.fade, chance)
        return PenStrip(pixels, tuple(sheet.classes), _KINDS[kind])

    def _written(self, sheet: _Sheet, kind: str, beside: float, chance: random.Random) -> None:
        hand = draw_hand(chance)
        own = chance.random() < 0.5
        height = chance.uniform(10.5, 23.0 if kind in ("stamp", "arrival") else 25.0)
        spread = chance.gauss(0.07, 0.10) * height
        climb = chance.gauss(0, 0.04)
        pieces: list[tuple[Grey, float, float]] = []
        classes: list[int] = []
        x = 0.0
        # Some stamps print the strokes of a date, and figures are written between them.
        between = kind == "arrival" and chance.random() < 0.4
        ticks: list[float] = []
        for letter in sheet.text:
            size = height * chance.uniform(0.85, 1.15)
            if letter == "/" and between:
                x += chance.uniform(2, 9)
                ticks.append(x)
                classes.append(SLASH)
                x += chance.uniform(3, 11)
                continue
            if letter == "/" or own:
                ink, _, top = figure(hand, letter, size, chance)
            else:
                ink, _, top = self._figure(int(letter), size, hand, chance)
            y = top - size + BASELINE - x * climb + chance.gauss(0, 0.05) * height
            pieces.append((ink, x, y))
            classes.append(SLASH if letter == "/" else PEN + int(letter))
            x += ink.shape[1] - 2 * hand.nib - 1 + spread + chance.gauss(0, 0.05) * height
        if pieces and chance.random() < 0.05:
            ink, _, top = drawn(
                chance.choice(OTHERS), hand, height * chance.uniform(0.6, 1), chance
            )
            at = chance.randrange(len(pieces) + 1)
            if at == len(pieces):
                pieces.append((ink, x, top - height + BASELINE))
                classes.append(OTHER)
            else:
                pieces[at] = (ink, pieces[at][1], pieces[at][2])
                classes[at] = OTHER
        elif not pieces and chance.random() < 0.3:
            ink, _, top = drawn(chance.choice(OTHERS), hand, height, chance)
            pieces.append((ink, 0.0, top - height + BASELINE))
            classes.append(OTHER)
        wide = max((px + ink.shape[1] for ink, px, _ in pieces), default=0.0)
        if kind in ("stamp", "arrival"):
            blank = wide * chance.uniform(1.0, 1.6) + chance.uniform(2, 40)
        else:
            blank = max(14.0, wide * chance.uniform(0.8, 1.6) + chance.gauss(2, 5))
        sheet.open(min(_MOST_WIDTH, 2 * beside + blank))
        start = beside + (blank - wide) * chance.uniform(0.02, 0.98)
        for ink, px, y in pieces:
            sheet.add_pen(ink, start + px, y)
        for tick in ticks:
            sheet.separator(start + tick, BASELINE)
        sheet.classes += classes
        if kind in ("stamp", "arrival") and chance.random() < 0.7:
            sheet.neighbours(hand)
        sheet.fade = 1.0 if chance.random() < 0.5 else chance.uniform(0.5, 1.0)
        if classes and chance.random() < 0.03:
            sheet.strike(start, wide, height)

    def _figure(
        self, digit: int, height: float, hand: Hand, chance: random.Random
    ) -> tuple[Grey, float, float]:
        index = self._by_label[digit][chance.randrange(len(self._by_label[digit]))]
        picture = self._figures.pictures[index]
        scale = height / 20
        slant = hand.slant * 0.6 + chance.gauss(-0.03, 0.08)
        angle = chance.gauss(0, 0.06)
        wide = chance.uniform(0.82, 1.15)
        cos, sin = math.cos(angle), math.sin(angle)
        side = math.ceil(28 * scale * 1.35)
        matrix = np.array(
            [
                [scale * wide * cos, scale * (-slant - sin), 0.0],
                [scale * sin, scale * cos, 0.0],
            ]
        )
        middle = matrix[:, :2] @ np.array([13.5, 13.5])
        matrix[:, 2] = side / 2 - middle
        ink = cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_LINEAR)
        # Their strokes are 2 to 3 pixels of 20 thick; pens are thinner or thicker than that.
        thin = chance.random()
        if thin < 0.3 and scale > 0.75:
            ink = cv2.erode(ink, np.ones((2, 2), np.uint8))
        elif thin > 0.75:
            ink = cv2.dilate(ink, np.ones(chance.choice([(2, 2), (3, 2), (2, 3)]), np.uint8))
        columns, rows = np.flatnonzero(ink.max(axis=0) > 60), np.flatnonzero(ink.max(axis=1) > 60)
        if not len(columns):
            return ink, 0.0, 0.0
        x0, x1 = max(0, columns[0] - 1), columns[-1] + 2
        y0, y1 = max(0, rows[0] - 1), rows[-1] + 2
        return np.ascontiguousarray(ink[y0:y1, x0:x1]), 0.0, height - (y1 - y0)


def _text(kind: str, chance: random.Random) -> str:
    """What is written; figures alike likely, so that the reader knows no calendar and no register."""
    if kind == "arrival":
        year = chance.choice((f"20{chance.randrange(100):02d}", f"{chance.randrange(100):02d}"))
        day = chance.choice((f"{chance.randrange(1, 32)}", f"{chance.randrange(1, 32):02d}"))
        month = chance.choice((f"{chance.randrange(1, 13)}", f"{chance.randrange(1, 13):02d}"))
        return f"{day}/{month}/{year}"
    lengths = {
        "number": (3, 4, 4, 3, 0.3),
        "stamp": (1, 2, 4, 5, 1),
        "day": (1, 8),
        "month": (3, 3),
    }
    weights = lengths[kind]
    length = chance.choices(range(1, len(weights) + 1), weights)[0]
    return "".join(str(chance.randrange(10)) for _ in range(length))


class _Sheet:
    """One strip being made: print and ink apart, as darkness 0 to 255."""

    def __init__(
        self, fonts: Fonts, family: str, style: int, size: int, chance: random.Random
    ) -> None:
        self.fonts, self.family, self.style, self.size = fonts, family, style, size
        self.chance = chance
        self.text = ""
        self.classes: list[int] = []
        self.fade = 1.0
        self.strong = chance.uniform(0.75, 1.0)
        self.width = 0
        self.right_end = 0.0
        self.print = self.pen = np.zeros((HEIGHT, 1), np.uint8)

    def open(self, width: float) -> None:
        self.width = max(HEIGHT // 2, round(width))
        self.print = np.zeros((HEIGHT, self.width), np.uint8)
        self.pen = np.zeros((HEIGHT, self.width), np.uint8)

    def add_pen(self, ink: Grey, x: float, y: float) -> None:
        shift = np.array([[1, 0, x], [0, 1, y]])
        np.maximum(
            self.pen, cv2.warpAffine(ink, shift, (self.width, HEIGHT), flags=cv2.INTER_LINEAR),
            out=self.pen,
        )  # fmt: skip

    def neighbours(self, hand: Hand) -> None:
        """Ink of the rows above and below, which in stamps stand close."""
        for row in (-1, 1):
            if self.chance.random() < 0.3:
                continue
            y = BASELINE + row * self.chance.uniform(17, 27)
            x = self.chance.uniform(0, self.width * 0.7)
            for _ in range(self.chance.randint(1, 8)):
                letter = self.chance.choice("0123456789/")
                height = self.chance.uniform(11, 20)
                ink, _, top = figure(hand, letter, height, self.chance)
                self.add_pen(ink, x, top - height + y)
                x += ink.shape[1] - 2 * hand.nib + self.chance.uniform(-1, 3)
            if self.chance.random() < 0.6:
                self.leader(0, self.width, y + self.chance.uniform(-1, 3))

    def separator(self, x: float, y: float) -> None:
        """A stroke that the stamp prints between day, month and year, or a mere tick."""
        height = self.chance.uniform(4, 17)
        drop = self.chance.uniform(-1, 3)
        lean = self.chance.uniform(0.0, 0.45) * height
        ends = (round((x + lean) * 8), round((y + drop - height) * 8)), (
            round(x * 8), round((y + drop) * 8),
        )  # fmt: skip
        cv2.line(self.print, *ends, 255, self.chance.randint(1, 2), cv2.LINE_AA, 3)

    def leader(self, x: float, end: float, y: float) -> None:
        """A row of dots."""
        step, radius = self.chance.uniform(2.2, 5.5), self.chance.uniform(0.4, 1.0)
        while x < end:
            centre = round(x * 8), round(y * 8)
            cv2.circle(self.print, centre, round(radius * 8), 255, -1, cv2.LINE_AA, 3)
            x += step

    def strike(self, start: float, wide: float, height: float) -> None:
        """Crosses everything out; what it was is for a person."""
        y = BASELINE - height * self.chance.uniform(0.3, 0.6)
        for _ in range(self.chance.randint(2, 4)):
            ends = [(round(start - 3), round(y + self.chance.gauss(0, 3))),
                    (round(start + wide + 3), round(y + self.chance.gauss(0, 3)))]  # fmt: skip
            cv2.line(self.pen, ends[0], ends[1], 255, self.chance.randint(1, 2), cv2.LINE_AA)
        self.classes[:] = [OTHER]

    def printed(self, beside: float) -> None:
        """Print says it: set by a machine, or by a numbering stamp."""
        face = self.fonts.get(self.family, self.style, self.size)
        wide = face.getlength(self.text)
        blank = wide + self.chance.uniform(3, 12)
        self.open(2 * beside + blank)
        x = beside + (blank - wide) * self.chance.random()
        self._print(self.text, x, BASELINE + self.chance.gauss(0, 0.6), self.style, anchor="ls")
        self.classes += [SLASH if c == "/" else PRINT + int(c) for c in self.text]

    def frame(self, kind: str, beside: float) -> None:
        """The words on either side, and leader dots."""
        chance = self.chance
        left = {"number": ("Số:", "Số: ", "SỐ:", "Số"), "day": ("ngày", "ngày"), "month": ("tháng",),
                "stamp": ("Số:", "Số", "SỐ:"), "arrival": ("Ngày:", "Ngày", "ngày:")}[kind]  # fmt: skip
        y = BASELINE + chance.gauss(0, 0.7)
        end = beside + chance.gauss(0, 2.6)
        self._print(chance.choice(left), end, y, self.style, anchor="rs")
        start = self.width - beside + chance.gauss(0, 2.6)
        self.right_end = start
        if kind == "number":
            self._print("/" + chance.choice(_SYMBOLS), start, y, self.style, anchor="ls")
            if start < self.width - 5:
                self.classes.append(SLASH)
        elif kind in ("day", "month"):
            word = "tháng" if kind == "day" else "năm"
            self._print(word, start, y, self.style, anchor="ls")
        elif chance.random() < 0.5:
            x = round(start + chance.uniform(-2, beside))
            cv2.line(self.print, (x, 0), (x, HEIGHT), 255, chance.randint(1, 2))
        if chance.random() < (0.8 if kind in ("stamp", "arrival") else 0.2):
            self.leader(end + 1.0, start, y + chance.uniform(-0.5, 2.5))

    def dirt(self) -> None:
        """The rule of the heading above, tops of the line below, strokes of a seal, specks."""
        chance = self.chance
        if chance.random() < 0.12:
            y = chance.choice((chance.randint(0, 3), chance.randint(0, 8)))
            x0 = chance.randint(-20, self.width)
            cv2.line(self.print, (x0, y), (x0 + chance.randint(10, self.width), y), 255,
                     chance.randint(1, 2))  # fmt: skip
        if chance.random() < 0.22:
            below = chance.choice(("V/v ban hành quyết định", "về việc điều chỉnh", "QUYẾT ĐỊNH",
                                   "Ngày: ......", "Chuyển: ....", "Kính gửi: Sở Nội vụ"))  # fmt: skip
            x = chance.uniform(-60, self.width)
            self._print(below, x, HEIGHT + chance.uniform(4, 10), _REGULAR, anchor="ls")
        if chance.random() < 0.14:
            above = chance.choice(
                ("TỈNH QUẢNG NAM", "Hạnh phúc", "ỦY BAN NHÂN DÂN", "CÔNG VĂN ĐẾN")
            )
            x = chance.uniform(-60, self.width)
            self._print(above, x, chance.uniform(-3, 3.5), _BOLD, anchor="ls")
        if chance.random() < 0.06:
            centre = chance.randint(-60, self.width + 60), chance.randint(-80, 110)
            cv2.circle(self.print, centre, chance.randint(30, 120), chance.randint(60, 200),
                       chance.randint(1, 3), cv2.LINE_AA)  # fmt: skip
        for _ in range(chance.choice((0, 0, 0, 1, 3))):
            spot = chance.randrange(self.width), chance.randrange(HEIGHT)
            cv2.circle(self.print, spot, chance.choice((0, 0, 1)), chance.randint(90, 255), -1)

    def ink(self) -> Grey:
        """Brightness of the strip, 0 to 1."""
        strong = self.strong
        printed = self.print.astype(np.float32) * (strong / 255)
        pen = self.pen.astype(np.float32) * (strong * self.fade / 255)
        return (1 - printed) * (1 - pen)

    def _print(self, text: str, x: float, y: float, style: int, *, anchor: str) -> None:
        canvas = Image.fromarray(self.print)
        ImageDraw.Draw(canvas).text(
            (x, y), text, 255, self.fonts.get(self.family, style, self.size), anchor
        )
        self.print = np.maximum(self.print, np.asarray(canvas))


def _scanned(ink: Grey, weakest: float, chance: random.Random) -> Grey:
    """What scanners do: blur, little resolution, black and white, noise, JPEG; then as it is cut.

    ``weakest`` is how dark the palest strokes are, 0 to 1: black and white does not lose them whole.
    """
    height, width = ink.shape
    if chance.random() < 0.5:
        share = chance.uniform(0.2, 0.9)
        kernel = np.ones(chance.choice([(2, 2), (1, 2), (2, 1)]), np.uint8)
        worn = cv2.erode(ink, kernel) if chance.random() < 0.6 else cv2.dilate(ink, kernel)
        ink = (1 - share) * ink + share * worn
    if chance.random() < 0.7:
        ink = cv2.GaussianBlur(ink, (0, 0), chance.uniform(0.25, 1.15))
    if chance.random() < 0.22:
        scale = chance.uniform(0.45, 0.95)
        size = max(4, round(width * scale)), max(4, round(height * scale))
        ink = cv2.resize(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), (width, height))
    if chance.random() < 0.3:
        finer = chance.choice((1, 1, 2, 3))
        large = cv2.resize(ink, (width * finer, height * finer), interpolation=cv2.INTER_LINEAR)
        level = 1 - weakest * chance.uniform(0.3, 0.75)
        large = (large > level).astype(np.float32)
        ink = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    paper = chance.uniform(200, 255)
    grey = 20 + (paper - 20) * ink
    noise = np.random.default_rng(chance.getrandbits(32))
    if chance.random() < 0.6:
        grey = grey + noise.standard_normal(grey.shape, np.float32) * chance.uniform(0.5, 9)
    pixels = np.clip(grey, 0, 255).astype(np.uint8)
    if chance.random() < 0.4:
        _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, chance.randint(25, 90)])
        pixels = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE))
    return contrasted(pixels)
