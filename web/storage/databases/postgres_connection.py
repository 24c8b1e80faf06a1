"""psycopg connections whose waits end at the deadline of a page, and whose commits need a clean answer.

A wait ends on this side, by closing the connection. A request to cancel would have to be answered by the same server,
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
"""Seconds that one wait may last where no page waits. The server's own timeouts are shorter."""
GRACE_SECONDS: Final = 0.5
"""Seconds after a deadline for which an answer that is there is still read."""
NOT_OF_CONNINFO: Final = frozenset({"autocommit", "context", "cursor_factory", "prepare_threshold", "row_factory"})
"""Arguments of ``connect`` that are psycopg's own and not libpq's."""


class NoAnswerError(psycopg.OperationalError):
    """The server did not answer before the deadline. The connection is closed, and what was asked may have happened."""


class UnconfirmedCommitError(psycopg.OperationalError):
    """A commit was answered with a warning: it is on this server, and perhaps on no other. The connection is closed."""


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
        """Leave it to the server whether a transaction writes, unless it only reads.

        SQLAlchemy resets a connection to "not read only": a server that takes no writes would refuse that at the
        beginning of a transaction, and with another error.
        """
        super().set_read_only(value or None)

    def commit(self) -> None:
        """Commit, and believe it only if the server answers without a warning.

        Raises:
            NoAnswerError: there was no answer in time; it may have happened.
            UnconfirmedCommitError: it happened on this server, and perhaps on no other.
        """
        if self.pgconn.transaction_status == TransactionStatus.INERROR:  # the answer would be a rollback, and no error
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
    """Connects to the first of several servers that takes it, within the deadline if there is one.

    Each address gets an equal part of the time that is left, so that a server that hangs leaves time for the next. The
    address that took the last connection is tried first.
    """

    def __init__(self) -> None:
        self._last_address: tuple[Any, ...] | None = None

    def connect(self, **parameters: Any) -> DeadlineConnection:
        """Connect.

        Raises:
            psycopg.Error: no server took it, or none answered in time.
        """
        if not has_deadline():
            return DeadlineConnection.connect(**parameters)
        own = {name: parameters.pop(name) for name in NOT_OF_CONNINFO & parameters.keys()}
        attempts = sorted(_addresses(parameters), key=lambda attempt: _address(attempt) != self._last_address)
        errors: list[psycopg.Error] = []
        for number, attempt in enumerate(attempts):
            try:
                with deadline_in(seconds_left(math.inf) / (len(attempts) - number)):
                    connection = DeadlineConnection.connect(**attempt, **own)
            except psycopg.Error as error:
                errors.append(error)
            else:
                self._last_address = _address(attempt)
                return connection
        raise next((error for error in errors if isinstance(error, NoAnswerError)), errors[-1])


def _address(attempt: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(attempt.get(name) for name in ("host", "hostaddr", "port", "target_session_attrs"))


def _addresses(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The addresses of all servers, looked up in a thread of its own: a look-up of a name cannot be given up."""
    addresses: Future[list[dict[str, Any]]] = Future()

    def look_up() -> None:
        try:
            addresses.set_result(conninfo_attempts(parameters))
        except psycopg.Error as error:
            addresses.set_exception(error)

    Thread(target=look_up, name="addresses", daemon=True).start()
    try:
        return addresses.result(seconds_left(math.inf))
    except TimeoutError:
        raise NoAnswerError from None


def _in_time(gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """The same steps of psycopg's, which come back at short intervals, until the deadline.

    What needs no answer is not refused. What is ready is read, also by a process that got no processor until then, but
    not for ever: a server may send one byte after the other.
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
