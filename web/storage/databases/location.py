"""Where the database is: in the data folder, unless a URL names another one. Also whether the folder has had one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy.exc import ArgumentError

from web.storage.databases.base import Database
from web.storage.databases.mark import DatabaseMark
from web.storage.databases.postgres import DRIVERS, Postgres, read_url
from web.storage.databases.sqlite import Sqlite
from web.storage.deletion_log import DeletionLog
from web.storage.errors import BadDatabaseUrlError

DATABASE_FILE: Final = "heartwork.sqlite"
DELETION_LOG_FILE: Final = "tombstones"


def had_database(folder: Path) -> bool:
    """Whether this data folder has had a database, so that a missing one counts as lost."""
    return DatabaseMark(folder).exists() or DeletionLog(folder / DELETION_LOG_FILE).is_used()


def database_file(folder: Path, url: str | None) -> Path | None:
    """The file of an SQLite database; None for other databases.

    Raises:
        BadDatabaseUrlError: the URL is not valid.
    """
    try:
        parsed_url = read_url("sqlite://" if url is None else url)
    except ArgumentError:
        raise BadDatabaseUrlError from None
    if parsed_url.get_backend_name() != "sqlite":
        return None
    return Path(parsed_url.database) if parsed_url.database else folder / DATABASE_FILE


def open_database(folder: Path, url: str | None, patience: float, threads: int) -> Database:
    """The database that the URL names, or SQLite in this folder without a URL.

    Raises:
        BadDatabaseUrlError: the URL is not valid, or names a database that is not supported.
    """
    path = database_file(folder, url)
    if path is not None:
        return Sqlite(path, patience=patience)
    parsed_url = read_url(url or "")
    if parsed_url.drivername not in DRIVERS:
        raise BadDatabaseUrlError
    try:
        return Postgres(parsed_url, patience=patience, threads=threads)
    except (ArgumentError, ImportError):  # psycopg is not installed, or does not know an option
        raise BadDatabaseUrlError from None
