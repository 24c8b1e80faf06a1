"""Finds twelve words in a text, and what is likely wrong with words that are no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from web.crypto.private_link import WORDS, LinkError, Secret, number_of_word, typed_words

MIN_LISTED: Final = 9
"""Words of the list among twelve that may be meant as a secret."""
MAX_LISTED: Final = 24
"""Words of the list in a text in which twelve may stand apart from each other."""
MIN_COUNT: Final = 2
MAX_COUNT: Final = 40
"""Words of a text that may be meant as a secret, and are too few or too many."""
_HYPHENATED: Final = re.compile(r"(?<=[A-Za-z])-[ \t]*\r?\n[\s>|]*")
_ADDRESS: Final = re.compile(r"https?://\S*|/open/\S*")
_NUMBERED: Final = re.compile(r"(?<!\d)0?(1[0-2]|[1-9])(?!\d)[^A-Za-z\d]{0,8}([A-Za-z]+)")


def secrets_of_words(text: str) -> Iterator[Secret]:
    """The secrets of twelve words in a text, the likeliest first. A text of many words of the list has some by chance.

    Twelve that are numbered come first, in the order of their numbers, then twelve that stand apart from other words
    of the list, then all that follow each other.
    """
    yield from _numbered(text)
    texts = dict.fromkeys((text, _HYPHENATED.sub("", text)))
    runs = [run for each in texts for run in _runs([number_of_word(word) for word in typed_words(each)])]
    for run in sorted(runs, key=lambda run: len(run) != WORDS):
        yield from _windows(run)


def secrets_among_words(text: str) -> Iterator[Secret]:
    """The secrets of twelve words of the list that others stand between. Most of them are there by chance."""
    listed = [number for word in typed_words(text) if (number := number_of_word(word)) is not None]
    if len(listed) <= MAX_LISTED:
        yield from _windows(listed)


def word_fault(text: str) -> LinkError | None:
    """What is wrong with words that are meant as a secret; None if nothing looks like that.

    Returns:
        ``unknown_word`` with their positions, unless it is not clear where the twelve begin, ``checksum``, or
        ``word_count``.
    """
    numbers = [number_of_word(word) for word in typed_words(_ADDRESS.sub(" ", text))]
    starts = range(len(numbers) - WORDS + 1)
    counts = _listed_counts(numbers)
    best = max((counts[start] for start in starts), default=0)
    if best >= MIN_LISTED:
        best_starts = [start for start in starts if counts[start] == best]
        if best == WORDS:
            is_count = len(best_starts) > 1 and len(numbers) <= MAX_COUNT
            return LinkError(code="word_count", count=len(numbers)) if is_count else _checksum()
        window = numbers[best_starts[0] : best_starts[0] + WORDS] if len(best_starts) == 1 else []
        unknown = tuple(position for position, number in enumerate(window, 1) if number is None)
        return LinkError(code="unknown_word", positions=unknown, count=WORDS)
    listed = sum(number is not None for number in numbers)
    if MIN_COUNT <= len(numbers) <= MAX_COUNT and listed * 4 >= len(numbers) * 3:
        return LinkError(code="word_count", count=len(numbers))
    return None


def _checksum() -> LinkError:
    return LinkError(code="checksum", count=WORDS)


def _listed_counts(numbers: list[int | None]) -> list[int]:
    """For each place, how many of the twelve words from there are in the list."""
    flags = [number is not None for number in numbers]
    counts = [sum(flags[:WORDS])]
    for leaving, entering in zip(flags, flags[WORDS:], strict=False):
        counts.append(counts[-1] - leaving + entering)
    return counts


def _numbered(text: str) -> Iterator[Secret]:
    """Twelve words that have the numbers from 1 to 12, each once, in any order: as from a table of two columns."""
    words = [(int(match[1]), match[2]) for match in _NUMBERED.finditer(text)]
    in_order = sorted(words)
    if [number for number, _ in in_order] == list(range(1, WORDS + 1)):
        numbers = [number_of_word(word.casefold()) for _, word in in_order]
        listed = [number for number in numbers if number is not None]
        if len(listed) == WORDS:
            yield from _windows(listed)


def _runs(numbers: list[int | None]) -> Iterator[list[int]]:
    """The stretches of words of the list that are long enough."""
    gaps = [-1, *(place for place, number in enumerate(numbers) if number is None), len(numbers)]
    for before, after in pairwise(gaps):
        if after - before > WORDS:
            yield [number for number in numbers[before + 1 : after] if number is not None]


def _windows(run: list[int]) -> Iterator[Secret]:
    """The secrets of any twelve words that follow each other: by chance, one of sixteen is one."""
    for start in range(len(run) - WORDS + 1):
        if (secret := Secret.of_numbers(run[start : start + WORDS])) is not None:
            yield secret
