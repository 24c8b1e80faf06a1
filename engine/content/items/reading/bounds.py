"""The earliest and the latest day of a date: a date, or a day counted from the day of the sitting."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Final

from engine.content.base import is_date

TODAY: Final = "today"
_RELATIVE: Final = re.compile(r"([+-][0-9]{1,5})([dmy])")
MOST_DAYS: Final = {"d": 73_000, "m": 2_400, "y": 200}
"""How far a bound may be from the day of the sitting: 200 years, in each unit."""


def is_bound(text: str) -> bool:
    """True for ``2026-11-23``, ``today``, ``-10y``, ``+6m`` and ``-30d``."""
    return is_date(text) or is_relative(text)


def is_relative(text: str) -> bool:
    """True for a day that is counted from the day of the sitting."""
    match = _RELATIVE.fullmatch(text)
    return text == TODAY or (match is not None and abs(int(match[1])) <= MOST_DAYS[match[2]])


def day_of_bound(text: str, as_of: date) -> date:
    """The day that a bound means for a sitting of ``as_of``.

    A month or a year that lacks the day ends on its last one. Before the first and after the last day of the calendar
    is that day.
    """
    if text == TODAY:
        return as_of
    match = _RELATIVE.fullmatch(text)
    if match is None:
        return date.fromisoformat(text)
    count = int(match[1])
    return _days_later(as_of, count) if match[2] == "d" else _months_later(as_of, count * _MONTHS[match[2]])


_MONTHS: Final = {"m": 1, "y": 12}


def _days_later(day: date, count: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + count, 1), date.max.toordinal()))


def _months_later(day: date, count: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not date.min.year <= years <= date.max.year:
        return date.min if count < 0 else date.max
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))
