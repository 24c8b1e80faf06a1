"""Where journeys are kept: the one door to SQL. Bodies go in and come out as plain values and lie there encrypted."""

from web.storage.errors import BadAddress, Exists, Missing, NewerDatabase, Stale, StorageError, Unavailable
from web.storage.rows import Content, NewSitting, State, StoredJourney, StoredSitting
from web.storage.storage import Storage
from web.storage.upkeep import Purged, bury, check, purge

__all__ = [
    "BadAddress",
    "Content",
    "Exists",
    "Missing",
    "NewSitting",
    "NewerDatabase",
    "Purged",
    "Stale",
    "State",
    "Storage",
    "StorageError",
    "StoredJourney",
    "StoredSitting",
    "Unavailable",
    "bury",
    "check",
    "purge",
]
