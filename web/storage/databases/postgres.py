"""All that is special about PostgreSQL: how it is opened, what its errors mean, what is done again when writers met."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from web.storage.databases.admission import Kind
from web.storage.databases.base import PATIENCE, Database
from web.storage.errors import FailureCode, UnavailableError

T = TypeVar("T")
SPARE_CONNECTIONS: Final = 2
"""Connections besides one for each thread: for the daily forgetting, and for whoever asks whether all is well."""
MOST_TRIES: Final = 12
RETRIED_STATES: Final = frozenset({"40001", "40P01", "23503"})
"""A writer met another one: serialization failure, deadlock, or a content that was forgotten as it was to be used."""
EXCLUSIVE_LOCK: Final = 7_310_583
"""The advisory lock of what only one process does at a time."""
READ_ONLY_STATE: Final = "25006"
FAILURE_CODES: Final[Mapping[str, FailureCode]] = {
    READ_ONLY_STATE: "read_only",
    "40001": "busy",  # serialization failures and deadlocks, done again in vain
    "40P01": "busy",
    "53100": "full",
    "53300": "busy",  # too many connections
    "55P03": "busy",  # a lock was not to be had in time
    "57014": "slow",  # the server's own timeout of a statement
    "XX001": "damaged",
    "XX002": "damaged",
}
"""By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
AWAY_CLASSES: Final = ("08", "57P")
"""The beginnings of the states of a connection that failed, and of a server that ends or starts."""
DRIVERS: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_SEVERAL_HOSTS: Final = re.compile(r"(?P<scheme>[\w+]+://)(?P<user>[^/?#]*@)?(?P<hosts>[^/?#@]*,[^/?#@]*)(?P<rest>.*)")
_HOST: Final = re.compile(r"(?:\[(?P<ipv6>[^\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>\d*))?")


class Postgres(Database):
    """A server, whose writers wait for each other row by row."""

    kind = "PostgreSQL"

    def __init__(self, url: URL, *, patience: float = PATIENCE, threads: int = 8) -> None:
        from web.storage.databases import postgres_connection  # psycopg takes a while to load

        self.patience: Final = patience
        self._driver: Final = postgres_connection
        connector = postgres_connection.Connector()
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
        event.listen(engine, "do_connect", lambda _dialect, _record, _arguments, options: connector.connect(**options))
        event.listen(engine, "handle_error", _discard_read_only)
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
    def available(self, kind: Kind = "read") -> Iterator[None]:
        with super().available(kind):
            try:
                yield
            except self._driver.DriverError as error:  # what SQLAlchemy asks the driver beside statements
                raise UnavailableError(code=self.failure_code(error)) from error

    def failure_code(self, error: Exception) -> FailureCode:
        cause = getattr(error, "orig", error)
        if isinstance(cause, self._driver.NoAnswerError):
            return "slow"
        if isinstance(cause, self._driver.UnconfirmedCommitError):
            return "not_replicated"
        if not isinstance(cause, self._driver.DriverError):
            return super().failure_code(error)
        state = cause.sqlstate
        if state is None:  # the client library says so: the connection failed, or was refused
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
    """A database's URL, also with several hosts as libpq spells them: ``postgresql://user@first:5432,second/name``.

    Raises:
        ArgumentError: it is no URL.
    """
    match = _SEVERAL_HOSTS.fullmatch(address)
    if match is None:
        return make_url(address)
    hosts = [_HOST.fullmatch(host) for host in match["hosts"].split(",")]
    if None in hosts:
        message = "a host of several cannot be read"
        raise ArgumentError(message)
    names = [host["ipv6"] or host["name"] for host in hosts if host]
    ports = [host["port"] or "" for host in hosts if host]
    query = {"host": ",".join(names), **({"port": ",".join(ports)} if any(ports) else {})}
    return make_url(match["scheme"] + (match["user"] or "") + match["rest"]).update_query_dict(query)


def _discard_read_only(context: ExceptionContext) -> None:
    """Discard all connections if the server takes no writes any more, as it does once another one is the primary."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY_STATE:
        context.is_disconnect = True


def _connection_options(url: URL, patience: float) -> dict[str, Any]:
    """What every connection says of itself, unless the URL says otherwise."""
    milliseconds = round(patience * 1000)
    settings = {
        "lock_timeout": milliseconds,
        "statement_timeout": 3 * milliseconds,
        "synchronous_commit": "on",  # on the disk, and on that of the standby, whatever the server does for others
    }
    defaults = {
        "prepare_threshold": None,  # a prepared statement ties a session to a server connection behind a pooler
        "connect_timeout": str(max(2, round(patience))),
        "application_name": "heartwork",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
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
