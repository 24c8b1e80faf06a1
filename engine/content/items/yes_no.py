"""Yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, Literal

from engine.content.conditions import EQUALITY_OPERATORS
from engine.content.items.base import BOOLEAN, AnswerLocation, Choice, ExpectedOperand, Item, ValidatedAnswer
from engine.content.values import CodedValue, Value


class YesNo(Item):
    """Yes or no. The answer is a boolean."""

    type: Literal["yes_no"]
    is_ordered: ClassVar = True
    operators: ClassVar = EQUALITY_OPERATORS

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        return Choice("yes", True, None), Choice("no", False, None)

    @property
    def answers_in_order(self) -> tuple[Value, ...]:
        return False, True

    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        return (value, []) if isinstance(value, bool) else self.wrong_type("true or false", value, location)

    def from_key(self, key: str, as_of: date) -> Any:  # noqa: ARG002 - see Item
        return {"true": True, "false": False}.get(key, key)

    def expected_operand(self, operator: str) -> ExpectedOperand:  # noqa: ARG002 - all operators compare booleans
        return BOOLEAN

    def codes(self, base: int | None) -> Mapping[str, CodedValue]:
        return {"true": 1 + (base or 0), "false": base or 0}
