"""The QR code of the identity card: seven fields and, on newer cards, more."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Self

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.personal import PersonalNumber
from dossiers.text import printable


@dataclass(frozen=True, slots=True)
class CardQr:
    """What the code says; ``address`` is as of ``issued_on`` and may name units since merged."""

    number: PersonalNumber
    old_number: str | None
    name: str
    birth_date: dt.date
    sex: str
    address: str
    issued_on: dt.date
    extra: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a payload ``number|old|name|ddmmyyyy|sex|address|ddmmyyyy[|…]``.

        Raises:
            InvalidIdentifier: other fields, or dates that no calendar has.
        """
        parts = [printable(part) for part in text.split("|")]
        if len(parts) < 7:
            raise _invalid(text, f"{len(parts)} fields, needs 7")
        number, old, name, born, sex, address, issued, *extra = parts
        if not (len(number) == 12 and number.isascii() and number.isdigit()):
            raise _invalid(text, "first field is not a personal number")
        if old and not (old.isascii() and old.isdigit() and len(old) in (9, 12)):
            raise _invalid(text, "second field is not an old card number")
        if not name or sex not in ("Nam", "Nữ"):
            raise _invalid(text, "name or sex is missing")
        return cls(
            PersonalNumber(number), old or None, name, _day(text, born), sex, address,
            _day(text, issued), tuple(part for part in extra if part),
        )  # fmt: skip


def _day(text: str, digits: str) -> dt.date:
    if len(digits) != 8:
        raise _invalid(text, f"{digits} is no date")
    try:
        return dt.datetime.strptime(digits, "%d%m%Y").date()  # noqa: DTZ007 - a calendar day
    except ValueError as error:
        raise _invalid(text, f"{digits} is no date") from error


def _invalid(text: str, detail: str) -> InvalidIdentifier:
    return InvalidIdentifier(kind="Mã QR thẻ căn cước", value=text[:40], detail=detail)
