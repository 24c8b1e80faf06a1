"""Normalise characters as people type them: digits of every script, look-alike signs and invisible characters."""

from __future__ import annotations

import unicodedata
from typing import Final

_MINUS: Final = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d"
_APOSTROPHE: Final = "\u2018\u2019\u02bc\u02b9\u2032`\u00b4\uff07"
_ASCII_SIGNS: Final = {
    **dict.fromkeys(_MINUS, "-"),
    **dict.fromkeys(_APOSTROPHE, "'"),
    **dict.fromkeys("\ufe62\uff0b", "+"),
    **dict.fromkeys("\ufe52\uff0e", "."),
    **dict.fromkeys("\u060c\ufe50\uff0c", ","),
    **dict.fromkeys("\u2044\u2215\uff0f", "/"),
}
"""The ASCII sign that each of these characters means in numbers and dates."""
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""Hangul fillers, the blank Braille pattern and the null notehead. Their category is letter or symbol, but fonts draw
nothing for them.
"""
_IGNORABLE: Final = (range(0x2065, 0x2066), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000))
"""Code points that Unicode reserves for default-ignorable characters, assigned or not."""


def plain(text: str) -> str:
    """Convert digits and look-alike signs to ASCII, collapse white space and remove format characters.

    Unlike Unicode's compatibility normal forms, it does not convert superscripts or fraction characters.
    """
    return " ".join("".join(map(_plain_character, text)).split())


def _plain_character(char: str) -> str:
    if char.isascii():
        return char
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    return _ASCII_SIGNS.get(char, "" if unicodedata.category(char) == "Cf" else char)


def is_invisible(text: str) -> bool:
    """True if a text shows nothing: it is empty, or has only white space, controls, combining marks and fillers."""
    return not any(map(_is_visible, text))


def _is_visible(char: str) -> bool:
    category = unicodedata.category(char)
    if category[0] in "ZM" or category in {"Cc", "Cf", "Cs"} or char in _BLANK_LETTERS:
        return False
    return not any(ord(char) in reserved for reserved in _IGNORABLE)
