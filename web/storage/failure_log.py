"""Logs failures of the storage, at most once a minute for each kind instead of once a request."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

from web.storage.errors import FailureCode

INTERVAL: Final = 60.0
"""Seconds for which a kind of failure is not logged again."""
SENTENCES: Final[Mapping[FailureCode, str]] = {
    "busy": "other writers kept the database busy for too long",
    "full": "the database cannot be written: the disk is full, or a limit of file size or quota was reached",
    "read_only": "the database cannot be written: its files or their folder are read-only",
    "gone": "the database file was deleted, replaced or cut off, or its folder was moved",
    "damaged": "the database is damaged",
    "away": "the database server cannot be reached",
    "slow": "the database server did not answer in time, and the connection to it was closed",
    "not_replicated": "a commit was not confirmed by the standby, and was not acknowledged",
    "deletion_log": "the deletion log cannot be read or written, so nothing can be deleted",
    "damaged_row": "a row of the database, or a content in it, is damaged: its journey or sitting cannot be read",
    "newer_row": "a later version of Heartwork wrote a row, which this version cannot read",
    "unavailable": "the database cannot be used",
}
log: Final = logging.getLogger("heartwork")


class FailureLog:
    """Logs each kind of failure once in ``INTERVAL`` seconds, with the number of failures that were not logged."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now: Final = now
        self._lock: Final = Lock()
        self._logged_at: Final[dict[FailureCode, float]] = {}
        self._unlogged: Final[dict[FailureCode, int]] = {}

    def report(self, code: FailureCode, cause: str) -> None:
        """Log a failure, or count it if its kind was logged recently.

        Args:
            cause: the name of the error of the system, driver or server; see ``cause_of``.
        """
        with self._lock:
            logged_at = self._logged_at.get(code)
            if logged_at is not None and self._now() - logged_at < INTERVAL:
                self._unlogged[code] = self._unlogged.get(code, 0) + 1
                return
            self._logged_at[code] = self._now()
            unlogged = self._unlogged.pop(code, 0)
        more = f"; {unlogged} more since the last line of this kind" if unlogged else ""
        log.error("storage failed (%s): %s [%s]%s", code, SENTENCES[code], cause, more)


def cause_of(error: BaseException) -> str:
    """The name of the cause of an error, such as ENOSPC, SQLITE_IOERR_WRITE or 57P01.

    It never contains a driver's message, which may contain values of a row.
    """
    cause = error.__cause__ or error
    cause = getattr(cause, "orig", None) or cause
    if isinstance(cause, OSError):
        return errno.errorcode.get(cause.errno or 0, type(cause).__name__)
    name = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return name if isinstance(name, str) else type(cause).__name__
