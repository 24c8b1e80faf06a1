"""All that is special about PostgreSQL: how it is opened, and what is done again when writers met."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from web.storage.databases.base import PATIENCE, Database
from web.storage.errors import UnavailableError

T = TypeVar("T")
SPARE_CONNECTIONS: Final = 2
"""Connections besides one for each thread: for the daily forgetting, and for whoever asks whether all is well."""
MOST_TRIES: Final = 12
RETRIED_STATES: Final = frozenset({"40001", "40P01", "23503"})
"""A writer met another one: serialization failure, deadlock, or a content that was forgotten as it was to be used."""
EXCLUSIVE_LOCK: Final = 7_310_583
"""The advisory lock of what only one process does at a time."""
DRIVERS: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


class Postgres(Database):
    """A server, whose writers wait for each other row by row."""

    kind = "PostgreSQL"

    def __init__(self, url: URL, *, patience: float = PATIENCE, threads: int = 8) -> None:
        self.patience: Final = patience
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,  # after the server was restarted the next request connects anew
            pool_size=threads + SPARE_CONNECTIONS,
            max_overflow=0,
            pool_timeout=patience,
            pool_use_lifo=True,
            connect_args=_connection_options(url, patience),
            isolation_level="READ COMMITTED",
        )
        super().__init__(engine)
        self.reader: Engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def write(self, work: Callable[[Connection], T]) -> T:
        for attempt in range(1, MOST_TRIES + 1):
            try:
                return super().write(work)
            except (UnavailableError, DBAPIError) as error:
                if attempt == MOST_TRIES or _sqlstate(error) not in RETRIED_STATES:
                    raise
            time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 7)))  # noqa: S311 - so that two do not meet again
        raise AssertionError  # pragma: no cover

    @contextmanager
    def exclusive(self) -> Iterator[bool]:
        with self.reading() as connection:
            query = text("SELECT pg_try_advisory_xact_lock(:number)")
            yield bool(connection.execute(query, {"number": EXCLUSIVE_LOCK}).scalar_one())

    def most_processes(self, threads: int) -> int:
        query = "SELECT current_setting(:all)::int - current_setting(:reserved)::int"
        parameters = {"all": "max_connections", "reserved": "superuser_reserved_connections"}
        with self.reading() as connection:
            return int(connection.execute(text(query), parameters).scalar_one()) // (threads + SPARE_CONNECTIONS)


def _connection_options(url: URL, patience: float) -> dict[str, Any]:
    """What every connection says of itself, unless the URL says otherwise."""
    milliseconds = round(patience * 1000)
    defaults = {
        "connect_timeout": str(max(2, round(patience))),
        "application_name": "heartwork",
        "options": f"-c lock_timeout={milliseconds} -c statement_timeout={3 * milliseconds}",
        # A server that vanished without a word is noticed.
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
    }
    return {name: value for name, value in defaults.items() if name not in url.query}


def _sqlstate(error: Exception) -> str | None:
    """PostgreSQL's five letters for what went wrong."""
    cause = error.__cause__ if isinstance(error, UnavailableError) else error
    state = getattr(getattr(cause, "orig", None), "sqlstate", None)
    return state if isinstance(state, str) else None
