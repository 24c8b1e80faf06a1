"""A rating: a point on a line, each point with a label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from engine.content.base import Id, Model, Text
from engine.content.items.base import (
    AnswerLocation,
    Choice,
    ContentFault,
    ExpectedOperand,
    Item,
    ValidatedAnswer,
    is_number,
)
from engine.content.items.number import NumberRange, number_in_text
from engine.content.values import CodedValue


class Anchor(Model):
    """The label of one point of a rating."""

    text: Text
    said: Text | None = None
    supposed: Text | None = Field(default=None, alias="if")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, raw: Any) -> Any:
        return {"text": raw} if isinstance(raw, str) else raw


class Rating(Item):
    """Choose a point on a line. The answer is a whole number; the lowest point is ``first``."""

    type: Literal["rating"]
    anchors: Id | Annotated[tuple[Anchor, ...], Field(min_length=2)]
    """The labels from the lowest point to the highest, or the name of a set in ``anchors:`` of the questionnaire."""
    first: int = 0
    is_ordered: ClassVar = True

    @property
    def points(self) -> tuple[Anchor, ...]:
        """The anchors; empty while they are the name of a set. Loading a pack replaces each name by its set."""
        return () if isinstance(self.anchors, str) else self.anchors

    @property
    def last(self) -> int:
        return self.first + len(self.points) - 1

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(
            Choice(str(number), number, point.text, point.said, point.supposed)
            for number, point in enumerate(self.points, self.first)
        )

    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        return NumberRange(self.first, self.last).validate(self, value, location)

    def from_text(self, text: str) -> Any:
        return number_in_text(text)

    def from_key(self, key: str, as_of: date) -> Any:  # noqa: ARG002 - see Item
        return number_in_text(key)

    def expected_operand(self, operator: str) -> ExpectedOperand:  # noqa: ARG002 - all operators compare points
        description = f"a whole number from {self.first} to {self.last}"
        return ExpectedOperand(description, lambda operand: is_number(operand, whole=True), self.first, self.last)

    def codes(self, base: int | None) -> Mapping[str, CodedValue]:
        first = self.first if base is None else base
        return {str(self.first + place): first + place for place in range(len(self.points))}

    def content_faults(self) -> Iterator[ContentFault]:
        if len(self.points) < 2:
            yield "HW206", ("anchors",), {"reason": "a rating needs at least two points"}
        yield from super().content_faults()
