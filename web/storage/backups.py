"""Backups of whole databases: a private SQLite file, whichever database it comes from and goes back to.

Beside a backup lies a copy of the deletion log, ``FILE.tombstones``: if the machine is lost, it says what was deleted.
Unfinished copies lie in a ``temporary_folder``, so that those of a killed process can be removed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import inspect

from web.crypto.private_files import make_private, sync
from web.crypto.temporary_folder import temporary_folder
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


class UnknownDeletionsError(Exception):
    """It is not known what was deleted after the backup was made, so all of that would come back.

    ``journeys`` says how many the backup has; ``since`` is the last day of its deletion log, if it has one.
    """

    def __init__(self, journeys: int, since: str | None) -> None:
        super().__init__(str(journeys))
        self.journeys: Final = journeys
        self.since: Final = since


def back_up(storage: Storage, file: Path, day: date) -> None:
    """Write the state of one moment into a file that only this user reads; people go on answering.

    The file has its name once it is whole and on the disk. Its deletion log gets its name before: a log without a file
    is what a process that was killed in between left, and its lines are taken over.

    Raises:
        FileExistsError: there is such a file.
        OSError: it cannot be written.
        UnavailableError: the database cannot be read now, or it is damaged.
    """
    log_file = deletion_log_of(file)
    _refuse_to_overwrite(file, log_file)
    with temporary_folder(file.parent) as folder:
        partial, log = folder / "copy", DeletionLog(folder / "copy.tombstones")
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
        log.record_backup(day)
        with suppress(UnavailableError):  # on a full disk one must still be able to save; a restore will ask
            storage.deletion_log.merge(log.path)
        # Read after the rows, so that it knows all that is missing among them.
        for path in (storage.deletion_log.path, log_file):
            if path.exists():
                log.merge(path)
        _refuse_to_overwrite(file, log_file)
        log.path.rename(log_file)
        sync(file.absolute().parent)
        partial.rename(file)
    sync(file.absolute().parent)


def restore(
    storage: Storage,
    file: Path,
    *,
    replace: bool = False,
    deletion_logs: tuple[Path, ...] = (),
    revive_unknown: bool = False,
) -> int:
    """Put a backup in the place of what is there, without what was deleted since; return how many rows that were.

    Everything is done with a copy, which then takes the place of the database in one transaction. A restore that is
    refused leaves database and deletion log as they were.

    Args:
        replace: whether journeys that are there may be lost.
        deletion_logs: files with deletions besides those of this installation and of the backup.
        revive_unknown: whether to go on if it is not known what was deleted after the backup was made.

    Raises:
        InvalidBackupError, DatabaseNotEmptyError, UnknownDeletionsError
        OSError: a file cannot be read or written.
        UnavailableError: the database cannot be written now.
    """
    if not replace and (journeys := _count(storage)):
        raise DatabaseNotEmptyError(journeys)
    if not file.is_file():
        raise InvalidBackupError(code="absent")
    own_log, backup_log = storage.deletion_log, DeletionLog(deletion_log_of(file))
    is_current = bool(deletion_logs) or _knows_what_followed(own_log, backup_log)
    with temporary_folder(own_log.path.parent) as folder:
        partial, log = folder / "copy", DeletionLog(folder / "copy.tombstones")
        for path in (*filter(Path.exists, (own_log.path, backup_log.path)), *deletion_logs):
            log.merge(path)
        make_private(partial)
        shutil.copyfile(file, partial)
        if not _is_whole(partial):
            raise InvalidBackupError(code="damaged")
        with closing(Storage(Sqlite(partial), log)) as copy:
            deleted = _bring_up_to_date(copy)
            if not is_current and not revive_unknown and (journeys := copy.count()):
                raise UnknownDeletionsError(journeys, _last_day(backup_log))
            if log.path.exists():  # before the rows: if this ends in between, nothing deleted can come back
                own_log.merge(log.path)
            if isinstance(storage.database, Sqlite):
                storage.database.replace_with(partial)
            else:
                replace_rows(copy.database, storage.database)
    deleted += apply_deletions(storage)  # what people deleted while all this was done
    storage.mark_folder(is_new=True)
    storage.database.sweep()
    return deleted


def deletion_log_of(file: Path) -> Path:
    """The path of a backup's deletion log."""
    return file.with_name(file.name + DELETION_LOG_SUFFIX)


def _refuse_to_overwrite(file: Path, log_file: Path) -> None:
    """Raise ``FileExistsError`` unless both names are free, or a deletion log that is no link has that of the log."""
    if os.path.lexists(file):
        raise FileExistsError(file)
    is_orphan = log_file.is_file() and not log_file.is_symlink() and bool(DeletionLog(log_file).entries())
    if os.path.lexists(log_file) and not is_orphan:
        raise FileExistsError(log_file)


def _knows_what_followed(own_log: DeletionLog, backup_log: DeletionLog) -> bool:
    """Whether the installation's log goes on where that of the backup ends."""
    own_entries = own_log.entries()
    return bool(own_entries) and backup_log.entries() <= own_entries


def _last_day(log: DeletionLog) -> str | None:
    return max((entry.rpartition(" ")[2] for entry in log.entries()), default=None)


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
