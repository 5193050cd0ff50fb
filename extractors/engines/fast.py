"""Our own recogniser: lines of our layout in batches through a small network (ONNX Runtime)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from dossiers.errors import EngineMissing
from extractors.ctc import STEP, Alphabet, Character, decode
from extractors.engines import EngineWord
from extractors.engines.second_look import look_again
from extractors.installed import LANGUAGE_MODEL, LINE_MODEL
from extractors.language import LanguageModel
from extractors.lines import Line
from extractors.sheet import Sheet
from extractors.strips import HEIGHT, Strip, cut
from extractors.wording import figures, settle

# What four lines need stays in a core's cache: larger batches are slower, and take more memory.
_LINES = 4
# Strips this much wider than the batch's narrowest would waste its time on padding.
_WIDER, _WIDER_BY = 1.25, 60
# A line this long in strip columns is cut: memory, and no page has one.
_MOST_COLUMNS = 6000
# Characters of a machine readable zone (ICAO 9303-3, 4.3), and how one is told from text.
_MACHINE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")
_IN_NUMBERS = frozenset("0123456789/.,:-")
_ZONES, _MISREAD, _FEWEST_FILLERS = (30, 36, 44), 3, 2


class FastEngine:
    """The line recogniser with the model given; one instance serves one thread."""

    name = "fast"

    def __init__(self, model: Path = LINE_MODEL, language: Path | None = LANGUAGE_MODEL) -> None:
        for file in filter(None, (model, language)):
            if not file.is_file():
                raise EngineMissing(engine=self.name, detail=str(file))
        self._language = LanguageModel(language) if language else None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Every batch has its own shape: an arena and plans by shape only hoard memory.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        facts = self._session.get_modelmeta().custom_metadata_map
        self.alphabet = _alphabet(facts["alphabet"])
        self._machine = np.array(
            [not text or text in _MACHINE for text in self.alphabet.classes], np.float32
        )
        self._figures = np.array(
            [not text or text in _IN_NUMBERS for text in self.alphabet.classes], np.float32
        )
        # Tesseract's models of Chinese and Korean see lines 48 high.
        self._height: int = self._session.get_inputs()[0].shape[2]
        self.version = facts.get("version", model.stem)

    def recognise(self, sheet: Sheet) -> list[EngineWord]:
        """See :class:`extractors.engines.Engine`."""
        lines = [line for line in sheet.lines if line.length > 0]
        strips = [
            _of_height(cut(sheet.grey, sheet.baseline(line), sheet.paper), self._height)
            for line in lines
        ]
        found = self.read(strips)
        words = [
            _word(line, strip, characters)
            for line, strip, words in zip(lines, strips, found, strict=True)
            for characters in words
        ]
        return look_again(sheet, lines, words, self._again)

    def _again(self, strips: list[Strip], numbers: list[bool]) -> list[list[list[Character]]]:
        return self.read([_of_height(strip, self._height) for strip in strips], numbers)

    def read(
        self, strips: list[Strip], numbers: Sequence[bool] = ()
    ) -> list[list[list[Character]]]:
        """The words of each strip, whose height is the model's (36, if it is ours).

        Those marked in ``numbers`` are read in figures alone.
        """
        found: list[list[list[Character]]] = [[] for _ in strips]
        for chosen in _batches(strips):
            width = max(min(strips[i].pixels.shape[1], _MOST_COLUMNS) for i in chosen)
            width = -(-width // STEP) * STEP
            images = np.ones((len(chosen), 1, self._height, width), np.float32)
            steps = np.empty(len(chosen), np.int32)
            for row, index in enumerate(chosen):
                pixels = strips[index].pixels[:, :_MOST_COLUMNS]
                np.multiply(pixels, np.float32(1 / 127.5), out=images[row, 0, :, : pixels.shape[1]])
                images[row, 0, :, : pixels.shape[1]] -= 1
                steps[row] = max(1, pixels.shape[1] // STEP)
            probabilities: npt.NDArray[np.float32] = self._session.run(
                None, {"strips": images, "steps": steps}
            )[0]
            for row, index in enumerate(chosen):
                own = probabilities[: steps[row], row]
                if numbers and numbers[index]:
                    own = own * self._figures
                words = decode(own, self.alphabet, strips[index])
                zone = _machine_readable(words)
                if zone:
                    words = decode(own * self._machine, self.alphabet, strips[index])
                words = [figures(word, zone=zone) for word in words]
                found[index] = settle(words, self._language) if self._language else words
        return found


def _machine_readable(words: list[list[Character]]) -> bool:
    """Whether a line is one of a zone but for a few letters: of its length, in its alphabet."""
    text = "".join(character.text for word in words for character in word)
    strange = sum(letter not in _MACHINE for letter in text)
    long = any(abs(len(text) - length) <= _MISREAD for length in _ZONES)
    return long and strange <= _MISREAD and text.count("<") >= _FEWEST_FILLERS


def _alphabet(stored: str) -> Alphabet:
    """From a model's metadata (see training.convert)."""
    found = json.loads(stored)
    spelt = {tuple(classes): text for classes, text in found.get("spelt", ())}
    return Alphabet(tuple(found["classes"]), found["null"], spelt)


def _of_height(strip: Strip, height: int) -> Strip:
    if height == HEIGHT:
        return strip
    factor = height / HEIGHT
    width = max(STEP, round(strip.pixels.shape[1] * factor))
    pixels = cv2.resize(strip.pixels, (width, height), interpolation=cv2.INTER_LINEAR)
    return Strip(pixels, strip.scale * factor, strip.start)


def _batches(strips: list[Strip]) -> list[list[int]]:
    """Indices of strips of about equal width."""
    order = sorted(range(len(strips)), key=lambda index: strips[index].pixels.shape[1])
    batches: list[list[int]] = []
    narrowest = 0
    for index in order:
        width = strips[index].pixels.shape[1]
        limit = max(narrowest * _WIDER, narrowest + _WIDER_BY)
        if not batches or len(batches[-1]) >= _LINES or width > limit:
            batches.append([])
            narrowest = width
        batches[-1].append(index)
    return batches


def _word(line: Line, strip: Strip, characters: list[Character]) -> EngineWord:
    """Back from the strip to the straight page."""
    x = line.x0 + strip.start
    edges = [x + characters[0].start / strip.scale]
    edges += [x + character.end / strip.scale for character in characters]
    middle = (edges[0] + edges[-1]) / 2
    part = (middle - line.x0) / max(line.length, 1.0)
    baseline = line.left + (line.right - line.left) * part
    baseline += line.sag * 4 * part * (1 - part)
    return EngineWord(
        "".join(character.text for character in characters),
        edges[0],
        baseline - 1.55 * line.x_height,
        edges[-1],
        baseline + 0.42 * line.x_height,
        min(character.confidence for character in characters),
        line.row,
        tuple(edges),
    )
