"""Backs up a database to a private SQLite file, and restores it to SQLite or PostgreSQL.

Each backup has a copy of the deletion log beside it, ``FILE.tombstones``, in case the machine is lost. Unfinished
copies are made in a ``temporary_folder``, so that those of killed processes can be removed.
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
"""The tables of backups of all versions so far."""


class InvalidBackupError(Exception):
    """The file cannot be restored; ``code`` is ``absent``, ``foreign``, ``damaged`` or ``newer``."""

    def __init__(self, *, code: str) -> None:
        super().__init__(code)
        self.code: Final = code


class DatabaseNotEmptyError(Exception):
    """The database has journeys already; ``journeys`` is their number."""

    def __init__(self, journeys: int) -> None:
        super().__init__(str(journeys))
        self.journeys: Final = journeys


class UnknownDeletionsError(Exception):
    """Deletions after the backup are not known, so the restore would bring deleted data back.

    ``journeys`` is the number of journeys in the backup, and ``since`` the last day of its deletion log, if any.
    """

    def __init__(self, journeys: int, since: str | None) -> None:
        super().__init__(str(journeys))
        self.journeys: Final = journeys
        self.since: Final = since


def back_up(storage: Storage, file: Path, day: date) -> None:
    """Write one consistent state to a file that only this user can read. The storage can be used meanwhile.

    The file gets its name when it is complete and on the disk. Its deletion log gets its name first: a process that is
    killed in between leaves the log alone, and the next backup takes over its lines.

    Raises:
        FileExistsError: the file exists already.
        OSError: the file cannot be written.
        UnavailableError: the database cannot be read now, or is damaged.
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
        with suppress(UnavailableError):  # a full disk must not prevent a backup; its restore will ask
            storage.deletion_log.merge(log.path)
        # Read after the rows, so that the log includes all rows that were deleted before.
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
    """Replace the database by a backup without the rows that were deleted since; return how many rows these were.

    The work is done on a copy, which then replaces the database in one transaction. If the restore is refused, database
    and deletion log stay as they were.

    Args:
        replace: whether to replace a database that has journeys.
        deletion_logs: further deletion logs besides those of this installation and of the backup.
        revive_unknown: whether to restore although deletions after the backup are not known.

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
            if log.path.exists():  # before the rows are replaced, so that a crash cannot bring deleted rows back
                own_log.merge(log.path)
            if isinstance(storage.database, Sqlite):
                storage.database.replace_with(partial)
            else:
                replace_rows(copy.database, storage.database)
    deleted += apply_deletions(storage)  # deletions during the restore
    storage.mark_folder(is_new=True)
    storage.database.sweep()
    return deleted


def deletion_log_of(file: Path) -> Path:
    """The path of a backup's deletion log."""
    return file.with_name(file.name + DELETION_LOG_SUFFIX)


def _refuse_to_overwrite(file: Path, log_file: Path) -> None:
    """Raise ``FileExistsError`` if the file exists, or if the log's path exists and is not a deletion log."""
    if os.path.lexists(file):
        raise FileExistsError(file)
    is_orphan = log_file.is_file() and not log_file.is_symlink() and bool(DeletionLog(log_file).entries())
    if os.path.lexists(log_file) and not is_orphan:
        raise FileExistsError(log_file)


def _knows_what_followed(own_log: DeletionLog, backup_log: DeletionLog) -> bool:
    """Whether the installation's log contains the backup's log, and so all deletions since."""
    own_entries = own_log.entries()
    return bool(own_entries) and backup_log.entries() <= own_entries


def _last_day(log: DeletionLog) -> str | None:
    return max((entry.rpartition(" ")[2] for entry in log.entries()), default=None)


def _count(storage: Storage) -> int:
    """The number of journeys; 0 if there are no tables yet."""
    with storage.database.reading() as connection:
        has_tables = current_revision(connection) is not None
    return storage.count() if has_tables else 0


def _is_whole(file: Path) -> bool:
    """Whether a file is an undamaged database. Its log is merged into it, so that the file is complete by itself."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def _bring_up_to_date(copy: Storage) -> int:
    """Migrate the tables of a backup and apply its deletion log; return how many rows were deleted."""
    with copy.database.reading() as connection:
        names = inspect(connection).get_table_names()
    if not TABLE_NAMES.issubset(names):
        raise InvalidBackupError(code="foreign")
    try:
        upgrade(copy.database.writer)
    except NewerDatabaseError:
        raise InvalidBackupError(code="newer") from None
    return apply_deletions(copy)
