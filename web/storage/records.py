"""What goes into the tables and comes out of them, with bodies that can be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from web.crypto.encrypted_body import Body

State = Literal["draft", "continued", "finished"]
"""Whether a sitting may be forgotten early: a draft was never finished; one that is continued was, and goes on."""


@dataclass(frozen=True, slots=True)
class Content:
    """A content snapshot with its digest, which is the SHA-256 of the text."""

    digest: str
    json: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewSitting:
    """A sitting that is not kept yet."""

    id: str
    """128 random bits in hexadecimal figures."""
    content: Content
    state: State
    body: Body = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredSitting:
    """A sitting as it is kept. Its first revision is 1."""

    id: str
    content_digest: str
    state: State
    revision: int
    body: Body = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredJourney:
    """A journey as it is kept, with its sittings by their ids."""

    revision: int
    seen_day: date
    body: Body = field(repr=False)
    sittings: tuple[StoredSitting, ...]
    unreadable: tuple[str, ...] = ()
    """Ids of sittings whose rows were damaged. They can only be deleted."""
