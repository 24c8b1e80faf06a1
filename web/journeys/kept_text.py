"""How much is kept of what people type: what is too long for its field stays there, to be shortened, within bounds."""

from __future__ import annotations

from typing import Final

MOST_BEYOND: Final = 100
"""How many characters of a text that is too long are kept beyond what is allowed."""
CUT: Final = "…"
"""Stands behind what is kept of a longer text, and makes it one character longer than a text that is kept whole."""


def shortened(text: str, most: int) -> str:
    """The text, or its first ``most`` characters with a mark that there were more."""
    return text if len(text) <= most else text[:most] + CUT


def is_shortened(text: str, most: int) -> bool:
    """True if more was typed than is kept."""
    return len(text) > most
