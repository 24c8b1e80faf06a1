"""PostgreSQL: several processes, restarts of the server, conflicts of writers, and copies to and from SQLite."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from tests.factories.sample_journey import CONTENT, DAY, OTHER_SECRET, SECRET, SITTING_ID, sample_new_sitting
from tests.servers import postgres_server as cluster
from tests.servers.server_process import HttpClient, serve
from tests.servers.waiting import SECONDS, run_at_once
from tests.web.cli.test_database import db, error_of, output_of
from tests.web.cli.test_serve import NAME, answer_first_page, begin
from web.crypto.private_link import Secret
from web.journeys.journey import Journeys
from web.journeys.sitting import Sitting
from web.server.startup import open_migrated
from web.storage import BadDatabaseUrlError, NoDatabaseError, Storage, UnavailableError, tables
from web.storage.databases.postgres import SPARE_CONNECTIONS
from web.storage.retention import purge


@pytest.fixture
def database(postgres: str) -> str:
    return postgres


@pytest.fixture
def filled_storage(storage: Storage) -> Storage:
    """A storage with two journeys."""
    storage.create_journey(SECRET, {"next_number": 2}, sample_new_sitting(SITTING_ID), DAY)
    storage.create_journey(OTHER_SECRET, {}, sample_new_sitting("0" * 32), DAY)
    return storage


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run several functions at the same time."""
    return run_at_once(works, "the end of all that is done at once")


def test_all_rows_read_as_noise(filled_storage: Storage, postgres: str) -> None:
    """The rows, which database users and backups can read, contain no answer, secret or key."""
    filled_storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {"partner_name": NAME, "self_harm": "yes"}}, "draft")
    everything = "".join(
        str(cluster.rows(postgres, f"SELECT encode(body, 'escape'), * FROM {name}"))  # noqa: S608 - two names
        for name in ("journey", "sitting")
    )
    for needle in (NAME, "self_harm", "answers", SECRET.code, SECRET.old_code, SECRET.raw.hex(), SECRET.key.hex()):
        assert needle not in everything


def test_processes_that_start_at_once_migrate_once(postgres: str, tmp_path: Path) -> None:
    """Four processes that open a new database at the same time all find it complete."""
    storages = together(*[lambda: open_migrated(tmp_path, postgres) for _ in range(4)])
    for storage in storages:
        assert storage.database.check() == ()
        storage.close()


def test_lost_tables_are_not_made_again(postgres: str, tmp_path: Path) -> None:
    """A database without tables, or a missing URL, is not mistaken for a new installation."""
    open_migrated(tmp_path, postgres).close()
    cluster.emptied(postgres)
    for url in (postgres, None):
        with pytest.raises(NoDatabaseError):
            open_migrated(tmp_path, url)
    open_migrated(tmp_path, postgres, makes_database=True).close()
    with closing(open_migrated(tmp_path, postgres)) as storage:
        assert storage.count() == 0


def test_the_pool_fits_the_threads(postgres: str, tmp_path: Path) -> None:
    """There is a connection for each thread and two more; a further call waits and then fails."""
    storage = open_migrated(tmp_path, postgres, threads=1, patience=0.2)
    transactions = [storage.database.reading() for _ in range(1 + SPARE_CONNECTIONS)]
    for transaction in transactions:
        transaction.__enter__()
    with pytest.raises(UnavailableError):
        storage.read_journey(SECRET)
    for transaction in transactions:
        transaction.__exit__(None, None, None)
    assert storage.read_journey(SECRET) is None
    assert storage.database.admission.capacity == 1
    storage.close()


def add_answer(sitting: Sitting, key: str) -> Sitting:
    return replace(sitting, answers={**sitting.answers, key: 1})


def test_writers_that_meet_lose_nothing(filled_storage: Storage) -> None:
    """Of two writers with the same revision one succeeds, and the other gets the stored state."""
    journeys = Journeys(filled_storage)
    journeys.start(third := Secret(b"\3" * 16), "breakup", CONTENT, DAY)
    journey = journeys.load(third, DAY)
    assert journey is not None
    name = journey.sittings[0].id

    def writer(who: int) -> Callable[[], None]:
        def work() -> None:
            for turn in range(5):
                key = f"{who}-{turn}"
                journeys.change(third, name, partial(add_answer, key=key))

        return work

    together(*map(writer, range(4)))
    journey = journeys.load(third, DAY)
    assert journey is not None
    assert len(journey.sittings[0].answers) == 20


