"""Digits as scanners and spreadsheets leave them."""

from __future__ import annotations

import re

from dossiers.text import nfc

# Letters that recognisers print for figures, mended only inside what must be a number.
_CONFUSED = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})
_BETWEEN = re.compile(r"[\s.\u00a0·-]+")


def tidy_digits(text: str) -> str:
    """A number without blanks, dots and dashes inside; look-alike letters made figures.

    Letters are mended only if at least two thirds of the token are figures already.
    """
    compact = _BETWEEN.sub("", nfc(text).strip())
    figures = sum(character.isdigit() for character in compact)
    if compact and figures * 3 >= len(compact) * 2:
        return compact.translate(_CONFUSED)
    return compact
