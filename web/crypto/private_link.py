"""The private link: a 128-bit secret, written as a short code or as twelve words, and the keys that follow from it.

Whoever has the secret can read the journey; nobody else can, not even with the database. What follows from it depends
on nothing the server knows, so that a lost server key kills no link.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
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
MOST_TRIES: Final = 10_000
"""Secrets that are tried for one without the words to avoid: a third of a second."""
MAX_CHARACTERS: Final = 2_000
"""Characters of what someone pasted that are looked at."""
_CODE: Final = re.compile(r"(?:\S*/open/)?([A-Za-z0-9_-]{21}[AQgw])/?")
"""Sixteen bytes end in a letter that carries two bits: of the others, none was ever written by ``Secret.code``."""

Fault = Literal["malformed", "word_count", "unknown_word", "checksum"]


class LinkError(Exception):
    """What was typed is no link and no twelve words. It never carries what was typed.

    Attributes:
        code: ``malformed`` (no link), ``word_count``, ``unknown_word`` or ``checksum`` (twelve words of the list that
            do not belong together: one is wrong, or two have changed places).
        positions: which words are unknown, counted from 1.
        count: how many words were found.
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
            avoid: words it is not written with, as far as enough others are left. Each hundred of them take less than
                a bit from its 128.
        """
        minted = (cls(secrets.token_bytes(BYTES)) for _ in range(MOST_TRIES))
        fallback = next(minted)
        if set(avoid).isdisjoint(fallback.words):
            return fallback
        return next((secret for secret in minted if set(avoid).isdisjoint(secret.words)), fallback)

    @classmethod
    def read(cls, text: str) -> Secret:
        """The secret of a link, of its code, or of twelve words, whichever it is.

        Raises:
            LinkError: about the words, if it looks like words, else about the link.
        """
        spaced = re.search(r"[\s,;.]", text.strip()) or len(_typed_words(text)) == WORDS
        return cls.of_words(text) if spaced and "/" not in text else cls.of_code(text)

    @classmethod
    def of_code(cls, text: str) -> Secret:
        """The secret of a code, or of a whole address that ends in ``/open/<code>``, with or without space around it.

        Raises:
            LinkError: ``malformed``.
        """
        match = _CODE.fullmatch(text[:MAX_CHARACTERS].strip())
        if match is None:
            raise LinkError(code="malformed")
        return cls(urlsafe_b64decode(match[1] + "=="))

    @classmethod
    def of_words(cls, text: str) -> Secret:
        """The secret of twelve words, as people write them: capitals, commas, numbers, accents, only first letters.

        Raises:
            LinkError: ``word_count``, ``unknown_word`` or ``checksum``.
        """
        typed_words = _typed_words(text)
        if len(typed_words) != WORDS:
            raise LinkError(code="word_count", count=len(typed_words))
        listed_words = [_listed_word(word) for word in typed_words]
        listed = [word for word in listed_words if word is not None]
        if len(listed) < WORDS:
            unknown = tuple(position for position, word in enumerate(listed_words, 1) if word is None)
            raise LinkError(code="unknown_word", positions=unknown, count=WORDS)
        try:
            return cls(bytes(_word_list().to_entropy(listed)))
        except ValueError:
            raise LinkError(code="checksum", count=WORDS) from None

    @property
    def code(self) -> str:
        """The secret as it stands in an address: 22 characters."""
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


@lru_cache(maxsize=1)
def _word_list() -> Mnemonic:
    """The 2,048 English words of BIP 39; no word begins with the same four letters as another."""
    return Mnemonic("english")


def _typed_words(text: str) -> list[str]:
    """The runs of letters in a text, in small letters; marks and invisible characters within a word are passed over."""
    normalized = unicodedata.normalize("NFKD", text[:MAX_CHARACTERS]).casefold()
    return re.findall("[a-z]+", "".join(char for char in normalized if unicodedata.category(char) not in {"Mn", "Cf"}))


def _listed_word(typed: str) -> str | None:
    """The word of the list that was typed, wholly or so far that it can be no other."""
    words = _word_list().wordlist
    completions = [typed] if typed in words else [word for word in words if word.startswith(typed)]
    return completions[0] if len(completions) == 1 else None
