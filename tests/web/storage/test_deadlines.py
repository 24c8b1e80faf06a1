"""A page waits for its storage at most until its deadline, whatever the database does."""

from __future__ import annotations

import select
import socket
import socketserver
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from tests.clients.site import Site
from tests.factories.sample_journey import DAY, SECRET, SITTING_ID, sample_new_sitting
from tests.servers import postgres_server as cluster
from tests.servers.postgres_faults import hung
from tests.servers.server_process import HttpClient
from tests.servers.waiting import SECONDS, run_at_once, wait_until
from tests.web.cli.test_database import db, output_of
from tests.web.cli.test_serve import NAME, begin
from tests.web.server.test_serving import running
from web.server.startup import open_migrated
from web.storage import Storage, UnavailableError
from web.storage.databases import postgres_connection
from web.storage.databases.admission import Admission
from web.storage.databases.deadline import deadline_in, seconds_left
from web.storage.databases.location import DATABASE_FILE
from web.storage.databases.postgres import read_url

PATHS_WITHOUT_DATABASE: Final = ("/healthz", "/help", "/", "/example", "/privacy", "/robots.txt")
LONG: Final = 10 * SECONDS
"""A patience longer than any test."""


@pytest.fixture(scope="module")
def server() -> Iterator[cluster.Cluster]:
    """A separate server, because stopping it would disturb other tests."""
    if reason := cluster.why_not():
        pytest.skip(reason)
    server = cluster.new_cluster()
    if server is None:
        pytest.skip("the server that was named cannot be stopped")
    yield server
    cluster.away(server)


@pytest.fixture
def patient(server: cluster.Cluster, tmp_path: Path) -> Iterator[Storage]:
    """A PostgreSQL storage with one journey and a long patience."""
    storage = open_migrated(tmp_path, cluster.emptied(server.url), patience=LONG)
    storage.create_journey(SECRET, {}, sample_new_sitting(SITTING_ID), DAY)
    yield storage
    storage.close()


def code_of(work: Callable[[], object]) -> str:
    """The kind of failure of a call."""
    with pytest.raises(UnavailableError) as refused:
        work()
    return refused.value.code


# PostgreSQL that hangs


