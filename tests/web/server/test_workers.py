"""``heartwork serve --workers``: several real processes on one socket, and what happens when one of them is gone."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.servers.server_process import Caller, Server, serve
from tests.web.cli.test_serve import answer_first_page, begin, run
from tests.web.server.test_reload import content, replaced, said
from web.cli import serve as serving
from web.server import workers
from web.settings import Settings

__all__ = ["content"]
DEADLINE = 60


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers with two workers each, which end with the test."""
    servers: list[Server] = []

    def start(**environment: str) -> Server:
        servers.append(serve(tmp_path / "data", 0, HEARTWORK_WORKERS="2", **environment))
        return servers[-1]

    yield start
    for one in servers:
        one.stop()


def crew(server: Server) -> set[int]:
    """The workers of a server."""
    parent = server.process.pid
    return set(map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8").split()))


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_there(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def test_a_killed_worker_is_replaced(started: Callable[..., Server]) -> None:
    """After kill -9 of one, the other answers what comes, a new one takes its place, and nothing acknowledged is lost."""
    server = started()
    first, second = crew(server)
    caller = Caller(server.url)
    begin(caller)
    answer_first_page(caller)
    place = caller.get("/quiz/1").location
    for gone in (first, second):
        os.kill(gone, signal.SIGKILL)
        assert caller.get("/quiz/1").location == place
        until(lambda gone=gone: len(crew(server) - {gone}) == 2)  # type: ignore[misc]
    assert not crew(server) & {first, second}
    assert caller.get("/quiz/1").location == place
    assert server.log.count("(signal 9): another takes its place") == 2


def test_a_worker_that_is_ended_closes_no_door(started: Callable[..., Server]) -> None:
    """After SIGTERM to a worker alone, everybody who comes is let in by the others, and it is replaced."""
    server = started()
    before = crew(server)
    gone = min(before)
    os.kill(gone, signal.SIGTERM)
    until(lambda: len(crew(server) - {gone}) == 2)
    for _ in range(20):
        assert Caller(server.url).get("/healthz").status == 200


def test_no_worker_outlives_its_parent(started: Callable[..., Server]) -> None:
    """After kill -9 of the parent all workers end by themselves, so that another server can take the port."""
    server = started()
    found = crew(server)
    server.process.kill()
    until(lambda: not any(map(is_there, found)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_end_well(started: Callable[..., Server], number: int) -> None:
    """A signal to the parent ends all, with code 0 and without a word."""
    server = started()
    found, before = crew(server), server.log
    server.process.send_signal(number)
    assert server.process.wait(DEADLINE) == 0
    server.stop()
    assert not any(map(is_there, found))
    assert server.log == before


def test_an_answer_that_is_under_way_arrives(started: Callable[..., Server]) -> None:
    """Every process of the group gets SIGTERM, as from systemd, and a request that was sent before is answered."""
    server = started()
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as line:
        line.sendall(b"GET /help?country=uk HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        for one in (server.process.pid, *crew(server)):
            os.kill(one, signal.SIGTERM)
        found = b"".join(iter(lambda: line.recv(65536), b""))
    assert found.startswith(b"HTTP/1.1 200 ")
    assert found.rstrip().endswith(b"</html>")
    assert server.process.wait(DEADLINE) == 0


def test_all_take_content_anew(content: Path, started: Callable[..., Server]) -> None:
    """SIGHUP to the parent reaches every worker."""
    server = started(HEARTWORK_CONTENT=str(content))
    replaced(content / "questionnaires" / "breakup.yaml", lambda text: text + "\n# a remark\n")
    os.kill(server.process.pid, signal.SIGHUP)
    until(lambda: server.log.count("the content was loaded anew") == 2)


def test_a_worker_that_cannot_start_is_tried_again(content: Path, started: Callable[..., Server]) -> None:
    """With content that has become wrong a killed worker stays away, the other answers; once it is right, it comes back."""
    server = started(HEARTWORK_CONTENT=str(content))
    file = content / "questionnaires" / "breakup.yaml"
    replaced(file, lambda text: text.replace("\ntitle:", "\ntitlle:", 1))
    gone, other = crew(server)
    os.kill(gone, signal.SIGKILL)
    said(server, "(exit code 1): another takes its place")
    assert Caller(server.url).get("/healthz").status == 200
    replaced(file, lambda text: text.replace("\ntitlle:", "\ntitle:", 1))
    os.kill(other, signal.SIGKILL)
    assert Caller(server.url).get("/healthz").status == 200, "nobody was there, and it waited in the socket"


def test_numbers_are_of_all(started: Callable[..., Server]) -> None:
    """Whichever worker is asked knows what all have answered, also one that has ended."""
    server = started(HEARTWORK_METRICS="loopback")

    def count() -> float:
        text = Caller(server.url).get("/metrics").body.decode()
        lines = [
            line for line in text.splitlines() if line.startswith('heartwork_requests_total{method="GET",route="/"')
        ]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    for _ in range(20):
        assert Caller(server.url).get("/").status == 200
    assert [count() for _ in range(10)] == [20] * 10
    os.kill(min(crew(server)), signal.SIGKILL)
    assert [count() for _ in range(10)] == [20] * 10


def test_what_stands_in_the_way_is_said_once(tmp_path: Path) -> None:
    """If the first worker cannot start none can, and the sentence and the code are those of a single process."""
    found = run("--data-dir", str(tmp_path / "data"), "--workers", "3", "--default-country", "atlantis")
    assert found.returncode == 2
    assert found.stderr.count("heartwork serve: ") == found.stderr.count("HEARTWORK_DEFAULT_COUNTRY") == 1
    assert found.stdout == ""


def test_one_worker_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all workers the first alone forgets what is old."""
    asked: list[Any] = []
    monkeypatch.setattr(serving, "_answer", lambda *_, upkeep: asked.append(upkeep))

    class Crew:
        def __init__(self, count: int, work: workers.WorkerMain, *_: Callable[[], None]) -> None:
            for number in range(count):
                work(number, Event(), lambda: None)

        def lead(self) -> int:
            return 0

    monkeypatch.setattr(workers, "Crew", Crew)
    with socket.socket() as listener, pytest.raises(SystemExit):
        serving._lead(Settings(data_dir=tmp_path, workers=3), listener)
    assert asked == [True, False, False]


def test_tries_are_never_far_apart() -> None:
    """However often starts have failed in a row, the next try is at most half a minute away."""
    crew_of_one = workers.WorkerPool(1, lambda *_: None, lambda: None)
    waits = []
    for failures in (0, 1, 2, 5, 5000):
        crew_of_one._failures = failures
        waits.append(crew_of_one._wait())
    assert waits == [0, 1, 2, 16, workers.MOST_PATIENCE]
