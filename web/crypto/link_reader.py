"""Finds private links in whatever was pasted: a message, a mail, a page, an address, words and link together.

It looks nothing up. A text has at most ``MAX_CANDIDATES`` secrets, and one likely fault if none of them opens anything.
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
"""Addresses in one text of which the end is read closely."""
MAX_TAIL: Final = 200
"""Characters after ``/open/`` in which a code is looked for."""
_ADDRESS: Final = re.compile(r"(?<![A-Za-z0-9])open[/\\]+", re.IGNORECASE)
_NO_CODE: Final = re.compile(r"[^0-9A-Za-z]+")
_DIGITS: Final = re.compile(r"[0-9a-v]+")
_OLD_RUN: Final = re.compile(r"[A-Za-z0-9_-]+")
_WITHIN_OLD_CODE: Final = re.compile(r"[ \t]*\n[\s>|]*|[ \t]+")
"""Line breaks, also of a quoted mail, and blanks."""
_GLUED: Final = re.compile(r"(?!h..ps?:)[A-Za-z0-9]", re.IGNORECASE)
"""What may not follow an old code, as it would be longer; the same address once more may."""
_OLD_CODE_ALONE: Final = re.compile(r"(?<![A-Za-z0-9])[_-]{0,4}?([A-Za-z0-9_-]{21}[AQgw])[_-]{0,4}(?![A-Za-z0-9_-])")
_WRAPPED_TOKENS: Final = re.compile(r"(?<![\w-])([\w-]{1,21})[ \t]*\r?\n[\s>|]*(?=([\w-]{1,21})(?![\w-]))", re.ASCII)
_RANDOM: Final = re.compile(r"[0-9_]|[a-z][A-Z]")
"""What a code of random letters has somewhere, and two words of a sentence have not."""


@dataclass(frozen=True)
class Reading:
    """What a text says.

    Attributes:
        secrets: at most eight, the likeliest first: those after ``/open/``, those of a code with a right checksum, of
            twelve words, and of an old code alone.
        has_checked_code: whether one of them was written with a right checksum.
        has_more: whether there were more than eight.
        fault: what is likely if none of them opens a journey.
    """

    secrets: tuple[Secret, ...]
    has_checked_code: bool
    has_more: bool
    fault: LinkError


def read_link(text: str) -> Reading:
    """All private links and twelve words in a text. Only its first ``MAX_CHARACTERS`` are looked at."""
    texts = unwrapped(text)
    ranks = [
        _once(secret for each in texts for secret in search(each))
        for search in (_after_addresses, _checked_codes, secrets_of_words, _old_codes_alone, secrets_among_words)
    ]
    _, checked, *_ = ranks
    secrets = _once(secret for rank in ranks for secret in rank)
    return Reading(
        secrets=secrets[:MAX_CANDIDATES],
        has_checked_code=bool(checked),
        has_more=len(secrets) > MAX_CANDIDATES,
        fault=LinkError(code="dead") if checked else _fault(texts, ranks, too_long=len(text) > MAX_CHARACTERS),
    )


def _once(secrets: Iterable[Secret]) -> tuple[Secret, ...]:
    """Each secret once, at most one more than are looked up."""
    distinct: dict[Secret, None] = {}
    for secret in secrets:
        distinct[secret] = None
        if len(distinct) > MAX_CANDIDATES:
            break
    return tuple(distinct)


def _fault(texts: list[str], ranks: list[tuple[Secret, ...]], *, too_long: bool) -> LinkError:
    """What is likely if nothing opens and no code has a right checksum; the surer one first."""
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
    """The secrets of codes that follow ``/open/``, with the first sign after it or after brackets and quotes."""
    for number, address in enumerate(_ADDRESS.finditer(text)):
        if number == MAX_ADDRESSES:
            return
        tail = text[address.end() : address.end() + MAX_TAIL]
        digits = _NO_CODE.sub("", tail)[:CODE_LENGTH].translate(AS_DIGITS)
        if len(digits) == CODE_LENGTH and _DIGITS.fullmatch(digits) and (secret := Secret.of_digits(digits)):
            yield secret
        yield from _first_old_code(tail)


def _first_old_code(tail: str) -> Iterator[Secret]:
    """The secret of the old code that is the first word of a text, whole or broken into lines."""
    run = _OLD_RUN.search(tail)
    if run is None:
        return
    is_broken = len(run[0]) < OLD_CODE_LENGTH
    rest = _WITHIN_OLD_CODE.sub("", tail[run.start() :]) if is_broken else tail[run.start() :]
    match = OLD_CODE.match(rest)
    if match and (is_broken or not _GLUED.match(rest, match.end())):
        yield Secret.of_old_code(match[0])


def _checked_codes(text: str) -> Iterator[Secret]:
    """The secrets of codes with a right checksum, with anything between their characters that is no letter or digit."""
    for run in _DIGITS.findall(_NO_CODE.sub("", text).translate(AS_DIGITS)):
        for start in range(len(run) - CODE_LENGTH + 1):
            if (secret := Secret.of_digits(run[start : start + CODE_LENGTH])) is not None:
                yield secret


def _old_codes_alone(text: str) -> Iterator[Secret]:
    """The secrets of old codes that stand alone, also on two lines."""
    for match in _OLD_CODE_ALONE.finditer(text):
        yield Secret.of_old_code(match[1])
    for match in _WRAPPED_TOKENS.finditer(text):
        code = match[1] + match[2]
        if len(code) == OLD_CODE_LENGTH and OLD_CODE.fullmatch(code) and _RANDOM.search(code):
            yield Secret.of_old_code(code)
