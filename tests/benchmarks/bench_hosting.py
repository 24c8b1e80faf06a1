"""What a host has to know: bytes of a journey, requests of a sitting, what a core answers, how long a backup takes.

Time of the processor is what the operating system counts for the servers alone, so that other programs on the machine
do not matter; requests a second do depend on them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from tests.clients.crowd import ANSWERS, RoundRobinClient
from tests.clients.person import Person
from tests.clients.site import secret_of
from tests.factories.sample_journey import DAY
from tests.servers import postgres_server as cluster
from tests.servers.server_process import Server, serve
from web.crypto.private_link import Secret
from web.server.startup import open_migrated
from web.storage import Content, NewSitting, Storage, tables
from web.storage.backups import back_up
from web.storage.copying import checksums, copy_rows

PEOPLE: Final = 8
EACH: Final = 3
MANY: Final = 3000
TICK: Final = os.sysconf("SC_CLK_TCK")


def main() -> int:
    requests_table, sizes_table = (
        Table("servers", "requests a sitting", "ms of a core each", "requests a second"),
        Table("what", "measured"),
    )
    own_cluster = cluster.new_cluster(options=("max_connections=60",))
    assert own_cluster is not None, "there is no PostgreSQL here"
    try:
        with tempfile.TemporaryDirectory() as name:
            for number, (database, count) in enumerate(
                [("SQLite", 1), ("SQLite", 2), ("PostgreSQL", 1), ("PostgreSQL", 2)]
            ):
                url = None if database == "SQLite" else cluster.own_database(own_cluster.url, f"bench_{number}")
                requests_table.add_row(f"{count} with {database}", *_people(Path(name) / str(number), count, url))
            _sizes(Path(name) / "0", cluster.own_database(own_cluster.url, "bench_sizes"), sizes_table)
    finally:
        cluster.away(own_cluster)
    Console().print(requests_table, sizes_table)
    return 0


@contextmanager
def running(folder: Path, count: int, url: str | None) -> Iterator[list[Server]]:
    # An empty variable is none.
    servers = [serve(folder, HEARTWORK_SERVER_KEY="ab" * 32, HEARTWORK_DATABASE_URL=url or "") for _ in range(count)]
    try:
        yield servers
    finally:
        for server in servers:
            server.stop()


def _people(folder: Path, count: int, url: str | None) -> tuple[str, str, str]:
    def take(_: int) -> int:
        person = Person(RoundRobinClient(*(server.url for server in servers)))
        person.start()
        person.walk(ANSWERS)
        person.finish()
        return len(person.responses)

    with running(folder, count, url) as servers, ThreadPoolExecutor(PEOPLE) as pool:
        sum(pool.map(take, range(PEOPLE)))  # warm
        before, cores = time.perf_counter(), _cores(servers)
        requests = sum(pool.map(take, range(PEOPLE * EACH)))
        took, worked = time.perf_counter() - before, _cores(servers) - cores
    return f"{requests / PEOPLE / EACH:.0f}", f"{1000 * worked / requests:.1f}", f"{requests / took:.0f}"


def _cores(servers: list[Server]) -> float:
    """Seconds of the processor that the servers have had."""
    fields = [
        Path(f"/proc/{server.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        for server in servers
    ]
    return sum(int(columns[11]) + int(columns[12]) for columns in fields) / TICK


def _sizes(folder: Path, url: str, table: Table) -> None:
    with running(folder, 1, None) as (server,):
        person = Person(RoundRobinClient(server.url))
        person.start()
        person.walk(ANSWERS)
        person.finish()
        secret = secret_of(person)
    storage = open_migrated(folder)
    with storage.database.reading() as connection:
        for stored_table in (tables.sitting, tables.journey):
            mean_length = connection.execute(select(func.avg(func.length(stored_table.c.body)))).scalar_one()
            table.add_row(f"{stored_table.name}, encrypted", f"{mean_length:.0f} bytes")
    _multiply(storage, folder / "many", secret)
    many_journeys = open_migrated(folder / "many")
    table.add_row("a journey in SQLite", f"{_file(folder / 'many') / MANY / 1000:.1f} KB")
    table.add_row(f"backup of {MANY}", _timed(lambda: back_up(many_journeys, folder / "saved", DAY)))
    postgres_copy = open_migrated(folder / "other", url)
    table.add_row(
        f"copy of {MANY} to PostgreSQL", _timed(lambda: copy_rows(many_journeys.database, postgres_copy.database))
    )
    table.add_row("its proof", _timed(lambda: (checksums(many_journeys.database), checksums(postgres_copy.database))))
    total_size_query = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN ('journey', 'sitting')"
    table.add_row("a journey in PostgreSQL", f"{float(cluster.rows(url, total_size_query)[0][0]) / MANY / 1000:.1f} KB")
    for opened in (storage, many_journeys, postgres_copy):
        opened.close()


def _multiply(storage: Storage, folder: Path, secret: Secret) -> None:
    """As many journeys as are wanted, each like the one that there is."""
    journey = storage.read_journey(secret)
    assert journey is not None
    (sitting,) = journey.sittings
    json = storage.read_content(sitting.content_digest)
    assert json is not None
    many = open_migrated(folder)
    for _ in range(MANY):
        new = NewSitting(token_hex(16), Content(sitting.content_digest, json), sitting.state, sitting.body)
        many.create_journey(Secret.mint(), journey.body, new, DAY)
    many.close()


def _file(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("heartwork.sqlite*"))


def _timed(work: Callable[[], object]) -> str:
    before = time.perf_counter()
    work()
    return f"{time.perf_counter() - before:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
