"""Finds private links in any pasted text, such as a message, a mail, a web page or an address.

The reader does not access the storage. It returns at most ``MAX_CANDIDATES`` secrets for the caller to look up, and
the likely mistake if none of them opens a journey.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from web.crypto.code_faults import code_fault
from web.crypto.link_wrappings import MAX_CHARACTERS, unwrapped
from web.crypto.private_link import AS_DIGITS, CODE_LENGTH, OLD_CODE, OLD_CODE_LENGTH, LinkError, Secret
from web.crypto.word_reader import secrets_among_words, secrets_of_words, word_fault

MAX_CANDIDATES: Final = 8
MAX_ADDRESSES: Final = 32
"""How many addresses of a text are searched for a code."""
MAX_TAIL: Final = 200
"""How many characters after ``/open/`` are searched for a code."""
_ADDRESS: Final = re.compile(r"(?<![A-Za-z0-9])open[/\\]+", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[^0-9A-Za-z]+")
_DIGITS: Final = re.compile(r"[0-9a-v]+")
_OLD_RUN: Final = re.compile(r"[A-Za-z0-9_-]+")
_WITHIN_OLD_CODE: Final = re.compile(r"[ \t]*\n[\s>|]*|[ \t]+")
"""Spaces and line breaks, also those of a quoted mail."""
_FOLLOWING_CHARACTER: Final = re.compile(r"(?!h..ps?:)[A-Za-z0-9]", re.IGNORECASE)
"""A character after an old code that would make it too long. The same address may follow directly."""
_OLD_CODE_ALONE: Final = re.compile(r"(?<![A-Za-z0-9])[_-]{0,4}?([A-Za-z0-9_-]{21}[AQgw])[_-]{0,4}(?![A-Za-z0-9_-])")
_WRAPPED_TOKENS: Final = re.compile(r"(?<![\w-])([\w-]{1,21})[ \t]*\r?\n[\s>|]*(?=([\w-]{1,21})(?![\w-]))", re.ASCII)
_RANDOM: Final = re.compile(r"[0-9_]|[a-z][A-Z]")
"""Found in every code of random characters, and not in two joined words of a sentence."""


@dataclass(frozen=True)
class Reading:
    """The private links found in a text.

    Attributes:
        secrets: at most ``MAX_CANDIDATES``, the likeliest first: codes after ``/open/``, other codes with a right
            checksum, twelve words, old codes without an address, and twelve words with others between them.
        has_checked_code: whether one of them was a code with a right checksum.
        has_more: whether the text had more than ``MAX_CANDIDATES``.
        fault: the likely mistake if none of them opens a journey.
    """

    secrets: tuple[Secret, ...]
    has_checked_code: bool
    has_more: bool
    fault: LinkError


def read_link(text: str) -> Reading:
    """Find all private links in a text, as codes and as words. Only its first ``MAX_CHARACTERS`` are read."""
    texts = unwrapped(text)
    ranks = [
        _distinct(secret for each in texts for secret in search(each))
        for search in (_after_addresses, _checked_codes, secrets_of_words, _old_codes_alone, secrets_among_words)
    ]
    _, checked, *_ = ranks
    secrets = _distinct(secret for rank in ranks for secret in rank)
    return Reading(
        secrets=secrets[:MAX_CANDIDATES],
        has_checked_code=bool(checked),
        has_more=len(secrets) > MAX_CANDIDATES,
        fault=LinkError(code="dead") if checked else _fault(texts, ranks, too_long=len(text) > MAX_CHARACTERS),
    )


def _distinct(secrets: Iterable[Secret]) -> tuple[Secret, ...]:
    """The first distinct secrets: one more than ``MAX_CANDIDATES``, so that the caller sees whether there are more."""
    distinct: dict[Secret, None] = {}
    for secret in secrets:
        distinct[secret] = None
        if len(distinct) > MAX_CANDIDATES:
            break
    return tuple(distinct)


def _fault(texts: list[str], ranks: list[tuple[Secret, ...]], *, too_long: bool) -> LinkError:
    """The likely mistake in a text without a code that has a right checksum."""
    after_address, _, of_words, old, _ = ranks
    for each in texts:
        if (fault := code_fault(each, after_address=True)) is not None:
            return fault
    if after_address or of_words or old:
        return LinkError(code="dead_or_slip")
    for each in texts:
        if (fault := code_fault(each, after_address=False) or word_fault(each)) is not None:
            return fault
    return LinkError(code="too_long" if too_long else "malformed")


def _after_addresses(text: str) -> Iterator[Secret]:
    """The secrets of codes after ``/open/``, with or without brackets and quotes between them."""
    for number, address in enumerate(_ADDRESS.finditer(text)):
        if number == MAX_ADDRESSES:
            return
        tail = text[address.end() : address.end() + MAX_TAIL]
        digits = _SEPARATORS.sub("", tail)[:CODE_LENGTH].translate(AS_DIGITS)
        if len(digits) == CODE_LENGTH and _DIGITS.fullmatch(digits) and (secret := Secret.of_digits(digits)):
            yield secret
        yield from _first_old_code(tail)


def _first_old_code(tail: str) -> Iterator[Secret]:
    """The secret of the old code that is the first word of a text, also if line breaks or spaces split it."""
    run = _OLD_RUN.search(tail)
    if run is None:
        return
    is_broken = len(run[0]) < OLD_CODE_LENGTH
    rest = _WITHIN_OLD_CODE.sub("", tail[run.start() :]) if is_broken else tail[run.start() :]
    match = OLD_CODE.match(rest)
    if match and (is_broken or not _FOLLOWING_CHARACTER.match(rest, match.end())):
        yield Secret.of_old_code(match[0])


def _checked_codes(text: str) -> Iterator[Secret]:
    """The secrets of codes with a right checksum. Other characters than letters and digits are ignored."""
    for run in _DIGITS.findall(_SEPARATORS.sub("", text).translate(AS_DIGITS)):
        for start in range(len(run) - CODE_LENGTH + 1):
            if (secret := Secret.of_digits(run[start : start + CODE_LENGTH])) is not None:
                yield secret


def _old_codes_alone(text: str) -> Iterator[Secret]:
    """The secrets of old codes without an address, also if a line break splits them."""
    for match in _OLD_CODE_ALONE.finditer(text):
        yield Secret.of_old_code(match[1])
    for match in _WRAPPED_TOKENS.finditer(text):
        code = match[1] + match[2]
        if len(code) == OLD_CODE_LENGTH and OLD_CODE.fullmatch(code) and _RANDOM.search(code):
            yield Secret.of_old_code(code)
