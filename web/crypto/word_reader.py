"""Finds twelve secret words in a text, and the likely mistake in words that are no secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from web.crypto.private_link import WORDS, LinkError, Secret, number_of_word, typed_words

MIN_LISTED: Final = 9
"""If at least this many of twelve successive words are in the word list, they are taken for a mistyped secret."""
MAX_LISTED: Final = 24
"""Twelve words are looked for between other words only if the text has at most this many words of the list."""
MIN_COUNT: Final = 2
MAX_COUNT: Final = 40
"""A text of ``MIN_COUNT`` to ``MAX_COUNT`` words may be a secret with too few or too many words."""
_HYPHENATED: Final = re.compile(r"(?<=[A-Za-z])-[ \t]*\r?\n[\s>|]*")
_ADDRESS: Final = re.compile(r"https?://\S*|/open/\S*")
_NUMBERED: Final = re.compile(r"(?<!\d)0?(1[0-2]|[1-9])(?!\d)[^A-Za-z\d]{0,8}([A-Za-z]+)")


def secrets_of_words(text: str) -> Iterator[Secret]:
    """The secrets of twelve successive words in a text, the likeliest first. Long texts contain some by chance.

    First come twelve words numbered from 1 to 12, in the order of their numbers, then runs of exactly twelve words of
    the list, then all twelve successive words of longer runs.
    """
    yield from _numbered(text)
    texts = dict.fromkeys((text, _HYPHENATED.sub("", text)))
    runs = [run for each in texts for run in _runs([number_of_word(word) for word in typed_words(each)])]
    for run in sorted(runs, key=lambda run: len(run) != WORDS):
        yield from _windows(run)


def secrets_among_words(text: str) -> Iterator[Secret]:
    """The secrets of twelve words of the list with other words between them. Most of these occur by chance."""
    listed = _listed(number_of_word(word) for word in typed_words(text))
    if len(listed) <= MAX_LISTED:
        yield from _windows(listed)


def word_fault(text: str) -> LinkError | None:
    """The likely mistake in words that are meant as a secret; None if the text does not look like a secret.

    Returns:
        ``unknown_word`` with the positions of these words (none if it is unclear where the twelve begin), ``checksum``,
        or ``word_count``.
    """
    numbers = [number_of_word(word) for word in typed_words(_ADDRESS.sub(" ", text))]
    windows = [numbers[start : start + WORDS] for start in range(len(numbers) - WORDS + 1)]
    counts = [len(_listed(window)) for window in windows]
    best = max(counts, default=0)
    if best >= MIN_LISTED:
        if best == WORDS:
            is_count = counts.count(best) > 1 and len(numbers) <= MAX_COUNT
            return _word_count(numbers) if is_count else LinkError(code="checksum", count=WORDS)
        window = windows[counts.index(best)] if counts.count(best) == 1 else []
        unknown = tuple(position for position, number in enumerate(window, 1) if number is None)
        return LinkError(code="unknown_word", positions=unknown, count=WORDS)
    is_mostly_listed = len(_listed(numbers)) * 4 >= len(numbers) * 3
    return _word_count(numbers) if MIN_COUNT <= len(numbers) <= MAX_COUNT and is_mostly_listed else None


def _word_count(numbers: list[int | None]) -> LinkError:
    return LinkError(code="word_count", count=len(numbers))


def _listed(numbers: Iterable[int | None]) -> list[int]:
    """The numbers of those words that are in the list."""
    return [number for number in numbers if number is not None]


def _numbered(text: str) -> Iterator[Secret]:
    """The secret of twelve words numbered from 1 to 12 in any order, such as those of a table with two columns."""
    words = sorted((int(match[1]), match[2]) for match in _NUMBERED.finditer(text))
    if [number for number, _ in words] == list(range(1, WORDS + 1)):
        yield from _windows(_listed(number_of_word(word.casefold()) for _, word in words))


def _runs(numbers: list[int | None]) -> Iterator[list[int]]:
    """The runs of at least twelve successive words of the list."""
    for _, group in groupby(numbers, key=lambda number: number is None):
        if len(run := _listed(group)) >= WORDS:
            yield run


def _windows(run: list[int]) -> Iterator[Secret]:
    """The secrets of all twelve successive words of a run. Random words pass the checksum once in sixteen times."""
    for start in range(len(run) - WORDS + 1):
        if (secret := Secret.of_numbers(run[start : start + WORDS])) is not None:
            yield secret
