"""``heartwork serve --workers``: several real processes on one socket, and what happens when one of them is gone."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.server_process import ADDRESS, HttpClient, Server, serve, start
from tests.servers.waiting import SECONDS, wait_for_exit, wait_until
from tests.web.cli.test_serve import answer_first_page, begin, run
from tests.web.server.test_reload import content, replace_text, wait_for_log
from web.server import processes

__all__ = ["content"]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers with two workers each, which end with the test."""
    servers: list[Server] = []

    def started(**environment: str) -> Server:
        servers.append(serve(tmp_path / "data", 0, HEARTWORK_WORKERS="2", **environment))
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


def worker_pids(server: Server) -> set[int]:
    """The workers of a server."""
    parent = server.process.pid
    return set(map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8").split()))


def is_running(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def test_a_killed_worker_is_replaced(start_server: Callable[..., Server]) -> None:
    """After kill -9 of one, the other answers what comes, a new one takes its place, and nothing acknowledged is lost."""
    server = start_server()
    first, second = worker_pids(server)
    caller = HttpClient(server.url)
    begin(caller)
    answer_first_page(caller)
    location = caller.get("/quiz/1").location
    for killed in (first, second):
        os.kill(killed, signal.SIGKILL)
        assert caller.get("/quiz/1").location == location
        wait_until(lambda killed=killed: len(worker_pids(server) - {killed}) == 2, "a new worker")  # type: ignore[misc]
    assert not worker_pids(server) & {first, second}
    assert caller.get("/quiz/1").location == location
    assert server.log.count("(signal 9) and is replaced") == 2


def test_a_signal_to_a_worker_alone_ends_nothing(start_server: Callable[..., Server]) -> None:
    """SIGTERM and Ctrl-C, which systemd and a terminal send to all processes, are their parent's business."""
    server = start_server()
    before = worker_pids(server)
    for worker in before:
        os.kill(worker, signal.SIGTERM)
        os.kill(worker, signal.SIGINT)
    for _ in range(20):
        assert HttpClient(server.url).get("/healthz").status == 200
    assert worker_pids(server) == before


def test_no_worker_outlives_its_parent(start_server: Callable[..., Server]) -> None:
    """After kill -9 of the parent all workers end by themselves, so that another server can take the port."""
    server = start_server()
    pids = worker_pids(server)
    server.process.kill()
    wait_until(lambda: not any(map(is_running, pids)), "the end of all workers")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_end_well(start_server: Callable[..., Server], number: int) -> None:
    """A signal to the parent ends all, with code 0 and without a word."""
    server = start_server()
    pids, log = worker_pids(server), server.log
    server.process.send_signal(number)
    assert wait_for_exit(server.process, "heartwork serve") == 0
    server.stop()
    assert not any(map(is_running, pids))
    assert server.log == log


@pytest.mark.parametrize(
    ("number", "answers"), [(signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGHUP, True)]
)
def test_a_signal_while_it_loads_waits(tmp_path: Path, number: signal.Signals, answers: bool) -> None:
    """SIGTERM and Ctrl-C end well what has not begun to answer, and SIGHUP does not end it."""
    server = start(tmp_path / "data", 0, {"HEARTWORK_WORKERS": "2"})
    wait_until(lambda: is_blocked(server.process.pid, number), "signals that wait")
    server.process.send_signal(number)
    if answers:
        url = server.output.wait_for(ADDRESS)[0]
        assert HttpClient(url).get("/healthz").status == 200
        server.process.terminate()
    assert wait_for_exit(server.process, "heartwork serve") == 0
    server.stop()


def is_blocked(process: int, number: signal.Signals) -> bool:
    """Whether a process has a signal wait."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    mask = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(mask >> (number - 1) & 1)


def test_it_ends_where_the_end_of_children_is_ignored(tmp_path: Path) -> None:
    """What starts it may ignore SIGCHLD, which is inherited: a killed worker is replaced, and SIGTERM ends all."""
    handler = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        server = start(tmp_path / "data", 0, {"HEARTWORK_WORKERS": "2"})
    finally:
        signal.signal(signal.SIGCHLD, handler)
    server.output.wait_for(ADDRESS)
    first, second = worker_pids(server)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(worker_pids(server) - {first}) == 2, "a new worker")
    assert second in worker_pids(server)
    server.process.terminate()
    assert wait_for_exit(server.process, "heartwork serve") == 0
    server.stop()


def test_without_metrics_no_temporary_folder_is_made(tmp_path: Path, start_server: Callable[..., Server]) -> None:
    """A system without one, such as a container that can only read, is system enough."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    start_server(TMPDIR=str(folder))
    assert list(folder.iterdir()) == []


def test_an_answer_that_is_under_way_arrives(start_server: Callable[..., Server]) -> None:
    """Every process of the group gets SIGTERM, as from systemd, and a request that was sent before is answered."""
    server = start_server()
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=SECONDS) as line:
        line.sendall(b"GET /help?country=uk HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        for pid in (server.process.pid, *worker_pids(server)):
            os.kill(pid, signal.SIGTERM)
        response = b"".join(iter(lambda: line.recv(65536), b""))
    assert response.startswith(b"HTTP/1.1 200 ")
    assert response.rstrip().endswith(b"</html>")
    assert wait_for_exit(server.process, "heartwork serve") == 0


def test_all_take_content_anew(content: Path, start_server: Callable[..., Server]) -> None:
    """SIGHUP to the parent reaches every worker."""
    server = start_server(HEARTWORK_CONTENT=str(content))
    replace_text(content / "questionnaires" / "breakup.yaml", lambda text: text + "\n# a remark\n")
    os.kill(server.process.pid, signal.SIGHUP)
    wait_until(lambda: server.log.count("content reloaded") == 2, "both workers to reload")


def test_broken_content_ends_no_worker(content: Path, start_server: Callable[..., Server]) -> None:
    """At SIGHUP the parent looks first: what is wrong is said once, and what was there goes on, also in a new worker."""
    server = start_server(HEARTWORK_CONTENT=str(content))
    before = worker_pids(server)
    file = content / "questionnaires" / "breakup.yaml"
    replace_text(file, lambda text: text.replace("\ntitle:", "\ntitlle:", 1))
    os.kill(server.process.pid, signal.SIGHUP)
    wait_for_log(server, "content not reloaded")
    assert worker_pids(server) == before
    for killed in before:
        os.kill(killed, signal.SIGKILL)
    begin(HttpClient(server.url))
    assert server.log.count("content not reloaded") == 1


def test_a_worker_that_cannot_start_is_tried_again(start_server: Callable[..., Server]) -> None:
    """While something stands in its way a killed worker stays away and the other answers; then it comes back."""
    server = start_server()
    key = server.folder / "server.key"
    right = key.read_bytes()
    os.kill(server.process.pid, signal.SIGHUP)
    wait_until(lambda: server.log.count("content reloaded: unchanged") == 2, "both workers to be ready")
    killed, other = worker_pids(server)
    key.write_bytes(b"no key")
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: server.log.count("(exit code 1) and is replaced") > 1, "another try")
    key.write_bytes(right)
    os.kill(other, signal.SIGKILL)
    assert HttpClient(server.url).get("/healthz").status == 200, "no worker was there, and it waited in the socket"


def test_numbers_are_of_all(start_server: Callable[..., Server]) -> None:
    """Whichever worker is asked knows what all have answered, also one that has ended."""
    server = start_server(HEARTWORK_METRICS="loopback")

    def count() -> float:
        text = HttpClient(server.url).get("/metrics").body.decode()
        lines = [
            line for line in text.splitlines() if line.startswith('heartwork_requests_total{method="GET",route="/"')
        ]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    for _ in range(20):
        assert HttpClient(server.url).get("/").status == 200
    assert [count() for _ in range(10)] == [20] * 10
    os.kill(min(worker_pids(server)), signal.SIGKILL)
    assert [count() for _ in range(10)] == [20] * 10


def test_what_stands_in_the_way_is_said_once(tmp_path: Path) -> None:
    """What keeps workers from starting keeps their parent from it, and the sentence and the code are those of a single process."""
    process = run("--data-dir", str(tmp_path / "data"), "--workers", "3", "--default-country", "atlantis")
    assert process.returncode == 2
    assert process.stderr.count("heartwork serve: ") == process.stderr.count("HEARTWORK_DEFAULT_COUNTRY") == 1
    assert process.stdout == ""


def test_without_room_for_a_process_it_is_tried_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the system has no room for another process, those that are there go on, and an alarm is set for the next try."""

    class NoRoom:
        def __init__(self, **_: object) -> None:
            pass

        def start(self) -> None:
            raise BlockingIOError

    alarms: list[int] = []
    monkeypatch.setattr(processes, "ForkProcess", NoRoom)
    monkeypatch.setattr(signal, "alarm", alarms.append)
    processes.WorkerPool(2, lambda _: None)._start_missing()
    assert alarms == [processes.RESTART_SECONDS]
    assert "not started (BlockingIOError)" in caplog.text
