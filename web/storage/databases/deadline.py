"""The deadline of a page: however slow a database is, the calls of one request end by then, all of them together.

Work outside of requests (migrations, backups, the daily purge, commands) has no deadline and waits longer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

PAGE_SECONDS: Final = 4.0
"""Seconds that a page has for all its calls of the database, so that it answers within five."""
_deadline: Final[ContextVar[float | None]] = ContextVar("deadline")


@contextmanager
def deadline_in(seconds: float) -> Iterator[None]:
    """Let all waits of this thread within the block end so many seconds from now, or at an earlier deadline."""
    until = time.monotonic() + seconds
    outer = _deadline.get(None)
    token = _deadline.set(until if outer is None else min(until, outer))
    try:
        yield
    finally:
        _deadline.reset(token)


def has_deadline() -> bool:
    """Whether this thread works on something that has a deadline, such as a page."""
    return _deadline.get(None) is not None


def seconds_left(otherwise: float) -> float:
    """Seconds that a wait may last: until the deadline, never longer than ``otherwise``, and 0 after the deadline."""
    deadline = _deadline.get(None)
    return otherwise if deadline is None else max(0.0, min(otherwise, deadline - time.monotonic()))
