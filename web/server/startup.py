"""Start-up: check the data folder and the server key, open and migrate the database, configure garbage collection."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from web.settings import Settings, option, variable
from web.storage import (
    BadDatabaseUrlError,
    NewerDatabaseError,
    NoDatabaseError,
    OtherDatabaseError,
    Storage,
    StorageError,
    UnavailableError,
    database_file,
    had_database,
)
from web.storage.databases.base import PATIENCE
from web.storage.databases.location import DELETION_LOG_FILE
from web.storage.databases.mark import MARK_FILE
from web.storage.databases.sqlite_connection import has_tables, is_bare, is_empty, put_back, set_aside
from web.storage.deletion_log import DeletionLog


class CannotStartError(Exception):
    """The server cannot start. The message is one sentence with the cause and the remedy."""


def open_migrated(
    folder: Path,
    url: str | None = None,
    *,
    patience: float = PATIENCE,
    threads: int = 8,
    makes_database: bool = False,
) -> Storage:
    """Connect to the database and migrate its tables.

    Args:
        folder: the data folder with the deletion log and, without a URL, the SQLite database; created if missing.
        url: the URL of another database.
        patience: seconds to wait for other writers.
        threads: the number of threads that use the database.
        makes_database: whether to create an empty database even if the folder is marked as having one.

    Raises:
        BadDatabaseUrlError: the URL is not that of a supported database.
        NewerDatabaseError: a later version of Heartwork migrated the tables.
        NoDatabaseError: the folder is marked as having a database, and the database is missing.
        OtherDatabaseError: the folder is marked as having a different database.
        OSError: the mark in the folder cannot be read or written.
        UnavailableError: the database cannot be read or written now.
    """
    from web.storage.migrations import upgrade

    had_tables = not makes_database and had_database(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    storage = Storage.connect(folder, url, patience=patience, threads=threads, makes_database=makes_database)
    with ExitStack() as on_failure:
        on_failure.callback(storage.close)
        with storage.database.available():
            upgrade(storage.database.writer, makes_tables=not (had_tables and storage.database.is_lasting))
        storage.mark_folder(is_new=makes_database)
        storage.database.sweep()  # wipe deleted rows that the last process did not wipe
        on_failure.pop_all()
    return storage


def open_storage(
    settings: Settings,
    unusable: str | None = None,
    *,
    makes_database: bool = False,
    check_seconds: float = 0,
    is_expected: bool = False,
) -> Storage:
    """Open the storage of an installation.

    Args:
        unusable: the message for an invalid URL, if the URL does not come from the settings.
        makes_database: whether to create an empty database even if the folder is marked as having one.
        check_seconds: the time limit of a search for damage; 0 skips it.
        is_expected: whether the folder must be marked as having a database.

    Raises:
        CannotStartError: the storage cannot be opened.
    """
    with _errors_explained(settings, unusable):
        if is_expected and not had_database(settings.data_dir):
            raise NoDatabaseError
        _check_folder(settings)
        storage = _open_migrated(settings, makes_database)
        with ExitStack() as on_failure:
            on_failure.callback(storage.close)
            if check_seconds and storage.database.quick_check(check_seconds) is not None:
                raise UnavailableError(code="damaged")
            on_failure.pop_all()
        return storage


def open_empty(settings: Settings, *, on_set_aside: Callable[[Path], None]) -> Storage:
    """Open the storage with a new, empty database in place of a lost one.

    Remaining files of the old database are renamed, after the data folder and its deletion log have been checked.

    Args:
        on_set_aside: called with the new name of the old database file.

    Raises:
        CannotStartError: the storage cannot be opened.
    """
    with _errors_explained(settings, None):
        _check_folder(settings)
        file = database_file(settings.data_dir, settings.database_url)
        if file is not None and is_empty(file) and (name := set_aside(file)) is not None:
            on_set_aside(name)
        return _open_migrated(settings, makes_database=True)


@contextmanager
def opened_for_restore(settings: Settings, *, replace: bool, on_set_aside: Callable[[Path], None]) -> Iterator[Storage]:
    """Open the storage for a restore. The database may be lost, or damaged if ``replace`` is true.

    A file that replaces a lost database has no tables until the backup is restored: if the restore is interrupted, the
    file does not count as an installation without journeys. If the restore is refused, the old file is put back.

    Args:
        on_set_aside: called with the new name of the old database file, once the backup is restored.

    Raises:
        CannotStartError: the storage cannot be opened.
    """
    storage, name = _open_for_restore(settings, replace=replace)
    try:
        with closing(storage):
            yield storage
    except BaseException:
        file = database_file(settings.data_dir, settings.database_url)
        if name is not None and file is not None and not has_tables(file):
            put_back(file, name)
        raise
    if name is not None:
        on_set_aside(name)


def _open_for_restore(settings: Settings, *, replace: bool) -> tuple[Storage, Path | None]:
    """The storage, and the new name of the old database file if it was renamed."""
    with _errors_explained(settings, None):
        _check_folder(settings)
        file = database_file(settings.data_dir, settings.database_url)
        try:
            if file is None or not is_empty(file):
                return _open_migrated(settings, makes_database=file is None), None
        except NoDatabaseError:
            pass
        except (OtherDatabaseError, UnavailableError) as error:
            if error.code not in {"other_database", "damaged"} or not replace or file is None:
                raise
        name = set_aside(file) if file is not None and not is_bare(file) else None
        return Storage.connect(
            settings.data_dir, settings.database_url, threads=settings.threads, makes_database=True
        ), name


def _open_migrated(settings: Settings, makes_database: bool) -> Storage:
    return open_migrated(
        settings.data_dir, settings.database_url, threads=settings.threads, makes_database=makes_database
    )


@contextmanager
def _errors_explained(settings: Settings, unusable: str | None) -> Iterator[None]:
    """Convert errors of the storage and the data folder to ``CannotStartError``."""
    folder = settings.data_dir
    location = "that the URL names" if settings.database_url else f"in {folder}"
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"the data folder {folder} cannot be used ({reason}): select another one with --data-dir."
        raise CannotStartError(message) from None
    except BadDatabaseUrlError:
        usual = f"{option('database_url')} ({variable('database_url')}) is not the URL of a supported database."
        raise CannotStartError(unusable or usual) from None
    except StorageError as error:
        raise CannotStartError(_reason(error, folder, location)) from None


def _reason(error: StorageError, folder: Path, location: str) -> str:
    match error:
        case NewerDatabaseError():
            return f"a later version of Heartwork migrated the database {location}: install that version again."
        case NoDatabaseError():
            return (
                f"the database {location} of {folder} is missing or has no tables: put it back, restore a backup with"
                " `heartwork db restore`, or create an empty database with `heartwork db init`."
            )
        case OtherDatabaseError():
            remedy = f"put the previous one back, or delete {folder / MARK_FILE} if the new one is correct."
            return f"the database {location} is not the previous database of {folder}: {remedy}"
        case UnavailableError(code="deletion_log"):
            return deletion_log_problem(folder)
        case UnavailableError(code="damaged"):
            return f"the database {location} is damaged: restore a backup with `heartwork db restore FILE --replace`."
    cause = type(error.__cause__).__name__ if error.__cause__ else error.code
    return (
        f"the database {location} cannot be opened ({cause}): check that it is a database, not damaged and not locked."
    )


def deletion_log_problem(folder: Path) -> str:
    """A message with the cause and the remedy, for a deletion log that cannot be read or written."""
    path = folder / DELETION_LOG_FILE
    if not path.exists() and path.is_symlink():
        return f"the deletion log {path} is a broken symbolic link: mount the disk of its target, or remove the link."
    if path.exists() and not path.is_file():
        return f"the deletion log {path} is not a file: move it away."
    return f"the deletion log {path} cannot be read and written: make the user of the server its owner (chmod 600)."


def _check_folder(settings: Settings) -> None:
    """Check that the data folder is writable, and that the server key and the deletion log are usable."""
    from web.crypto.server_key import FILE, KeyExposedError, KeyFileError, server_key

    folder = settings.data_dir
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):  # an unnamed file, which a killed process does not leave behind
        pass
    try:
        server_key(folder, settings.server_key)
    except KeyExposedError:
        message = f"other users can read or write {folder / FILE}: chmod 600 {folder / FILE}"
        raise CannotStartError(message) from None
    except KeyFileError:
        message = f"{folder / FILE} is not a valid key: delete it; people then have to open their links again."
        raise CannotStartError(message) from None
    DeletionLog(folder / DELETION_LOG_FILE).check()


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """Pause garbage collection while content is loaded; then exclude all objects that exist from later collections.

    Loading makes many objects and little garbage. Collections double its processor time, and a later collection of
    these objects takes 0.2 s.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def freeze_objects() -> None:
    """Free the content that a reload replaced, and exclude the new content from later garbage collections."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
