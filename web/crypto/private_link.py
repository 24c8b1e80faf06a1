"""The private link: a 128-bit secret, written as a code or as twelve words, and the keys derived from it.

Only someone who has the secret can read the journey; the database alone is not enough. Locator and key depend on the
secret alone, so links survive the loss of the server's key.

A code is the secret and a checksum in Crockford's base32 (https://www.crockford.com/base32.html): 30 characters in
either case. An old code is the secret in base64: 22 characters, in which case matters. Both are accepted for ever.
``link_reader`` finds them in a text.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from typing import Final, Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from mnemonic import Mnemonic

BYTES: Final = 16
WORDS: Final = 12
LOCATOR_INFO: Final = b"heartwork locator v1"
KEY_INFO: Final = b"heartwork key v1"
CHECKSUM_INFO: Final = b"heartwork code v1"
MAX_ATTEMPTS: Final = 10_000
"""How many secrets are tried to find one without the words to avoid. This takes a third of a second."""
CODE_LENGTH: Final = 30
OLD_CODE_LENGTH: Final = 22
CHECKSUM_BITS: Final = 22
"""One in four million codes of random characters has a right checksum."""
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BASE32_DIGITS: Final = "0123456789abcdefghijklmnopqrstuv"
"""The digits of ``int(text, 32)``."""
AS_DIGITS: Final = str.maketrans(
    ALPHABET + ALPHABET[10:].lower() + "OoIiLl" + "Uu", BASE32_DIGITS + BASE32_DIGITS[10:] + "001111" + "!!"
)
"""Translates a code to ``BASE32_DIGITS``. O becomes 0, I and L become 1, and U becomes ``!``, which is no digit."""
OLD_CODE: Final = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")
"""The last character of sixteen bytes in base64 has only two significant bits, so it is one of four."""
_DIGITS_AS_LETTERS: Final = str.maketrans("01", "ol")
_I_AS_L: Final = str.maketrans("i", "l")
"""Used to find words in a code: a code has no O, I and L, but its 0 and 1 look like them."""
MAX_GROWTH: Final = 3
"""How many times longer a text may become by normalization, which replaces some characters by eighteen."""
_PLAIN_CHARACTERS: Final = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u0085\u2028\u2029", "\n"),
        **dict.fromkeys("\u115f\u1160\u3164\uffa0\u2800"),  # invisible letters
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
    """The entered text opens no journey. The error never contains the text.

    Attributes:
        code: ``malformed`` (nothing looks like a link or twelve words), ``too_long`` (the same, in a text of which only
            the beginning was read), ``code_length`` (a code with too few or too many characters), ``code_typo`` (a code
            with a wrong checksum), ``word_count`` (too few or too many words), ``unknown_word`` (words that are not in
            the list), ``checksum`` (twelve words of the list, one of them wrong or two swapped), ``dead`` (a right code
            without a journey), ``dead_or_slip`` (no journey, and a typo is possible), ``several`` (several journeys).
        positions: which words are unknown, or which characters of a code are likely wrong, counted from 1.
        count: how many words the text has, or characters the code.
    """

    def __init__(self, *, code: Fault, positions: tuple[int, ...] = (), count: int = 0) -> None:
        super().__init__(code)
        self.code: Final = code
        self.positions: Final = positions
        self.count: Final = count


@dataclass(frozen=True)
class Secret:
    """The secret of one journey. Its ``repr`` hides the value, so that it appears in no log."""

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.raw) != BYTES:
            raise LinkError(code="malformed")

    @classmethod
    def mint(cls, avoid: Collection[str] = ()) -> Secret:
        """A new random secret.

        Args:
            avoid: words that must not occur among its words or in its code. If ``MAX_ATTEMPTS`` secrets all contain
                one, the first is returned. A hundred words to avoid cost less than one of the 128 bits.
        """
        avoided = frozenset(avoid)
        candidates = (cls(secrets.token_bytes(BYTES)) for _ in range(MAX_ATTEMPTS))
        first = next(candidates)
        return next((secret for secret in chain([first], candidates) if _is_without(secret, avoided)), first)

    @classmethod
    def of_code(cls, text: str) -> Secret:
        """The secret of a text that is a code, or an old code, and nothing else.

        Raises:
            LinkError: ``malformed`` or ``code_typo``.
        """
        digits = text.translate(AS_DIGITS)
        if len(digits) == CODE_LENGTH and set(digits) <= set(BASE32_DIGITS):
            if (secret := cls.of_digits(digits)) is None:
                raise LinkError(code="code_typo", count=CODE_LENGTH)
            return secret
        if OLD_CODE.fullmatch(text) is None:
            raise LinkError(code="malformed")
        return cls.of_old_code(text)

    @classmethod
    def of_digits(cls, digits: str) -> Secret | None:
        """The secret of a code translated with ``AS_DIGITS``; None if its checksum is wrong."""
        value = int(digits, 32)
        raw = (value >> CHECKSUM_BITS).to_bytes(BYTES, "big")
        return cls(raw) if _checksum(raw) == value & ((1 << CHECKSUM_BITS) - 1) else None

    @classmethod
    def of_old_code(cls, code: str) -> Secret:
        """The secret of a code that matches ``OLD_CODE``."""
        return cls(urlsafe_b64decode(code + "=="))

    @classmethod
    def of_words(cls, text: str) -> Secret:
        """The secret of a text of twelve words and nothing else.

        Capitals, accents, punctuation and numbers are ignored, and words may be abbreviated to an unambiguous prefix.

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
        """The secret of twelve words, given by their numbers in the list (BIP 39); None if the checksum is wrong."""
        value = 0
        for number in numbers:
            value = value << 11 | number
        raw = (value >> 4).to_bytes(BYTES, "big")
        return cls(raw) if hashlib.sha256(raw).digest()[0] >> 4 == value & 15 else None

    @property
    def code(self) -> str:
        """The secret as the 30 characters of an address."""
        value = int.from_bytes(self.raw, "big") << CHECKSUM_BITS | _checksum(self.raw)
        return "".join(ALPHABET[value >> shift & 31] for shift in range(5 * CODE_LENGTH - 5, -1, -5))

    @property
    def old_code(self) -> str:
        """The secret as the 22 characters of earlier addresses.

        Cookies still contain it, so that a server of the earlier version can read them during an upgrade.
        """
        return urlsafe_b64encode(self.raw).decode().rstrip("=")

    @property
    def words(self) -> tuple[str, ...]:
        """The secret as twelve English words, of which the last one contains a checksum (BIP 39)."""
        return tuple(_word_list().to_mnemonic(self.raw).split())

    @cached_property
    def locator(self) -> bytes:
        """The primary key of the journey. Neither the secret nor the encryption key can be computed from it."""
        return _derived_key(self.raw, LOCATOR_INFO)

    @cached_property
    def key(self) -> bytes:
        """The key that encrypts the journey."""
        return _derived_key(self.raw, KEY_INFO)


