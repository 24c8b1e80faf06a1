"""What can stand in the way of keeping something. Each error has a code; its text tells nothing of a person."""

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
"""The kinds of failure of a storage, in this order:

other writers took too long; no space, or a limit of file size or quota; files that cannot be written; the database
file was deleted, replaced or cut, or its folder moved; the database is damaged; the server cannot be reached; it did
not answer in time; a commit is on one server only where it should be on two; the deletion log cannot be read or
written; a row cannot be decrypted, or a content does not fit its digest; a later version wrote a row; anything else.
"""

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
"""The kind of failure that an error of the system stands for, where that is known."""


class StorageError(Exception):
    """Nothing was written."""

    code: str

    def __init__(self) -> None:
        super().__init__(self.code)


class UnavailableError(StorageError):
    """The database or the deletion log cannot be written or read now; ``code`` says which kind of failure it is."""

    def __init__(self, *, code: FailureCode = "unavailable") -> None:
        self.code: FailureCode = code
        super().__init__()


class NewerDatabaseError(StorageError):
    """A later version of Heartwork has migrated this database."""

    code = "newer_database"


class NoDatabaseError(StorageError):
    """The data folder had a database, and there is none, or one without tables, where it should be."""

    code = "no_database"


class OtherDatabaseError(StorageError):
    """This is another database than the one the data folder had."""

    code = "other_database"


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


def failure_of(error: Exception) -> FailureCode | None:
    """The kind of failure that an error stands for; None if it is nothing that an operator can act on."""
    match error:
        case UnavailableError():
            return error.code
        case UnreadableError():
            return "damaged_row"
        case NewerFormatError():
            return "newer_row"
    return None
