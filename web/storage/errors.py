"""What can stand in the way of keeping something. Each error has a code; its text tells nothing of a person."""

from __future__ import annotations

from typing import ClassVar

from web.storage.records import StoredJourney, StoredSitting


class StorageError(Exception):
    """Nothing was written."""

    code: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.code)


class UnavailableError(StorageError):
    """The database cannot be written or read now: it is locked for too long, full, damaged, or away."""

    code = "unavailable"


class NewerDatabaseError(StorageError):
    """A later version of Heartwork has migrated this database."""

    code = "newer_database"


class BadDatabaseUrlError(StorageError):
    """What was named is no database that this installation can use."""

    code = "bad_address"


class NotFoundError(StorageError):
    """There is no such journey or sitting, or there is none any more."""

    code = "missing"


class AlreadyExistsError(StorageError):
    """There is a journey or a sitting of this name already."""

    code = "exists"


class StaleRevisionError(StorageError):
    """Somebody wrote meanwhile; ``current`` is what stands there now, to merge with."""

    code = "stale"

    def __init__(self, current: StoredJourney | StoredSitting) -> None:
        super().__init__()
        self.current = current
