"""Connections to an SQLite file: how they are opened, what is asked of them, and what their errors mean."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Final

from web.crypto.private_files import sync
from web.storage.errors import FailureCode, UnavailableError

JOIN_SECONDS: Final = 10.0
"""Seconds for which a timer that was cancelled, or is interrupting a query, is waited for."""
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


def open_in_wal_mode(path: Path, seconds: float) -> sqlite3.Connection:
    """A connection with all its settings, which waits so many seconds for others.

    Raises:
        sqlite3.Error: the file is not there, or cannot be read.
        UnavailableError: other processes kept it busy for longer.
    """
    connection = open_existing(path, seconds)
    try:
        connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not where sqlite3 guesses
        _await_wal_mode(connection, seconds)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def failure_code_of(error: sqlite3.Error) -> FailureCode:
    """The kind of failure that SQLite's own error stands for."""
    return FAILURE_CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "unavailable")


def first_damage(connection: sqlite3.Connection, seconds: float) -> str | None:
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


def name_file(file: Path, number: int) -> None:
    """Give this name to a database file that no other process has open."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA user_version={number}")


def _await_wal_mode(connection: sqlite3.Connection, seconds: float) -> None:
    """Change to WAL mode. SQLite does not wait by itself while another process makes the same change."""
    deadline = time.monotonic() + seconds
    while not _uses_wal(connection):
        if time.monotonic() > deadline:
            raise UnavailableError(code="busy")
        time.sleep(0.01)


def _uses_wal(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False


def open_existing(path: Path, seconds: float) -> sqlite3.Connection:
    """A connection of its own to the file; a missing file is not created."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=seconds, check_same_thread=False)


def is_empty(path: Path) -> bool:
    """Whether there is no such file, or one without a byte: what SQLite would make a new database of."""
    try:
        return path.stat().st_size == 0
    except FileNotFoundError:
        return True


PARTS: Final = ("", "-wal", "-shm")
"""What the names of a database's files end in."""


def set_aside(path: Path) -> Path | None:
    """Rename what is left of a database, so that another one can take its place; return its new name, if any.

    The log and its index go with it: beside another database they would damage that.
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
    """Whether there is anything in a database file."""
    with closing(open_existing(path, 1.0)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return bool(count)


def is_bare(path: Path) -> bool:
    """Whether this is a sound database with nothing in it, as a killed restore leaves it: not worth keeping."""
    try:
        return not has_tables(path)
    except sqlite3.Error:
        return False


def put_back(path: Path, new_name: Path) -> None:
    """Undo ``set_aside``: what took the place of the database is deleted. All connections to it are closed."""
    base = str(new_name).removesuffix("-wal").removesuffix("-shm")
    for part in PARTS:
        Path(f"{path}{part}").unlink(missing_ok=True)
        if (old := Path(f"{base}{part}")).exists():
            old.rename(f"{path}{part}")
    sync(path.parent)
