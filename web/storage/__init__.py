"""Storage of journeys, the only package that uses SQL. Bodies are plain values to callers and are stored encrypted."""

from web.storage.backups import DatabaseNotEmptyError, InvalidBackupError, back_up, restore
from web.storage.copying import CopyResult, TableChecksum, checksums, copy_rows, missing_from
from web.storage.errors import (
    AlreadyExistsError,
    BadDatabaseUrlError,
    NewerDatabaseError,
    NotFoundError,
    StaleRevisionError,
    StorageError,
    UnavailableError,
)
from web.storage.records import Content, NewSitting, State, StoredJourney, StoredSitting
from web.storage.retention import Purged, apply_deletions, check, purge
from web.storage.store import Storage, database_file

__all__ = [
    "AlreadyExistsError",
    "BadDatabaseUrlError",
    "Content",
    "CopyResult",
    "DatabaseNotEmptyError",
    "InvalidBackupError",
    "NewSitting",
    "NewerDatabaseError",
    "NotFoundError",
    "Purged",
    "StaleRevisionError",
    "State",
    "Storage",
    "StorageError",
    "StoredJourney",
    "StoredSitting",
    "TableChecksum",
    "UnavailableError",
    "apply_deletions",
    "back_up",
    "check",
    "checksums",
    "copy_rows",
    "database_file",
    "missing_from",
    "purge",
    "restore",
]
