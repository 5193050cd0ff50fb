"""The characters our model writes: Tesseract's Vietnamese ones, and some that our papers need too."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from extractors.ctc import Alphabet

# Print that Tesseract's set lacks: ỵ (kỵ, Tỵ), the en dash, powers of the metre, list bullets.
ADDED = "ỵ–²³•×"
# What an added character is drawn from at first: the nearest known shape.
NEAREST = {"ỵ": "y", "–": "-", "²": "2", "³": "3", "•": ".", "×": "x"}

# Shapes that print cannot tell apart are written by one character.
_SAME = str.maketrans({"−": "–", "‐": "-", "‑": "-", "’": "'", "‘": "'", "…": "...", "\u00a0": " "})
_LEADERS = re.compile(r"\s*[.…]{4,}\s*")


@lru_cache(maxsize=4)
def _numbers(classes: tuple[str, ...]) -> dict[str, int]:
    return {text: number for number, text in enumerate(classes) if text}


def encode(alphabet: Alphabet, text: str) -> list[int] | None:
    """The classes of a printed line; ``None`` if a character is not in the alphabet.

    Leader dots are left out: the model learns to pass them over.
    """
    plain = _LEADERS.sub(" ", unicodedata.normalize("NFC", text)).translate(_SAME).strip()
    numbers = _numbers(alphabet.classes)
    found = [numbers.get(character, -1) for character in plain]
    return None if -1 in found else found


def decode(alphabet: Alphabet, classes: list[int]) -> str:
    """The text of classes already collapsed."""
    return "".join(alphabet.classes[number] for number in classes)
