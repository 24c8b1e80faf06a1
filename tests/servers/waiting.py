"""Waiting for what another process or thread does, never longer than a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 60.0
"""After so long a test fails instead of waiting on."""


def wait_until(condition: Callable[[], object], awaited: str) -> None:
    """Wait until the condition holds.

    Args:
        awaited: what is waited for, for the message of a failure.

    Raises:
        AssertionError: it did not come within ``SECONDS``.
    """
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {SECONDS:.0f} s for {awaited}"
        time.sleep(0.02)
