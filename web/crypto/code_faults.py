"""What is likely wrong with a code whose checksum is not right: its length, or one character."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from web.crypto.private_link import AS_DIGITS, CODE_LENGTH, LinkError, Secret

MAX_OFF: Final = 12
"""Characters that a code after ``/open/`` may lack, or have too many."""
MAX_OFF_ALONE: Final = 2
"""The same for a word that stands alone."""
MIN_DIGITS: Final = 3
"""Digits in it: of a thousand codes, three have fewer."""
_ADDRESS_END: Final = re.compile(
    r"(?<![A-Za-z0-9])open[/\\]+[^0-9A-Za-z]{0,8}([0-9A-Za-z]+(?:-[0-9A-Za-z]+)*)", re.IGNORECASE
)
_TOKEN: Final = re.compile(r"(?<![0-9A-Za-z_-])([0-9A-Za-z]+(?:-[0-9A-Za-z]+)*)(?![0-9A-Za-z_-])")
_ONE_CASE: Final = re.compile(r"[0-9A-Z]+|[0-9a-z]+")
"""As codes are written; earlier codes have capitals and small letters."""
_BEYOND_HEXADECIMAL: Final = re.compile(r"[g-zG-Z]")
"""What numbers of other programs lack."""
_BLANK: Final = re.compile(r"\s+")


def code_fault(text: str, *, after_address: bool) -> LinkError | None:
    """The fault of the first code of the present form in a text that has none with a right checksum.

    Args:
        after_address: look for codes after ``/open/``, otherwise for those that stand alone.

    Returns:
        ``code_typo`` with the positions that are likely wrong, if there are such, ``code_length`` with the count of
        characters, or None if nothing looks like a code.
    """
    max_off = MAX_OFF if after_address else MAX_OFF_ALONE
    tokens = _after_addresses(text) if after_address else _alone(text)
    likely = (token for token in tokens if abs(len(token) - CODE_LENGTH) <= max_off and _is_like_code(token))
    token = next(likely, None)
    if token is None:
        return None
    if len(token) != CODE_LENGTH:
        return LinkError(code="code_length", count=len(token))
    return LinkError(code="code_typo", positions=_wrong_positions(token.translate(AS_DIGITS)), count=CODE_LENGTH)


def _after_addresses(text: str) -> Iterator[str]:
    return (match[1].replace("-", "") for match in _ADDRESS_END.finditer(text))


def _alone(text: str) -> Iterator[str]:
    """Words of the text, and the text as a whole if it may have been written in groups."""
    for match in _TOKEN.finditer(text):
        yield match[1].replace("-", "")
    if len(text) <= 3 * CODE_LENGTH:
        yield _BLANK.sub("", text).replace("-", "")


def _is_like_code(token: str) -> bool:
    digits = sum(char in "0123456789oO" for char in token)
    return digits >= MIN_DIGITS and bool(_ONE_CASE.fullmatch(token) and _BEYOND_HEXADECIMAL.search(token))


def _wrong_positions(digits: str) -> tuple[int, ...]:
    """The positions, counted from 1, of a change that would make the checksum right; nothing if there is none.

    A change is of one character, or of two neighbours that have changed places.
    """
    unreadable = tuple(position for position, digit in enumerate(digits, 1) if digit == "!")
    if unreadable:
        return unreadable
    for place in range(CODE_LENGTH):
        for digit in "0123456789abcdefghijklmnopqrstuv":
            if Secret.of_digits(digits[:place] + digit + digits[place + 1 :]) is not None:
                return (place + 1,)
        swapped = digits[:place] + digits[place : place + 2][::-1] + digits[place + 2 :]
        if Secret.of_digits(swapped) is not None:
            return (place + 1, place + 2)
    return ()
