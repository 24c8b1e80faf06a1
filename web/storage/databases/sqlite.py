"""All that is special about SQLite: how it is opened, who may write, how deleted bytes are wiped."""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Final, cast

from sqlalchemy import URL, Connection, QueuePool, create_engine, event

from web.crypto.private_files import make_private
from web.storage.databases.base import PATIENCE, WRITE_OPTION, Database
from web.storage.databases.deadline import seconds_left
from web.storage.databases.file_watch import FileWatch
from web.storage.databases.sqlite_connection import (
    failure_code_of,
    first_damage,
    name_file,
    open_existing,
    open_in_wal_mode,
)
from web.storage.errors import FailureCode, UnavailableError

CHECKPOINT_SECONDS: Final = 0.1
"""Seconds that one try of a sweep may keep the writers waiting."""
RECHECK_SECONDS: Final = 10.0
"""Seconds between two checks of a database in which damage was met."""
RECHECK_DURATION: Final = 1.0
"""Seconds that such a check may take."""


class Sqlite(Database):
    """One file, many readers, one writer at a time: within the process by a lock, between processes by SQLite's own."""

    kind = "SQLite"
    stalled_as = "busy"

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path: Final = path
        self.patience: Final = patience
        self._writer_lock: Final = Lock()
        self._damage_lock: Final = RLock()
        self._checked_again_at: float | None = None
        """When a database in which damage was met is checked again; None while there is none."""
        make_private(Path(os.path.realpath(path)))
        self._watch: Final = FileWatch(path.absolute(), partial(open_in_wal_mode, path.absolute()))
        url = URL.create("sqlite", database=str(path))
        engine = create_engine(url, hide_parameters=True, creator=self._connect, poolclass=QueuePool)
        event.listen(engine, "begin", self._on_begin)
        super().__init__(engine)

    def _connect(self) -> sqlite3.Connection:
        """A connection for the pool. As it was opened by its path, it is used only if that leads to the same file."""
        self._watch.begin()
        connection = open_in_wal_mode(self.path, seconds_left(self.patience))
        try:
            self._watch.verify()
        except UnavailableError:
            connection.close()
            raise
        return connection

    def verify(self) -> None:
        self._watch.verify()
        with self._damage_lock:
            if self._checked_again_at is None:
                return
            if time.monotonic() >= self._checked_again_at:
                if self.quick_check(RECHECK_DURATION) is None:
                    self._checked_again_at = None
                    return
                self._checked_again_at = time.monotonic() + RECHECK_SECONDS
        raise UnavailableError(code="damaged")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        self.verify()
        with super().reading() as connection:
            yield connection
        self.verify()  # what was read while the file was overwritten is not shown

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
            self.verify()
            yield
            self.verify()  # what was committed into a file that is gone is not acknowledged
        finally:
            self._writer_lock.release()

    def probe_write(self) -> None:
        # SQLite may leave out a row that does not change; a number of the header it writes in any case: one page of
        # the write-ahead log, where the next change of a person is written as well.
        def work(connection: Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA user_version={_user_version(connection)}")

        self.write(work)

    def name(self) -> str | None:
        """A random number in the header (``user_version``). A backup has none: it may take the place of the file."""
        with self.reading() as connection:
            number = _user_version(connection)
        return f"{number:08x}" if number else None

    def give_name(self) -> str:
        with self.writing() as connection:
            number = _user_version(connection) or 1 + secrets.randbelow(2**31 - 1)
            connection.exec_driver_sql(f"PRAGMA user_version={number}")
        return f"{number:08x}"

    def failure_code(self, error: Exception) -> FailureCode:
        cause = getattr(error, "orig", None)
        if not isinstance(cause, sqlite3.Error):
            return super().failure_code(error)
        return self._code_of(cause)

    def _code_of(self, error: sqlite3.Error) -> FailureCode:
        """The kind of failure; an error whose cause is that a file is gone is that of the file."""
        if (fault := self._watch.fault()) is not None:
            return fault
        code = failure_code_of(error)
        if code == "damaged":
            with self._damage_lock:
                self._checked_again_at = self._checked_again_at or time.monotonic() + RECHECK_SECONDS
        return code

    @contextmanager
    def exclusive(self) -> Iterator[bool]:
        # A lock on the folder leaves no file behind. Never on the database: closing it would end SQLite's own locks.
        try:
            folder = os.open(self.path.parent, os.O_RDONLY)
        except OSError as error:
            raise UnavailableError(code="gone") from error
        try:
            yield _try_lock(folder)
        finally:
            os.close(folder)

    def sweep(self) -> bool:
        """Carry the write-ahead log over into the file and cut it to nothing, as soon as no reader is in the way."""
        self.verify()
        deadline = time.monotonic() + seconds_left(self.patience)
        while not self._checkpoint():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _checkpoint(self) -> bool:
        seconds = min(CHECKPOINT_SECONDS, self.patience)
        with suppress(sqlite3.OperationalError), closing(open_existing(self.path, seconds)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        return False

    def save_to(self, file: Path) -> None:
        """Write the state of one moment into an empty file, without a name; people go on reading and writing.

        Raises:
            UnavailableError: this database cannot be read now, or it is damaged.
        """
        self.verify()
        with self._raw_errors_reported(), closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(file),))
        self.verify()
        name_file(file, 0)

    def replace_with(self, file: Path) -> None:
        """Put the pages of another database in the place of these, in one transaction, also if these are damaged.

        This database keeps its name, which the file is given as well.

        Raises:
            UnavailableError: this database cannot be written now.
        """

        def stop_if_busy(status: int, _remaining: int, _total: int) -> None:
            if status == sqlite3.SQLITE_BUSY:  # and that after the busy timeout; by itself it would try for ever
                raise UnavailableError(code="busy")

        with (
            self._raw_errors_reported(),
            closing(self.engine.raw_connection()) as connection,
        ):
            target: Any = connection.driver_connection
            name_file(file, target.execute("PRAGMA user_version").fetchone()[0])
            with closing(sqlite3.connect(file)) as source:
                source.backup(target, progress=stop_if_busy)
        self._watch.verify()
        with self._damage_lock:
            self._checked_again_at = None

    def quick_check(self, seconds: float) -> str | None:
        """Look for damage for so many seconds at most, and return the first that is met."""
        try:
            with self._raw_errors_reported(), closing(open_existing(self.path, self.patience)) as connection:
                return first_damage(connection, seconds)
        except UnavailableError as error:
            if error.code != "damaged":
                raise
            return "it cannot be read"

    @contextmanager
    def _raw_errors_reported(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise UnavailableError(code=self._code_of(error)) from error

    def close(self) -> None:
        self._watch.fault()
        pool = cast("QueuePool", self.engine.pool)
        super().close()
        self._watch.close(is_last=pool.checkedout() == 0)

    def check(self) -> tuple[str, ...]:
        try:
            self._watch.verify()
            with super().reading() as connection:
                integrity_results = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]
                orphans = [
                    f"{row[0]}: row {row[1]} is loose" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
                ]
        except UnavailableError as error:
            return (f"the file cannot be read ({type(error.__cause__).__name__})",)
        return (*(result for result in integrity_results if result != "ok"), *orphans)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _user_version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
