"""The private link: a 128-bit secret, written as a code or as twelve words, and the keys that follow from it.

Whoever has the secret can read the journey; nobody else can, not even with the database. What follows from it depends
on nothing the server knows, so that a lost server key kills no link.

A code is Crockford's base32 of the secret and a checksum: 30 characters, capitals or not. Earlier codes are base64 of
the secret: 22 characters, in which capitals matter. Both are read for ever. ``link_reader`` finds them in a text.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from mnemonic import Mnemonic

BYTES: Final = 16
WORDS: Final = 12
LOCATOR_INFO: Final = b"heartwork locator v1"
KEY_INFO: Final = b"heartwork key v1"
CHECKSUM_INFO: Final = b"heartwork code v1"
MOST_TRIES: Final = 10_000
"""Secrets that are tried for one without the words to avoid: a third of a second."""
CODE_LENGTH: Final = 30
OLD_CODE_LENGTH: Final = 22
CHECKSUM_BITS: Final = 22
"""A code of random characters has the right checksum once in four million."""
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PYTHON_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuv"
"""The digits of ``int(text, 32)``."""
AS_DIGITS: Final = str.maketrans(
    ALPHABET + ALPHABET[10:].lower() + "OoIiLl" + "Uu", _PYTHON_ALPHABET + _PYTHON_ALPHABET[10:] + "001111" + "!!"
)
"""A code as the digits of ``int(text, 32)``; what looks like a zero or a one is read as it, and a U is no digit."""
OLD_CODE: Final = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")
"""Sixteen bytes end in a letter that carries two bits: of the others, none was ever written as a code."""
_LOOKS_LIKE: Final = str.maketrans("01", "ol")
_ONE_STROKE: Final = str.maketrans("i", "l")
"""For words within a code: a code has no O, I and L, and its digits look like them."""
MAX_GROWTH: Final = 3
"""How much longer a text may become when it is written in plain characters: a few characters stand for eighteen."""
_READ_AS: Final = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u0085\u2028\u2029", "\n"),
        **dict.fromkeys("\u115f\u1160\u3164\uffa0\u2800"),  # letters that no one sees
        "\u0131": "i",
        "\u2044": "/",
        "\u2215": "/",
    }
)

Fault = Literal[
    "malformed",
    "code_length",
    "code_typo",
    "word_count",
    "unknown_word",
    "checksum",
    "too_long",
    "dead",
    "dead_or_slip",
    "several",
]


class LinkError(Exception):
    """What was typed opens nothing. It never carries what was typed.

    Attributes:
        code: ``malformed`` (nothing like a link or twelve words), ``too_long`` (the same, in a text of which only the
            beginning was read), ``code_length`` or ``code_typo`` (a code of this length, with a wrong checksum),
            ``word_count``, ``unknown_word`` or ``checksum`` (twelve words of the list that do not belong together: one
            is wrong, or two have changed places), ``dead`` (right, and no journey is there), ``dead_or_slip`` (no
            journey is there, and a slip could have gone unnoticed), ``several`` (more than one journey is there).
        positions: which words are unknown, or which characters of a code are likely wrong, counted from 1.
        count: how many words there were, or characters of a code.
    """

    def __init__(self, *, code: Fault, positions: tuple[int, ...] = (), count: int = 0) -> None:
        super().__init__(code)
        self.code: Final = code
        self.positions: Final = positions
        self.count: Final = count


@dataclass(frozen=True)
class Secret:
    """The secret of one journey. It shows itself in no ``repr``, and so in no log line."""

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.raw) != BYTES:
            raise LinkError(code="malformed")

    @classmethod
    def mint(cls, avoid: Collection[str] = ()) -> Secret:
        """A new secret, which no one can guess.

        Args:
            avoid: words it is not written with, neither among its words nor within its code, as far as enough others
                are left. Each hundred of them take less than a bit from its 128.
        """
        avoided = frozenset(avoid)
        minted = (cls(secrets.token_bytes(BYTES)) for _ in range(MOST_TRIES))
        fallback = next(minted)
        if _is_without(fallback, avoided):
            return fallback
        return next((secret for secret in minted if _is_without(secret, avoided)), fallback)

    @classmethod
    def of_code(cls, text: str) -> Secret:
        """The secret of a code and nothing else, in its present form or in the earlier one.

        Raises:
            LinkError: ``malformed``, or ``code_typo``.
        """
        digits = text.translate(AS_DIGITS)
        if len(digits) == CODE_LENGTH and set(digits) <= set(_PYTHON_ALPHABET):
            if (secret := cls.of_digits(digits)) is None:
                raise LinkError(code="code_typo", count=CODE_LENGTH)
            return secret
        if OLD_CODE.fullmatch(text) is None:
            raise LinkError(code="malformed")
        return cls.of_old_code(text)

    @classmethod
    def of_digits(cls, digits: str) -> Secret | None:
        """The secret of a code that was translated with ``AS_DIGITS``; None if the checksum is wrong."""
        value = int(digits, 32)
        raw = (value >> CHECKSUM_BITS).to_bytes(BYTES, "big")
        return cls(raw) if _checksum(raw) == value & ((1 << CHECKSUM_BITS) - 1) else None

    @classmethod
    def of_old_code(cls, code: str) -> Secret:
        """The secret of a code that matches ``OLD_CODE``."""
        return cls(urlsafe_b64decode(code + "=="))

    @classmethod
    def of_words(cls, text: str) -> Secret:
        """The secret of twelve words and nothing else, as people write them: capitals, commas, numbers, accents, only
        first letters.

        Raises:
            LinkError: ``word_count``, ``unknown_word`` or ``checksum``.
        """
        words = typed_words(text)
        if len(words) != WORDS:
            raise LinkError(code="word_count", count=len(words))
        numbers = [number_of_word(word) for word in words]
        unknown = tuple(position for position, number in enumerate(numbers, 1) if number is None)
        if unknown:
            raise LinkError(code="unknown_word", positions=unknown, count=WORDS)
        if (secret := cls.of_numbers(number for number in numbers if number is not None)) is None:
            raise LinkError(code="checksum", count=WORDS)
        return secret

    @classmethod
    def of_numbers(cls, numbers: Iterable[int]) -> Secret | None:
        """The secret of twelve words by their numbers in the list; None if they do not belong together."""
        value = 0
        for number in numbers:
            value = value << 11 | number
        raw = (value >> 4).to_bytes(BYTES, "big")
        return cls(raw) if hashlib.sha256(raw).digest()[0] >> 4 == value & 15 else None

    @property
    def code(self) -> str:
        """The secret as it stands in an address: 30 characters."""
        value = int.from_bytes(self.raw, "big") << CHECKSUM_BITS | _checksum(self.raw)
        return "".join(ALPHABET[value >> shift & 31] for shift in range(5 * CODE_LENGTH - 5, -1, -5))

    @property
    def old_code(self) -> str:
        """The secret as it stood in an address before: 22 characters.

        Cookies still carry it, so that a server of the earlier version reads them while both run.
        """
        return urlsafe_b64encode(self.raw).decode().rstrip("=")

    @property
    def words(self) -> tuple[str, ...]:
        """The secret as twelve English words; the last one holds a checksum."""
        return tuple(_word_list().to_mnemonic(self.raw).split())

    @cached_property
    def locator(self) -> bytes:
        """Where the journey lies. It tells nothing of the secret or of the key."""
        return _derived_key(self.raw, LOCATOR_INFO)

    @cached_property
    def key(self) -> bytes:
        """What the journey is encrypted with."""
        return _derived_key(self.raw, KEY_INFO)


def _derived_key(raw: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(raw)


def _checksum(raw: bytes) -> int:
    return int.from_bytes(hashlib.sha256(CHECKSUM_INFO + raw).digest()[:3], "big") >> 24 - CHECKSUM_BITS


def _is_without(secret: Secret, avoided: frozenset[str]) -> bool:
    if not avoided.isdisjoint(secret.words):
        return False
    code = secret.code.lower().translate(_LOOKS_LIKE)
    return not any(word.translate(_ONE_STROKE) in code for word in avoided)


@lru_cache(maxsize=1)
def _word_list() -> Mnemonic:
    """The 2,048 English words of BIP 39; no word begins with the same four letters as another."""
    return Mnemonic("english")


@lru_cache(maxsize=1)
def _numbers_of_prefixes() -> dict[str, int]:
    """The number in the list of each word, and of each beginning that only one word has."""
    words = _word_list().wordlist
    numbers: dict[str, int | None] = {}
    for number, word in enumerate(words):
        for length in range(1, len(word)):
            numbers[word[:length]] = None if word[:length] in numbers else number
    unique = {prefix: number for prefix, number in numbers.items() if number is not None}
    return {**unique, **{word: number for number, word in enumerate(words)}}


def number_of_word(typed: str) -> int | None:
    """The number of the word that was typed, wholly or so far that it can be no other; None if the list has none."""
    return _numbers_of_prefixes().get(typed)


def typed_words(text: str) -> list[str]:
    """The runs of letters in a text, in small letters; marks and invisible characters within a word are passed over."""
    return re.findall("[a-z]+", without_marks(text).casefold())


def without_marks(text: str) -> str:
    """A text in plain characters: full width as usual width, without accents and without what no one sees."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_READ_AS))[: MAX_GROWTH * len(text)]
    return "".join(char for char in plain if unicodedata.category(char) not in {"Mn", "Me", "Cf"}).translate(_READ_AS)
