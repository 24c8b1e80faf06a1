"""Whole quizzes under three servers, and beside each a Flask that does the least: what is the server's, and what is ours?

All of them run at once, and idle until asked. Every round asks each once, in an order of its own, so that a busy minute
of the machine meets none more than another; the processor's time for a request tells what waiting does not. Servers that are not installed are left out and named. An hour, all in all; `--few` measures every number of
threads in one process, and several processes and the floor with the number of threads in the middle.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from threading import Thread
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.benchmarks.visit import BARE, Request, Visitor, noted
from tests.clients.site import example
from tests.paths import ROOT
from tests.servers.postgres_server import Cluster, away, new_cluster, own_database
from tests.servers.server_process import FREE
from web.server.startup import open_migrated

SERVERS: Final = ("waitress", "gunicorn", "granian")
ALONE: Final = 3
"""Quizzes of the one who is alone."""


@dataclass(frozen=True)
class Setup:
    """What is served, by what."""

    app: str
    server: str
    workers: int
    threads: int

    def command(self, port: int) -> list[str]:
        place, app = f"127.0.0.1:{port}", f"tests.benchmarks.served:{self.app}"
        workers, threads = str(self.workers), str(self.threads)
        match self.server, self.app:
            case "gunicorn", _:
                more = ["--worker-class", "gthread", "--workers", workers, "--threads", threads, "--log-level", "error"]
                return [sys.executable, "-m", "gunicorn", "--bind", place, *more, f"{app}()"]
            case "granian", _:
                more = ["--workers", workers, "--blocking-threads", threads, "--port", str(port), "--factory"]
                return [sys.executable, "-m", "granian", "--interface", "wsgi", "--log-level", "error", *more, app]
            case _, "bare":
                return [sys.executable, "-m", "tests.benchmarks.served", str(port), threads]
            case _:
                more = ["--port", str(port), "--workers", workers, "--threads", threads]
                return [sys.executable, "-m", "web.cli", "serve", *more]


@dataclass
class Found:
    """What was measured, over all rounds."""

    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    processor: float = 0.0
    errors: int = 0


def main() -> int:
    chosen = _arguments()
    missing = [one for one in chosen.servers if importlib.util.find_spec(one) is None]
    if missing:
        print(
            f"Not measured, as it is not installed: {', '.join(missing)} (pip install --group bench).", file=sys.stderr
        )
    there = [one for one in chosen.servers if one not in missing]
    setups = [
        one for one in _setups(there, chosen.workers, chosen.threads) if not chosen.few or _is_among_few(one, chosen)
    ]
    found = {(setup, persons): Found() for setup in setups for persons in chosen.persons}
    cluster = new_cluster(()) if chosen.database == "postgres" else None
    try:
        requests = {"heartwork": _whole_quiz(), "bare": BARE}
        with ExitStack() as stack:
            servers = {one: stack.enter_context(_own(one, cluster)) for one in setups}
            for one in setups:  # until every process is warm
                _take(servers[one].port, 4 * one.workers, requests[one.app])
            for turn in range(chosen.rounds):
                print(f"round {turn + 1} of {chosen.rounds}", file=sys.stderr)
                for one, persons in random.Random(turn).sample(list(found), len(found)):
                    _measure(servers[one], persons, requests[one.app], found[one, persons])
                _show(found, chosen.database)  # after every round, as it takes long
    finally:
        if cluster is not None:
            away(cluster)
    return 0


def _setups(servers: list[str], workers: list[int], threads: list[int]) -> list[Setup]:
    found = [Setup(*one) for one in product(("heartwork", "bare"), servers, workers, threads)]
    # Waitress alone has no second process: of Heartwork's own server there is one.
    return [one for one in found if (one.app, one.server, one.workers > 1) != ("bare", "waitress", True)]


def _is_among_few(setup: Setup, chosen: argparse.Namespace) -> bool:
    middle: int = chosen.threads[len(chosen.threads) // 2]
    return sum((setup.app == "bare", setup.workers > 1, setup.threads != middle)) <= 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=list(SERVERS))
    parser.add_argument("--persons", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--threads", nargs="+", type=int, default=[2, 4, 8])
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    return parser.parse_args()


def _whole_quiz() -> tuple[Request, ...]:
    with (
        tempfile.TemporaryDirectory() as folder,
        _running(Setup("heartwork", "waitress", 1, 4), folder, None) as server,
    ):
        return noted(f"http://127.0.0.1:{server.port}", example("first-weeks"))


@dataclass
class Running:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    port: int

    def family(self) -> Iterator[Path]:
        """All its processes."""
        family = [self.process.pid]
        while family:
            one = family.pop()
            family += map(int, Path(f"/proc/{one}/task/{one}/children").read_text(encoding="utf-8").split())
            yield Path(f"/proc/{one}")

    def memory(self) -> int:
        """Megabytes of all its processes; what they share is counted once."""
        told = ((one / "smaps_rollup").read_text(encoding="utf-8") for one in self.family())
        return sum(int(text.partition("\nPss:")[2].split()[0]) for text in told) // 1024

    def processor(self) -> float:
        """Seconds that the processor has worked for it."""
        told = ((one / "stat").read_text(encoding="utf-8").rpartition(")")[2].split() for one in self.family())
        return sum(int(fields[11]) + int(fields[12]) for fields in told) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _running(setup: Setup, folder: str, database: str | None) -> Iterator[Running]:
    open_migrated(Path(folder), database).close()  # so that of several processes none has to make it
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HEARTWORK_")}
    variables |= {**FREE, "HEARTWORK_DATA_DIR": folder}
    variables |= {"HEARTWORK_DATABASE_URL": database} if database else {}
    with subprocess.Popen(
        setup.command(port), cwd=ROOT, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(process, port)
            yield Running(process, port)
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            if process.poll() is not None:
                raise
            time.sleep(0.05)


@contextmanager
def _own(setup: Setup, cluster: Cluster | None) -> Iterator[Running]:
    """A server with a folder and a database of its own."""
    name = f"bench_{setup.server}_{setup.workers}_{setup.threads}"
    database = own_database(cluster.url, name) if cluster and setup.app == "heartwork" else None
    with tempfile.TemporaryDirectory() as folder, _running(setup, folder, database) as server:
        yield server


def _measure(server: Running, persons: int, requests: Sequence[Request], one: Found) -> None:
    before, processor = time.perf_counter(), server.processor()
    visitors = [found for _ in range(ALONE if persons == 1 else 1) for found in _take(server.port, persons, requests)]
    one.rates.append(sum(len(visitor.seconds) for visitor in visitors) / (time.perf_counter() - before))
    one.processor += server.processor() - processor
    one.seconds += [second for visitor in visitors for second in visitor.seconds]
    one.errors += sum(visitor.errors for visitor in visitors)
    one.memory.append(server.memory())


def _take(port: int, persons: int, requests: Sequence[Request]) -> list[Visitor]:
    visitors = [Visitor(port) for _ in range(persons)]
    threads = [Thread(target=one.take, args=(requests,)) for one in visitors]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return visitors


def _show(found: dict[tuple[Setup, int], Found], database: str) -> None:
    columns = (
        "what",
        "server",
        "processes",
        "threads",
        "persons",
        "a second",
        "processor",
        "median",
        "99 of 100",
        "slowest",
    )
    table = Table(*columns, "memory", "errors", title=f"{database}, load {os.getloadavg()[0]:.1f} at the end")
    for (setup, persons), one in sorted(found.items(), key=lambda pair: (pair[0][0].app, pair[0][1])):
        what = (setup.app, setup.server, setup.workers, setup.threads, persons)
        times = [statistics.median(one.seconds), statistics.quantiles(one.seconds, n=100)[-1], max(one.seconds)]
        shown = [f"{1000 * time:.1f} ms" for time in times]
        rate = f"{statistics.median(one.rates):.0f}"
        worked = f"{1000 * one.processor / len(one.seconds):.1f} ms"
        table.add_row(*map(str, what), rate, worked, *shown, f"{max(one.memory)} MB", str(one.errors))
    Console(width=150).print(table)


if __name__ == "__main__":
    sys.exit(main())
