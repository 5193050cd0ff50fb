"""When a certified copy is due, and how numbers and dates are written."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from dossiers.certification import CertificationNumber, RegisterKey, symbol, written_date
from dossiers.clock import VIETNAM
from dossiers.errors import InvalidIdentifier
from dossiers.working_days import due_on

TET = [dt.date(2027, 2, day) for day in (5, 8, 9, 10, 11)]


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-24T08:00", "2026-11-24"),
        ("2026-11-24T15:00", "2026-11-24"),
        ("2026-11-24T15:00:01", "2026-11-25"),
        ("2026-11-27T15:30", "2026-11-30"),  # Friday to Monday
        ("2026-11-28T09:00", "2026-11-30"),  # Saturday
        ("2027-02-04T16:00", "2027-02-12"),  # before Tết
        ("2027-02-09T09:00", "2027-02-12"),
        ("2027-02-12T16:00", "2027-02-13"),  # a Saturday worked in exchange
    ],
)
def test_what_comes_after_three_is_due_on_the_next_working_day(received: str, due: str) -> None:
    moment = dt.datetime.fromisoformat(received).replace(tzinfo=VIETNAM)
    assert due_on(moment, TET, [dt.date(2027, 2, 13)]) == dt.date.fromisoformat(due)
    # The same moment told by another clock.
    assert due_on(moment.astimezone(dt.UTC), TET, [dt.date(2027, 2, 13)]).isoformat() == due


def test_numbers_are_printed_as_the_law_writes_them() -> None:
    copy = CertificationNumber(RegisterKey("H31", 2026, "SCT/BS"), 7)
    assert str(copy) == "07 quyển số 01/2026 - SCT/BS"
    extract = CertificationNumber(RegisterKey("H31", 2026, "TLKS-BS"), 1234)
    assert str(extract) == "1234/TLKS-BS"
    # The pattern that readers of certified copies look for.
    pattern = (
        r"số\s*chứng\s*thực[:\s]*(\d{1,7})\s*(?:quyển\s*số[:\s]*)?([\w/.-]*?)\s*[-–]?\s*SCT/BS"
    )
    found = re.search(pattern, f"Số chứng thực {copy}", re.IGNORECASE)
    assert found is not None
    assert found.groups() == ("07", "01/2026")


@pytest.mark.parametrize("text", ["/TLKS-BS", "tlks-bs", " TLKS-BS "])
def test_symbols_are_taken_as_people_write_them(text: str) -> None:
    assert symbol(text) == "TLKS-BS"


@pytest.mark.parametrize("text", ["", "SCT", "BS", "SCT/CK", "TLKS-BS/../x", "A-BS"])
def test_what_is_no_symbol_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        symbol(text)


def test_dates_have_zeros_where_the_decree_wants_them() -> None:
    assert written_date(dt.date(2026, 2, 5)) == "Ngày 05 tháng 02 năm 2026"
    assert written_date(dt.date(2026, 3, 15)) == "Ngày 15 tháng 3 năm 2026"
