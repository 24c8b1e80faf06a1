"""Every date that a typed text can mean.

``2026-11-23`` means one day. ``3/4/2026`` is a day in April or in March, by country, and a year of two digits is in
one century or another. So this returns all readings, and the item keeps those that it allows.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from engine.content.items.reading.characters import plain

MOST_CHARACTERS: Final = 40
"""A longer text is no date that a person means."""
_NUMERIC: Final = re.compile(r"(\d{1,4})(?: ?[./-] ?| )(\d{1,2})(?: ?[./-] ?| )(\d{1,4})\.?", re.ASCII)
_RUN: Final = re.compile(r"(?:(\d{4})(\d\d)(\d\d)|(\d\d)(\d\d)(\d{4}|\d\d))", re.ASCII)
_WORDS: Final = re.compile(r"[\s,./-]+")
_MARKS: Final = re.compile(r"\d+ ?([./ -]) ?\d+ ?([./ -]) ?\d+\.?", re.ASCII)
_CJK: Final = str.maketrans({"年": "-", "月": "-", "日": "", "년": "-", "월": "-", "일": ""})
"""Year, month and day as they stand behind numbers in Chinese, Japanese and Korean."""
_Parts = tuple[str, int, int]
"""Year as it was typed, month, day."""


@dataclass(frozen=True, slots=True)
class DateReadings:
    """What a text can mean as a date."""

    dates: tuple[date, ...] = ()
    """Every date that it can mean, in order."""
    short_year: bool = False
    """True if its year has two digits: then the person is asked, even if one century alone fits."""


def date_readings(text: str) -> DateReadings:
    """Every date that a text can mean; none if it is no date.

    Read are numbers in the orders year-month-day, day-month-year and month-day-year, and the names of months in
    ``months.toml``. A year has four digits, or two, which stand for a year of every century.
    """
    typed = plain(text).casefold().translate(_CJK)
    if not typed or len(text) > MOST_CHARACTERS:
        return DateReadings()
    parts = [*_numeric(typed), *_in_one(typed), *_with_name(typed)]
    dates = {day for year, month, number in parts for day in _days(year, month, number)}
    return DateReadings(tuple(sorted(dates)), any(len(year) == 2 for year, _, _ in parts))


def _numeric(text: str) -> Iterator[_Parts]:
    match, marks = _NUMERIC.fullmatch(text), _MARKS.fullmatch(text)
    if match is not None and marks is not None and marks[1] == marks[2]:
        yield from _orders(*match.groups())


def _in_one(text: str) -> Iterator[_Parts]:
    """Six or eight digits without anything between them."""
    if _RUN.fullmatch(text) is None:
        return
    if len(text) == 8:
        yield from _orders(text[:4], text[4:6], text[6:])
    yield from _orders(text[:2], text[2:4], text[4:])


def _orders(first: str, second: str, third: str) -> Iterator[_Parts]:
    """The orders in which three numbers can be a date; a year never has one digit, or three."""
    if len(first) in {2, 4} and len(third) <= 2:
        yield first, int(second), int(third)
    if len(third) in {2, 4} and len(first) <= 2:
        yield third, int(second), int(first)
        yield third, int(first), int(second)


def _with_name(text: str) -> Iterator[_Parts]:
    """A day, the name of a month and a year; the month may come first, and the year before both."""
    words = [word for word in _WORDS.split(text) if word and word not in _month_words()["before_month"]]
    months = [_month_numbers().get(word) for word in words]
    if len(words) != 3 or sum(month is not None for month in months) != 1:
        return
    place = next(index for index, month in enumerate(months) if month is not None)
    first, second = (word for index, word in enumerate(words) if index != place)
    orders = [(first, second)] if len(second) in {2, 4} else []
    if len(first) == 4 and place:
        orders.append((second, first))
    for day, year in orders:
        number = _without_ordinal(day)
        if _is_short(number) and year.isascii() and year.isdecimal():
            yield year, months[place] or 0, int(number)


def _is_short(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 2


def _without_ordinal(word: str) -> str:
    endings = (ending for ending in _month_words()["ordinals"] if word.endswith(ending))
    return word.removesuffix(next(endings, ""))


def _days(year: str, month: int, day: int) -> Iterable[date]:
    """The date, or one in each century; none if there is no such day."""
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
