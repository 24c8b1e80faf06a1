"""Functions for connections to an SQLite file and for the file itself, and the meaning of SQLite's errors."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Timer
from typing import Final

from web.crypto.private_files import sync
from web.storage.databases.deadline import wait_until
from web.storage.errors import FailureCode, UnavailableError

JOIN_SECONDS: Final = 10.0
"""Seconds to wait until a timer that was cancelled, or is interrupting a query, has ended."""
PRAGMAS: Final = (
    "synchronous=FULL",  # a commit is on the disk before it returns
    "secure_delete=ON",  # deleted data is overwritten with zeros
    "foreign_keys=ON",
    "trusted_schema=OFF",
)
PARTS: Final = ("", "-wal", "-shm")
"""The suffixes of the files of a database."""
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


def open_in_wal_mode(path: Path, seconds: float) -> sqlite3.Connection:
    """Open a configured connection that waits at most this many seconds for other processes.

    Raises:
        sqlite3.Error: the file is missing or cannot be read.
        UnavailableError: other processes kept it busy for too long.
    """
    with ExitStack() as on_failure:
        connection = on_failure.enter_context(closing(open_existing(path, seconds)))
        connection.isolation_level = None  # SQLAlchemy begins the transactions, not sqlite3
        if not wait_until(lambda: _uses_wal(connection), seconds):
            raise UnavailableError(code="busy")
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        on_failure.pop_all()
    return connection


def failure_code_of(error: sqlite3.Error) -> FailureCode:
    """The kind of failure of an SQLite error."""
    return FAILURE_CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "unavailable")


def first_damage(connection: sqlite3.Connection, seconds: float) -> str | None:
    """Look for damage for at most this many seconds, and return a description of the first damage found."""
    timer = Timer(seconds, connection.interrupt)
    timer.start()
    try:
        (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return None
    finally:
        timer.cancel()
        timer.join(JOIN_SECONDS)
    return None if result == "ok" else str(result)


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Write the log into the database file and truncate it; False if readers or writers are in the way."""
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def name_file(file: Path, number: int) -> None:
    """Set the name (``user_version``) of a database file that no other process has open."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA user_version={number}")


def _uses_wal(connection: sqlite3.Connection) -> bool:
    """Try to switch to WAL mode. SQLite itself does not wait while another process makes the same switch."""
    try:
        return bool(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False


def open_existing(path: Path, seconds: float) -> sqlite3.Connection:
    """Open a connection that does not create a missing file, and that other threads may use."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=seconds, check_same_thread=False)


def is_empty(path: Path) -> bool:
    """Whether a file is missing or has no bytes, so that SQLite would create a new database in it."""
    try:
        return path.stat().st_size == 0
    except FileNotFoundError:
        return True


def set_aside(path: Path) -> Path | None:
    """Rename what is left of a database, so that another one can take its place; return its new path, if any.

    The log and its index are renamed as well, because they would damage another database.
    """
    suffix, number = ".damaged", 1
    while os.path.lexists(f"{path}{suffix}") or os.path.lexists(f"{path}{suffix}-wal"):
        number += 1
        suffix = f".damaged-{number}"
    parts = [part for part in PARTS if Path(f"{path}{part}").exists()]
    if all(Path(f"{path}{part}").stat().st_size == 0 for part in parts):
        for part in parts:
            Path(f"{path}{part}").unlink()
        return None
    for part in parts:
        Path(f"{path}{part}").rename(f"{path}{suffix}{part}")
        sync(path.parent)
    return Path(f"{path}{suffix}{parts[0]}")


def has_tables(path: Path) -> bool:
    """Whether a database file has any tables."""
    with closing(open_existing(path, 1.0)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return bool(count)


def is_bare(path: Path) -> bool:
    """Whether this is a sound database without tables, such as a killed restore leaves behind."""
    try:
        return not has_tables(path)
    except sqlite3.Error:
        return False


def put_back(path: Path, new_name: Path) -> None:
    """Undo ``set_aside``, and delete the database that took the place. All connections to it must be closed."""
    base = str(new_name).removesuffix("-wal").removesuffix("-shm")
    for part in PARTS:
        Path(f"{path}{part}").unlink(missing_ok=True)
        if (old := Path(f"{base}{part}")).exists():
            old.rename(f"{path}{part}")
    sync(path.parent)
