"""What has to be so before the first request: a writable data folder, a key, a migrated database, settled memory."""

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
    """One plain sentence why."""


def open_migrated(
    folder: Path,
    url: str | None = None,
    *,
    patience: float = PATIENCE,
    threads: int = 8,
    makes_database: bool = False,
) -> Storage:
    """Connect to the database, in SQLite in this folder unless a URL says otherwise, and bring its tables up to date.

    Args:
        folder: where the SQLite file and the deletion log lie; it is made if it is not there.
        patience: seconds to wait for other writers before giving up.
        threads: how many use it at once.
        makes_database: whether to begin with an empty one also if this folder has had a database.

    Raises:
        BadDatabaseUrlError: the URL names no database that can be used.
        NewerDatabaseError: a later version of Heartwork has used it.
        NoDatabaseError: this folder has had a database, and there is none.
        OtherDatabaseError: this folder has had another database.
        OSError: the mark in the folder cannot be read or written.
        UnavailableError: it cannot be read or written now.
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
        storage.database.sweep()  # what was deleted and not wiped when the last process ended
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
    """The storage in the data folder, or the one that a URL names.

    Args:
        unusable: what is said if the URL names no database, unless it comes from the settings.
        makes_database: whether to begin with an empty one also if the folder has had a database.
        check_seconds: for how many seconds to look for damage at most.
        is_expected: whether the data folder has to be there already.

    Raises:
        CannotStartError: with what to do.
    """
    with _reasons_given(settings, unusable):
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
    """The storage with an empty database where the old one is lost.

    What was left of the old one gets a new name, and not before the data folder and its deletion log can be used.

    Args:
        on_set_aside: is called with that name.

    Raises:
        CannotStartError: with what to do.
    """
    with _reasons_given(settings, None):
        _check_folder(settings)
        file = database_file(settings.data_dir, settings.database_url)
        if file is not None and is_empty(file) and (name := set_aside(file)) is not None:
            on_set_aside(name)
        return _open_migrated(settings, makes_database=True)


@contextmanager
def opened_for_restore(settings: Settings, *, replace: bool, on_set_aside: Callable[[Path], None]) -> Iterator[Storage]:
    """The storage that a backup is restored into, which may be lost, or damaged if ``replace`` says so.

    A file that takes the place of a lost one has no tables before the backup is in it: if the restore is cut off, it is
    not taken for an installation with nothing in it. If the restore is refused, what was left of the old one is put
    back.

    Args:
        on_set_aside: is called with the new name of what was left of the old database, once the backup is restored.

    Raises:
        CannotStartError: with what to do.
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
    """The storage, and the new name of what was left of the old one, if anything was."""
    with _reasons_given(settings, None):
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
def _reasons_given(settings: Settings, unusable: str | None) -> Iterator[None]:
    """Say in one sentence why the storage cannot be opened, and what to do."""
    folder = settings.data_dir
    location = "that the URL names" if settings.database_url else f"in {folder}"
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"the data folder {folder} cannot be used ({reason}): name another one with --data-dir."
        raise CannotStartError(message) from None
    except BadDatabaseUrlError:
        usual = f"{option('database_url')} ({variable('database_url')}) names no database that can be used."
        raise CannotStartError(unusable or usual) from None
    except StorageError as error:
        raise CannotStartError(_reason(error, folder, location)) from None


def _reason(error: StorageError, folder: Path, location: str) -> str:
    match error:
        case NewerDatabaseError():
            return f"a later version of Heartwork has used the database {location}: install that version again."
        case NoDatabaseError():
            return (
                f"{folder} has had a database, and the database {location} is not there or has no tables: put it back,"
                " or `heartwork db restore` a backup, or start with nothing by `heartwork db init`."
            )
        case OtherDatabaseError():
            remedy = f"put that one back, or delete {folder / MARK_FILE} if this one is right."
            return f"the database {location} is not the one that {folder} has had: {remedy}"
        case UnavailableError(code="deletion_log"):
            return deletion_log_problem(folder)
        case UnavailableError(code="damaged"):
            return f"the database {location} is damaged: `heartwork db restore FILE --replace` brings a backup back."
    cause = type(error.__cause__).__name__ if error.__cause__ else error.code
    return f"the database {location} cannot be opened ({cause}): is it a database, whole, and not locked?"


def deletion_log_problem(folder: Path) -> str:
    """A sentence about the deletion log of a data folder that cannot be read or written, with what to do."""
    path = folder / DELETION_LOG_FILE
    if not path.exists() and path.is_symlink():
        return f"the deletion log {path} is a link to nothing: mount the disk it leads to, or remove the link."
    if path.exists() and not path.is_file():
        return f"the deletion log {path} is no file: move it away."
    return f"the deletion log {path} cannot be read and written: give it to the user who runs the server (chmod 600)."


def _check_folder(settings: Settings) -> None:
    """Make sure that the data folder can be written, and that what lies beside the database can be used."""
    from web.crypto.server_key import FILE, KeyExposedError, KeyFileError, server_key

    folder = settings.data_dir
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):  # it has no name, so a process that is killed here leaves nothing behind
        pass
    try:
        server_key(folder, settings.server_key)
    except KeyExposedError:
        message = f"others on this machine can read or write {folder / FILE}: chmod 600 {folder / FILE}"
        raise CannotStartError(message) from None
    except KeyFileError:
        message = f"{folder / FILE} holds no key: delete it, and people will open their links once more."
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
