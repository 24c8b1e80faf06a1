"""The deadline of a page: a time limit for all database calls of one request together.

Work outside requests (migrations, backups, the daily purge, commands) has no deadline and may wait longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

PAGE_SECONDS: Final = 4.0
"""Seconds for all database calls of a page, so that it answers within five."""
_deadline: Final[ContextVar[float | None]] = ContextVar("deadline")


@contextmanager
def deadline_in(seconds: float) -> Iterator[None]:
    """Limit all waits of this thread within the block to this many seconds, or to an outer deadline if earlier."""
    until = time.monotonic() + seconds
    outer = _deadline.get(None)
    token = _deadline.set(until if outer is None else min(until, outer))
    try:
        yield
    finally:
        _deadline.reset(token)


def has_deadline() -> bool:
    """Whether this thread has a deadline, as requests have."""
    return _deadline.get(None) is not None


def seconds_left(otherwise: float) -> float:
    """How many seconds a wait may last: until the deadline, at most ``otherwise``, and 0 after the deadline."""
    deadline = _deadline.get(None)
    return otherwise if deadline is None else max(0.0, min(otherwise, deadline - time.monotonic()))


def wait_until(is_done: Callable[[], bool], seconds: float, *, pause: float = 0.01) -> bool:
    """Call a function until it returns True; return False if it does not within this many seconds."""
    until = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > until:
            return False
        time.sleep(pause)
    return True
