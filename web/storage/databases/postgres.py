"""The adapter for PostgreSQL: connection options, the meaning of its errors, and retries after write conflicts."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from web.storage.databases.base import PATIENCE, Database
from web.storage.errors import FailureCode, UnavailableError

T = TypeVar("T")
SPARE_CONNECTIONS: Final = 2
"""Connections in addition to one per thread: for the daily purge and the health check."""
MAX_ATTEMPTS: Final = 12
RETRIED_STATES: Final = frozenset({"40001", "40P01", "23503"})
"""Conflicts of writers: serialization failure, deadlock, or a content purged by another writer just before its use."""
EXCLUSIVE_LOCK: Final = 7_310_583
"""The advisory lock of ``Postgres.exclusive``."""
READ_ONLY_STATE: Final = "25006"
FAILURE_CODES: Final[Mapping[str, FailureCode]] = {
    READ_ONLY_STATE: "read_only",
    "40001": "busy",  # serialization failure, after all attempts
    "40P01": "busy",  # deadlock, after all attempts
    "53100": "full",
    "53300": "busy",  # too many connections
    "55P03": "busy",  # lock timeout
    "57014": "slow",  # the server's statement timeout
    "XX001": "damaged",
    "XX002": "damaged",
}
"""By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
AWAY_CLASSES: Final = ("08", "57P")
"""Prefixes of the SQLSTATEs of failed connections and of servers that stop or start."""
DRIVERS: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


class Postgres(Database):
    """A PostgreSQL server. Writers wait for each other only if they change the same rows."""

    kind = "PostgreSQL"

    def __init__(self, url: URL, *, patience: float = PATIENCE, threads: int = 8) -> None:
        from web.storage.databases import postgres_connection  # importing psycopg is slow

        self.patience: Final = patience
        self.errors = (*Database.errors, postgres_connection.DriverError)
        self._driver: Final = postgres_connection
        connector = postgres_connection.Connector()
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,  # replaces connections that a restart of the server has closed
            pool_size=threads + SPARE_CONNECTIONS,
            max_overflow=0,
            pool_timeout=patience,
            pool_use_lifo=True,
            connect_args=_connection_options(url, patience),
            isolation_level="READ COMMITTED",
        )
        event.listen(engine, "do_connect", lambda _dialect, _record, _arguments, options: connector.connect(**options))
        event.listen(engine, "handle_error", _discard_read_only)
        super().__init__(engine)
        self.reader: Engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def write(self, work: Callable[[Connection], T]) -> T:
        for attempt in range(1, MAX_ATTEMPTS):
            try:
                return super().write(work)
            except (UnavailableError, DBAPIError) as error:
                if _sqlstate(error) not in RETRIED_STATES:
                    raise
            time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 7)))  # noqa: S311 - so that writers do not meet again
        return super().write(work)

    def failure_code(self, error: Exception) -> FailureCode:
        cause = getattr(error, "orig", error)
        if isinstance(cause, self._driver.NoAnswerError):
            return "slow"
        if isinstance(cause, self._driver.UnconfirmedCommitError):
            return "not_replicated"
        if not isinstance(cause, self._driver.DriverError):
            return super().failure_code(error)
        state = cause.sqlstate
        if state is None:  # an error of the client library, such as a connection that failed or was refused
            return "away" if isinstance(cause, self._driver.ConnectionFailure) else "unavailable"
        return "away" if state.startswith(AWAY_CLASSES) else FAILURE_CODES.get(state, "unavailable")

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


def read_url(address: str) -> URL:
    """Parse a database URL, which may name several hosts as libpq does: ``postgresql://user@first:5432,second/name``.

    Raises:
        ArgumentError: it is not a valid URL.
    """
    try:
        netloc = urlsplit(address).netloc
        user, at_sign, host_list = netloc.rpartition("@")
        if "," not in host_list:
            return make_url(address)
        hosts = [urlsplit(f"//{host}") for host in host_list.split(",")]
        query = {
            "host": ",".join(host.hostname or "" for host in hosts),
            "port": ",".join(str(host.port or "") for host in hosts),
        }
    except ValueError:  # a port that is not a number, or an unmatched bracket
        message = "a host of the database URL cannot be parsed"
        raise ArgumentError(message) from None
    return make_url(address.replace(netloc, user + at_sign, 1)).update_query_dict(query)


def _discard_read_only(context: ExceptionContext) -> None:
    """Discard all connections if the server no longer accepts writes because another one has become the primary."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY_STATE:
        context.is_disconnect = True


def _connection_options(url: URL, patience: float) -> dict[str, Any]:
    """The libpq options of every connection, except those that the URL sets."""
    milliseconds = round(patience * 1000)
    settings = {
        "lock_timeout": milliseconds,
        "statement_timeout": 3 * milliseconds,
        "synchronous_commit": "on",  # a commit waits for the disk and the standby, whatever the server's default is
    }
    defaults = {
        "prepare_threshold": None,  # a prepared statement ties a session to a server connection behind a pooler
        "connect_timeout": str(max(2, round(patience))),
        "application_name": "heartwork",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        # Detect servers that vanished without closing the connection.
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
    }
    return {name: value for name, value in defaults.items() if name not in url.query}


def _sqlstate(error: Exception) -> str | None:
    """The SQLSTATE of an error of the driver, also if ``UnavailableError`` wraps it."""
    cause = error.__cause__ if isinstance(error, UnavailableError) else error
    state = getattr(getattr(cause, "orig", None), "sqlstate", None)
    return state if isinstance(state, str) else None
