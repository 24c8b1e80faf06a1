"""Parse a typed text into every date that it can mean.

``2026-11-23`` means one day. ``3/4/2026`` means a day in April or in March, depending on the country, and a two-digit
year can belong to several centuries. The parser therefore returns all readings, and the item keeps those it allows.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from engine.content.items.reading.characters import plain

MOST_CHARACTERS: Final = 40
"""A longer text is not a date."""
# The mark between year, month and day is the same in both places (``\2``): a space, or a sign with or without spaces.
_NUMERIC: Final = re.compile(r"(\d{1,4})(?: ?([./-]) ?| )(\d{1,2})(?(2) ?\2 ?| )(\d{1,4})\.?", re.ASCII)
_UNSEPARATED: Final = re.compile(r"\d{6}|\d{8}", re.ASCII)
_SEPARATORS: Final = re.compile(r"[\s,./-]+")
_CJK: Final = str.maketrans({"年": "-", "月": "-", "日": "", "년": "-", "월": "-", "일": ""})
"""The words for year, month and day that follow the numbers in Chinese, Japanese and Korean."""
_Parts = tuple[str, int, int]
"""The year as typed, the month and the day."""


@dataclass(frozen=True, slots=True)
class DateReadings:
    """The dates that a text can mean."""

    dates: tuple[date, ...] = ()
    """Sorted, without duplicates."""
    short_year: bool = False
    """True if the year has two digits. The person then confirms the date, even if only one century fits."""


def date_readings(text: str) -> DateReadings:
    """Every date that a text can mean; none if it is not a date.

    Numbers may be in the order year-month-day, day-month-year or month-day-year. Months may be written with the names
    in ``months.toml``. A year has four digits, or two digits that stand for that year in every century.
    """
    typed = plain(text).casefold().translate(_CJK)
    if not typed or len(text) > MOST_CHARACTERS:
        return DateReadings()
    parts = [*_numeric(typed), *_unseparated(typed), *_with_month_name(typed)]
    dates = {day for year, month, number in parts for day in _days(year, month, number)}
    return DateReadings(tuple(sorted(dates)), any(len(year) == 2 for year, _, _ in parts))


def _numeric(text: str) -> Iterator[_Parts]:
    if match := _NUMERIC.fullmatch(text):
        yield from _orders(match[1], match[3], match[4])


def _unseparated(text: str) -> Iterator[_Parts]:
    """Six or eight digits without separators."""
    if _UNSEPARATED.fullmatch(text):
        if len(text) == 8:
            yield from _orders(text[:4], text[4:6], text[6:])
        yield from _orders(text[:2], text[2:4], text[4:])


def _orders(first: str, second: str, third: str) -> Iterator[_Parts]:
    """The orders in which three numbers can be a date. A year has two or four digits."""
    if len(first) in {2, 4} and len(third) <= 2:
        yield first, int(second), int(third)
    if len(third) in {2, 4} and len(first) <= 2:
        yield third, int(second), int(first)
        yield third, int(first), int(second)


def _with_month_name(text: str) -> Iterator[_Parts]:
    """A day, the name of a month and a year. The month may come first, and the year may come before both."""
    words = [word for word in _SEPARATORS.split(text) if word and word not in _month_words()["before_month"]]
    months = [_month_numbers().get(word) for word in words]
    if len(words) != 3 or sum(month is not None for month in months) != 1:
        return
    place = next(index for index, month in enumerate(months) if month is not None)
    first, second = (word for index, word in enumerate(words) if index != place)
    orders = [(first, second)] if len(second) in {2, 4} else []
    if len(first) == 4 and place:
        orders.append((second, first))
    for day, year in orders:
        number = _day_pattern().fullmatch(day)
        if number is not None and year.isascii() and year.isdecimal():
            yield year, months[place] or 0, int(number[1])


def _days(year: str, month: int, day: int) -> Iterator[date]:
    """The date, or the date in each century for a two-digit year; nothing if there is no such day."""
    years = range(1000 + int(year), 10_000, 100) if len(year) == 2 else (int(year),)
    for number in years:
        with suppress(ValueError):
            yield date(number, month, day)


@cache
def _month_words() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("months.toml").read_text(encoding="utf-8"))


@cache
def _month_numbers() -> Mapping[str, int]:
    return {name: number for number, names in enumerate(_month_words()["names"], 1) for name in names}


@cache
def _day_pattern() -> re.Pattern[str]:
    """One or two digits, with or without an ordinal ending."""
    endings = "|".join(map(re.escape, _month_words()["ordinals"]))
    return re.compile(rf"(\d{{1,2}})(?:{endings})?", re.ASCII)
