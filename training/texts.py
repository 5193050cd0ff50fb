"""What the generated lines say: running text of laws, and the short lines of administrative papers."""

from __future__ import annotations

import lzma
import random
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path

with (Path(__file__).parent / "phrases.toml").open("rb") as _file:
    PHRASES: dict[str, list[str]] = tomllib.load(_file)


class Texts:
    """An endless source of lines, drawn by one random generator."""

    def __init__(self, chance: random.Random, paragraphs: list[str]) -> None:
        self.chance = chance
        self.paragraphs = paragraphs
        sample = chance.sample(paragraphs, min(4000, len(paragraphs)))
        self._words = " ".join(sample).split()
        self._kinds: tuple[tuple[float, Callable[[], str], bool], ...] = (
            (1.0, lambda: self._phrase("nations"), True),
            (0.8, lambda: self._phrase("mottoes"), True),
            (1.0, self._office, True),
            (1.4, lambda: self._phrase("headings"), True),
            (1.2, lambda: f"Số: {self._code()}", False),
            (1.2, lambda: f"{self._phrase('provinces')}, {self._date()}", False),
            (1.2, lambda: self._phrase("recipients"), False),
            (1.0, lambda: self._phrase("signers"), True),
            (1.6, self._name, False),
            (1.0, lambda: self._name().upper(), True),
            (1.4, lambda: self._piece(20, 75).upper(), True),
            (1.4, self._citation, False),
            (1.0, lambda: f"V/v {self._piece(20, 60).lower()}", False),
            (2.6, self._figures, False),
            (1.0, lambda: f"Điều {chance.randint(1, 90)}. {self._piece(20, 60)}", True),
            (0.8, lambda: f"{chance.choice('•+-')} {self._piece(20, 60)}", False),
            (3.0, self._form_line, False),
            (1.6, self._cell, False),
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

    def short(self) -> tuple[str, bool]:
        """A short line, and whether such lines are mostly bold."""
        (_, make, bold) = self.chance.choices(self._kinds, [kind[0] for kind in self._kinds])[0]
        return make(), bold

    def _phrase(self, kind: str) -> str:
        return self.chance.choice(PHRASES[kind])

    def _piece(self, least: int, most: int) -> str:
        text = self.chance.choice(self.paragraphs)
        return text[: self.chance.randint(least, most)].rsplit(" ", 1)[0]

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
