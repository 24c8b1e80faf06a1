"""Storage of journeys, the only package that uses SQL. Bodies are plain values to callers and are stored encrypted."""

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
from web.storage.store import Storage, database_file

__all__ = [
    "AlreadyExistsError",
    "BadDatabaseUrlError",
    "Content",
    "NewSitting",
    "NewerDatabaseError",
    "NotFoundError",
    "StaleRevisionError",
    "State",
    "Storage",
    "StorageError",
    "StoredJourney",
    "StoredSitting",
    "UnavailableError",
    "database_file",
]
