"""The earliest and latest day of a date item: a fixed date, or a day relative to the day of the sitting."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Final

from engine.content.base import is_date

TODAY: Final = "today"
MOST_DAYS: Final = {"d": 73_000, "m": 2_400, "y": 200}
"""The largest offset from the day of the sitting, by unit: 200 years."""
_RELATIVE: Final = re.compile(r"([+-][0-9]{1,5})([dmy])")


def is_bound(text: str) -> bool:
    """True for ``2026-11-23``, ``today``, ``-10y``, ``+6m`` and ``-30d``."""
    return is_date(text) or is_relative(text)


def is_relative(text: str) -> bool:
    """True for a day that depends on the day of the sitting."""
    match = _RELATIVE.fullmatch(text)
    return text == TODAY or (match is not None and abs(int(match[1])) <= MOST_DAYS[match[2]])


def day_of_bound(text: str, as_of: date) -> date:
    """The day that a bound means for a sitting on ``as_of``.

    An offset in months or years that ends on a day its month does not have gives the last day of the month. A day
    outside the range of ``date`` becomes the first or the last day of that range.
    """
    if text == TODAY:
        return as_of
    match = _RELATIVE.fullmatch(text)
    if match is None:
        return date.fromisoformat(text)
    count, unit = int(match[1]), match[2]
    if unit == "d":
        return date.fromordinal(min(max(as_of.toordinal() + count, 1), date.max.toordinal()))
    return _months_later(as_of, count * 12 if unit == "y" else count)


def _months_later(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not date.min.year <= year <= date.max.year:
        return date.min if count < 0 else date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
