"""Parse a typed text into every number that it can mean.

Depending on the country, a point or a comma separates decimals or thousands, so ``1,000`` has two readings. The parser
therefore returns all readings, and the item keeps those it allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.content.items.reading.characters import plain
from engine.content.values import Number

MOST_CHARACTERS: Final = 60
"""A longer text is not a number."""
_SIGNED: Final = re.compile(r"([+-]?) ?(.+)")
_DECIMAL: Final = re.compile(r"(?P<whole>.*?)(?P<mark>[.,\u066b\u00b7])(?P<decimals>[0-9]*)")
_UNGROUPED: Final = re.compile("[0-9]+")
_GROUPED: Final = (
    re.compile(r"[1-9][0-9]{0,2}(?:(?P<mark>[.,' \u066c])[0-9]{3})(?:(?P=mark)[0-9]{3})*"),
    re.compile(r"[1-9][0-9]?(?:(?P<mark>,)[0-9]{2})+,[0-9]{3}"),  # Indian grouping: 1,00,000 is a hundred thousand
)


@dataclass(frozen=True, slots=True)
class NumberReading:
    """One number that a text can mean."""

    number: Number
    decimals: str = ""
    """The digits after the decimal mark; empty without a decimal mark."""

    @property
    def spelling(self) -> str:
        """The number as a text that has no other reading."""
        text = str(self.number)
        return f"{text}0" if "e" not in text and len(text.partition(".")[2]) == 3 else text


def number_readings(text: str) -> tuple[NumberReading, ...]:
    """Every number that a text can mean, thousands before decimals; none if it is not a number.

    Digits may be of any script. A point, a comma, an apostrophe, a space or the Arabic mark can separate thousands;
    all separators of a number are the same, and a grouped number does not begin with 0. Exponents, other bases and
    ``_`` are not read.
    """
    if len(text) > MOST_CHARACTERS or (match := _SIGNED.fullmatch(plain(text))) is None:
        return ()
    sign = -1 if match[1] == "-" else 1
    distinct: dict[Number, NumberReading] = {}
    for number, decimals in _unsigned(match[2]):
        distinct.setdefault(sign * number, NumberReading(sign * number, decimals))
    return tuple(distinct.values())


def _unsigned(text: str) -> Iterator[tuple[Number, str]]:
    """Each reading as a number and its decimals."""
    if (digits := _digits(text)) is not None:
        yield int(digits), ""
    match = _DECIMAL.fullmatch(text)
    if match is None or not (match["whole"] or match["decimals"]):
        return
    digits = _digits(match["whole"], match["mark"]) if match["whole"] else "0"
    if digits is not None:
        decimals = match["decimals"]
        yield float(f"{digits}.{decimals}") if decimals.strip("0") else int(digits), decimals


def _digits(text: str, decimal_mark: str = "") -> str | None:
    """The digits of a whole number, grouped or not; None if it is not one, or is grouped by the decimal mark."""
    if _UNGROUPED.fullmatch(text):
        return text
    match = next(filter(None, (pattern.fullmatch(text) for pattern in _GROUPED)), None)
    if match is None or match["mark"] == decimal_mark:
        return None
    return text.replace(match["mark"], "")
