"""When a time stamp that others rest on has to be followed by the next one."""

from __future__ import annotations

import datetime as dt


def renew_at(stamped: dt.datetime, valid_until: dt.datetime, before: dt.timedelta) -> dt.datetime:
    """When a time stamp is due for renewal: ``before`` its path ends, not before half its life.

    Stamps taken near the end of an authority's certificate would otherwise be due at once, every
    night, for nothing.
    """
    return valid_until - min(before, (valid_until - stamped) / 2)