def test_pages_of_a_hung_server(server: cluster.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages return the typed text, pages without the database still work, and all work after the hang."""
    monkeypatch.setattr("web.app.PAGE_SECONDS", 2.0)
    site = Site(tmp_path, options={"threads": 1}, database=cluster.emptied(server.url))
    site.storage.database.admission = Admission(1)
    codes: list[str] = []
    monkeypatch.setattr(site.state.counters, "storage_error", codes.append)
    with running(site) as (port, _), ThreadPoolExecutor(3) as pool:
        people = [HttpClient(f"http://127.0.0.1:{port}") for _ in range(3)]
        pages = [first_page(person) for person in people]

        def send_and_look_around() -> bool:
            """Whether other pages were answered before the three that wait."""
            posts = [pool.submit(person.post, *page) for person, page in zip(people, pages, strict=True)]
            wait_until(lambda: any(post.done() for post in posts), "the first of three pages")
            assert {people[0].get(path).status for path in PATHS_WITHOUT_DATABASE} == {200}
            assert people[0].get("/readyz").status == 503
            is_early = not all(post.done() for post in posts)
            for post, (path, _) in zip(posts, pages, strict=True):
                refusal = post.result(SECONDS)
                assert refusal.status == 503
                assert refusal.page.form(path).initial_fields["partner_name"] == [NAME]
            return is_early

        with hung(server):
            wait_until(send_and_look_around, "other pages while the database is waited for")
        for person, page in zip(people, pages, strict=True):
            assert person.post(*page).status == 303
    site.storage.close()
    assert set(codes) == {"slow"}


def first_page(client: HttpClient) -> tuple[str, dict[str, list[str]]]:
    """The path and the fields of the first page of a new journey, with a name."""
    begin(client)
    path = client.get("/quiz/1").location
    return path, {**client.get(path).page.form().initial_fields, "pronoun": ["she"], "partner_name": [NAME]}


def hang(stack: ExitStack, server: cluster.Cluster, _: Connection | None = None) -> None:
    """Stop the server's processes until the stack closes."""
    stack.enter_context(hung(server))


@pytest.mark.parametrize("moment", ["connection", "checkout", "statement", "commit", "rollback"])
def test_each_wait_ends_at_the_deadline(patient: Storage, server: cluster.Cluster, moment: str) -> None:
    """Wherever the server stops, the connection is closed at the deadline, and the next call gets a new one."""

    def work(connection: Connection) -> None:
        connection.execute(text("SELECT 1"))
        if moment in {"statement", "commit", "rollback"}:
            hang(stack, server)
        if moment == "statement":
            connection.execute(text("SELECT 2"))
        if moment == "rollback":
            raise KeyError(moment)

    with ExitStack() as stack:
        stack.enter_context(deadline_in(1.0))
        if moment == "connection":
            patient.database.engine.dispose()
        if moment in {"connection", "checkout"}:
            hang(stack, server)
        assert code_of(lambda: patient.database.write(work)) == "slow"
    assert patient.count() == 1


def test_a_deadline_that_is_past(patient: Storage) -> None:
    """After the deadline nothing is committed, and calls to the server are refused."""

    def work(connection: Connection) -> None:
        connection.execute(text("DELETE FROM sitting"))
        wait_until(lambda: not seconds_left(1), "the deadline")

    with deadline_in(1.0):
        assert code_of(lambda: patient.database.write(work)) == "slow"
        assert code_of(patient.count) == "slow"
    assert cluster.rows(patient.database.engine.url.render_as_string(False), "SELECT count(*) FROM sitting") == [(1,)]


def test_writers_that_meet_stop_at_the_deadline(patient: Storage) -> None:
    """A transaction that conflicts with another writer is not retried after the deadline."""
    tries: list[int] = []

    def work(connection: Connection) -> None:
        tries.append(1)
        try:
            connection.execute(text(raising("40001")))
        except DBAPIError:
            wait_until(lambda: not seconds_left(1), "the deadline")
            raise

    with deadline_in(1.0):
        assert code_of(lambda: patient.database.write(work)) == "slow"
    assert len(tries) == 1


# Several PostgreSQL servers


@pytest.fixture
def silent() -> Iterator[list[int]]:
    """The ports of two servers that accept connections and never answer."""
    with ExitStack() as stack:
        yield [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(2)]


def test_a_silent_server_leaves_time_for_the_next(server: cluster.Cluster, silent: list[int], tmp_path: Path) -> None:
    """Each of several servers gets its share of the time, and the one that answered last is tried first."""
    hosts = ",".join(f"127.0.0.1:{port}" for port in [*silent, server.port])
    url = f"postgresql://heartwork@{hosts}/postgres"
    open_migrated(tmp_path, cluster.emptied(server.url)).close()
    storage = Storage.connect(tmp_path, url, patience=LONG)
    with deadline_in(3.0):
        assert storage.count() == 0
    storage.database.engine.dispose()
    with deadline_in(1.0):
        assert storage.count() == 0
    storage.close()
    nowhere = Storage.connect(tmp_path, url.replace(f",127.0.0.1:{server.port}", ""), patience=LONG)
    with deadline_in(0.5):
        assert code_of(nowhere.count) == "slow"
    nowhere.close()


class DrippingServer(socketserver.BaseRequestHandler):
    """Sends the beginning of a PostgreSQL message, and then single bytes."""

    def handle(self) -> None:
        self.request.sendall(b"R" + (1900).to_bytes(4, "big"))
        with suppress(OSError):  # the other side closes the connection
            for _ in range(1800):
                self.request.sendall(b"x")
                select.select([], [], [], 0.01)


def test_an_answer_that_never_ends(tmp_path: Path) -> None:
    """A server that sends single bytes does not extend the wait."""
    with socketserver.TCPServer(("127.0.0.1", 0), DrippingServer) as server, ThreadPoolExecutor(1) as pool:
        server.timeout = SECONDS
        url = f"postgresql://me@127.0.0.1:{server.server_address[1]}/d?sslmode=disable&gssencmode=disable"
        pool.submit(server.handle_request)
        with closing(Storage.connect(tmp_path, url)) as storage, deadline_in(0.5):
            assert code_of(storage.count) == "slow"


def test_a_name_that_is_looked_up_for_long(
    server: cluster.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that does not answer delays a call at most until the deadline."""
    ended = threading.Event()
    monkeypatch.setattr(postgres_connection, "conninfo_attempts", lambda _: ended.wait(LONG))
    storage = Storage.connect(tmp_path, server.url, patience=LONG)
    with deadline_in(0.5):
        assert code_of(storage.count) == "slow"
    ended.set()
    storage.close()


@pytest.mark.parametrize(
    ("address", "hosts", "ports"),
    [
        ("postgresql://u:p%40@first,second/name?target_session_attrs=read-write", "first,second", ","),
        ("postgresql://u@first:5433,second:5434/name?target_session_attrs=read-write", "first,second", "5433,5434"),
        ("postgresql+psycopg://[::1]:5433,second/name?target_session_attrs=read-write", "::1,second", "5433,"),
        ("postgresql://u@/name?host=first:1&host=second:2&target_session_attrs=read-write", "first,second", "1,2"),
    ],
)
def test_several_hosts_in_a_url(address: str, hosts: str, ports: str, tmp_path: Path) -> None:
    """A URL may name several hosts in the notation of libpq or of SQLAlchemy."""
    with closing(Storage.connect(tmp_path, address)) as storage:
        engine = storage.database.engine
        _, options = engine.dialect.create_connect_args(engine.url)
    expected = {"host": hosts, "port": ports, "dbname": "name", "target_session_attrs": "read-write"}
    assert {name: options[name] for name in expected} == expected


@pytest.mark.parametrize(
    "address", ["postgresql://a:b:c,d/name", "postgresql://[::1,d/name", "postgresql://a:x,b/name"]
)
def test_hosts_that_cannot_be_read(address: str) -> None:
    """A list of hosts that cannot be parsed raises ``ArgumentError``."""
    with pytest.raises(ArgumentError):
        read_url(address)


def test_commands_with_several_hosts(server: cluster.Cluster, tmp_path: Path) -> None:
    """Commands, like pages, connect to the server that accepts writes."""
    cluster.emptied(server.url)
    hosts = f"127.0.0.1:1,127.0.0.1:{server.port}"
    url = f"postgresql://heartwork@{hosts}/postgres?target_session_attrs=read-write"
    assert "revision" in output_of(db(tmp_path, "upgrade", HEARTWORK_DATABASE_URL=url))


# PostgreSQL's errors


def raising(state: str) -> str:
    """A statement that fails with this SQLSTATE."""
    return f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{state}'; END $$"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("08006", "away"),
        ("57P01", "away"),
        ("57P03", "away"),
        ("53100", "full"),
        ("53300", "busy"),
        ("55P03", "busy"),
        ("40P01", "busy"),
        ("25006", "read_only"),
        ("57014", "slow"),
        ("XX001", "damaged"),
        ("22012", "unavailable"),
    ],
)
def test_kinds_of_failure(patient: Storage, state: str, code: str) -> None:
    """Each SQLSTATE is translated to the kind of failure that an operator acts on."""
    assert code_of(lambda: patient.database.write(lambda connection: connection.execute(text(raising(state))))) == code


def test_a_server_that_is_away(tmp_path: Path) -> None:
    """Without a server at the address the failure is ``away``, for pages and for commands."""
    with closing(Storage.connect(tmp_path, "postgresql://me@127.0.0.1:1/nothing")) as storage:
        assert code_of(storage.count) == "away"
        with deadline_in(SECONDS):
            assert code_of(storage.count) == "away"


def test_commits_are_on_the_disk(patient: Storage) -> None:
    """Commits are synchronous even if the server's default is asynchronous."""
    show = "SHOW synchronous_commit"
    assert cluster.rows(patient.database.engine.url.render_as_string(hide_password=False), show) == [("off",)]
    with patient.database.reading() as connection:
        assert connection.execute(text(show)).scalar_one() == "on"


def test_a_failed_transaction_is_no_commit(patient: Storage) -> None:
    """PostgreSQL rolls a failed transaction back on COMMIT without an error, and ours raises one."""

    def work(connection: Connection) -> None:
        connection.execute(text("DELETE FROM sitting"))
        with pytest.raises(DBAPIError):
            connection.execute(text(raising("22012")))

    assert code_of(lambda: patient.database.write(work)) == "unavailable"
    assert patient.read_sitting(SECRET, SITTING_ID) is not None


def test_a_server_that_takes_no_writes_is_left(patient: Storage, server: cluster.Cluster) -> None:
    """Connections to a demoted server are discarded, though reads would still work there."""
    cluster.run(server.url, "ALTER DATABASE postgres SET default_transaction_read_only = on")
    patient.database.engine.dispose()  # new sessions accept no writes
    save = partial(patient.save_sitting, SECRET, SITTING_ID, 1, {"answers": {}}, "draft")
    try:
        assert patient.count() == 1
        assert code_of(save) == "read_only"
    finally:
        reset = "ALTER DATABASE postgres RESET default_transaction_read_only"
        cluster.run(server.url, "SET default_transaction_read_only = off", reset)
    assert save() == 2


# SQLite


def test_a_locked_file(tmp_path: Path) -> None:
    """While another process writes, a page waits at most until its deadline, also in its own process's queue."""
    storage = open_migrated(tmp_path, patience=LONG)
    storage.create_journey(SECRET, {}, sample_new_sitting(SITTING_ID), DAY)

    def save() -> str:
        with deadline_in(0.5):
            return code_of(partial(storage.save_sitting, SECRET, SITTING_ID, 1, {"answers": {}}, "draft"))

    with closing(sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert run_at_once([save] * 3, "three refusals", SECONDS / 2) == ["busy"] * 3
        with deadline_in(SECONDS):
            assert storage.read_sitting(SECRET, SITTING_ID) is not None
        other.execute("ROLLBACK")
    with deadline_in(SECONDS):
        assert storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {}}, "draft") == 2
    storage.close()


def test_a_reader_in_the_way_of_a_sweep(tmp_path: Path) -> None:
    """Data that cannot be wiped before the deadline is wiped later, and the page says so."""
    storage = open_migrated(tmp_path, patience=LONG)
    storage.create_journey(SECRET, {}, sample_new_sitting(SITTING_ID), DAY)

    def delete() -> bool:
        with deadline_in(1.0):
            return storage.delete_journey(SECRET, DAY)

    with closing(sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM journey").fetchone()
        assert run_at_once([delete], "a deletion", SECONDS / 2) == [False]
        other.execute("ROLLBACK")
    assert storage.database.sweep() is True
    storage.close()
