"""All that is special about SQLite: how it is opened, who may write, how deleted bytes are wiped."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from web.crypto.private_files import make_private
from web.storage.databases.base import PATIENCE, WRITE_OPTION, Database
from web.storage.databases.deadline import seconds_left
from web.storage.errors import FailureCode, UnavailableError

CHECKPOINT_SECONDS: Final = 0.1
"""Seconds that one try of a sweep may keep the writers waiting."""
PRAGMAS: Final = (
    "synchronous=FULL",  # a commit is on the disk before it returns
    "secure_delete=ON",  # what is deleted is overwritten with zeros
    "foreign_keys=ON",
    "trusted_schema=OFF",
)


FAILURE_CODES: Final[Mapping[int, FailureCode]] = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_CANTOPEN: "gone",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
}
"""By SQLite's primary result code (https://sqlite.org/rescode.html)."""


class Sqlite(Database):
    """One file, many readers, one writer at a time: within the process by a lock, between processes by SQLite's own."""

    kind = "SQLite"
    stalled_as = "busy"

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path: Final = path
        self.patience: Final = patience
        self._writer_lock: Final = Lock()
        make_private(path)
        engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
        event.listen(engine, "connect", self._on_connect)
        event.listen(engine, "begin", self._on_begin)
        super().__init__(engine)

    def _on_connect(self, connection: DBAPIConnection, _: object) -> None:
        connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not where sqlite3 guesses
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={round(seconds_left(self.patience) * 1000)}")
        deadline = time.monotonic() + seconds_left(self.patience)
        while not _uses_wal(cursor):  # SQLite does not wait by itself while another process makes the same change
            if time.monotonic() > deadline:
                raise UnavailableError(code="busy")
            time.sleep(0.01)
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def _on_begin(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout={round(seconds_left(self.patience) * 1000)}")
        # A transaction that will write says so at once: one that found out later could not wait for its turn.
        writes = connection.get_execution_options().get(WRITE_OPTION, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @contextmanager
    def turn_to_write(self) -> Iterator[None]:
        if not self._writer_lock.acquire(timeout=seconds_left(self.patience)):
            raise UnavailableError(code="busy")
        try:
            yield
        finally:
            self._writer_lock.release()

    def failure_code(self, error: Exception) -> FailureCode:
        cause = getattr(error, "orig", None)
        return _failure_code(cause) if isinstance(cause, sqlite3.Error) else super().failure_code(error)

    @contextmanager
    def exclusive(self) -> Iterator[bool]:
        # A lock on the folder leaves no file behind. Never on the database: closing it would end SQLite's own locks.
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            yield _try_lock(folder)
        finally:
            os.close(folder)

    def sweep(self) -> bool:
        """Carry the write-ahead log over into the file and cut it to nothing, as soon as no reader is in the way."""
        deadline = time.monotonic() + seconds_left(self.patience)
        while not self._checkpoint():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _checkpoint(self) -> bool:
        seconds = min(CHECKPOINT_SECONDS, self.patience)
        with suppress(sqlite3.OperationalError), closing(_open_existing(self.path, seconds)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        return False

    def save_to(self, file: Path) -> None:
        """Write the state of one moment into an empty file; people go on reading and writing.

        Raises:
            UnavailableError: this database cannot be read now, or it is damaged.
        """
        with _raw_errors_reported(), closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(file),))

    def replace_with(self, file: Path) -> None:
        """Put the pages of another database in the place of these, in one transaction, also if these are damaged.

        Raises:
            UnavailableError: this database cannot be written now.
        """

        def stop_if_busy(status: int, _remaining: int, _total: int) -> None:
            if status == sqlite3.SQLITE_BUSY:  # and that after the busy timeout; by itself it would try for ever
                raise UnavailableError(code="busy")

        with (
            _raw_errors_reported(),
            closing(sqlite3.connect(file)) as source,
            closing(self.engine.raw_connection()) as connection,
        ):
            target: Any = connection.driver_connection
            source.backup(target, progress=stop_if_busy)

    def check(self) -> tuple[str, ...]:
        try:
            with self.reading() as connection:
                integrity_results = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]
                orphans = [
                    f"{row[0]}: row {row[1]} is loose" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
                ]
        except UnavailableError as error:
            return (f"the file cannot be read ({type(error.__cause__).__name__})",)
        return (*(result for result in integrity_results if result != "ok"), *orphans)


@contextmanager
def _raw_errors_reported() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise UnavailableError(code=_failure_code(error)) from error


def _failure_code(error: sqlite3.Error) -> FailureCode:
    """The kind of failure that SQLite's own error stands for."""
    return FAILURE_CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "unavailable")


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _uses_wal(cursor: Any) -> bool:
    try:
        return bool(cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False


def _open_existing(path: Path, seconds: float) -> sqlite3.Connection:
    """A connection of its own to the file; a missing file is not created."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=seconds)
