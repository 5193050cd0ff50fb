"""On which line of a TOML file each key stands. ``tomllib`` knows while it reads, but does not tell.

The text is known to be valid TOML (TOML v1.0.0), so this only follows its structure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping

from extractors.checked_toml.tables import Place

_SKIP = re.compile(r"(?:[\s,]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|'
    r"'''.*?'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")


def lines_of_keys(text: str) -> Mapping[Place, int]:
    """The 1-based line of every key and array element, by its path (``("fields", 0, "name")``)."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._found: dict[Place, int] = {(): 1}
        self._counts: defaultdict[Place, int] = defaultdict(int)

    def scan(self) -> Mapping[Place, int]:
        table: Place = ()
        while self._skip() < len(self._text):
            if self._text.startswith("[[", self._at):
                table = self._array_header()
            elif self._text[self._at] == "[":
                self._at += 1
                table = self._resolved(self._key())
                self._note(table)
                self._past("]")
            else:
                self._pair(table)
        return self._found

    def _array_header(self) -> Place:
        self._at += 2
        path = self._key()
        array = (*self._resolved(path[:-1]), path[-1])
        self._note(array)
        element = (*array, self._counts[array])
        self._counts[array] += 1
        self._note(element)
        self._past("]]")
        return element

    def _resolved(self, path: Place) -> Place:
        """A header's path; inside an array of tables it means the last element."""
        resolved: Place = ()
        for part in path:
            resolved = (*resolved, part)
            if self._counts.get(resolved):
                resolved = (*resolved, self._counts[resolved] - 1)
        return resolved

    def _pair(self, table: Place) -> None:
        start = self._at
        path = (*table, *self._key())
        self._note(path, start)
        self._at = self._after(_EQUALS)
        self._value(path)

    def _value(self, path: Place) -> None:
        opening = self._text[self._at]
        if opening == "[":
            self._at += 1
            index = 0
            while self._text[self._skip()] != "]":
                self._note((*path, index))
                self._value((*path, index))
                index += 1
            self._at += 1
        elif opening == "{":
            self._at += 1
            while self._text[self._skip()] != "}":
                self._pair(path)
            self._at += 1
        else:
            self._at = self._after(_STRING if opening in "\"'" else _SCALAR)

    def _key(self) -> Place:
        parts: list[str] = []
        while True:
            self._skip()
            quoted = self._text[self._at] in "\"'"
            start, self._at = self._at, self._after(_STRING if quoted else _BARE)
            part = self._text[start : self._at]
            parts.append(part[1:-1] if quoted else part)
            after = _DOT.match(self._text, self._at)
            if after is None:
                return tuple(parts)
            self._at = after.end()

    def _skip(self) -> int:
        self._at = self._after(_SKIP)
        return self._at

    def _past(self, closing: str) -> None:
        self._at = self._text.index(closing, self._at) + len(closing)

    def _after(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError(f"not TOML at {self._at}")
        return match.end()

    def _note(self, path: Place, at: int | None = None) -> None:
        start = self._at if at is None else at
        line = bisect_right(self._starts, start)
        for length in range(1, len(path) + 1):
            self._found.setdefault(path[:length], line)
