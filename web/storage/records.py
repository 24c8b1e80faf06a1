"""The values that the storage takes and returns, with decrypted bodies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from web.crypto.encrypted_body import Body

State = Literal["draft", "continued", "finished"]
"""A draft was never finished, and is purged early. A continued sitting was finished before and is being answered."""


@dataclass(frozen=True, slots=True)
class Content:
    """A content snapshot with its digest, the SHA-256 of the text."""

    digest: str
    json: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewSitting:
    """A sitting that is not stored yet."""

    id: str
    """128 random bits as hexadecimal digits."""
    content: Content
    state: State
    body: Body = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredSitting:
    """A stored sitting. Its first revision is 1."""

    id: str
    content_digest: str
    state: State
    revision: int
    body: Body = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredJourney:
    """A stored journey with its sittings, ordered by their ids."""

    revision: int
    seen_day: date
    body: Body = field(repr=False)
    sittings: tuple[StoredSitting, ...]
    unreadable: tuple[str, ...] = ()
    """The ids of sittings whose rows are damaged. These sittings can only be deleted."""
