"""An address cut into its parts: ``Thôn 3, xã X, huyện Y, tỉnh Z`` in all ways people write it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from dossiers.text import fold

_WORDS = {
    "tinh": "tỉnh", "thanh pho": "thành phố", "quan": "quận", "huyen": "huyện", "thi xa": "thị xã",
    "phuong": "phường", "xa": "xã", "thi tran": "thị trấn", "dac khu": "đặc khu",
}  # fmt: skip
_SHORT = {
    "tp": "thành phố", "q": "quận", "h": "huyện", "tx": "thị xã", "p": "phường", "x": "xã",
    "tt": "thị trấn", "t": "tỉnh",
}  # fmt: skip
_KIND = re.compile(
    r"(?<![^\W_])(?:(?P<word>thanh\s*pho|thi\s*xa|thi\s*tran|dac\s*khu|tinh|quan|huyen|phuong|xa)"
    r"(?=[\s.:]+[^\W_])"
    r"|(?P<short>t\.?\s?p|t\.?x|t\.?t|[qhpxt])(?:\.\s?(?=[^\W_])|(?=\d)|\s(?=[^\W\d_]|\d)))"
)
_CUT = re.compile(r"[,;\n()]+|\s[-–]\s")


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of an address.

    ``name`` stands at ``start`` to ``end`` of the text, behind its ``kind``, if one is printed;
    ``certain`` tells that the kind is no part of a name (``xã``, but not ``Xá`` or ``xa``);
    ``whole`` is the part with its kind, from ``begins``; ``dashed`` that only a dash parts it from the
    one before.
    """

    kind: str | None
    name: str
    start: int
    end: int
    begins: int
    whole: str
    certain: bool = False
    dashed: bool = False

    def moved(self, by: int) -> Segment:
        """The same part in a text to which ``by`` letters were added in front of it."""
        return replace(self, start=self.start + by, end=self.end + by, begins=self.begins + by)


def segments(text: str) -> list[Segment]:
    """The parts, first to last; what is parted by commas, dashes or the name of a kind."""
    flat = "".join(map(_flat, text))
    toneless = flat == text.lower()
    found = []
    for begin, end, dashed in _pieces(flat):
        cuts, named_from = [begin], begin
        for match in _KIND.finditer(flat, begin, end):
            kind = _kind(match, text, toneless=toneless)
            # A kind right behind a kind is a name: phường Phường Đúc.
            between = flat[named_from : match.start()].strip(" .:")
            if between and kind and kind[1] and not _belongs(between, match["word"], flat[end:]):
                cuts.append(match.start())
            named_from = match.end()
        for index, (start, stop) in enumerate(zip(cuts, [*cuts[1:], end], strict=True)):
            segment = _segment(text, flat, start, stop, toneless=toneless)
            if segment is not None:
                found.append(replace(segment, dashed=dashed and index == 0))
    return found


def _pieces(flat: str) -> Iterator[tuple[int, int, bool]]:
    start, dashed = 0, False
    for match in _CUT.finditer(flat):
        yield start, match.start(), dashed
        start, dashed = match.end(), match[0].strip() in "-–"
    yield start, len(flat), dashed


def _segment(text: str, flat: str, start: int, end: int, *, toneless: bool) -> Segment | None:
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    if start == end:
        return None
    match = _KIND.match(flat, start, end)
    kind = _kind(match, text, toneless=toneless) if match else None
    if match is None or kind is None:
        whole = text[start:end]
        plain = Segment(None, whole, start, end, begins=start, whole=whole)
        return _misread_kind(text, start, end) or plain
    name = match.end()
    while name < end and not text[name].isalnum():
        name += 1
    return Segment(
        kind[0], text[name:end], name, end, begins=start, whole=text[start:end], certain=kind[1]
    )


def _misread_kind(text: str, start: int, end: int) -> Segment | None:
    """A part whose first words are a kind with one letter misread, which may also be its name."""
    whole = text[start:end]
    words = list(re.finditer(r"\S+", whole))
    for count in (2, 1):
        if len(words) <= count:
            continue
        printed = whole[: words[count - 1].end()].lower()
        for kind in _WORDS.values():
            if kind.count(" ") == count - 1 and Levenshtein.distance(printed, kind) == 1:
                name = start + words[count].start()
                return Segment(kind, text[name:end], name, end, begins=start, whole=whole)
    return None


def _belongs(before: str, word: str | None, behind: str) -> bool:
    """Whether a kind is part of what stands in front of it.

    It may be the second half of one whose first is misread (``thj xã``), or a province in the name of
    an institution with another part behind it (``Bệnh viện tỉnh X, tỉnh Y``).
    """
    first = before.rpartition(" ")[2]
    if word == "xa" and Levenshtein.distance(first, "thi") == 1:
        return True
    return word == "tinh" and behind.strip(" ,.") not in ("", "viet nam")


def _kind(match: re.Match[str], text: str, *, toneless: bool) -> tuple[str, bool] | None:
    """The kind, and whether it can be nothing else."""
    if match["word"]:
        kind = _WORDS[re.sub(r"thanh\s*", "thanh ", re.sub(r"(thi|dac)\s*", r"\1 ", match["word"]))]
        printed = " ".join(match_text(match, text, "word").lower().split())
        return kind, printed == kind or (toneless and " " in kind)
    printed = match_text(match, text, "short")
    if not printed[0].isupper() and not match[0].rstrip().endswith("."):
        return None
    letters = re.sub(r"[\s.]", "", match["short"])
    dotted = "." in match[0]
    if not dotted and len(letters) == 1 and not text[match.end()].isdigit():
        return None
    return _SHORT[letters], dotted or letters in ("tp", "tx")


def match_text(match: re.Match[str], text: str, group: str) -> str:
    """What the text itself has where its folded form matched."""
    return text[match.start(group) : match.end(group)]


@lru_cache(maxsize=4096)
def _flat(character: str) -> str:
    """One letter for one letter, so that places in the folded text are places in the text."""
    folded = fold(character)
    return folded if len(folded) == 1 else character.lower()[:1]
