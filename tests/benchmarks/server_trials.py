"""The five trials that a server of Heartwork has to pass, for waitress (``heartwork serve``), gunicorn and granian.

Each trial starts a server of its own, with two processes of four threads. ADR 021 has the results; for
``heartwork serve`` the tests of ``tests/web/server`` hold the same. Servers that are not installed are named and left
out (pip install --group bench). Some two minutes.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.bench_servers import SERVERS, Setup
from tests.paths import ROOT
from tests.servers.nginx_proxy import free_ports
from tests.servers.server_process import FREE
from tests.servers.waiting import wait_until
from web.http.security import HEADERS
from web.server.startup import open_migrated

SLOW_CLIENTS: Final = 200
SECONDS: Final = 20.0
"""Seconds in which a page has to come."""
HEADER_START: Final = b"GET /help HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
FORM: Final = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\n"
BODY_START: Final = b"POST /start HTTP/1.1\r\nHost: localhost\r\n" + FORM
UNREADABLE: Final = b"GET / HTTP/1.1\r\nno header\r\n\r\n"


@dataclass
class Running:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    port: int
    content: Path

    def page(self, path: str = "/help?country=uk") -> bool:
        """Whether a page comes in time."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=SECONDS) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def workers(self) -> set[int]:
        """Its processes that answer: gunicorn and granian have helpers of other names beside them."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
        return {
            int(child) for child in children if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()
        }

    def is_idle(self) -> bool:
        """Whether none of its processes works for a second, as while it loads."""

        def worked() -> list[str]:
            stats = (Path(f"/proc/{pid}/stat").read_text(encoding="utf-8") for pid in sorted(self.workers()))
            return [" ".join(stat.rpartition(")")[2].split()[11:13]) for stat in stats]

        before = worked()
        time.sleep(1)
        return worked() == before

    def pages(self, seconds: float) -> str:
        """How many pages of how many came within these seconds."""
        end, results = time.monotonic() + seconds, []
        while time.monotonic() < end:
            results.append(self.page("/"))
        return "" if all(results) else f"{results.count(False)} of {len(results)} pages did not come"


def slow_headers(server: Running) -> str:
    return _slow(server, HEADER_START)


def slow_bodies(server: Running) -> str:
    return _slow(server, BODY_START)


def _slow(server: Running, start: bytes) -> str:
    with ExitStack() as lines:
        clients = [
            lines.enter_context(closing(socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS)))
            for _ in range(SLOW_CLIENTS)
        ]
        for client in clients:
            client.sendall(start)
        for client in clients:
            client.sendall(b"x")
        time.sleep(1)
        pages = [server.page() for _ in range(3)]
    return "" if all(pages) else f"{pages.count(False)} of {len(pages)} pages did not come in {SECONDS:.0f} s"


def broken_content(server: Running) -> str:
    """SIGHUP while the content is broken: the old content goes on serving."""
    file = server.content / "questionnaires" / "breakup.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("\ntitle:", "\ntitlle:", 1), encoding="utf-8")
    os.kill(server.process.pid, signal.SIGHUP)
    failure = server.pages(15)
    return f"it ended with {server.process.returncode}" if server.process.poll() is not None else failure


def killed_worker(server: Running) -> str:
    """Kill -9 of one process: the other answers whatever comes after, and another takes its place."""
    killed = min(server.workers())
    os.kill(killed, signal.SIGKILL)
    if failure := server.pages(10):
        return failure
    try:
        wait_until(lambda: len(server.workers() - {killed}) == 2, "a new worker", 20)
    except AssertionError as error:
        return str(error)
    return ""


def unreadable_request(server: Running) -> str:
    """What is no request gets our sentence with our headers."""
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS)) as client:
        client.sendall(UNREADABLE)
        answer = b"".join(iter(lambda: client.recv(65536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    headers = {line.partition(": ")[0].lower() for line in head.split("\r\n")[1:]}
    missing = {name.lower() for name in HEADERS} - headers
    return f"{len(missing)} of {len(HEADERS)} headers are missing, body {body[:40]!r}" if missing else ""


TRIALS: Final[dict[str, Callable[[Running], str]]] = {
    "200 slow headers": slow_headers,
    "200 slow bodies": slow_bodies,
    "SIGHUP with broken content": broken_content,
    "kill -9 of a worker": killed_worker,
    "unreadable request": unreadable_request,
}


@contextmanager
def running(name: str) -> Iterator[Running]:
    """A server with its own data and its own copy of the content, until the end of a trial."""
    setup = Setup("heartwork", name, workers=2, threads=4)
    options = ["--respawn-failed-workers"] if name == "granian" else []  # else it ends when one of its processes does
    with tempfile.TemporaryDirectory() as folder:
        content = Path(folder) / "content"
        for part in ("questionnaires", "rules"):
            shutil.copytree(ROOT / part, content / part)
        data = Path(folder) / "data"
        open_migrated(data).close()
        variables = {key: value for key, value in os.environ.items() if not key.startswith("HEARTWORK_")}
        variables |= {**FREE, "HEARTWORK_DATA_DIR": str(data), "HEARTWORK_CONTENT": str(content)}
        (port,) = free_ports(1)
        process = subprocess.Popen(
            [*setup.command(port), *options],
            cwd=ROOT,
            env=variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        server = Running(process, port, content)
        try:
            wait_until(lambda: server.page("/healthz") and len(server.workers()) == 2, f"{name} to answer", 300)
            wait_until(server.is_idle, f"both processes of {name} to be ready", 300)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                for pid in (*server.workers(), process.pid):
                    os.kill(pid, signal.SIGKILL)
                process.wait(20)


def main() -> int:
    for name in SERVERS:
        if importlib.util.find_spec(name) is None:
            print(f"{name} is not installed (pip install --group bench).", file=sys.stderr)
            continue
        for title, trial in TRIALS.items():
            with running(name) as server:
                print(f"{name:10}{title:30}{trial(server) or 'passed'}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
