"""Characters as people type them: digits of every script, signs that look alike, and what cannot be seen."""

from __future__ import annotations

import unicodedata
from typing import Final

_MINUS: Final = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d"
_APOSTROPHE: Final = "\u2018\u2019\u02bc\u02b9\u2032`\u00b4\uff07"
_SAME: Final = {
    **dict.fromkeys(_MINUS, "-"),
    **dict.fromkeys(_APOSTROPHE, "'"),
    **dict.fromkeys("\ufe62\uff0b", "+"),
    **dict.fromkeys("\ufe52\uff0e", "."),
    **dict.fromkeys("\u060c\ufe50\uff0c", ","),
    **dict.fromkeys("\u2044\u2215\uff0f", "/"),
}
"""Characters that stand for a sign of ASCII in numbers and dates."""
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""Fillers of Hangul, the empty pattern of Braille and the empty head of a note: by their category they are letters or
symbols, and nothing is drawn for them.
"""
_IGNORABLE: Final = (range(0x2065, 0x2066), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000))
"""Code points that Unicode keeps for what is never drawn, whether they are assigned or not."""


def plain(text: str) -> str:
    """The text with digits and signs of ASCII, one space for each run of blanks, and no characters of format.

    Unlike Unicode's normal forms it makes no 2 of a superscript and no fraction of one sign.
    """
    return " ".join("".join(map(_plain_character, text)).split())


def _plain_character(char: str) -> str:
    if char.isascii():
        return char
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    if char in _SAME:
        return _SAME[char]
    return "" if unicodedata.category(char) == "Cf" else char


def is_invisible(text: str) -> bool:
    """True if nothing of a text can be seen: blanks, controls, marks that need a letter, fillers, or no text at all."""
    return not any(map(_is_visible, text))


def _is_visible(char: str) -> bool:
    category = unicodedata.category(char)
    if category[0] in "ZM" or category in {"Cc", "Cf", "Cs"} or char in _BLANK_LETTERS:
        return False
    return not any(ord(char) in reserved for reserved in _IGNORABLE)
