"""Certified copies: what is certified, the register's numbers, and an entry of the register.

NĐ 23/2015/NĐ-CP (amended by NĐ 280/2025/NĐ-CP), Điều 12 and 13; TT 01/2020/TT-BTP, Điều 4: one
number for each paper, shared by copies made at one time; counted from 01 each year without a gap.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from dossiers.errors import InvalidIdentifier
from dossiers.text import nfc

COPY_SYMBOL = "SCT/BS"
# Copies of civil-status extracts: birth, marriage, death.
EXTRACT_SYMBOLS = {
    "birth_extract": "TLKS-BS",
    "marriage_extract": "TLKH-BS",
    "death_extract": "TLKT-BS",
}
_SYMBOL = re.compile(r"SCT/BS|[A-ZĐ]{2,12}-BS")


class EntryState(StrEnum):
    """Where a number stands: given for work under way, certified, or cancelled with a reason."""

    RESERVED = "reserved"
    ISSUED = "issued"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, order=True)
class RegisterKey:
    """One book: of an agency, of a year, of a symbol (``SCT/BS``, ``TLKS-BS``)."""

    agency_code: str
    year: int
    symbol: str

    @property
    def extract(self) -> bool:
        """Whether its copies come from an original register, not from an original."""
        return self.symbol != COPY_SYMBOL


@dataclass(frozen=True, slots=True)
class CertificationNumber:
    """A number of a book; ``volume`` counts from 1 within the year."""

    key: RegisterKey
    number: int
    volume: int = 1

    def __str__(self) -> str:
        """As papers print it: ``12 quyển số 01/2026 - SCT/BS``, ``12/TLKS-BS``."""
        if self.key.extract:
            return f"{self.number:02d}/{self.key.symbol}"
        return f"{self.number:02d} quyển số {self.volume:02d}/{self.key.year} - {self.key.symbol}"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be certified.

    ``original_sha256`` is of the original's scan, in hexadecimal; ``page_count`` without the page
    of the certification; ``holder`` names the run that asks.
    """

    key: RegisterKey
    certified_on: dt.date
    paper: str
    original_sha256: str
    original_name: str
    page_count: int
    requester: str
    certifier: str
    received_at: dt.datetime
    due_on: dt.date
    holder: str


@dataclass(frozen=True, slots=True)
class CertifiedCopy:
    """A certified copy as signed and stored: hash in hexadecimal, size in bytes."""

    sha256: str
    size: int
    object_key: str
    signers: tuple[str, ...]
    signed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A line of the register; ``copies`` are all that share its number."""

    id: int
    number: CertificationNumber
    state: EntryState
    certified_on: dt.date
    paper: str
    original_sha256: str
    original_name: str
    page_count: int
    requester: str
    certifier: str
    received_at: dt.datetime
    due_on: dt.date
    holder: str
    reason: str | None
    copies: tuple[CertifiedCopy, ...]

    @property
    def late(self) -> bool:
        """Whether it was certified after the day it was due."""
        return self.certified_on > self.due_on


def symbol(text: str) -> str:
    """A register's symbol: ``SCT/BS``, ``TLKS-BS``; a leading slash is dropped.

    Raises:
        InvalidIdentifier: it has another shape.
    """
    found = nfc(text).strip().upper().removeprefix("/")
    if _SYMBOL.fullmatch(found) is None:
        raise InvalidIdentifier(
            kind="Ký hiệu sổ / Symbol", value=text, detail="SCT/BS, TLKS-BS, TLKH-BS, TLKT-BS, …"
        )
    return found


def written_date(day: dt.date) -> str:
    """``Ngày 05 tháng 3 năm 2026``: days below 10 and months 1 and 2 have a zero (NĐ 30/2020)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"Ngày {day.day:02d} tháng {month} năm {day.year}"
