"""The values of answers and scores, and exact arithmetic with them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, Literal

Number = int | float
CodedValue = Number | Literal["unknown"]
UNKNOWN: Final = "unknown"
"""The coded value of an answer that counts as unanswered."""

Value = str | int | float | bool | tuple[str, ...]
"""An answer: the id of an option, several such ids, a point, a number, a boolean, a text, or a date as text."""
Answers = Mapping[str, Value | None]
"""Answers by item id. None means "I'd rather not say"; an unanswered item is absent."""
Exact = int | Fraction


def exact(number: Number) -> Exact:
    """The number exactly as its decimal digits say: 0.1 becomes one tenth."""
    return number if isinstance(number, int) else reduced(Fraction(str(number)))


def as_plain_number(number: Exact) -> Number:
    """The nearest int or float; a whole number becomes an int."""
    return number if isinstance(number, int) else (number.numerator if number.denominator == 1 else float(number))


def reduced(number: Fraction) -> Exact:
    """The fraction, as an int if it is whole."""
    return number.numerator if number.denominator == 1 else number


def exact_value(value: CodedValue | None) -> Exact | None:
    """The exact number; None if the value counts as unanswered."""
    return None if value is None or isinstance(value, str) else exact(value)