def test_serialization_failures_are_done_again(filled_storage: Storage) -> None:
    """Transactions that conflict under SERIALIZABLE, as in distributed databases, are retried."""
    filled_storage.database.writer = filled_storage.database.engine.execution_options(isolation_level="SERIALIZABLE")
    tries = []
    both_have_read = threading.Barrier(2, timeout=SECONDS)

    def adding(connection: Connection) -> None:
        tries.append(1)
        first = len(tries) <= 2
        seen = connection.execute(select(tables.journey.c.revision)).scalars().all()
        if first:
            both_have_read.wait(SECONDS)
        connection.execute(update(tables.journey).values(revision=max(seen) + 1))

    together(*[lambda: filled_storage.database.write(adding) for _ in range(2)])
    assert len(tries) > 2, "at least one was retried"
    with filled_storage.database.reading() as connection:
        assert set(connection.execute(select(tables.journey.c.revision)).scalars()) == {3}


def test_a_deadlock_is_done_again(filled_storage: Storage, postgres: str, folder: Path) -> None:
    """Of two writers in a deadlock, one succeeds and the other is retried."""
    patient = open_migrated(folder, postgres)  # PostgreSQL takes a second to detect a deadlock
    locators = [SECRET.locator, OTHER_SECRET.locator]
    barrier = threading.Barrier(2, timeout=SECONDS)
    first = threading.local()

    def locking(order: list[bytes]) -> Callable[[], None]:
        def work(connection: Connection) -> None:
            for number, locator in enumerate(order):
                connection.execute(
                    update(tables.journey)
                    .where(tables.journey.c.locator == locator)
                    .values(revision=tables.journey.c.revision + 1)
                )
                if number == 0 and not getattr(first, "done", False):
                    first.done = True
                    barrier.wait(SECONDS)

        return lambda: patient.database.write(work)

    together(locking(locators), locking(locators[::-1]))
    patient.close()
    with filled_storage.database.reading() as connection:
        assert set(connection.execute(select(tables.journey.c.revision)).scalars()) == {3}


def test_forgetting_beside_beginning(storage: Storage) -> None:
    """Content that is purged just as a new sitting needs it is stored all the same."""

    def begin_many(who: int) -> Callable[[], None]:
        def work() -> None:
            for number in range(15):
                secret = Secret(bytes([who, number]) + bytes(14))
                storage.create_journey(secret, {}, sample_new_sitting(f"{who:016x}{number:016x}"), DAY)
                storage.delete_journey(secret, DAY)

        return work

    together(begin_many(1), begin_many(2), lambda: [purge(storage, DAY) for _ in range(25)])
    storage.create_journey(SECRET, {}, sample_new_sitting(SITTING_ID), DAY)
    assert storage.read_content(CONTENT.digest) == CONTENT.json


def test_one_process_forgets_at_a_time(filled_storage: Storage, postgres: str, tmp_path: Path) -> None:
    """While one process holds the exclusive lock, another one does not get it."""
    other = open_migrated(tmp_path / "other", postgres)
    with filled_storage.database.exclusive() as first_is_exclusive, other.database.exclusive() as second_is_exclusive:
        assert (first_is_exclusive, second_is_exclusive) == (True, False)
    with other.database.exclusive() as second_is_exclusive:
        assert second_is_exclusive is True
    other.close()


@pytest.mark.parametrize("url", ["postgresql+asyncpg://h/d", "mysql://h/d", "postgresql+psycopg2://h/d", "nonsense"])
def test_what_names_no_database(url: str, tmp_path: Path) -> None:
    """Only databases that are tested can be used."""
    with pytest.raises(BadDatabaseUrlError):
        open_migrated(tmp_path, url)


def test_nobody_there(tmp_path: Path) -> None:
    """The message about a server that cannot be reached is one sentence without the password."""
    message = error_of(db(tmp_path, "upgrade", HEARTWORK_DATABASE_URL="postgresql://me:secretword@127.0.0.1:1/nothing"))
    assert "the database that the URL names cannot be opened" in message or "cannot be used now" in message
    assert "secretword" not in message


@pytest.fixture(scope="module")
def restartable() -> Iterator[cluster.Cluster]:
    """A separate server, because restarting it would disturb other tests."""
    if reason := cluster.why_not():
        pytest.skip(reason)
    server = cluster.new_cluster()
    if server is None:
        pytest.skip("the server that was named cannot be restarted")
    yield server
    cluster.away(server)


