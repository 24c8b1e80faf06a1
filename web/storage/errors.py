"""The errors of the storage. Each has a code, and its text contains no personal data."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Final, Literal

from web.crypto.encrypted_body import NewerFormatError, UnreadableError
from web.storage.records import StoredJourney, StoredSitting

FailureCode = Literal[
    "busy",
    "full",
    "read_only",
    "gone",
    "damaged",
    "away",
    "slow",
    "not_replicated",
    "deletion_log",
    "damaged_row",
    "newer_row",
    "unavailable",
]
"""The kinds of failure of the storage. ``SENTENCES`` in ``web.storage.failure_log`` describes each."""

CODES_BY_ERRNO: Final[Mapping[int, FailureCode]] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
    errno.ENOENT: "gone",
    errno.EISDIR: "gone",
    errno.ENOTDIR: "gone",
    errno.EINVAL: "gone",
}
"""The kind of failure of an operating system error, where it is known."""


class StorageError(Exception):
    """The base of all errors of the storage. Nothing was written."""

    code: str

    def __init__(self) -> None:
        super().__init__(self.code)


class UnavailableError(StorageError):
    """The database or the deletion log cannot be read or written now; ``code`` is the kind of failure."""

    def __init__(self, *, code: FailureCode = "unavailable") -> None:
        self.code: FailureCode = code
        super().__init__()


class NewerDatabaseError(StorageError):
    """A later version of Heartwork has migrated the database."""

    code = "newer_database"


class NoDatabaseError(StorageError):
    """The data folder has had a database, which is now missing or has no tables."""

    code = "no_database"


class OtherDatabaseError(StorageError):
    """The database is not the one that the data folder has had."""

    code = "other_database"


class BadDatabaseUrlError(StorageError):
    """The URL is not valid, or names a database that this installation cannot use."""

    code = "bad_address"


class NotFoundError(StorageError):
    """There is no such journey or sitting; it may have been deleted."""

    code = "missing"


class AlreadyExistsError(StorageError):
    """A journey with this secret, or a sitting with this id, exists already."""

    code = "exists"


class StaleRevisionError(StorageError):
    """Another write came first; ``current`` is the stored state, with which the caller can merge its change."""

    code = "stale"

    def __init__(self, current: StoredJourney | StoredSitting) -> None:
        super().__init__()
        self.current = current


def failure_of(error: Exception) -> FailureCode | None:
    """The kind of failure of an error; None if an operator cannot do anything about it."""
    match error:
        case UnavailableError():
            return error.code
        case UnreadableError():
            return "damaged_row"
        case NewerFormatError():
            return "newer_row"
    return None
