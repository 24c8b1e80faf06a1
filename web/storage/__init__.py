"""Where journeys are kept: the one door to SQL. Bodies go in and come out as plain values and lie there encrypted."""

from web.storage.backups import NoBackup, Occupied, back_up, restore
from web.storage.copying import Copied, Sum, copy_rows, missing_from, sums
from web.storage.errors import BadAddress, Exists, Missing, NewerDatabase, Stale, StorageError, Unavailable
from web.storage.records import Content, NewSitting, State, StoredJourney, StoredSitting
from web.storage.retention import Purged, bury, check, purge
from web.storage.store import Storage, database_file

__all__ = [
    "BadAddress",
    "Content",
    "Copied",
    "Exists",
    "Missing",
    "NewSitting",
    "NewerDatabase",
    "NoBackup",
    "Occupied",
    "Purged",
    "Stale",
    "State",
    "Storage",
    "StorageError",
    "StoredJourney",
    "StoredSitting",
    "Sum",
    "Unavailable",
    "back_up",
    "bury",
    "check",
    "copy_rows",
    "database_file",
    "missing_from",
    "purge",
    "restore",
    "sums",
]
