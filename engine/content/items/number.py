"""A number between bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import Any, ClassVar, Final, Literal

from engine.content.base import Text
from engine.content.items.base import (
    AnswerLocation,
    ContentFault,
    ExpectedOperand,
    Item,
    ItemCoding,
    Reading,
    TypedInput,
    ValidatedAnswer,
    is_number,
)
from engine.content.items.reading.numbers import NumberReading, number_readings
from engine.content.values import Exact, Number, Value, exact
from engine.errors import describe_value

_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,20}")
_NUMBER: Final = re.compile(r"[-+]?([0-9]{1,20}([.,][0-9]{0,40})?|[.,][0-9]{1,40})")


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The numbers that are valid answers of an item."""

    lowest: Number
    highest: Number
    whole: bool = True

    def __str__(self) -> str:
        return f"a {'whole ' if self.whole else ''}number from {self.lowest} to {self.highest}"

    def validate(self, item: Item, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        """Validate a number; 3.0 is the whole number 3."""
        wrong_float = isinstance(value, float) and (isnan(value) or (self.whole and not value.is_integer()))
        if not is_number(value) or wrong_float:
            return item.wrong_type(str(self), value, location)
        if not self.lowest <= value <= self.highest:
            return item.out_of_range(str(self), describe_value(value), location)
        return _as_answer(value), []

    def parse(self, item: Item, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        """Validate a number, or a text that means exactly one number in the range."""
        if not isinstance(value, str):
            return self.validate(item, value, location)
        readings = self.readings(value)
        if len(readings) == 1:
            return readings[0].answer, []
        if readings:
            return item.ambiguous(value, readings, location)
        if self._numbers(value):
            return item.out_of_range(str(self), describe_value(value), location)
        return item.wrong_type(str(self), value, location)

    def readings(self, text: str) -> tuple[Reading, ...]:
        """The numbers in the range that a text can mean."""
        return tuple(
            Reading(_as_answer(reading.number), reading.spelling)
            for reading in self._numbers(text)
            if self.lowest <= reading.number <= self.highest
        )

    def _numbers(self, text: str) -> tuple[NumberReading, ...]:
        """The numbers that a text can mean. For a whole number, ``1,000`` means a thousand and not one."""
        readings = number_readings(text)
        if not self.whole:
            return readings
        without_decimals = tuple(reading for reading in readings if not reading.decimals)
        return without_decimals or tuple(reading for reading in readings if reading.number == int(reading.number))


class NumberItem(Item):
    """A number between bounds, in ``unit``."""

    type: Literal["number"]
    lowest: Number
    highest: Number
    whole: bool = True
    unit: Text | None = None
    scored_by: ClassVar = "number"

    @property
    def input(self) -> TypedInput:
        return TypedInput("number", str(self.lowest), str(self.highest), whole=self.whole, unit=self.unit)

    @property
    def range(self) -> NumberRange:
        return NumberRange(self.lowest, self.highest, self.whole)

    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        return self.range.parse(self, value, location)

    def readings(self, text: str, as_of: date) -> tuple[Reading, ...]:  # noqa: ARG002 - see Item
        return self.range.readings(text)

    def from_key(self, key: str, as_of: date) -> Any:  # noqa: ARG002 - see Item
        return number_in_text(key)

    def words(self, answer: Value | None) -> tuple[str, ...]:
        return tuple(f"{word} {self.unit}" if self.unit else word for word in super().words(answer))

    def expected_operand(self, operator: str) -> ExpectedOperand:  # noqa: ARG002 - all operators compare numbers
        return ExpectedOperand(f"a number from {self.lowest} to {self.highest}", is_number, self.lowest, self.highest)

    def coding(self, values: Mapping[str, Exact | None]) -> ItemCoding | None:  # noqa: ARG002 - it has no choices
        return ItemCoding(self.id, exact, exact(self.lowest), exact(self.highest))  # type: ignore[arg-type]  # numbers

    def content_faults(self) -> Iterator[ContentFault]:
        if self.lowest >= self.highest:
            yield "HW314", ("lowest",), {"reason": f"lowest {self.lowest}, highest {self.highest}"}
        yield from super().content_faults()


def number_in_text(text: str) -> Any:
    """The number that a key in an author's file is, with a decimal point or comma; the text itself if it is none."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else text


def _as_answer(number: Number) -> Number:
    return int(number) if number == int(number) else number
