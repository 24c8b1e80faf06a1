"""Waiting for what another process or thread does, never longer than a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

SECONDS: Final = 60.0
"""After so long a test fails instead of waiting on."""


def wait_until(condition: Callable[[], object], awaited: str, seconds: float = SECONDS) -> None:
    """Wait until the condition holds.

    Args:
        awaited: what is waited for, for the message of a failure.

    Raises:
        AssertionError: it did not hold within so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {awaited}"
        time.sleep(0.02)
