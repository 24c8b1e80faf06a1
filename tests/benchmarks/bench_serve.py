"""How long ``heartwork serve`` takes to start, to answer, and to end; and what it weighs."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.clients.person import Person
from tests.clients.site import example
from tests.servers.server_process import HttpClient, Server, serve

ROUNDS: Final = 100
PEOPLE: Final = 8
ANSWERS: Final = example("first-weeks")


def main() -> int:
    table = Table("what", "median", "99 of 100 within")
    with tempfile.TemporaryDirectory() as folder:
        before = time.perf_counter()
        server = serve(Path(folder) / "data")
        table.add_row("start, to the address", _seconds(time.perf_counter() - before), "")
        _pages(server, table)
        _people(server, table)
        table.add_row("memory", f"{_memory(server)} MB", "")
        before = time.perf_counter()
        server.stop()
        table.add_row("end", _seconds(time.perf_counter() - before), "")
    Console().print(table)
    return 0


def _pages(server: Server, table: Table) -> None:
    caller = HttpClient(server.url)
    person = Person(caller)
    person.start()
    for path in ("/", "/help?country=uk", person.path, "/link"):
        _row(table, path, lambda path=path: caller.get(path))  # type: ignore[misc]
    form = person.questions
    assert form is not None
    fields = [person.filled_fields(form, {**ANSWERS, "partner_name": f"n{number}"}) for number in range(ROUNDS)]
    _row(table, "a page of answers, on the disk", lambda: caller.post(person.path, fields.pop()))
    person.walk(ANSWERS)
    person.finish()
    _row(table, "a plan", lambda: caller.get("/plan/1"))


def _people(server: Server, table: Table) -> None:
    """Eight people who answer everything as fast as they can."""

    def take(_: int) -> int:
        person = Person(HttpClient(server.url))
        person.start()
        person.walk(ANSWERS)
        person.finish()
        return len(person.responses)

    before = time.perf_counter()
    with ThreadPoolExecutor(PEOPLE) as pool:
        requests = sum(pool.map(take, range(PEOPLE)))
    took = time.perf_counter() - before
    table.add_row(f"{PEOPLE} people, {requests} requests, requests a second", f"{requests / took:.0f}", "")


def _row(table: Table, label: str, work: Callable[[], object]) -> None:
    times = []
    for _ in range(ROUNDS):
        before = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - before))
    table.add_row(label, f"{statistics.median(times):.1f} ms", f"{statistics.quantiles(times, n=100)[-1]:.1f} ms")


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


def _memory(server: Server) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


if __name__ == "__main__":
    sys.exit(main())
