"""Storage of journeys, the only package that uses SQL. Bodies are plain values to callers and are stored encrypted."""

from web.storage.databases.location import database_file, had_database
from web.storage.errors import (
    AlreadyExistsError,
    BadDatabaseUrlError,
    NewerDatabaseError,
    NoDatabaseError,
    NotFoundError,
    OtherDatabaseError,
    StaleRevisionError,
    StorageError,
    UnavailableError,
)
from web.storage.records import Content, NewSitting, State, StoredJourney, StoredSitting
from web.storage.store import Storage

__all__ = [
    "AlreadyExistsError",
    "BadDatabaseUrlError",
    "Content",
    "NewSitting",
    "NewerDatabaseError",
    "NoDatabaseError",
    "NotFoundError",
    "OtherDatabaseError",
    "StaleRevisionError",
    "State",
    "Storage",
    "StorageError",
    "StoredJourney",
    "StoredSitting",
    "UnavailableError",
    "database_file",
    "had_database",
]
