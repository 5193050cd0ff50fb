"""Reads Tesseract's ``*.traineddata``: the container, the character set, the recoder, the word lists.

All numbers are little-endian. The formats are those of Tesseract 4 and 5 (``tessdatamanager.h``,
``unicharset.cpp``, ``unicharcompress.h``, ``dawg.h``).
"""

from __future__ import annotations

import math
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# Places of the components in the container (``enum TessdataType``).
_LSTM, _PUNCTUATION, _WORDS, _NUMBERS, _CHARACTERS, _RECODER = 17, 18, 19, 20, 21, 22
_DAWG_MAGIC = 42
_MOST_ENTRIES, _MOST_CODES = 64, 64


class BadTraineddata(ValueError):
    """The file is no ``traineddata``, is cut short, or has no LSTM model."""


class Cursor:
    """A place in a run of bytes; reading over its end raises :class:`BadTraineddata`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        end = self.place + count
        if count < 0 or end > len(self.data):
            raise BadTraineddata(f"cut short: {count} bytes wanted at {self.place}")
        taken = self.data[self.place : end]
        self.place = end
        return taken

    def integers(self, code: str) -> tuple[int, ...]:
        """Whole numbers by their :mod:`struct` codes."""
        return struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))

    def integer(self, code: str = "i") -> int:
        """One whole number."""
        return self.integers(code)[0]

    def text(self) -> str:
        """A string: its length in bytes (uint32), then UTF-8."""
        return self.take(self.integer("I")).decode("utf-8")

    def array(self, kind: str, count: int) -> np.ndarray:
        """``count`` numbers of a numpy type."""
        size = np.dtype(kind).itemsize
        return np.frombuffer(self.take(size * count), kind)


@dataclass(frozen=True, slots=True)
class Traineddata:
    """The parts of a model that recognition needs.

    ``characters[i]`` is the text of unichar ``i``; ``codes[i]`` the classes, one or more in a row,
    by which the network writes it.
    """

    network: bytes
    characters: tuple[str, ...]
    codes: tuple[tuple[int, ...], ...]
    words: tuple[str, ...]


def read_traineddata(path: Path) -> Traineddata:
    """The LSTM model of a file.

    Raises:
        BadTraineddata: see there.
    """
    parts = components(path.read_bytes())
    missing = {_LSTM, _CHARACTERS, _RECODER} - parts.keys()
    if missing:
        raise BadTraineddata(f"{path.name}: no LSTM model (components {sorted(missing)} missing)")
    characters = read_characters(parts[_CHARACTERS])
    codes = read_recoder(parts[_RECODER])
    if len(codes) != len(characters):
        raise BadTraineddata(f"{path.name}: {len(characters)} characters but {len(codes)} codes")
    words: list[str] = []
    if _WORDS in parts:
        words = sorted(read_words(parts[_WORDS], characters))
    return Traineddata(parts[_LSTM], characters, codes, tuple(words))


def components(data: bytes) -> dict[int, bytes]:
    """The components by number: a count, then an int64 offset each (-1: absent), then the bytes."""
    cursor = Cursor(data)
    count = cursor.integer()
    if not 0 < count <= _MOST_ENTRIES:
        raise BadTraineddata("not a traineddata file")
    offsets = cursor.integers(f"{count}q")
    starts = [offset for offset in offsets if offset >= 0]
    if any(not cursor.place <= start <= len(data) for start in starts):
        raise BadTraineddata("a component lies outside the file")
    ends = sorted([*starts, len(data)])
    return {
        number: data[start : ends[ends.index(start) + 1]]
        for number, start in enumerate(offsets)
        if start >= 0
    }


def read_characters(data: bytes) -> tuple[str, ...]:
    """The texts of a unicharset: a count, then a line each, its first column the text."""
    lines = data.decode("utf-8").split("\n")
    count = int(lines[0])
    if len(lines) <= count:
        raise BadTraineddata("the character set is cut short")
    texts = [line.split(" ", 1)[0] for line in lines[1 : count + 1]]
    # A blank cannot stand in a blank-separated column.
    return tuple(" " if text == "NULL" else unicodedata.normalize("NFC", text) for text in texts)


def read_recoder(data: bytes) -> tuple[tuple[int, ...], ...]:
    """The classes of each character: (int8 self-normalised, int32 length, int32 classes)."""
    cursor = Cursor(data)
    codes = []
    for _ in range(cursor.integer("I")):
        cursor.integer("b")
        length = cursor.integer()
        if not 0 < length <= _MOST_CODES:
            raise BadTraineddata(f"a character of {length} codes")
        codes.append(cursor.integers(f"{length}i"))
    return tuple(codes)


def read_words(data: bytes, characters: tuple[str, ...]) -> Iterator[str]:
    """The words of a squished DAWG: uint64 edges of (letter, flags, next node), low bits first."""
    cursor = Cursor(data)
    magic, letter_count, edge_count = cursor.integers("hii")
    if magic != _DAWG_MAGIC:
        raise BadTraineddata("the word list has a wrong magic number")
    edges = cursor.array("<u8", edge_count).tolist()
    letter_bits = math.ceil(math.log2(letter_count + 1))
    last, word_end = 1 << letter_bits, 4 << letter_bits
    letter_mask = last - 1
    stack = [(0, "")]
    while stack:
        node, prefix = stack.pop()
        while node < len(edges):
            edge = edges[node]
            letter = edge & letter_mask
            if letter < len(characters):
                word = prefix + characters[letter]
                if edge & word_end:
                    yield word
                following = edge >> (letter_bits + 3)
                if following:
                    stack.append((following, word))
            if edge & last:
                break
            node += 1
