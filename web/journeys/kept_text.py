"""Limits for stored input: a text that is too long is kept within bounds, so that it can be shortened."""

from __future__ import annotations

from typing import Final

MOST_BEYOND: Final = 100
"""How many characters beyond the allowed number are kept."""
CUT: Final = "…"
"""The mark after a shortened text, which makes it one character longer than a complete one."""


def shortened(text: str, most: int) -> str:
    """The text, or its first ``most`` characters and a mark."""
    return text if len(text) <= most else text[:most] + CUT


def is_shortened(text: str, most: int) -> bool:
    """True if more was typed than is kept."""
    return len(text) > most
