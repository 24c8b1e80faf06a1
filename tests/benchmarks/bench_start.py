"""Processor time that a start of ``heartwork serve`` takes with 20,000 journeys, beside one with none."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Final

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from tests.factories.sample_journey import DAY
from tests.servers.server_process import serve
from web.clock import today
from web.server.startup import open_migrated
from web.storage import tables
from web.storage.retention import apply_deletions, purge

JOURNEYS: Final = 20_000
DELETED: Final = 300
ROUNDS: Final = 5
TICK: Final = os.sysconf("SC_CLK_TCK")
CHECK_SECONDS: Final = 2.0


def main() -> int:
    table = Table("processor time", "no journeys", f"{JOURNEYS:,} journeys")
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder, "empty"), Path(folder, "full")
        open_migrated(empty).close()
        _fill(full)
        rows = [_parts(empty), _parts(full)]
        for name in rows[0]:
            table.add_row(name, *(f"{1000 * row[name]:.0f} ms" for row in rows))
        table.add_row("all that storage does", *(f"{1000 * sum(row.values()):.0f} ms" for row in rows))
        starts = [f"{statistics.median(_start(path) for _ in range(ROUNDS)):.2f} s" for path in (empty, full)]
        table.add_row("`heartwork serve`, to the address", *starts)
    Console().print(table)
    return 0


def _fill(folder: Path) -> None:
    """Journeys of the usual size, and as many deletions as there are in a year or so."""
    with closing(open_migrated(folder)) as storage:
        locators = [token_bytes(32) for _ in range(JOURNEYS)]
        digest = token_hex(32)
        with storage.database.writing() as connection:
            connection.execute(insert(tables.content).values(digest=digest, json="x" * 150_000))
            common = {"revision": 1, "seen_day": today(None)}
            rows = [{"locator": locator, "body": token_bytes(1053), **common} for locator in locators]
            connection.execute(insert(tables.journey), rows)
            shared = {"content_digest": digest, "state": "finished", "revision": 3}
            connection.execute(
                insert(tables.sitting),
                [{"id": token_hex(16), "locator": key, "body": token_bytes(2077), **shared} for key in locators],
            )
        for _ in range(DELETED):
            storage.deletion_log.record_journey(token_bytes(32), DAY)
            storage.deletion_log.record_sitting(token_hex(16), DAY)


def _parts(folder: Path) -> dict[str, float]:
    """Seconds of what storage does at a start, in this process, in which all is imported already."""
    seconds: dict[str, float] = {}

    def measure(name: str, work: Callable[[], object]) -> None:
        before = time.process_time()
        work()
        seconds[name] = time.process_time() - before

    before = time.process_time()
    with closing(open_migrated(folder)) as storage:
        seconds["open, and compare revisions"] = time.process_time() - before
        measure("quick check", lambda: storage.database.quick_check(CHECK_SECONDS))
        measure("apply deletions", lambda: apply_deletions(storage))
        measure("forget old journeys", lambda: purge(storage, today(None)))
    return seconds


def _start(folder: Path) -> float:
    server = serve(folder)
    fields = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    server.stop()
    return (int(fields[11]) + int(fields[12])) / TICK


if __name__ == "__main__":
    sys.exit(main())
