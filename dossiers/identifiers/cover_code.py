"""What the QR code of a cover or separator sheet says (``sohoa covers``).

``SOHOA/1/DOSSIER/<dossier code>`` begins a dossier, ``SOHOA/1/DOCUMENT/<component code>`` or bare
``SOHOA/1/DOCUMENT`` a paper. Upper case, digits and ``/ . -`` are a QR code's alphanumeric mode
(ISO/IEC 18004, 7.4.4), which keeps its modules large.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.dossier_code import DossierCode

_PREFIX = "SOHOA/"
_VERSION = "1"
_COMPONENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_KIND = "Mã tờ bìa"


class CoverKind(StrEnum):
    """What begins behind the sheet."""

    DOSSIER = "DOSSIER"
    DOCUMENT = "DOCUMENT"


@dataclass(frozen=True, slots=True)
class CoverCode:
    """A dossier's code, or the component code of a paper (``None`` for any paper)."""

    kind: CoverKind
    code: str | None = None

    @classmethod
    def dossier(cls, code: str) -> Self:
        """For the first sheet of a dossier.

        Raises:
            InvalidIdentifier: no dossier code.
        """
        return cls(CoverKind.DOSSIER, str(DossierCode.parse(code)))

    @classmethod
    def document(cls, component: str | None = None) -> Self:
        """For a sheet before a paper.

        Raises:
            InvalidIdentifier: a component code with other than letters, digits, ``. _ -``.
        """
        if component is not None and not _COMPONENT.fullmatch(component):
            raise InvalidIdentifier(kind="Mã thành phần", value=component, detail="A-Z 0-9 . _ -")
        return cls(CoverKind.DOCUMENT, component)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a sheet says.

        Raises:
            InvalidIdentifier: ours by its first word, but of no known version, kind or code.
        """
        parts = text.strip().split("/", 3)
        if not is_cover(text) or len(parts) < 3 or parts[1] != _VERSION:
            raise InvalidIdentifier(kind=_KIND, value=text[:80], detail=f"{_PREFIX}{_VERSION}/…")
        code = parts[3] if len(parts) > 3 else None
        match parts[2]:
            case CoverKind.DOSSIER if code:
                return cls.dossier(code)
            case CoverKind.DOCUMENT:
                return cls.document(code)
        raise InvalidIdentifier(kind=_KIND, value=text[:80], detail="DOSSIER/…, DOCUMENT[/…]")

    def __str__(self) -> str:
        tail = f"/{self.code}" if self.code else ""
        return f"{_PREFIX}{_VERSION}/{self.kind}{tail}"


def is_cover(text: str) -> bool:
    """Whether a code was printed for a cover or separator sheet, readable or not."""
    return text.strip().startswith(_PREFIX)
