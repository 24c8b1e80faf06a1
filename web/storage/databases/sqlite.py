"""The adapter for SQLite: connections, one writer at a time, wiping deleted bytes, saving and replacing the file."""

from __future__ import annotations

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

from web.crypto.private_files import make_private, try_lock
from web.storage.databases.base import PATIENCE, WRITE_OPTION, Database
from web.storage.databases.deadline import seconds_left, wait_until
from web.storage.databases.file_watch import FileWatch
from web.storage.databases.sqlite_connection import (
    checkpoint,
    failure_code_of,
    first_damage,
    name_file,
    open_existing,
    open_in_wal_mode,
)
from web.storage.errors import FailureCode, UnavailableError

CHECKPOINT_SECONDS: Final = 0.1
"""How long one attempt of a sweep may block writers."""
RECHECK_SECONDS: Final = 10.0
"""Seconds between two checks of a database after damage was found."""
RECHECK_DURATION: Final = 1.0
"""The longest time in seconds for such a check."""


class Sqlite(Database):
    """An SQLite file with many readers and one writer. A lock orders the threads of a process, SQLite the processes."""

    kind = "SQLite"
    stalled_as = "busy"
    errors = (*Database.errors, sqlite3.Error)

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path: Final = path
        self.patience: Final = patience
        self._writer_lock: Final = Lock()
        self._damage_lock: Final = RLock()
        self._checked_again_at: float | None = None
        """When to check again after damage was found; None if no damage is known."""
        make_private(Path(os.path.realpath(path)))
        self._watch: Final = FileWatch(path.absolute(), partial(open_in_wal_mode, path.absolute()))
        url = URL.create("sqlite", database=str(path))
        engine = create_engine(url, hide_parameters=True, creator=self._connect, poolclass=QueuePool)
        event.listen(engine, "begin", self._on_begin)
        super().__init__(engine)

    def _connect(self) -> sqlite3.Connection:
        """Open a connection for the pool, and make sure that it is to the file that is watched."""
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
        self.verify()  # discards results that were read while the file was overwritten

    def _on_begin(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout={round(seconds_left(self.patience) * 1000)}")
        # SQLite cannot wait for other writers when a transaction turns from reading to writing.
        writes = connection.get_execution_options().get(WRITE_OPTION, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @contextmanager
    def turn_to_write(self) -> Iterator[None]:
        if not self._writer_lock.acquire(timeout=seconds_left(self.patience)):
            raise UnavailableError(code="busy")
        try:
            self.verify()
            yield
            self.verify()  # a commit into a file that is gone is not acknowledged
        finally:
            self._writer_lock.release()

    def probe_write(self) -> None:
        # SQLite may skip an update that changes nothing. It always writes a header field, as one page of the log.
        def work(connection: Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA user_version={_user_version(connection)}")

        self.write(work)

    def name(self) -> str | None:
        """The random number in the header (``user_version``) as hexadecimal digits. Backups have no name."""
        with self.reading() as connection:
            number = _user_version(connection)
        return f"{number:08x}" if number else None

    def give_name(self) -> str:
        with self.writing() as connection:
            number = _user_version(connection) or 1 + secrets.randbelow(2**31 - 1)
            connection.exec_driver_sql(f"PRAGMA user_version={number}")
        return f"{number:08x}"

    def failure_code(self, error: Exception) -> FailureCode:
        cause = getattr(error, "orig", error)
        if not isinstance(cause, sqlite3.Error):
            return super().failure_code(error)
        if (fault := self._watch.fault()) is not None:  # a fault of the files explains the error
            return fault
        code = failure_code_of(cause)
        if code == "damaged":
            with self._damage_lock:
                self._checked_again_at = self._checked_again_at or time.monotonic() + RECHECK_SECONDS
        return code

    @contextmanager
    def exclusive(self) -> Iterator[bool]:
        # Locking the folder leaves no file behind. Closing a descriptor of the database would release SQLite's locks.
        try:
            folder = os.open(self.path.parent, os.O_RDONLY)
        except OSError as error:
            raise UnavailableError(code="gone") from error
        try:
            yield try_lock(folder)
        finally:
            os.close(folder)

    def sweep(self) -> bool:
        """Write the log into the database file and truncate it, waiting until no reader is in the way."""
        self.verify()
        return wait_until(self._checkpoint, seconds_left(self.patience))

    def _checkpoint(self) -> bool:
        seconds = min(CHECKPOINT_SECONDS, self.patience)
        with suppress(sqlite3.OperationalError), closing(open_existing(self.path, seconds)) as connection:
            return checkpoint(connection)
        return False

    def save_to(self, file: Path) -> None:
        """Write one consistent state into an empty file, without the name. Other connections may read and write."""
        self.verify()
        with self.available(), closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(file),))
        self.verify()
        name_file(file, 0)

    def replace_with(self, file: Path) -> None:
        """Replace all pages by those of another database file, in one transaction, also if this database is damaged.

        This database keeps its name, and the file gets the same name.
        """

        def stop_if_busy(status: int, _remaining: int, _total: int) -> None:
            if status == sqlite3.SQLITE_BUSY:  # the busy timeout has passed; sqlite3 would repeat for ever
                raise UnavailableError(code="busy")

        with self.available("write"), closing(self.engine.raw_connection()) as connection:
            target: Any = connection.driver_connection
            name_file(file, target.execute("PRAGMA user_version").fetchone()[0])
            with closing(sqlite3.connect(file)) as source:
                source.backup(target, progress=stop_if_busy)
        self._watch.verify()
        with self._damage_lock:
            self._checked_again_at = None

    def quick_check(self, seconds: float) -> str | None:
        try:
            with self.available(), closing(open_existing(self.path, self.patience)) as connection:
                return first_damage(connection, seconds)
        except UnavailableError as error:
            if error.code != "damaged":
                raise
            return "it cannot be read"

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
                    f"{row[0]}: row {row[1]} refers to a row that is missing"
                    for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
                ]
        except UnavailableError as error:
            return (f"the file cannot be read ({type(error.__cause__).__name__})",)
        return (*(result for result in integrity_results if result != "ok"), *orphans)


def _user_version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
