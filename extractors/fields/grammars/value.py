"""What a grammar makes of a text."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dossiers.identifiers.place import Place

#: Why a value is doubtful that is not alone in its text.
OTHERS = "other figures stand beside it"


@dataclass(frozen=True, slots=True)
class Value:
    """A normalised value; ``validity`` 0 to 1 tells how well the text fits its kind.

    ``text`` is the form to compare and compute with (ISO 8601, no blanks in numbers, decimal point);
    ``display`` how people write it, empty where that is ``text``; ``reason`` says in English what is
    wrong, or what was mended. ``confirmed`` names what says the same of all of the text: a list, the
    words beside the figures, a check digit.
    """

    text: str
    validity: float
    reason: str | None = None
    display: str = ""
    place: Place | None = None
    agency_code: str = ""
    confirmed: tuple[str, ...] = ()


def doubtful(text: str, validity: float, reason: str) -> Value:
    """A text that does not fit its kind; kept as read."""
    return Value(text, validity, reason)


def shown(text: str, display: str, validity: float = 1.0, reason: str | None = None) -> Value:
    """A value with the way people write it, where that is another."""
    return Value(text, validity, reason, "" if display == text else display)


def at_most(value: Value, validity: float, reason: str) -> Value:
    """A value that is less valid than it looks, for a reason; one still less valid stays."""
    if value.validity <= validity:
        return value
    return replace(value, validity=validity, reason=reason)
