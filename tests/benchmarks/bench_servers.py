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

from tests.benchmarks.visit import BARE, Request, Visitor, recorded_requests
from tests.clients.site import example
from tests.paths import ROOT
from tests.servers.postgres_server import Cluster, away, new_cluster, own_database
from tests.servers.server_process import FREE
from tests.servers.waiting import join
from web.server.startup import open_migrated

SERVERS: Final = ("waitress", "gunicorn", "granian")
QUIZZES_ALONE: Final = 3
"""Quizzes of the one who is alone."""


@dataclass(frozen=True)
class Setup:
    """What is served, by what."""

    app: str
    server: str
    workers: int
    threads: int

    def command(self, port: int) -> list[str]:
        address, app = f"127.0.0.1:{port}", f"tests.benchmarks.served:{self.app}"
        workers, threads = str(self.workers), str(self.threads)
        match self.server, self.app:
            case "gunicorn", _:
                args = ["--worker-class", "gthread", "--workers", workers, "--threads", threads, "--log-level", "error"]
                return [sys.executable, "-m", "gunicorn", "--bind", address, *args, f"{app}()"]
            case "granian", _:
                args = ["--workers", workers, "--blocking-threads", threads, "--port", str(port), "--factory"]
                return [sys.executable, "-m", "granian", "--interface", "wsgi", "--log-level", "error", *args, app]
            case _, "bare":
                return [sys.executable, "-m", "tests.benchmarks.served", str(port), threads]
            case _:
                args = ["--port", str(port), "--workers", workers, "--threads", threads]
                return [sys.executable, "-m", "web.cli", "serve", *args]


@dataclass
class Measurement:
    """What was measured, over all rounds."""

    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    processor: float = 0.0
    errors: int = 0


def main() -> int:
    options = _arguments()
    missing = [server for server in options.servers if importlib.util.find_spec(server) is None]
    if missing:
        print(
            f"Not measured, as it is not installed: {', '.join(missing)} (pip install --group bench).", file=sys.stderr
        )
    installed = [server for server in options.servers if server not in missing]
    setups = [
        setup
        for setup in _setups(installed, options.workers, options.threads)
        if not options.few or _is_among_few(setup, options)
    ]
    measurements = {(setup, persons): Measurement() for setup in setups for persons in options.persons}
    cluster = new_cluster(()) if options.database == "postgres" else None
    try:
        requests = {"heartwork": _whole_quiz(), "bare": BARE}
        with ExitStack() as stack:
            servers = {setup: stack.enter_context(_own_server(setup, cluster)) for setup in setups}
            for setup in setups:  # until every process is warm
                _take_quizzes(servers[setup].port, 4 * setup.workers, requests[setup.app])
            for turn in range(options.rounds):
                print(f"round {turn + 1} of {options.rounds}", file=sys.stderr)
                for setup, persons in random.Random(turn).sample(list(measurements), len(measurements)):
                    _measure(servers[setup], persons, requests[setup.app], measurements[setup, persons])
                _show(measurements, options.database)  # after every round, as it takes long
    finally:
        if cluster is not None:
            away(cluster)
    return 0


def _setups(servers: list[str], workers: list[int], threads: list[int]) -> list[Setup]:
    setups = [Setup(*combination) for combination in product(("heartwork", "bare"), servers, workers, threads)]
    # Waitress alone has no second process: of Heartwork's own server there is one.
    return [setup for setup in setups if (setup.app, setup.server, setup.workers > 1) != ("bare", "waitress", True)]


def _is_among_few(setup: Setup, options: argparse.Namespace) -> bool:
    middle: int = options.threads[len(options.threads) // 2]
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
        return recorded_requests(f"http://127.0.0.1:{server.port}", example("first-weeks"))


@dataclass
class Running:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    port: int

    def family(self) -> Iterator[Path]:
        """All its processes."""
        pids = [self.process.pid]
        while pids:
            pid = pids.pop()
            pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split())
            yield Path(f"/proc/{pid}")

    def memory(self) -> int:
        """Megabytes of all its processes; what they share is counted once."""
        texts = ((process / "smaps_rollup").read_text(encoding="utf-8") for process in self.family())
        return sum(int(text.partition("\nPss:")[2].split()[0]) for text in texts) // 1024

    def processor(self) -> float:
        """Seconds that the processor has worked for it."""
        stats = ((process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split() for process in self.family())
        return sum(int(fields[11]) + int(fields[12]) for fields in stats) / os.sysconf("SC_CLK_TCK")


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
def _own_server(setup: Setup, cluster: Cluster | None) -> Iterator[Running]:
    """A server with a folder and a database of its own."""
    name = f"bench_{setup.server}_{setup.workers}_{setup.threads}"
    database = own_database(cluster.url, name) if cluster and setup.app == "heartwork" else None
    with tempfile.TemporaryDirectory() as folder, _running(setup, folder, database) as server:
        yield server


def _measure(server: Running, persons: int, requests: Sequence[Request], measurement: Measurement) -> None:
    started, processor_before = time.perf_counter(), server.processor()
    visitors = [
        visitor
        for _ in range(QUIZZES_ALONE if persons == 1 else 1)
        for visitor in _take_quizzes(server.port, persons, requests)
    ]
    measurement.rates.append(sum(len(visitor.seconds) for visitor in visitors) / (time.perf_counter() - started))
    measurement.processor += server.processor() - processor_before
    measurement.seconds += [second for visitor in visitors for second in visitor.seconds]
    measurement.errors += sum(visitor.errors for visitor in visitors)
    measurement.memory.append(server.memory())


def _take_quizzes(port: int, persons: int, requests: Sequence[Request]) -> list[Visitor]:
    visitors = [Visitor(port) for _ in range(persons)]
    threads = [Thread(target=visitor.take, args=(requests,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    join(threads, "the end of all visits", 3600)
    return visitors


def _show(measurements: dict[tuple[Setup, int], Measurement], database: str) -> None:
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
    for (setup, persons), measurement in sorted(measurements.items(), key=lambda pair: (pair[0][0].app, pair[0][1])):
        setup_columns = (setup.app, setup.server, setup.workers, setup.threads, persons)
        times = [
            statistics.median(measurement.seconds),
            statistics.quantiles(measurement.seconds, n=100)[-1],
            max(measurement.seconds),
        ]
        times_shown = [f"{1000 * time:.1f} ms" for time in times]
        rate = f"{statistics.median(measurement.rates):.0f}"
        processor_time = f"{1000 * measurement.processor / len(measurement.seconds):.1f} ms"
        table.add_row(
            *map(str, setup_columns),
            rate,
            processor_time,
            *times_shown,
            f"{max(measurement.memory)} MB",
            str(measurement.errors),
        )
    Console(width=150).print(table)


if __name__ == "__main__":
    sys.exit(main())
