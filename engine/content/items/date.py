"""A calendar date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from math import inf
from typing import Any, ClassVar, Final, Literal

from engine.content.base import is_date
from engine.content.items.base import (
    AnswerLocation,
    Comparison,
    ContentFault,
    ExpectedOperand,
    Item,
    Operands,
    Quantity,
    Reading,
    TypedInput,
    ValidatedAnswer,
    is_number,
)
from engine.content.items.number import number_in_text
from engine.content.items.reading.bounds import day_of_bound, is_bound, is_relative
from engine.content.items.reading.dates import date_readings
from engine.content.values import Number

MAX_DAYS_AGO: Final = 700_000
"""A larger number in a key is not read as a number of days ago."""
EARLIEST: Final = "-120y"
LATEST: Final = "+50y"
"""The default bounds: a date outside them is a typing error."""
MOST_READINGS: Final = 4
"""Of the dates that a text can mean, the person chooses among the nearest to the day of the sitting."""
_SAMPLE_DAYS: Final = (date(2023, 1, 31), date(2024, 2, 29), date(2025, 8, 31), date(2025, 12, 1))
"""Days of sittings for which a check compares two relative bounds."""
_DATE: Final = "a date such as 2026-11-23"


class DateItem(Item):
    """A calendar date, stored as 2026-11-23. Rules compare the date, or its age in days."""

    type: Literal["date"]
    earliest: str | None = None
    """A date, or a day relative to the day of the sitting: ``today``, ``-10y``, ``-6m``, ``+30d``."""
    latest: str | None = None
    ages: ClassVar = True
    scored_by: ClassVar = "nothing"

    @property
    def input(self) -> TypedInput:
        return TypedInput("date")

    def input_on(self, as_of: date) -> TypedInput:
        earliest, latest = self._bounds_on(as_of)
        moves = any(map(is_relative, (self.earliest or EARLIEST, self.latest or LATEST)))
        return TypedInput("date", earliest.isoformat(), latest.isoformat(), moves=moves)

    def _bounds_on(self, as_of: date) -> tuple[date, date]:
        earliest, latest = day_of_bound(self.earliest or EARLIEST, as_of), day_of_bound(self.latest or LATEST, as_of)
        if self.latest is None and earliest > latest:
            latest = date.max
        if self.earliest is None and earliest > latest:
            earliest = date.min
        return earliest, latest

    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        if not isinstance(value, str) or not is_date(value):
            return self.wrong_type(_DATE, value, location)
        earliest, latest = (bound and is_date(bound) and bound for bound in (self.earliest, self.latest))
        if (earliest and value < earliest) or (latest and value > latest):
            return self.out_of_range(f"a date from {earliest or '…'} to {latest or '…'}", value, location)
        return value, []

    def validate_on(self, value: Any, location: AnswerLocation, as_of: date) -> ValidatedAnswer:
        dates = date_readings(value) if isinstance(value, str) else None
        if dates is None or not dates.dates:
            return self.wrong_type(_DATE, value, location)
        readings = self.readings(value, as_of)
        if not readings:
            earliest, latest = self._bounds_on(as_of)
            return self.out_of_range(f"a date from {earliest} to {latest}", value, location)
        if len(readings) > 1 or dates.short_year:
            return self.ambiguous(value, readings, location)
        return readings[0].answer, []

    def readings(self, text: str, as_of: date) -> tuple[Reading, ...]:
        earliest, latest = self._bounds_on(as_of)
        days = [day for day in date_readings(text).dates if earliest <= day <= latest]
        nearest = sorted(days, key=lambda day: abs(day - as_of))[:MOST_READINGS]
        return tuple(Reading(day.isoformat(), day.isoformat()) for day in sorted(nearest))

    def from_key(self, key: str, as_of: date) -> Any:
        """The date that a key means: a date, or a number of days before ``as_of``."""
        days_ago = number_in_text(key)
        if not isinstance(days_ago, int) or abs(days_ago) >= MAX_DAYS_AGO:
            return key
        try:
            return (as_of - timedelta(days=days_ago)).isoformat()
        except OverflowError:  # outside the range of `date`
            return key

    def expected_operand(self, operator: str) -> ExpectedOperand:  # noqa: ARG002 - all operators compare days
        return ExpectedOperand(
            f"{_DATE}, or a number of days ago",
            lambda operand: is_number(operand, whole=True) or (isinstance(operand, str) and is_date(operand)),
        )

    def comparisons(self, operator: str, operands: Operands) -> tuple[Comparison, ...]:
        """Compare with dates as dates, and with numbers as the age in days.

        A future date is not "at most 30 days ago": that comparison reads its age as infinite.
        """
        numbers = tuple(date.fromisoformat(day).toordinal() if isinstance(day, str) else day for day in operands)
        if isinstance(operands[0], str):
            return (Comparison(Quantity(("day",), lambda answer, _: date.fromisoformat(answer).toordinal()), numbers),)
        if operator == "at_most" and numbers[0] >= 0:
            return (Comparison(Quantity(("days_ago",), _days_ago), numbers),)
        return (Comparison(Quantity(("age",), _age), numbers),)

    def content_faults(self) -> Iterator[ContentFault]:
        bounds = {"earliest": self.earliest, "latest": self.latest}
        wrong = {name: text for name, text in bounds.items() if text is not None and not is_bound(text)}
        for name, text in wrong.items():
            expected = f"{_DATE}, or one counted from the day of the sitting: today, -10y, +30d"
            yield "HW203", (name,), {"expected": expected, "found": f"“{text}”"}
        if not wrong and self.earliest and self.latest and not _in_order(self.earliest, self.latest):
            yield "HW314", ("earliest",), {"reason": f"earliest {self.earliest}, latest {self.latest}"}
        yield from super().content_faults()


def _in_order(earliest: str, latest: str) -> bool:
    """False if the earliest day is after the latest. A fixed and a relative bound are not compared."""
    if is_relative(earliest) != is_relative(latest):
        return True
    return all(day_of_bound(earliest, day) <= day_of_bound(latest, day) for day in _SAMPLE_DAYS)


def _age(answer: str, as_of: date) -> Number:
    return (as_of - date.fromisoformat(answer)).days


def _days_ago(answer: str, as_of: date) -> Number:
    age = _age(answer, as_of)
    return age if age >= 0 else inf
