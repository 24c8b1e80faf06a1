"""A number between bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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

    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        return read_number(self, value, self.lowest, self.highest, location, whole=self.whole)

    def readings(self, text: str, as_of: date) -> tuple[Reading, ...]:  # noqa: ARG002 - as for all items
        return readings_between(text, self.lowest, self.highest, whole=self.whole)

    def from_key(self, key: str, as_of: date) -> Any:  # noqa: ARG002 - as for all items
        return number_in_text(key)

    def words(self, answer: Value | None) -> tuple[str, ...]:
        return tuple(f"{word} {self.unit}" if self.unit else word for word in super().words(answer))

    def expected_operand(self, operator: str) -> ExpectedOperand:  # noqa: ARG002 - all operators compare numbers
        return ExpectedOperand(f"a number from {self.lowest} to {self.highest}", is_number, self.lowest, self.highest)

    def coding(self, values: Mapping[str, Exact | None], *, is_reversed: bool) -> ItemCoding | None:  # noqa: ARG002 - it has no choices
        low, high = exact(self.lowest), exact(self.highest)

        def code(answer: Value) -> Exact | None:
            number = exact(answer)  # type: ignore[arg-type]  # accepted answers are numbers
            return low + high - number if is_reversed else number

        return ItemCoding(self.id, code, low, high)

    def content_faults(self) -> Iterator[ContentFault]:
        if self.lowest >= self.highest:
            yield "HW314", ("lowest",), {"reason": f"lowest {self.lowest}, highest {self.highest}"}
        yield from super().content_faults()


def number_in_text(text: str) -> Any:
    """The number that a key in a file for authors is, with a point or a comma; the text itself if it is none."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else text


def readings_between(text: str, lowest: Number, highest: Number, *, whole: bool) -> tuple[Reading, ...]:
    """The numbers between bounds that a text can mean.

    In a whole number a mark that may part thousands does: ``1,000`` is a thousand, not one and no thousandths.
    """
    return tuple(
        Reading(_as_answer(reading.number), reading.spelling)
        for reading in _readings(text, whole=whole)
        if lowest <= reading.number <= highest
    )


def _readings(text: str, *, whole: bool) -> tuple[NumberReading, ...]:
    readings = number_readings(text)
    if not whole:
        return readings
    without_decimals = tuple(reading for reading in readings if not reading.decimals)
    return without_decimals or tuple(reading for reading in readings if reading.number == int(reading.number))


def read_number(
    item: Item, value: Any, lowest: Number, highest: Number, location: AnswerLocation, *, whole: bool
) -> ValidatedAnswer:
    """A number between bounds as an answer, or a text that can mean one alone."""
    if not isinstance(value, str):
        return validate_number(item, value, lowest, highest, location, whole=whole)
    readings = readings_between(value, lowest, highest, whole=whole)
    if len(readings) == 1:
        return readings[0].answer, []
    if readings:
        return item.ambiguous(value, readings, location)
    if _readings(value, whole=whole):
        return item.out_of_range(_expected(lowest, highest, whole=whole), describe_value(value), location)
    return item.wrong_type(_expected(lowest, highest, whole=whole), value, location)


def validate_number(
    item: Item, value: Any, lowest: Number, highest: Number, location: AnswerLocation, *, whole: bool
) -> ValidatedAnswer:
    """A number between bounds as an answer; 3.0 is the whole number 3."""
    expected = _expected(lowest, highest, whole=whole)
    if not is_number(value) or (isinstance(value, float) and (isnan(value) or (whole and not value.is_integer()))):
        return item.wrong_type(expected, value, location)
    if not lowest <= value <= highest:
        return item.out_of_range(expected, describe_value(value), location)
    return _as_answer(value), []


def _expected(lowest: Number, highest: Number, *, whole: bool) -> str:
    return f"a {'whole ' if whole else ''}number from {lowest} to {highest}"


def _as_answer(number: Number) -> Number:
    return int(number) if number == int(number) else number
