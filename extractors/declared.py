"""What the one-stop system says a result is, held against the type that was recognised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dossiers.reading import TYPE_DENIED, Problem
from dossiers.text import fold
from extractors.types import DocumentType, DocumentTypes

# What is written behind a result's name to say which copy of it is meant.
_COPY = ("ban sao", "ban chinh", "ban dien tu", "ban goc")


@dataclass(frozen=True, slots=True)
class Declared:
    """The code of the catalogue of results (``MaGiayToKetQua``) and the name (``TenGiayTo``)."""

    code: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        parts = [part for part in (self.name, self.code and f"({self.code})") if part]
        return " ".join(parts)

    def denies(self, kind: DocumentType, types: DocumentTypes) -> Problem | None:
        """The contradiction, where this names types known and the one recognised is none of them."""
        meant = list(self._meant(types))
        if not meant or kind.code in {each.code for each in meant}:
            return None
        return Problem(
            TYPE_DENIED,
            f"Thông tin hồ sơ ghi là {self}, giấy được nhận ra là {kind.name.vi}. "
            "Hãy xem lại loại giấy tờ.",
            f"contradiction: the dossier's manifest says it is {self}, "
            f"it was recognised as {kind.name.vi}",
        )

    def _meant(self, types: DocumentTypes) -> Iterator[DocumentType]:
        name = _bare(self.name or "")
        for kind in types:
            names = (kind.name.vi, *kind.aliases, *kind.titles)
            if (self.code and self.code in (kind.code, *kind.results)) or (
                name and name in {_bare(each) for each in names}
            ):
                yield kind


def _bare(name: str) -> str:
    """For comparing: without marks, case, and what says which copy it is."""
    text = " ".join(fold(name).replace("(", " ").replace(")", " ").split())
    for word in _COPY:
        text = text.removesuffix(word).removeprefix(word).strip(" -,")
    return text
