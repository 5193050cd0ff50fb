"""What the generated lines say: running text of laws, and the short lines of administrative papers."""

from __future__ import annotations

import lzma
import random
import tomllib
import unicodedata
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path

with (Path(__file__).parent / "phrases.toml").open("rb") as _file:
    PHRASES: dict[str, list[str]] = tomllib.load(_file)


class Look(Enum):
    """How a line is mostly set: as any text, in bold, or in a face made for machines (ICAO 9303)."""

    PLAIN = auto()
    BOLD = auto()
    MACHINE = auto()


class Texts:
    """An endless source of lines, drawn by one random generator."""

    def __init__(self, chance: random.Random, paragraphs: list[str]) -> None:
        self.chance = chance
        self.paragraphs = paragraphs
        sample = chance.sample(paragraphs, min(4000, len(paragraphs)))
        self._words = " ".join(sample).split()
        self._kinds: tuple[tuple[float, Callable[[], str], Look], ...] = (
            (1.0, lambda: self._phrase("nations"), Look.BOLD),
            (0.8, lambda: self._phrase("mottoes"), Look.BOLD),
            (1.0, self._office, Look.BOLD),
            (1.4, lambda: self._phrase("headings"), Look.BOLD),
            (1.2, lambda: f"Số: {self._code()}", Look.PLAIN),
            (1.2, lambda: f"{self._phrase('provinces')}, {self._date()}", Look.PLAIN),
            (1.2, lambda: self._phrase("recipients"), Look.PLAIN),
            (1.0, lambda: self._phrase("signers"), Look.BOLD),
            (1.6, self._name, Look.PLAIN),
            (1.0, lambda: self._name().upper(), Look.BOLD),
            (1.4, lambda: self._piece(20, 75).upper(), Look.BOLD),
            (1.4, self._citation, Look.PLAIN),
            (1.0, lambda: f"V/v {self._piece(20, 60).lower()}", Look.PLAIN),
            (2.6, self._figures, Look.PLAIN),
            (1.0, lambda: f"Điều {chance.randint(1, 90)}. {self._piece(20, 60)}", Look.BOLD),
            (0.8, lambda: f"{chance.choice('•+-')} {self._piece(20, 60)}", Look.PLAIN),
            (3.0, self._form_line, Look.PLAIN),
            (1.6, self._cell, Look.PLAIN),
            (1.4, self._address, Look.PLAIN),
            (0.8, lambda: self._any_words(2, 5).upper(), Look.BOLD),
            (2.0, self._bilingual, Look.PLAIN),
            (1.0, self._english, Look.PLAIN),
            (1.4, self._machine_readable, Look.MACHINE),
        )

    @classmethod
    def of_file(cls, path: Path, chance: random.Random, characters: int = 12_000_000) -> Texts:
        """Paragraphs from a random stretch of a UTF-8 text, which may be ``.xz``."""
        opened = lzma.open if path.suffix == ".xz" else open
        skipped = chance.randrange(8)
        text = ""
        with opened(path, "rt", encoding="utf-8", errors="ignore") as file:
            for _ in range(skipped + 1):
                text = file.read(characters) or text
        lines = (" ".join(line.split()) for line in text.split("\n"))
        return cls(chance, [unicodedata.normalize("NFC", line) for line in lines if len(line) > 15])

    def paragraph(self) -> list[str]:
        """Words of running text; a few are shuffled, so that the model reads rather than guesses."""
        if self.chance.random() < 0.1:
            return self.chance.choices(self._words, k=self.chance.randint(10, 60))
        return self.chance.choice(self.paragraphs).split()

    def short(self) -> tuple[str, Look]:
        """A short line, and how such lines look."""
        (_, make, look) = self.chance.choices(self._kinds, [kind[0] for kind in self._kinds])[0]
        return make(), look

    def _phrase(self, kind: str) -> str:
        return self.chance.choice(PHRASES[kind])

    def _piece(self, least: int, most: int) -> str:
        text = self.chance.choice(self.paragraphs)
        return text[: self.chance.randint(least, most)].rsplit(" ", 1)[0]

    def _any_words(self, least: int, most: int) -> str:
        """Words side by side that no sentence would have."""
        return " ".join(self.chance.choices(self._words, k=self.chance.randint(least, most)))

    def _office(self) -> str:
        province = self._phrase("provinces").upper()
        return self._phrase("offices") + self.chance.choice(["", "", f" TỈNH {province}"])

    def _name(self) -> str:
        middle = self.chance.choices(PHRASES["given_names"], k=self.chance.choice([1, 1, 1, 2]))
        return " ".join(
            [
                self._phrase("family_names"),
                *middle,
                self._phrase("given_names"),
            ]
        )

    def _date(self) -> str:
        day, month = self.chance.randint(1, 31), self.chance.randint(1, 12)
        year = self.chance.randint(1940, 2030)
        return self.chance.choice(
            [
                f"{day:02d}/{month:02d}/{year}",
                f"{day}/{month}/{year}",
                f"ngày {day:02d} tháng {month:02d} năm {year}",
                f"ngày {day} tháng {month} năm {year}",
                f"ngày        tháng {month:02d} năm {year}",
                f"{day:02d}-{month:02d}-{year}",
            ]
        )

    def _code(self) -> str:
        number = str(self.chance.randint(1, 3200))
        if self.chance.random() < 0.25:
            number = "     "  # written by hand, or not yet
        elif self.chance.random() < 0.3:
            number = number.zfill(2)
        year = f"{self.chance.randint(1998, 2030)}/" if self.chance.random() < 0.3 else ""
        return f"{number}/{year}{self._phrase('codes')}"

    def _citation(self) -> str:
        kind = self.chance.choice(["Công văn", "Quyết định", "Nghị quyết", "Tờ trình", "Thông tư"])
        return f"{kind} số {self._code()} ngày {self._date()}"

    def _figure(self) -> str:
        draw = self.chance
        makes: list[Callable[[], str]] = [
            lambda: str(draw.randint(0, 9)),
            lambda: str(draw.randint(1, 9999)),
            lambda: f"{draw.randint(1, 999)},{draw.randint(0, 99):02d}",
            lambda: f"{draw.randint(1, 999)}.{draw.randint(0, 999):03d}.000",
            lambda: f"{draw.randint(1, 999)}.{draw.randint(0, 999):03d}",
            lambda: f"{draw.randint(1, 100)}%",
            lambda: f"{draw.randrange(10**12):012d}",
            lambda: f"0{draw.randrange(10**9):09d}",
            lambda: " ".join(
                f"{draw.randrange(1000):03d}" for _ in range(draw.choice([2, 3, 4, 4]))
            ),
            lambda: (
                f"0{draw.randint(100, 999)}{draw.choice(' .')}{draw.randint(100, 999)} "
                f"{draw.randint(100, 999)}"
            ),
            self._dossier_code,
            lambda: "".join(draw.choices("ABCDEGHIKLMNPQRSTUVXY0123456789", k=draw.randint(4, 10))),
            self._date,
            self._code,
        ]
        return draw.choice(makes)()

    def _figures(self) -> str:
        count = self.chance.randint(1, 6)
        parts = [self._figure() for _ in range(count)]
        parts += self.chance.choices(PHRASES["units"], k=self.chance.randint(0, 2))
        self.chance.shuffle(parts)
        return " ".join(parts)

    def _dossier_code(self) -> str:
        draw = self.chance
        agency = f"H{draw.randint(1, 63):02d}.{draw.randint(1, 30)}"
        return f"{agency}-{draw.randint(200000, 261231)}-{draw.randint(1, 9999):04d}"

    def _address(self) -> str:
        """A place from house to province, as addresses give it."""
        draw = self.chance
        parts = [
            draw.choice(
                [f"Thôn {self._name()}", f"Xóm {draw.randint(1, 20)}", f"Số {draw.randint(1, 300)}"]
            ),
            f"{draw.choice(['xã', 'phường', 'thị trấn'])} {self._proper(2)}",
            f"{draw.choice(['huyện', 'quận', 'thị xã', 'thành phố'])} {self._proper(2)}",
            f"tỉnh {self._phrase('provinces')}",
        ]
        first = draw.randint(0, 2)
        line = ", ".join(parts[first:])
        label = draw.choice(["", "", "Nơi cư trú: ", "Địa chỉ: ", "Quê quán: ", "Nơi sinh: "])
        return f"{label}{line[0].upper()}{line[1:]}{draw.choice(['', '', '.', ';', './.'])}"

    def _proper(self, words: int) -> str:
        return " ".join(self.chance.choice(PHRASES["given_names"]) for _ in range(words))

    def _bilingual(self) -> str:
        """A label of a card, in Vietnamese and English, with or without its value."""
        draw = self.chance
        label = self._phrase("labels").rstrip(":")
        line = f"{label} / {self._phrase('english_labels')}:"
        values: list[Callable[[], str]] = [self._name, self._date, self._figure, lambda: "Việt Nam"]
        return draw.choice([line, f"{line} {draw.choice(values)()}"])

    def _english(self) -> str:
        draw = self.chance
        words = " ".join(draw.choices(PHRASES["english_words"], k=draw.randint(1, 6)))
        line = draw.choice(
            [words, words.capitalize(), words.title(), self._phrase("english_labels")]
        )
        return line.upper() if draw.random() < 0.3 else line

    def _machine_readable(self) -> str:
        """A line of a machine readable zone: thirty characters of a card, 44 of a passport."""
        draw = self.chance
        length = draw.choice([30, 30, 30, 44])
        numbers = "".join(draw.choices("0123456789", k=length))
        letters = "ABCDEFGHIKLMNOPQRSTUVXY"
        words = ["".join(draw.choices(letters, k=draw.randint(2, 7))) for _ in range(4)]
        line = draw.choice(
            [
                f"IDVNM{numbers[:22]}<<{numbers[0]}",
                f"{numbers[:7]}{draw.choice('MF')}{numbers[:7]}VNM{'<' * 11}{numbers[0]}",
                f"{words[0]}<<{'<'.join(words[1 : draw.randint(2, 4)])}",
                f"P<VNM{words[0]}<<{'<'.join(words[1:])}",
                "".join(draw.choices("<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=length)),
            ]
        )
        return line[:length].ljust(length, "<")

    def _cell(self) -> str:
        """What stands in a cell of a table: often a single figure or sign."""
        draw = self.chance
        makes: list[Callable[[], str]] = [
            lambda: str(draw.randint(1, 40)),
            lambda: draw.choice("xX-–/0123456789"),
            lambda: self._phrase("cells"),
            self._figure,
            lambda: self._piece(6, 25),
        ]
        return draw.choice(makes)()

    def _form_line(self) -> str:
        """A label and its value on leader dots, or only the dots."""
        draw = self.chance
        values: list[Callable[[], str]] = [
            self._name,
            self._date,
            self._figure,
            lambda: self._piece(10, 45),
        ]
        value = draw.choice(values)()
        before, after = ("." * draw.randint(0, 30) for _ in range(2))
        gap, label = draw.choice(["", " "]), self._phrase("labels")
        line = draw.choice(
            [
                f"{label} {before}{gap}{value}{gap}{after}",
                f"{label} {value}",
                f"{label} {'.' * draw.randint(6, 60)}",
                f"{label} {value} {after} {self._phrase('labels')} {self._phrase('given_names')}",
            ]
        )
        return f"{draw.randint(1, 20)}. {line}" if draw.random() < 0.2 else line
