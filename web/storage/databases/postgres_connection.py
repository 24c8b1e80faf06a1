"""psycopg connections that wait at most until the deadline of a page, and accept only commits without a warning.

The client ends a wait by closing the connection. It sends no cancel request: the same server would have to answer it,
and a cancelled commit may have happened all the same.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from concurrent.futures import Future
from threading import Thread
from typing import Any, Final, TypeVar

import psycopg
from psycopg.conninfo import conninfo_attempts
from psycopg.pq import TransactionStatus

from web.storage.databases.deadline import deadline_in, has_deadline, seconds_left

T = TypeVar("T")
DriverError = psycopg.Error
ConnectionFailure = psycopg.OperationalError
BACKGROUND_SECONDS: Final = 600.0
"""The longest wait in seconds without a deadline. The server's own timeouts are shorter."""
GRACE_SECONDS: Final = 0.5
"""Seconds after the deadline during which an answer that has arrived is still read."""
PSYCOPG_OPTIONS: Final = frozenset({"autocommit", "context", "cursor_factory", "prepare_threshold", "row_factory"})
"""Arguments of ``connect`` for psycopg; all others are for libpq."""


class NoAnswerError(psycopg.OperationalError):
    """The server did not answer before the deadline. The connection is closed; the request may have been executed."""


class UnconfirmedCommitError(psycopg.OperationalError):
    """A commit was answered with a warning: perhaps only this server has it. The connection is closed."""


class DeadlineConnection(psycopg.Connection[Any]):
    """A connection that is closed if the server does not answer before the deadline."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._warnings: Final[list[str | None]] = []
        self.add_notice_handler(self._note_warning)

    def _note_warning(self, notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            self._warnings.append(notice.sqlstate)

    @classmethod
    def _connect_gen(cls, *args: Any, **kwargs: Any) -> Any:
        return _in_time(super()._connect_gen(*args, **kwargs))

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().wait(_in_time(gen), *args, **kwargs)
        except NoAnswerError:
            self.close()
            raise

    def set_read_only(self, value: bool | None) -> None:
        """Set read-only transactions; for others keep the server's default instead of demanding read-write.

        SQLAlchemy resets connections to "not read only". A server that accepts no writes would refuse that when a
        transaction begins, with another error than for a write.
        """
        super().set_read_only(value or None)

    def commit(self) -> None:
        """Commit, and treat a warning as an error.

        Raises:
            NoAnswerError: there was no answer in time; the commit may have happened.
            UnconfirmedCommitError: the commit happened on this server, but perhaps not on the standby.
        """
        if self.pgconn.transaction_status == TransactionStatus.INERROR:  # PostgreSQL would roll back without an error
            raise psycopg.errors.InFailedSqlTransaction
        if not seconds_left(BACKGROUND_SECONDS):
            self.close()
            raise NoAnswerError
        self._warnings.clear()
        try:
            super().commit()
        except psycopg.Error as error:
            if not self._warnings:
                raise
            self.close()
            raise UnconfirmedCommitError from error
        if self._warnings:
            self.close()
            raise UnconfirmedCommitError


class Connector:
    """Connects to the first of several servers that accepts the connection, within the deadline if there is one.

    Each address gets an equal share of the remaining time, so that a server that hangs leaves time for the next. The
    address of the last successful connection is tried first.
    """

    def __init__(self) -> None:
        self._last_address: tuple[Any, ...] | None = None

    def connect(self, **parameters: Any) -> DeadlineConnection:
        """Open a connection.

        Raises:
            psycopg.Error: no server accepted it, or none answered in time.
        """
        if not has_deadline():
            return DeadlineConnection.connect(**parameters)
        psycopg_options = {name: parameters.pop(name) for name in PSYCOPG_OPTIONS & parameters.keys()}
        attempts = sorted(_addresses(parameters), key=lambda attempt: _address(attempt) != self._last_address)
        errors: list[psycopg.Error] = []
        for number, attempt in enumerate(attempts):
            try:
                with deadline_in(seconds_left(math.inf) / (len(attempts) - number)):
                    connection = DeadlineConnection.connect(**attempt, **psycopg_options)
            except psycopg.Error as error:
                errors.append(error)
            else:
                self._last_address = _address(attempt)
                return connection
        raise next((error for error in errors if isinstance(error, NoAnswerError)), errors[-1])


def _address(attempt: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(attempt.get(name) for name in ("host", "hostaddr", "port", "target_session_attrs"))


def _addresses(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Resolve the addresses of all servers, in another thread because a name lookup cannot be interrupted."""
    addresses: Future[list[dict[str, Any]]] = Future()

    def resolve() -> None:
        try:
            addresses.set_result(conninfo_attempts(parameters))
        except psycopg.Error as error:
            addresses.set_exception(error)

    Thread(target=resolve, name="addresses", daemon=True).start()
    try:
        return addresses.result(seconds_left(math.inf))
    except TimeoutError:
        raise NoAnswerError from None


def _in_time(gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """Run a psycopg generator until the deadline. psycopg resumes it at short intervals.

    A generator that needs no answer is never refused. Data that has arrived is still read for ``GRACE_SECONDS``, in
    case the process was not scheduled before; a server that sends single bytes must not extend the wait for ever.
    """
    until = time.monotonic() + seconds_left(BACKGROUND_SECONDS)
    try:
        awaited = next(gen)
        if time.monotonic() >= until:
            raise NoAnswerError
        while True:
            ready = yield awaited
            if time.monotonic() >= until + (GRACE_SECONDS if ready else 0):
                raise NoAnswerError
            awaited = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result
