"""Run the tests that wait for processes and browsers repeatedly on a busy machine.

``python -m tests.tools.under_load --runs 10 --loops 8`` prints a line for each run; other arguments are those of pytest.
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.paths import ROOT

PATHS: Final = (
    "tests/browser",
    "tests/web/cli",
    "tests/web/server",
    "tests/web/storage",
    "tests/web/test_operating.py",
)
"""The tests that wait for processes, sockets and browsers."""
LONGEST_RUN: Final = 7200.0


def _turn() -> None:
    while True:
        pass


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Run this many processes that use all available processor time."""
    loops = [multiprocessing.Process(target=_turn, daemon=True) for _ in range(count)]
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.join(10)


def run_tests(arguments: list[str]) -> tuple[int, str]:
    """Run pytest once; return the exit code, and the failed tests with the totals."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-n", "3", "--dist", "worksteal", *arguments]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_RUN, check=False)
    lines = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))]
    return run.returncode, "\n".join([*run.stdout.splitlines()[-1:], *lines])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--loops", type=int, default=8)
    options, others = parser.parse_known_args()
    failed = 0
    with busy_loops(options.loops):
        for number in range(1, options.runs + 1):
            code, outcome = run_tests(others or list(PATHS))
            failed += code != 0
            print(
                f"{time.strftime('%X')} run {number} of {options.runs}, {options.loops} loops: {outcome}",
                flush=True,
            )
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
