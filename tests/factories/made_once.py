"""A folder that one test process fills while the others wait."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

from tests.servers.waiting import wait_until

SECONDS = 600.0
"""A generous deadline, as a busy machine needs long to fill a folder."""


def make_once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a folder unless another process has filled it. If that process fails, the next caller tries again."""
    folder.mkdir(exist_ok=True)
    finished = folder / ".finished"
    with folder.with_suffix(".lock").open("w", encoding="ascii") as lock:

        def is_locked() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        wait_until(is_locked, f"another process to make {folder.name}", SECONDS)
        if not finished.exists():
            fill(folder)
            finished.touch()
    return folder
