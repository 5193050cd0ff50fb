"""Counts the syllable bigrams of a text and packs them for :mod:`extractors.language`.

    python -m training.language TEXT.xz -o extractors/models/vie.lm.npz

Interpolated Kneser-Ney with one discount (Ney, Essen and Kneser 1994): a bigram's probability is its
discounted share, the rest is shared out by in how many contexts a syllable occurs.
"""

from __future__ import annotations

import argparse
import lzma
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from extractors.language import STEPS, LanguageModel, key

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\s\w]")
_CHUNK = 4_000_000
_DISCOUNT = 0.75
_LONGEST = 10  # letters; no Vietnamese syllable has more than 7
_HELD_OUT = 50  # every fiftieth line is for measuring


@dataclass(frozen=True, slots=True)
class Counts:
    """Bigrams as ``before * size + word`` in rising order, and how often each occurs."""

    words: list[str]
    pairs: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


def lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 text, which may be ``.xz``, in NFC."""
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8", errors="ignore") as file:
        for line in file:
            yield unicodedata.normalize("NFC", line)


def tokens(line: str) -> list[str]:
    """Syllables by their keys; whatever breaks the context is an empty string."""
    return [key(token) if token.isalpha() else "" for token in _TOKEN.findall(line)]


def count(texts: Iterator[str], most: int, least_word: int, least_pair: int) -> Counts:
    """The ``most`` frequent syllables and their bigrams seen ``least_pair`` times or more."""
    frequent: Counter[str] = Counter()
    numbers: dict[str, int] = {}
    # Two passes in one: words get numbers as they come, and are sorted out afterwards.
    stretches = []
    for line in texts:
        found = ["", *tokens(line)]
        frequent.update(found)
        numbered = [numbers.setdefault(token, len(numbers)) for token in found]
        stretches.append(np.array(numbered, np.int32))
    everything = np.concatenate(stretches)
    words = sorted(
        word
        for word, seen in frequent.most_common(most)
        if word and seen >= least_word and len(word) <= _LONGEST
    )
    renumber = np.full(len(numbers), -1, np.int64)
    renumber[[numbers[word] for word in words]] = np.arange(len(words))
    known = renumber[everything]
    both = (known[:-1] >= 0) & (known[1:] >= 0)
    pairs, counts = np.unique(known[:-1][both] * len(words) + known[1:][both], return_counts=True)
    kept = counts >= least_pair
    return Counts(words, pairs[kept], counts[kept].astype(np.int64))


def pack(counted: Counts, path: Path) -> None:
    """Estimate and write the model."""
    size = len(counted.words)
    before, word = counted.pairs // size, counted.pairs % size
    total = np.bincount(before, weights=counted.counts, minlength=size)
    kinds = np.bincount(before, minlength=size)
    # In how many contexts a syllable occurs; one more, so that none is impossible.
    contexts = np.bincount(word, minlength=size) + 1.0
    alone = contexts / contexts.sum()
    # Syllables without a context of their own back off wholly.
    left = np.where(total > 0, _DISCOUNT * kinds / np.maximum(total, 1), 1.0)
    share = (counted.counts - _DISCOUNT) / total[before] + left[before] * alone[word]
    np.savez_compressed(
        path,
        words=np.frombuffer("\n".join(counted.words).encode("utf-8"), np.uint8),
        starts=np.concatenate([[0], np.cumsum(kinds)]).astype(np.uint32),
        following=word.astype("<u2"),
        scores=_bytes(share),
        alone=_bytes(alone),
        back_off=_bytes(left),
    )


def _bytes(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    steps = np.rint(-np.log(probabilities) * STEPS)
    return np.asarray(np.clip(steps, 0, 255), np.uint8)


def perplexity(model: LanguageModel, texts: Iterator[str], most: int = 200_000) -> float:
    """Of known syllables after known ones."""
    total, seen = 0.0, 0
    for line in texts:
        numbers = [model.number(token) if token else None for token in tokens(line)]
        for before, word in zip([None, *numbers], numbers, strict=False):
            if before is not None and word is not None:
                total -= model.score(before, word)
                seen += 1
        if seen >= most:
            break
    return float(np.exp(total / max(seen, 1)))


def main() -> None:
    """Count, pack, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--words", type=int, default=14_000)
    parser.add_argument("--least-word", type=int, default=5)
    parser.add_argument("--least-pair", type=int, default=2)
    asked = parser.parse_args()
    kept = (line for number, line in enumerate(lines(asked.text)) if number % _HELD_OUT)
    counted = count(kept, asked.words, asked.least_word, asked.least_pair)
    pack(counted, asked.output)
    model = LanguageModel(asked.output)
    held = (line for number, line in enumerate(lines(asked.text)) if not number % _HELD_OUT)
    print(
        f"{len(counted.words)} syllables, {len(counted.pairs)} bigrams,"
        f" {asked.output.stat().st_size} bytes, perplexity {perplexity(model, held):.1f}"
    )


if __name__ == "__main__":
    main()
