"""The interface of a database and its transactions. Subclasses adapt SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from web.storage.databases.admission import Admission, Kind
from web.storage.databases.deadline import has_deadline
from web.storage.errors import FailureCode, UnavailableError

T = TypeVar("T")
PATIENCE: Final = 20.0
"""Seconds to wait for a free connection, for the server, for other writers, and in a sweep for readers.

A page waits at most until its deadline; see ``web.storage.databases.deadline``.
"""
PROBE: Final = text("UPDATE alembic_version SET version_num = version_num")
"""Writes a row that every database has and that belongs to no person: a new row version and the server's log."""
WRITE_OPTION: Final = "heartwork_writes"
"""The execution option of connections for writing."""


class Database:
    """An engine with read and write transactions.

    All methods that read or write raise ``UnavailableError`` if the database cannot be used now. An instance must not
    be used after a fork; the child process opens its own.
    """

    kind: str = "database"
    is_lasting: bool = True
    """Whether the contents outlive the process. False for a database in memory, which is empty at every start."""
    stalled_as: FailureCode = "slow"
    """The kind of failure of a call that was not answered in time."""
    errors: tuple[type[Exception], ...] = (DBAPIError, PoolTimeout)
    """Errors that mean the database is unavailable. Subclasses add driver errors that SQLAlchemy does not wrap."""

    def __init__(self, engine: Engine) -> None:
        self.engine: Final = engine
        self.admission: Admission = Admission(stalled_as=self.stalled_as)
        self.reader: Engine = engine
        self.writer: Engine = engine.execution_options(**{WRITE_OPTION: True})

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run a read transaction, which sees one consistent state."""
        with self.available(), self.reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run a write transaction: durable when the block ends, rolled back if an error ends it."""
        with self.available("write"), self.turn_to_write(), self.writer.begin() as connection:
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a write transaction, which is durable when this returns.

        The database may repeat ``work`` after a conflict with another writer, so it must read all its input within the
        transaction.
        """
        with self.writing() as connection:
            return work(connection)

    def probe_write(self) -> None:
        """Commit a change that leaves all data as it is, to find out whether commits are durable now.

        A rollback would not do: a full disk shows only when the commit is written.
        """
        self.write(lambda connection: connection.execute(PROBE))

    @contextmanager
    def available(self, kind: Kind = "read") -> Iterator[None]:
        """Convert the errors of driver and connection pool within the block to ``UnavailableError``.

        A thread with a deadline, which serves a page, must first be admitted; see ``Admission``.
        """
        with self.admission.admitted(kind) if has_deadline() else nullcontext():
            try:
                yield
            except IntegrityError:
                raise
            except self.errors as error:
                raise UnavailableError(code=self.failure_code(error)) from error

    def turn_to_write(self) -> AbstractContextManager[None]:
        """Wait until this thread may begin a write transaction."""
        return nullcontext()

    def failure_code(self, error: Exception) -> FailureCode:
        """The kind of failure of an error of the driver or the pool."""
        return "busy" if isinstance(error, PoolTimeout) else "unavailable"

    def verify(self) -> None:
        """Raise ``UnavailableError`` if the database is gone, damaged or replaced. This check takes microseconds."""

    def name(self) -> str | None:
        """The name that distinguishes this database from others of its kind; None if it has none."""
        return None

    def give_name(self) -> str:
        """Name a database that has no name yet, and return its name."""
        return self.kind.lower()

    def quick_check(self, seconds: float) -> str | None:  # noqa: ARG002 - servers check their files themselves
        """Look for damage for at most this many seconds, and return a description of the first damage found."""
        return None

    @contextmanager
    def exclusive(self) -> Iterator[bool]:
        """Try to be the only process within such a block; yield False if another process is within one now."""
        yield True

    def most_processes(self, threads: int) -> int | None:  # noqa: ARG002 - for servers that limit connections
        """How many processes with this many threads can connect; None if the database has no limit."""
        return None

    def sweep(self) -> bool:
        """Wipe deleted data from the files; return whether all of it is wiped."""
        return True

    def check(self) -> tuple[str, ...]:
        """Descriptions of everything that is wrong with the database; empty if it is sound."""
        with self.reading() as connection:
            connection.execute(select(1))
        return ()

    def close(self) -> None:
        self.engine.dispose()
