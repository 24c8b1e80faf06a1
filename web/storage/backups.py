"""Backups of whole databases: a private SQLite file, whichever database it comes from and goes back to.

Beside a backup lies a copy of the tombstones, ``FILE.tombstones``: if the machine is lost, it says what was deleted.
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
from web.storage.errors import NewerDatabase, UnavailableError
from web.storage.retention import apply_deletions
from web.storage.store import Storage

ENDING: Final = ".tombstones"
ABSENT: Final = "absent"
NEWER: Final = "newer"
NAMES: Final = frozenset({"journey", "sitting", "content", "alembic_version"})


class NoBackup(Exception):
    """The file is no backup that can be restored; ``code`` says why: absent, foreign, damaged, newer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code: Final = code


class Occupied(Exception):
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
        Unavailable: the database cannot be read now, or it is damaged.
    """
    for one in (file, deletions_of(file)):
        if one.exists():
            raise FileExistsError(one)
    with _beside(file) as partial:
        if isinstance(storage.database, Sqlite):
            _pages(storage.database.path, partial)
        else:
            _rows(storage, partial)
        _settle(partial)
        if storage.tombstones.path.exists():  # read after the rows: it knows all that is missing among them
            DeletionLog(deletions_of(file)).merge(storage.tombstones.path)
        partial.rename(file)
    sync_folder(file.absolute().parent)


def restore(storage: Storage, file: Path, *, replace: bool = False, tombstones: tuple[Path, ...] = ()) -> int:
    """Put a backup in the place of what is there, without what was deleted since; return how many rows that were.

    Everything is done with a copy, which then takes the place of the database in one transaction.

    Args:
        replace: whether journeys that are there may be lost.
        tombstones: files that know of deletions besides the one of this installation and the one of the backup.

    Raises:
        NoBackup, Occupied
        OSError: a file cannot be read or written.
        Unavailable: the database cannot be written now.
    """
    if not replace and (there := storage.count()):
        raise Occupied(there)
    for one in (deletions_of(file), *tombstones):
        if one.exists() or one in tombstones:
            storage.tombstones.merge(one)
    with _beside(storage.tombstones.path.with_name("restoring")) as partial:
        _looked_at(file, partial)
        gone = _made_ready(storage, partial)
        if isinstance(storage.database, Sqlite):
            _put_back(partial, storage.database.path)
        else:
            source = _file(partial)
            try:
                copy_rows(source.database, storage.database, replace=True)
            finally:
                source.close()
    storage.database.sweep()
    return gone


def deletions_of(file: Path) -> Path:
    """Where the tombstones of a backup lie."""
    return file.with_name(file.name + ENDING)


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A private file with a name of its own beside another one, which is taken away unless it got its name."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    make_private(partial)
    try:
        yield partial
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                partial.with_name(partial.name + ending).unlink()


def _pages(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=PATIENCE)) as old:
            _page_by_page(old, target)
    except sqlite3.Error as error:
        raise UnavailableError from error


def _put_back(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as new:
            _page_by_page(new, target)
    except sqlite3.Error as error:
        raise UnavailableError from error


def _page_by_page(source: sqlite3.Connection, target: Path) -> None:
    with closing(sqlite3.connect(target, timeout=PATIENCE)) as new:
        new.execute(f"PRAGMA busy_timeout={round(PATIENCE * 1000)}")
        new.execute("PRAGMA synchronous=FULL")
        new.execute("PRAGMA secure_delete=ON")
        source.backup(new)


def _rows(storage: Storage, target: Path) -> None:
    from web.storage.migrations import upgrade

    made = _file(target)
    try:
        upgrade(made.database.writer)
        copy_rows(storage.database, made.database)
    finally:
        made.close()


def _file(path: Path) -> Storage:
    """The database in a file, as it is."""
    return Storage(Sqlite(path), DeletionLog(deletions_of(path)))


def _settle(file: Path) -> None:
    """Make it one file, see that it is whole, and put it on the disk."""
    try:
        with closing(sqlite3.connect(file)) as found:
            found.execute("PRAGMA journal_mode=DELETE")
            whole = found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    except sqlite3.Error as error:
        raise UnavailableError from error
    if not whole:
        raise UnavailableError
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _looked_at(file: Path, target: Path) -> None:
    """Copy a backup, if it is one and whole."""
    if not file.is_file():
        raise NoBackup(ABSENT)
    try:
        with closing(sqlite3.connect(f"file:{file.absolute()}?mode=ro&immutable=1", uri=True)) as found:
            names = {row[0] for row in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            whole = found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            fault = "damaged" if not whole else "foreign" if not names >= NAMES else None
            if fault is None:
                _page_by_page(found, target)
    except sqlite3.Error:
        fault = "damaged"
    if fault is not None:
        raise NoBackup(fault)


def _made_ready(storage: Storage, copy: Path) -> int:
    """Bring a copy's tables up to date, and bury in it what this installation has buried."""
    from web.storage.migrations import upgrade

    ready = _file(copy)
    try:
        upgrade(ready.database.writer)
        gone = apply_deletions(Storage(ready.database, storage.tombstones))
    except NewerDatabase:
        raise NoBackup(NEWER) from None
    finally:
        ready.close()
    _settle(copy)
    return gone
