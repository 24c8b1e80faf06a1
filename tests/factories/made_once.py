"""A folder that one process fills while the others wait for it."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

from tests.servers.waiting import wait_until

SECONDS = 600.0
"""What is made once a run may take a machine long that has other things to do."""


def make_once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a folder unless another process has; if it fails, the next one that asks tries again."""
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
