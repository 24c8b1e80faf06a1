"""What has to be so before anything else: a data folder that can be written, a key, a database that opens."""

from __future__ import annotations

import os
from pathlib import Path

from web.settings import Settings, option, variable
from web.storage import BadAddress, NewerDatabase, Storage, Unavailable


class CannotStartError(Exception):
    """One plain sentence why."""


def open_storage(settings: Settings, unusable: str | None = None) -> Storage:
    """The storage in the data folder, or the one that a URL names.

    Args:
        unusable: what is said if the URL names no database, unless it comes from the settings.

    Raises:
        CannotStartError: with what to do.
    """
    folder = settings.data_dir
    place = "that the URL names" if settings.database_url else f"in {folder}"
    try:
        _try_to_write(folder)
        return Storage.open(folder, settings.database_url, threads=settings.threads)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"the data folder {folder} cannot be used ({reason}): name another one with --data-dir."
    except NewerDatabase:
        message = f"a later version of Heartwork has used the database {place}: install that version again."
    except BadAddress:
        message = (
            unusable or f"{option('database_url')} ({variable('database_url')}) names no database that can be used."
        )
    except Unavailable as error:
        cause = type(error.__cause__).__name__
        message = f"the database {place} cannot be opened ({cause}): is it a database, whole, and not locked?"
    raise CannotStartError(message)


def _try_to_write(folder: Path) -> None:
    from web.crypto.server_key import FILE, KeyFileError, server_key

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = folder / f".probe-{os.getpid()}"
    probe.touch()
    probe.unlink()
    try:
        server_key(folder)
    except KeyFileError:
        message = f"{folder / FILE} holds no key: delete it, and people will open their links once more."
        raise CannotStartError(message) from None