def _derived_key(raw: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(raw)


def _checksum(raw: bytes) -> int:
    return int.from_bytes(hashlib.sha256(CHECKSUM_INFO + raw).digest()[:3], "big") >> 24 - CHECKSUM_BITS


def _is_without(secret: Secret, avoided: frozenset[str]) -> bool:
    if not avoided.isdisjoint(secret.words):
        return False
    code = secret.code.lower().translate(_DIGITS_AS_LETTERS)
    return not any(word.translate(_I_AS_L) in code for word in avoided)


@lru_cache(maxsize=1)
def _word_list() -> Mnemonic:
    """The 2,048 English words of BIP 39 in alphabetical order. No two begin with the same four letters."""
    return Mnemonic("english")


def number_of_word(typed: str) -> int | None:
    """The number in the list of a lower-case word, or of the only word that begins so; None if there is none."""
    words = _word_list().wordlist
    start, end = bisect_left(words, typed), bisect_right(words, f"{typed}\x7f")
    return start if end - start == 1 or typed in words[start:end] else None


def typed_words(text: str) -> list[str]:
    """The words of a text in lower case. Accents and invisible characters within a word are ignored."""
    return re.findall("[a-z]+", without_marks(text).casefold())


def without_marks(text: str) -> str:
    """A text in plain characters: full-width characters as normal ones, no accents, no invisible characters."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN_CHARACTERS))[: MAX_GROWTH * len(text)]
    visible = "".join(char for char in plain if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
    return visible.translate(_PLAIN_CHARACTERS)
