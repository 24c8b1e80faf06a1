"""A server whose database is deleted, moved or replaced while it serves, and the start after that."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.clients.crowd import RoundRobinClient, crowd, wait_for_pages
from tests.servers.server_process import HttpClient, Server, serve
from tests.servers.waiting import wait_until
from tests.web.cli.test_database import db, output_of
from tests.web.cli.test_serve import answer_first_page, begin, run_here
from tests.web.server.test_reload import wait_for_log
from tests.web.server.test_workers import worker_pids
from web.server.startup import open_migrated
from web.storage.databases.mark import MARK_FILE

FILE: Final = "heartwork.sqlite"
TYPED: Final = "Typed-too-late"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start_server(folder: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers on the folder, which end with the test."""
    servers: list[Server] = []

    def start(**environment: str) -> Server:
        servers.append(serve(folder, 0, **environment))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def readiness(server: Server) -> dict[str, str]:
    answer = HttpClient(server.url).get("/readyz")
    results: dict[str, str] = json.loads(answer.body)
    assert (answer.status == 200) is (set(results.values()) == {"ok"})
    return results


def delete(folder: Path) -> None:
    for path in folder.glob(f"{FILE}*"):
        path.unlink()


def delete_log(folder: Path) -> None:
    (folder / f"{FILE}-wal").unlink()


def move(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))


def overwrite(folder: Path) -> None:
    with (folder / FILE).open("r+b") as handle:
        handle.write(b"\xff" * 8192)


def empty(folder: Path) -> None:
    os.truncate(folder / FILE, 0)


def replace(folder: Path) -> None:
    """Move a fresh database of another installation into the place of this one."""
    open_migrated(folder.with_name("other")).close()
    folder.with_name("other").joinpath(FILE).rename(folder / FILE)


FAULTS: Final[dict[Callable[[Path], None], str | None]] = {
    delete: "db init",
    delete_log: None,
    move: None,
    overwrite: "--replace",
    empty: "db init",
    replace: MARK_FILE,
}
"""Each fault with what the next start says; None if it starts."""


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=fault.__name__, marks=[pytest.mark.exhaustive] if fault in {empty, overwrite} else [])
        for fault in FAULTS
    ],
)
def test_a_lost_database(folder: Path, start_server: Callable[..., Server], fault: Callable[[Path], None]) -> None:
    """Answers get a 503 that keeps what was typed, pages a 503, /readyz is not ok, a line is logged, and no database is made."""
    server = start_server()
    caller = HttpClient(server.url)
    secret = begin(caller)
    answer_first_page(caller)
    path = caller.get("/quiz/1").location
    form = caller.get(path).page.form()
    fields = {**form.initial_fields, "note": [TYPED]}
    fault(folder)
    answer = caller.post(path, fields)
    assert answer.status == 503
    assert TYPED in answer.body.decode()
    assert caller.get("/quiz/1").status == 503
    assert readiness(server)["database"] != "ok"
    wait_for_log(server, "storage failed (")
    assert caller.get("/help").status == 200
    server.kill()
    refusal = FAULTS[fault]
    if fault is move:
        assert not folder.exists()
        folder.with_name("moved").rename(folder)
    if refusal is not None:
        result = run_here("--data-dir", str(folder))
        assert (result.exit_code, result.stdout) == (1, "")
        assert refusal in result.stderr
        return
    with closing(open_migrated(folder)) as storage:
        journey = storage.read_journey(secret)
    assert journey is not None
    assert len(journey.sittings) == 1
    assert journey.sittings[0].revision == 2, "the page before the fault is there, the one after it is not"


def test_a_folder_that_comes_back(folder: Path, start_server: Callable[..., Server]) -> None:
    """A folder that was moved and is back in its place is served again by the same process."""
    server = start_server()
    caller = HttpClient(server.url)
    begin(caller)
    answer_first_page(caller)
    move(folder)
    assert caller.get("/quiz/1").status == 503
    folder.with_name("moved").rename(folder)
    assert caller.get("/quiz/1").status == 303
    wait_for_log(server, "in its place again")
    wait_until(lambda: set(readiness(server).values()) == {"ok"}, "the server to be ready again")


def test_a_new_worker_makes_no_database(folder: Path, start_server: Callable[..., Server]) -> None:
    """A worker that takes the place of another one does not make a folder and a database where these are gone."""
    server = start_server(HEARTWORK_WORKERS="2")
    move(folder)
    os.kill(min(worker_pids(server)), signal.SIGKILL)
    wait_for_log(server, "exit code 1")
    assert not folder.exists()
    folder.with_name("moved").rename(folder)
    wait_until(lambda: len(worker_pids(server)) == 2, "a new worker")


@pytest.mark.exhaustive
def test_work_beside_servers_is_no_fault(folder: Path, tmp_path: Path, start_server: Callable[..., Server]) -> None:
    """Two servers go on, and lose nothing, while backups are taken, old journeys forgotten, and logs carried over."""
    servers = [start_server() for _ in range(2)]
    with crowd(2, lambda: RoundRobinClient(*(server.url for server in servers))) as visitors:
        for number in range(4):
            wait_for_pages(visitors, 5)
            output_of(db(folder, "backup", str(tmp_path / f"saved-{number}")))
            output_of(db(folder, "purge"))
    with closing(open_migrated(folder)) as storage:
        assert visitors.lost_pages(storage) == []
        assert storage.database.check() == ()
    output_of(db(folder, "restore", str(tmp_path / "saved-0"), "--replace"))
    for server in servers:
        assert set(readiness(server).values()) == {"ok"}
        begin(HttpClient(server.url))
        server.stop()
        assert "storage" not in server.log
        assert "not ready" not in server.log


@pytest.mark.exhaustive
def test_a_deleted_log_loses_nothing(folder: Path, start_server: Callable[..., Server]) -> None:
    """Two servers whose log is deleted under many answers: all that was acknowledged is there after both were killed."""
    servers = [start_server() for _ in range(2)]
    callers = [HttpClient(servers[number % 2].url) for number in range(4)]
    secrets = [begin(caller) for caller in callers]
    for caller in callers:
        answer_first_page(caller)
    delete_log(folder)
    for caller in callers:
        assert caller.get("/quiz/1").status == 503
    for server in servers:
        server.kill()
    with closing(open_migrated(folder)) as storage:
        revisions = [journey.sittings[0].revision for secret in secrets if (journey := storage.read_journey(secret))]
        assert revisions == [2, 2, 2, 2]
        assert storage.database.check() == ()


def test_a_backup_is_restored_where_all_is_lost(
    folder: Path, tmp_path: Path, start_server: Callable[..., Server]
) -> None:
    """After the database was deleted a backup is brought back, beside the running server too, and served after a restart."""
    server = start_server()
    secret = begin(HttpClient(server.url))
    output_of(db(folder, "backup", str(tmp_path / "saved")))
    delete(folder)
    assert readiness(server)["database"] != "ok"
    assert "Restored 1 journeys" in output_of(db(folder, "restore", str(tmp_path / "saved")))
    assert readiness(server)["database"] != "ok", "it still has the deleted file"
    server.stop()
    server = start_server()
    assert set(readiness(server).values()) == {"ok"}
    with closing(open_migrated(folder)) as storage:
        assert storage.read_journey(secret) is not None
