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
    TypedInput,
    ValidatedAnswer,
    is_number,
)
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
        return validate_number(self, value, self.lowest, self.highest, location, whole=self.whole)

    def from_text(self, text: str) -> Any:
        return number_in_text(text)

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
    """The number that a text is, with a point or a comma; the text itself if it is none."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else text


def validate_number(
    item: Item, value: Any, lowest: Number, highest: Number, location: AnswerLocation, *, whole: bool
) -> ValidatedAnswer:
    """A number between bounds as an answer; 3.0 is the whole number 3."""
    expected = f"a {'whole ' if whole else ''}number from {lowest} to {highest}"
    if not is_number(value) or (isinstance(value, float) and (isnan(value) or (whole and not value.is_integer()))):
        return item.wrong_type(expected, value, location)
    if not lowest <= value <= highest:
        return item.out_of_range(expected, describe_value(value), location)
    return int(value) if value == int(value) else value, []
