"""What has to be so before the first request: a writable data folder, a key, a migrated database, settled memory."""

from __future__ import annotations

import gc
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile

from web.settings import Settings, option, variable
from web.storage import BadDatabaseUrlError, NewerDatabaseError, Storage, UnavailableError
from web.storage.databases.base import PATIENCE


class CannotStartError(Exception):
    """One plain sentence why."""


def open_migrated(folder: Path, url: str | None = None, *, patience: float = PATIENCE, threads: int = 8) -> Storage:
    """Connect to the database, in SQLite in this folder unless a URL says otherwise, and bring its tables up to date.

    Args:
        folder: where the SQLite file and the deletion log lie; it is made if it is not there.
        patience: seconds to wait for other writers before giving up.
        threads: how many use it at once.

    Raises:
        BadDatabaseUrlError: the URL names no database that can be used.
        NewerDatabaseError: a later version of Heartwork has used it.
        UnavailableError: it cannot be read or written now.
    """
    from web.storage.migrations import upgrade

    storage = Storage.connect(folder, url, patience=patience, threads=threads)
    with ExitStack() as on_failure:
        on_failure.callback(storage.close)
        with storage.database.available():
            upgrade(storage.database.writer)
        on_failure.pop_all()
    storage.database.sweep()  # what was deleted and not wiped when the last process ended
    return storage


def open_storage(settings: Settings, unusable: str | None = None) -> Storage:
    """The storage in the data folder, or the one that a URL names.

    Args:
        unusable: what is said if the URL names no database, unless it comes from the settings.

    Raises:
        CannotStartError: with what to do.
    """
    folder = settings.data_dir
    location = "that the URL names" if settings.database_url else f"in {folder}"
    try:
        _check_folder(folder)
        return open_migrated(folder, settings.database_url, threads=settings.threads)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"the data folder {folder} cannot be used ({reason}): name another one with --data-dir."
    except NewerDatabaseError:
        message = f"a later version of Heartwork has used the database {location}: install that version again."
    except BadDatabaseUrlError:
        message = (
            unusable or f"{option('database_url')} ({variable('database_url')}) names no database that can be used."
        )
    except UnavailableError as error:
        cause = type(error.__cause__).__name__
        message = f"the database {location} cannot be opened ({cause}): is it a database, whole, and not locked?"
    raise CannotStartError(message)


def _check_folder(folder: Path) -> None:
    from web.crypto.server_key import FILE, KeyFileError, server_key

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):  # it has no name, so a process that is killed here leaves nothing behind
        pass
    try:
        server_key(folder)
    except KeyFileError:
        message = f"{folder / FILE} holds no key: delete it, and people will open their links once more."
        raise CannotStartError(message) from None


def freeze_objects() -> None:
    """Leave all objects that live now out of garbage collections: the content stays, and a scan of it takes 0.2 s.

    What was left out before is collected once more, so that content which a reload has replaced is freed.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
