"""Every number that a typed text can mean.

A point or a comma may stand before decimals or between thousands, by country: of ``1,000`` only the person
who typed it knows which. So this returns all readings, and the item keeps those that it allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.content.items.reading.characters import plain
from engine.content.values import Number

MOST_CHARACTERS: Final = 60
"""A longer text is no number that a person means."""
_SIGNED: Final = re.compile(r"([+-]?) ?(.+)")
_DECIMAL: Final = re.compile(r"(?P<whole>.*?)(?P<mark>[.,\u066b\u00b7])(?P<decimals>[0-9]*)")
_UNGROUPED: Final = re.compile("[0-9]+")
_GROUPED: Final = (
    re.compile(r"[1-9][0-9]{0,2}(?:(?P<mark>[.,' \u066c])[0-9]{3})(?:(?P=mark)[0-9]{3})*"),
    re.compile(r"[1-9][0-9]?(?:(?P<mark>,)[0-9]{2})+,[0-9]{3}"),  # as in India: 1,00,000 is a hundred thousand
)


@dataclass(frozen=True, slots=True)
class NumberReading:
    """One number that a text can mean."""

    number: Number
    decimals: str = ""
    """The digits after the decimal mark, if there is one."""

    @property
    def spelling(self) -> str:
        """The number as a text that means nothing else."""
        text = str(self.number)
        return f"{text}0" if "e" not in text and len(text.partition(".")[2]) == 3 else text


def number_readings(text: str) -> tuple[NumberReading, ...]:
    """Every number that a text can mean, thousands first; none if it is no number.

    Digits may be of any script. Thousands are parted by a point, a comma, an apostrophe, a blank or the Arabic mark,
    always by the same one, and no number in parts begins with 0. Exponents, other bases and ``_`` are not read.
    """
    if len(text) > MOST_CHARACTERS or (match := _SIGNED.fullmatch(plain(text))) is None:
        return ()
    readings = list(_unsigned(match[2]))
    if match[1] == "-":
        readings = [NumberReading(-reading.number, reading.decimals) for reading in readings]
    by_number = {reading.number: reading for reading in reversed(readings)}
    return tuple(reading for reading in readings if by_number[reading.number] is reading)


def _unsigned(text: str) -> Iterator[NumberReading]:
    if (digits := _digits(text)) is not None:
        yield NumberReading(int(digits))
    match = _DECIMAL.fullmatch(text)
    if match is None or not (match["whole"] or match["decimals"]):
        return
    digits = _digits(match["whole"], match["mark"]) if match["whole"] else "0"
    if digits is not None:
        decimals = match["decimals"]
        yield NumberReading(float(f"{digits}.{decimals}") if decimals.strip("0") else int(digits), decimals)


def _digits(text: str, decimal_mark: str = "") -> str | None:
    """The digits of a whole number, which may be in parts; None if it is none, or its parts have the decimal mark."""
    if _UNGROUPED.fullmatch(text):
        return text
    match = next(filter(None, (pattern.fullmatch(text) for pattern in _GROUPED)), None)
    if match is None or match["mark"] == decimal_mark:
        return None
    return text.replace(match["mark"], "")
