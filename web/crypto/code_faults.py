"""Finds the likely mistake in a code with a wrong checksum: its length, or one character."""

from __future__ import annotations

import re
from typing import Final

from web.crypto.private_link import AS_DIGITS, BASE32_DIGITS, CODE_LENGTH, LinkError, Secret

MAX_LENGTH_ERROR: Final = 12
"""How many characters a code after ``/open/`` may lack, or have too many."""
MAX_LENGTH_ERROR_ALONE: Final = 2
"""The same for a word without an address."""
MIN_DIGITS: Final = 3
"""How many digits a word needs to look like a code. Of a thousand codes, three have fewer."""
_ADDRESS_END: Final = re.compile(
    r"(?<![A-Za-z0-9])open[/\\]+[^0-9A-Za-z]{0,8}([0-9A-Za-z]+(?:-[0-9A-Za-z]+)*)", re.IGNORECASE
)
_TOKEN: Final = re.compile(r"(?<![0-9A-Za-z_-])([0-9A-Za-z]+(?:-[0-9A-Za-z]+)*)(?![0-9A-Za-z_-])")
_ONE_CASE: Final = re.compile(r"[0-9A-Z]+|[0-9a-z]+")
"""Codes are written in one case. Old codes mix both."""
_BEYOND_HEXADECIMAL: Final = re.compile(r"[g-zG-Z]")
"""A letter that hexadecimal identifiers of other programs do not have."""
_BLANK: Final = re.compile(r"\s+")


def code_fault(text: str, *, after_address: bool) -> LinkError | None:
    """The mistake in the first thing that looks like a code, in a text without a code with a right checksum.

    Args:
        after_address: whether to look after ``/open/``, or else at words without an address.

    Returns:
        ``code_typo`` with the positions that are likely wrong, if any, ``code_length`` with the number of characters,
        or None if nothing looks like a code.
    """
    max_error = MAX_LENGTH_ERROR if after_address else MAX_LENGTH_ERROR_ALONE
    pattern = _ADDRESS_END if after_address else _TOKEN
    tokens = [match[1].replace("-", "") for match in pattern.finditer(text)]
    if not after_address and len(text) <= 3 * CODE_LENGTH:  # the whole text may be one code in groups
        tokens.append(_BLANK.sub("", text).replace("-", ""))
    likely = (token for token in tokens if abs(len(token) - CODE_LENGTH) <= max_error and _is_like_code(token))
    token = next(likely, None)
    if token is None:
        return None
    if len(token) != CODE_LENGTH:
        return LinkError(code="code_length", count=len(token))
    return LinkError(code="code_typo", positions=_wrong_positions(token.translate(AS_DIGITS)), count=CODE_LENGTH)


def _is_like_code(token: str) -> bool:
    digits = sum(char in "0123456789oO" for char in token)
    return digits >= MIN_DIGITS and bool(_ONE_CASE.fullmatch(token) and _BEYOND_HEXADECIMAL.search(token))


def _wrong_positions(digits: str) -> tuple[int, ...]:
    """The positions, counted from 1, where one change makes the checksum right; empty if there is no such change.

    A change replaces one character or swaps two neighbours.
    """
    unreadable = tuple(position for position, digit in enumerate(digits, 1) if digit == "!")
    if unreadable:
        return unreadable
    for place in range(CODE_LENGTH):
        for digit in BASE32_DIGITS:
            if Secret.of_digits(digits[:place] + digit + digits[place + 1 :]) is not None:
                return (place + 1,)
        swapped = digits[:place] + digits[place : place + 2][::-1] + digits[place + 2 :]
        if Secret.of_digits(swapped) is not None:
            return (place + 1, place + 2)
    return ()
