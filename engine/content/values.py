"""Numbers and answers: how they are written in content, and how the engine reckons with them exactly."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, Literal

Number = int | float
CodedValue = Number | Literal["unknown"]
UNKNOWN: Final = "unknown"
"""The value of an answer that counts as unanswered."""

Value = str | int | float | bool | tuple[str, ...]
"""An answer that is known: option id, option ids, point, number, boolean, or date as text."""
Answers = Mapping[str, Value | None]
"""By item id; null is "I'd rather not say", and absent is unanswered."""
Exact = int | Fraction


def exact(number: Number) -> Exact:
    """The number as written: 0.1 is one tenth."""
    return number if isinstance(number, int) else reduced(Fraction(str(number)))


def as_plain_number(number: Exact) -> Number:
    """The nearest ordinary number; a whole one stays whole."""
    return number if isinstance(number, int) else (number.numerator if number.denominator == 1 else float(number))


def reduced(number: Fraction) -> Exact:
    """The fraction, as an integer if it is whole."""
    return number.numerator if number.denominator == 1 else number


def exact_value(value: CodedValue | None) -> Exact | None:
    """The value as written; None if it counts as unanswered."""
    return None if value is None or isinstance(value, str) else exact(value)
