"""Where journeys are kept: the one door to SQL. Bodies go in and come out as plain values and lie there encrypted."""

from web.storage.backups import NoBackup, Occupied, back_up, restore
from web.storage.copying import Copied, Sum, copy_rows, missing_from, sums
from web.storage.errors import (
    AlreadyExistsError,
    BadAddress,
    NewerDatabase,
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
    "BadAddress",
    "Content",
    "Copied",
    "NewSitting",
    "NewerDatabase",
    "NoBackup",
    "NotFoundError",
    "Occupied",
    "Purged",
    "StaleRevisionError",
    "State",
    "Storage",
    "StorageError",
    "StoredJourney",
    "StoredSitting",
    "Sum",
    "UnavailableError",
    "apply_deletions",
    "back_up",
    "check",
    "copy_rows",
    "database_file",
    "missing_from",
    "purge",
    "restore",
    "sums",
]
