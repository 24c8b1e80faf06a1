"""Backups of whole databases: a private SQLite file, whichever database it comes from and goes back to.

Beside a backup lies a copy of the deletion log, ``FILE.tombstones``: if the machine is lost, it says what was deleted.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from web.crypto.private_files import make_private, sync_folder
from web.storage.copying import copy_rows
from web.storage.databases.sqlite import PATIENCE, Sqlite
from web.storage.deletion_log import DeletionLog
from web.storage.errors import NewerDatabaseError, UnavailableError
from web.storage.retention import apply_deletions
from web.storage.store import Storage

DELETION_LOG_SUFFIX: Final = ".tombstones"
ABSENT: Final = "absent"
NEWER: Final = "newer"
TABLE_NAMES: Final = frozenset({"journey", "sitting", "content", "alembic_version"})


class InvalidBackupError(Exception):
    """The file is no backup that can be restored; ``code`` says why: absent, foreign, damaged, newer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code: Final = code


class DatabaseNotEmptyError(Exception):
    """The database has something in it already; ``journeys`` says how much."""

    def __init__(self, journeys: int) -> None:
        super().__init__(str(journeys))
        self.journeys: Final = journeys


def back_up(storage: Storage, file: Path) -> None:
    """Write the state of one moment into a file that only this user reads; people go on answering.

    The file has its name once it is whole and on the disk.

    Raises:
        FileExistsError: there is such a file.
        OSError: it cannot be written.
        UnavailableError: the database cannot be read now, or it is damaged.
    """
    for path in (file, deletion_log_of(file)):
        if path.exists():
            raise FileExistsError(path)
    with _temporary_file(file) as partial:
        if isinstance(storage.database, Sqlite):
            _copy_sqlite(storage.database.path, partial)
        else:
            _copy_tables(storage, partial)
        _finalize(partial)
        if storage.deletion_log.path.exists():  # read after the rows: it knows all that is missing among them
            DeletionLog(deletion_log_of(file)).merge(storage.deletion_log.path)
        partial.rename(file)
    sync_folder(file.absolute().parent)


def restore(storage: Storage, file: Path, *, replace: bool = False, deletion_logs: tuple[Path, ...] = ()) -> int:
    """Put a backup in the place of what is there, without what was deleted since; return how many rows that were.

    Everything is done with a copy, which then takes the place of the database in one transaction.

    Args:
        replace: whether journeys that are there may be lost.
        deletion_logs: files with deletions besides those of this installation and of the backup.

    Raises:
        InvalidBackupError, DatabaseNotEmptyError
        OSError: a file cannot be read or written.
        UnavailableError: the database cannot be written now.
    """
    if not replace and (journeys := storage.count()):
        raise DatabaseNotEmptyError(journeys)
    for path in (deletion_log_of(file), *deletion_logs):
        if path.exists() or path in deletion_logs:
            storage.deletion_log.merge(path)
    with _temporary_file(storage.deletion_log.path.with_name("restoring")) as partial:
        _copy_checked(file, partial)
        deleted = _prepare(storage, partial)
        if isinstance(storage.database, Sqlite):
            _overwrite_sqlite(partial, storage.database.path)
        else:
            source = _open_file(partial)
            try:
                copy_rows(source.database, storage.database, replace=True)
            finally:
                source.close()
    storage.database.sweep()
    return deleted


def deletion_log_of(file: Path) -> Path:
    """The path of a backup's deletion log."""
    return file.with_name(file.name + DELETION_LOG_SUFFIX)


@contextmanager
def _temporary_file(file: Path) -> Iterator[Path]:
    """A private file with a name of its own beside another one, which is taken away unless it got its name."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    make_private(partial)
    try:
        yield partial
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                partial.with_name(partial.name + suffix).unlink()


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=PATIENCE)) as connection:
            _copy_pages(connection, target)
    except sqlite3.Error as error:
        raise UnavailableError from error


def _overwrite_sqlite(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as connection:
            _copy_pages(connection, target)
    except sqlite3.Error as error:
        raise UnavailableError from error


def _copy_pages(source: sqlite3.Connection, target: Path) -> None:
    with closing(sqlite3.connect(target, timeout=PATIENCE)) as destination:
        destination.execute(f"PRAGMA busy_timeout={round(PATIENCE * 1000)}")
        destination.execute("PRAGMA synchronous=FULL")
        destination.execute("PRAGMA secure_delete=ON")
        source.backup(destination)


def _copy_tables(storage: Storage, target: Path) -> None:
    from web.storage.migrations import upgrade

    copy = _open_file(target)
    try:
        upgrade(copy.database.writer)
        copy_rows(storage.database, copy.database)
    finally:
        copy.close()


def _open_file(path: Path) -> Storage:
    """The database in a file, as it is."""
    return Storage(Sqlite(path), DeletionLog(deletion_log_of(path)))


def _finalize(file: Path) -> None:
    """Make it one file, see that it is whole, and put it on the disk."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            intact = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    except sqlite3.Error as error:
        raise UnavailableError from error
    if not intact:
        raise UnavailableError
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_checked(file: Path, target: Path) -> None:
    """Copy a backup, if it is one and whole."""
    if not file.is_file():
        raise InvalidBackupError(ABSENT)
    try:
        with closing(sqlite3.connect(f"file:{file.absolute()}?mode=ro&immutable=1", uri=True)) as connection:
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            intact = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            code = "damaged" if not intact else "foreign" if not names >= TABLE_NAMES else None
            if code is None:
                _copy_pages(connection, target)
    except sqlite3.Error:
        code = "damaged"
    if code is not None:
        raise InvalidBackupError(code)


def _prepare(storage: Storage, copy: Path) -> int:
    """Bring a copy's tables up to date, and delete from it what this installation has deleted."""
    from web.storage.migrations import upgrade

    prepared = _open_file(copy)
    try:
        upgrade(prepared.database.writer)
        deleted = apply_deletions(Storage(prepared.database, storage.deletion_log))
    except NewerDatabaseError:
        raise InvalidBackupError(NEWER) from None
    finally:
        prepared.close()
    _finalize(copy)
    return deleted
