"""Backups of whole databases: a private SQLite file, whichever database it comes from and goes back to.

Beside a backup lies a copy of the deletion log, ``FILE.tombstones``: if the machine is lost, it says what was deleted.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import inspect

from web.crypto.private_files import make_private, sync
from web.storage.copying import copy_rows, replace_rows
from web.storage.databases.sqlite import Sqlite
from web.storage.deletion_log import DeletionLog
from web.storage.errors import NewerDatabaseError, UnavailableError
from web.storage.migrations import current_revision, upgrade
from web.storage.retention import apply_deletions
from web.storage.store import Storage

DELETION_LOG_SUFFIX: Final = ".tombstones"
TABLE_NAMES: Final = frozenset({"journey", "sitting", "content", "alembic_version"})
"""What every backup has had so far."""


class InvalidBackupError(Exception):
    """The file is no backup that can be restored; ``code`` says why: absent, foreign, damaged, newer."""

    def __init__(self, *, code: str) -> None:
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
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as folder:
        partial = Path(folder, file.name)
        make_private(partial)
        if isinstance(storage.database, Sqlite):
            storage.database.save_to(partial)
        else:
            with closing(Sqlite(partial)) as copy:
                upgrade(copy.writer)
                copy_rows(storage.database, copy)
        if not _is_whole(partial):
            raise UnavailableError(code="damaged")
        sync(partial)
        if storage.deletion_log.path.exists():  # read after the rows: it knows all that is missing among them
            DeletionLog(deletion_log_of(file)).merge(storage.deletion_log.path)
        partial.rename(file)
    sync(file.absolute().parent)


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
    if not replace and (journeys := _count(storage)):
        raise DatabaseNotEmptyError(journeys)
    for path in (deletion_log_of(file), *deletion_logs):
        if path.exists() or path in deletion_logs:
            storage.deletion_log.merge(path)
    if not file.is_file():
        raise InvalidBackupError(code="absent")
    with TemporaryDirectory(prefix=".restoring.", dir=storage.deletion_log.path.parent) as folder:
        partial = Path(shutil.copyfile(file, Path(folder, "restoring")))
        if not _is_whole(partial):
            raise InvalidBackupError(code="damaged")
        with closing(Storage(Sqlite(partial), storage.deletion_log)) as copy:
            deleted = _bring_up_to_date(copy)
            if isinstance(storage.database, Sqlite):
                storage.database.replace_with(partial)
            else:
                replace_rows(copy.database, storage.database)
    storage.mark_folder(is_new=True)
    storage.database.sweep()
    return deleted


def deletion_log_of(file: Path) -> Path:
    """The path of a backup's deletion log."""
    return file.with_name(file.name + DELETION_LOG_SUFFIX)


def _count(storage: Storage) -> int:
    """How many journeys there are; none if there are no tables yet."""
    with storage.database.reading() as connection:
        has_tables = current_revision(connection) is not None
    return storage.count() if has_tables else 0


def _is_whole(file: Path) -> bool:
    """Whether a file is a database without damage; if so, all of it is in this one file afterwards."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def _bring_up_to_date(copy: Storage) -> int:
    """Bring the tables of a backup up to date, and delete what was deleted since; return how many rows that were."""
    with copy.database.reading() as connection:
        names = inspect(connection).get_table_names()
    if not TABLE_NAMES.issubset(names):
        raise InvalidBackupError(code="foreign")
    try:
        upgrade(copy.database.writer)
    except NewerDatabaseError:
        raise InvalidBackupError(code="newer") from None
    return apply_deletions(copy)
