"""By when a certified copy is due (NĐ 23/2015/NĐ-CP, Điều 7): the same day, or the next working day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from dossiers.clock import VIETNAM

# "Sau 15 giờ": what comes at 15:00 sharp is still of the day.
CUT_OFF = dt.time(15, 0)
_SATURDAY = 5


def is_working_day(
    day: dt.date, holidays: Collection[dt.date], extra: Collection[dt.date] = ()
) -> bool:
    """Monday to Friday without public holidays; ``extra`` days are worked in their place."""
    return day in extra or (day.weekday() < _SATURDAY and day not in holidays)


def due_on(
    received_at: dt.datetime, holidays: Collection[dt.date], extra: Collection[dt.date] = ()
) -> dt.date:
    """The day on which what was received at a moment must be handed out.

    Args:
        received_at: an aware moment; judged in Vietnam's time.
        holidays: public holidays, and the days off given for them.
        extra: weekend days worked instead.
    """
    moment = received_at.astimezone(VIETNAM)
    day = moment.date()
    if is_working_day(day, holidays, extra) and moment.time() <= CUT_OFF:
        return day
    day += dt.timedelta(days=1)
    while not is_working_day(day, holidays, extra):
        day += dt.timedelta(days=1)
    return day
