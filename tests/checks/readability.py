"""The readability of a text, as a school grade."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pyphen

_HYPHENS: Final = pyphen.Pyphen(lang="en_US", left=1, right=1)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text; a colon or semicolon does not end a sentence."""
    for part in re.split(r"(?<=[.!?…])['\"”’)]*\s+|\n+", text):
        if _WORD.search(part):
            yield part.strip()


def words(text: str) -> list[str]:
    """The words of a text, without numbers."""
    return _WORD.findall(text)


@cache
def _syllables(word: str) -> int:
    return int(_HYPHENS.inserted(word).count("-")) + 1


def grade(text: str) -> float:
    """The Flesch–Kincaid grade. Readers of eleven or twelve years understand grades 5 and 6 easily.

    Source: Kincaid, Fishburne, Rogers & Chissom 1975. Syllables are counted by hyphenation, which misses a few.
    """
    words_of_text = words(text)
    syllables = sum(map(_syllables, words_of_text))
    count = len(list(sentences(text)))
    value: float = 0.39 * len(words_of_text) / count + 11.8 * syllables / len(words_of_text) - 15.59
    return value
