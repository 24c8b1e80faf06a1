"""A calendar date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
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
    TypedInput,
    ValidatedAnswer,
    is_number,
)
from engine.content.items.number import number_in_text

MAX_DAYS_AGO: Final = 700_000
"""A key of more days is no number of days ago."""


class DateItem(Item):
    """A calendar date, written 2026-11-23. Rules may ask for the date or for its age in days."""

    type: Literal["date"]
    earliest: str | None = None
    latest: str | None = None
    ages: ClassVar = True
    scored_by: ClassVar = "nothing"

    @property
    def input(self) -> TypedInput:
        return TypedInput("date", self.earliest, self.latest)

    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        if not isinstance(value, str) or not is_date(value):
            return self.wrong_type("a date such as 2026-11-23", value, location)
        if (self.earliest and value < self.earliest) or (self.latest and value > self.latest):
            return self.out_of_range(f"a date from {self.earliest or '…'} to {self.latest or '…'}", value, location)
        return value, []

    def from_key(self, key: str, as_of: date) -> Any:
        """The date, which may be written as the number of days ago that it was."""
        days_ago = number_in_text(key)
        if not isinstance(days_ago, int) or abs(days_ago) >= MAX_DAYS_AGO:
            return key
        try:
            return (as_of - timedelta(days=days_ago)).isoformat()
        except OverflowError:  # before the first day of the calendar
            return key

    def expected_operand(self, operator: str) -> ExpectedOperand:  # noqa: ARG002 - all operators compare days
        return ExpectedOperand(
            "a date such as 2026-11-23, or a number of days ago",
            lambda operand: is_number(operand, whole=True) or (isinstance(operand, str) and is_date(operand)),
        )

    def comparisons(self, operator: str, operands: Operands) -> tuple[Comparison, ...]:  # noqa: ARG002 - as for all items
        """Dates compare as dates, numbers with the age in days."""
        numbers = tuple(date.fromisoformat(day).toordinal() if isinstance(day, str) else day for day in operands)
        if isinstance(operands[0], str):
            return (Comparison(Quantity(("day",), lambda answer, _: date.fromisoformat(answer).toordinal()), numbers),)
        return (
            Comparison(Quantity(("age",), lambda answer, today: (today - date.fromisoformat(answer)).days), numbers),
        )

    def content_faults(self) -> Iterator[ContentFault]:
        for name, text in (("earliest", self.earliest), ("latest", self.latest)):
            if text is not None and not is_date(text):
                yield "HW203", (name,), {"expected": "a date such as 2026-11-23", "found": f"“{text}”"}
        if self.earliest and self.latest and self.earliest > self.latest:
            yield "HW314", ("earliest",), {"reason": f"earliest {self.earliest}, latest {self.latest}"}
        yield from super().content_faults()