def test_a_server_that_is_restarted(restartable: cluster.Cluster, tmp_path: Path) -> None:
    """While PostgreSQL is stopped, requests fail as ``away``; after the restart the next one succeeds."""
    storage = open_migrated(tmp_path, restartable.url, patience=2)
    storage.create_journey(SECRET, {}, sample_new_sitting(SITTING_ID), DAY)
    together(*[lambda: storage.read_journey(SECRET) for _ in range(4)])
    restartable.stop()
    with pytest.raises(UnavailableError) as refused:
        storage.read_journey(SECRET)
    assert refused.value.code == "away"
    restartable.start()
    for _ in range(5):
        assert storage.read_journey(SECRET) is not None
    assert storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {}}, "draft") == 2
    restartable.stop()
    restartable.start()
    assert storage.save_sitting(SECRET, SITTING_ID, 2, {"answers": {}}, "draft") == 3, (
        "also without a request in between"
    )
    storage.close()


def test_people_while_the_database_is_restarted(restartable: cluster.Cluster, tmp_path: Path) -> None:
    """A page sent while the database is away returns the typed text, and can be sent again."""
    server = serve(tmp_path, 0, HEARTWORK_DATABASE_URL=restartable.url)
    try:
        caller = HttpClient(server.url)
        begin(caller)
        path = caller.get("/quiz/1").location
        form = caller.get(path).page.form()
        fields = {**form.initial_fields, "pronoun": ["she"], "partner_name": [NAME]}
        restartable.stop()
        refused = caller.post(path, fields)
        assert refused.status == 503
        assert refused.headers["Retry-After"]
        assert json.loads(caller.get("/readyz").body)["database"] == "away"
        restartable.start()
        again = refused.page.form(path)
        assert again.initial_fields["partner_name"] == [NAME]
        assert caller.post(again.action, again.initial_fields).status == 303
        assert caller.get(path).page.form().initial_fields["partner_name"] == [NAME]
        assert NAME not in server.log
    finally:
        server.stop()


# Copies to and from SQLite


def test_from_sqlite_and_back(postgres: str, tmp_path: Path) -> None:
    """A copy from SQLite to PostgreSQL can be interrupted, and a backup of it can be restored into either."""
    first = open_migrated(tmp_path / "first")
    for number in range(450):
        secret = Secret(number.to_bytes(16, "big"))
        first.create_journey(secret, {"number": number}, sample_new_sitting(f"{number:032x}"), DAY)
    assert "450 written" in output_of(db(tmp_path / "first", "copy", "--to", postgres))
    cluster.run(postgres, "DELETE FROM sitting WHERE id > repeat('0', 30) || '9'")
    text_of = output_of(db(tmp_path / "first", "copy", "--to", postgres))
    assert "journeys: 450 compared, 0 written" in text_of
    environment = {"HEARTWORK_DATABASE_URL": postgres}
    file = tmp_path / "saved"
    assert "Saved 450 journeys" in output_of(db(tmp_path / "second", "backup", str(file), **environment))
    second = open_migrated(tmp_path / "second", postgres)
    second.delete_journey(Secret(bytes(16)), DAY)
    assert "which would be lost" in error_of(db(tmp_path / "second", "restore", str(file), **environment))
    assert "Restored 449 journeys" in output_of(
        db(tmp_path / "second", "restore", str(file), "--replace", **environment)
    )
    assert "Restored 450 journeys" in output_of(db(tmp_path / "third", "restore", str(file), "--yes"))
    third = open_migrated(tmp_path / "third")
    for number in (1, 449):
        secret = Secret(number.to_bytes(16, "big"))
        assert first.read_journey(secret) == second.read_journey(secret) == third.read_journey(secret)
    for storage in (first, second, third):
        storage.close()


def test_a_journey_hops_between_processes(postgres: str, tmp_path: Path) -> None:
    """With two servers on one database and one key, a person may use both in turn."""
    variables = {"HEARTWORK_DATABASE_URL": postgres, "HEARTWORK_SERVER_KEY": "ab" * 32}
    servers = [serve(tmp_path / name, 0, **variables) for name in ("one", "two")]
    try:
        callers = [HttpClient(server.url) for server in servers]
        callers[1].jar = callers[0].jar
        callers[1]._opener = callers[0]._opener  # cookies belong to a host and all its ports
        begin(callers[0])
        answer_first_page(callers[1])
        assert callers[0].get("/quiz/1").location == callers[1].get("/quiz/1").location != "/quiz/1/about"
        servers[0].stop()
        assert callers[1].get("/quiz/1").status == 303, "and one is enough"
    finally:
        for server in servers:
            server.stop()
