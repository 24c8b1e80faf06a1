"""How long ``heartwork --help`` takes, from nothing. Target: 200 ms, of which Python itself takes what is shown beside it."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROUNDS = 20
COMMAND = str(Path(sys.executable).with_name("heartwork"))


def main() -> int:
    table = Table("what", "median", "slowest", "target")
    for label, command, target in (
        ("heartwork --help", [COMMAND, "--help"], "200 ms"),
        ("heartwork report --help", [COMMAND, "report", "--help"], ""),
        ("python, doing nothing", [sys.executable, "-c", ""], ""),
    ):
        times = [_timed(command) for _ in range(ROUNDS)][1:]
        table.add_row(label, f"{statistics.median(times) * 1000:.0f} ms", f"{max(times) * 1000:.0f} ms", target)
    Console().print(table)
    return 0


def _timed(command: list[str]) -> float:
    before = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=600)
    return time.perf_counter() - before


if __name__ == "__main__":
    sys.exit(main())
