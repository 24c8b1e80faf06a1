"""A database and its transactions, whichever it is.

What only one has is in ``web.storage.databases.sqlite`` and ``web.storage.databases.postgres``.
"""

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
"""Seconds that one waits for a free connection, for the server, for other writers, and as a sweep for readers.

A page waits no longer than its deadline; see ``web.storage.databases.deadline``.
"""
PROBE: Final = text("UPDATE alembic_version SET version_num = version_num")
"""A row that every database has, and that belongs to no person. The server writes a new version of it, and its log."""
WRITE_OPTION: Final = "heartwork_writes"
"""The execution option of connections that are going to write."""


class Database:
    """An engine with transactions for reading and for writing.

    It belongs to the process that made it: after a fork, make another one.
    """

    kind: str = "database"
    is_lasting: bool = True
    """Whether what is in it outlives the process, so that it is lost if there is nothing at the next start."""
    stalled_as: FailureCode = "slow"
    """The kind of failure of a call that got no answer in time."""

    def __init__(self, engine: Engine) -> None:
        self.engine: Final = engine
        self.admission: Admission = Admission(stalled_as=self.stalled_as)
        self.reader: Engine = engine
        self.writer: Engine = engine.execution_options(**{WRITE_OPTION: True})

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of everything.

        Raises:
            UnavailableError: the database cannot be read now.
        """
        with self.available(), self.reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is durable once it has ended, and has not happened if an error ended it.

        Raises:
            UnavailableError: the database cannot be written now.
        """
        with self.available("write"), self.turn_to_write(), self.writer.begin() as connection:
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do all of ``work`` in one transaction for writing, which is durable when this returns.

        It is done again from the beginning if the database says that it met another writer, so it may only make its
        values from what it reads within.

        Raises:
            UnavailableError: the database cannot be written now.
        """
        with self.writing() as connection:
            return work(connection)

    def probe_write(self) -> None:
        """Commit a change that leaves everything as it was, so that it is known whether a commit becomes durable now.

        A transaction that is rolled back would prove nothing, as a full disk shows when the commit is written.

        Raises:
            UnavailableError: the database cannot be written now.
        """
        self.write(lambda connection: connection.execute(PROBE))

    @contextmanager
    def available(self, kind: Kind = "read") -> Iterator[None]:
        """Raise whatever the database refuses for reasons of its own as ``UnavailableError``.

        A page that has a deadline is only let in while a thread is left for others; see ``Admission``.
        """
        with self.admission.admitted(kind) if has_deadline() else nullcontext():
            try:
                yield
            except IntegrityError:
                raise
            except (DBAPIError, PoolTimeout) as error:
                raise UnavailableError(code=self.failure_code(error)) from error

    def turn_to_write(self) -> AbstractContextManager[None]:
        """What a transaction for writing waits for before it begins.

        Raises:
            UnavailableError: it waited too long.
        """
        return nullcontext()

    def failure_code(self, error: Exception) -> FailureCode:
        """The kind of failure that an error of the driver or the pool stands for."""
        return "busy" if isinstance(error, PoolTimeout) else "unavailable"

    def verify(self) -> None:
        """Make sure that this is still the database it was; it costs next to nothing.

        Raises:
            UnavailableError: it is gone, or another one, or damaged.
        """

    def name(self) -> str | None:
        """What tells this database from others of its kind; None if it has no name.

        Raises:
            UnavailableError: the database cannot be read now.
        """
        return None

    def give_name(self) -> str:
        """Give a database a name if it has none, and return it.

        Raises:
            UnavailableError: the database cannot be written now.
        """
        return self.kind.lower()

    def quick_check(self, seconds: float) -> str | None:  # noqa: ARG002 - servers check their files themselves
        """Look for damage for so many seconds at most, and return the first that is met."""
        return None

    @contextmanager
    def exclusive(self) -> Iterator[bool]:
        """Whether no other process is within this now: what need not be done twice at the same time."""
        yield True

    def most_processes(self, threads: int) -> int | None:  # noqa: ARG002 - it is for who counts them
        """How many processes with so many threads it has connections for; None if it does not count them.

        Raises:
            UnavailableError: the database cannot be read now.
        """
        return None

    def sweep(self) -> bool:
        """Wipe what was deleted from the files; True if nothing of it is left."""
        return True

    def check(self) -> tuple[str, ...]:
        """What is wrong with the database: nothing, if all is well."""
        with self.reading() as connection:
            connection.execute(select(1))
        return ()

    def close(self) -> None:
        self.engine.dispose()
