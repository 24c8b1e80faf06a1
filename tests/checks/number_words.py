"""Small numbers as words, as documents and pages write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_WORDS: Final = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()  # noqa: SIM905
)
NUMBER_WORDS: Final[Mapping[str, int]] = {"no": 0, "none": 0} | {word: value for value, word in enumerate(_WORDS, 1)}
"""The number of each word."""
