"""Wait for another process or thread with a deadline; a failure names the awaited event."""

from __future__ import annotations

import os
import re
import select
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, Final, TypeVar

SECONDS: Final = 120.0
"""Seconds until a test fails instead of waiting longer. A busy machine needs much of it."""
T = TypeVar("T")


def wait_until(condition: Callable[[], object], awaited: str, seconds: float = SECONDS) -> None:
    """Wait until the condition is true.

    Args:
        awaited: the awaited event, for the message of a failure.

    Raises:
        AssertionError: it was not true within the deadline.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {awaited}"
        time.sleep(0.02)


def wait_for_exit(process: subprocess.Popen[Any], awaited: str, seconds: float = SECONDS) -> int:
    """Wait until a process ends, and return its exit code; a process that does not end is killed.

    Raises:
        AssertionError: it did not end within the deadline.
    """
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(seconds)
        raise AssertionError(f"waited {seconds:.0f} s for {awaited} to end") from None


def join(threads: Iterable[threading.Thread], awaited: str, seconds: float = SECONDS) -> None:
    """Wait until all threads have ended.

    Raises:
        AssertionError: one of them did not end within the deadline.
    """
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
        assert not thread.is_alive(), f"waited {seconds:.0f} s for {awaited}"


def run_at_once(works: Sequence[Callable[[], T]], awaited: str, seconds: float = SECONDS) -> list[T]:
    """Run several functions at the same time, each in a thread, and return their results.

    Raises:
        AssertionError: one of them had not ended after so many seconds.
        Exception: the first exception of a function.
    """
    gate = threading.Barrier(len(works), timeout=seconds)

    def run(work: Callable[[], T]) -> T:
        gate.wait(seconds)
        return work()

    pool = ThreadPoolExecutor(len(works))
    futures = [pool.submit(run, work) for work in works]
    pool.shutdown(wait=False)
    wait_until(lambda: all(future.done() for future in futures), awaited, seconds)
    return [future.result(timeout=0) for future in futures]


def read_chunk(descriptor: int, awaited: str, *, size: int = 65536, seconds: float = SECONDS) -> bytes:
    """Read available or the next bytes of a pipe or terminal; empty once the other end is closed.

    Raises:
        AssertionError: no data arrived within the deadline.
    """
    readable, _, _ = select.select([descriptor], [], [], seconds)
    assert readable, f"waited {seconds:.0f} s for {awaited}"
    try:
        return os.read(descriptor, size)
    except OSError:  # a terminal's sign that the other end is closed
        return b""


class Output:
    """The output of a process, which a thread reads line by line, so that waiting for it can have a deadline."""

    def __init__(self, stream: IO[str]) -> None:
        self.lines: Final[list[str]] = []
        self._stream: Final = stream
        self._reader: Final = threading.Thread(target=lambda: self.lines.extend(stream), daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """The output so far."""
        return "".join(self.lines)

    def wait_for(self, pattern: str | re.Pattern[str], seconds: float = SECONDS) -> re.Match[str]:
        """Wait until a line matches this pattern, and return the match.

        Raises:
            AssertionError: it was not printed within the deadline, or before the process ended.
        """
        looked_at = 0
        deadline = time.monotonic() + seconds
        while True:
            has_ended = not self._reader.is_alive()
            for line in self.lines[looked_at:]:
                looked_at += 1
                if match := re.search(pattern, line):
                    return match
            assert not has_ended, f"ended without printing {pattern!r}:\n{self.text}"
            assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {pattern!r} in:\n{self.text}"
            time.sleep(0.02)

    def close(self) -> None:
        """Read the remaining output of a process that has ended."""
        join([self._reader], "the last line of what was printed")
        self._stream.close()
