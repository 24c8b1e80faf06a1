"""Whether the files of an SQLite database are still those that this process has opened.

A process that has a file open goes on reading and writing it after it was deleted, moved or replaced, and gets no
error. So before and after each transaction this looks at the paths, at the header of the database, and at whether the
log and its index agree. It keeps one connection open for as long as it watches: SQLite removes the ``-wal`` and
``-shm`` files only when the last connection is closed, so while it watches no process may remove them. Decision 027
has the reasons.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final, Literal

from web.storage.databases.file_format import (
    FRAME_SALTS,
    HEADER_BYTES,
    INDEX_BYTES,
    LOG_SALTS,
    SALTS_BYTES,
    DatabaseHeader,
    LogIndex,
)
from web.storage.databases.open_file import OpenFile
from web.storage.errors import FailureCode, UnavailableError

Remedy = Literal["rescue", "restore", "restart", "permit"]
LOOKS: Final = 5
"""How often something wrong is looked at: a header may be read while another process writes it."""
PAUSE_SECONDS: Final = 0.002
GROWTH_SECONDS: Final = 1.0
"""Seconds that another process may take to write the pages of which the header speaks."""
RESCUE_SECONDS: Final = 0.5
"""Seconds that a rescue waits for readers and writers; it is tried again at the next look."""
ADVICE: Final[Mapping[Remedy, str]] = {
    "restore": "stop all processes, run `heartwork db restore FILE --replace`, and start them",
    "restart": "restart all processes, which go on with what is in the database file",
    "permit": "let the user who runs the server use it again",
}
DAY_SECONDS: Final = 86_400.0
_kept_open: Final = Event()
"""Never set."""
log: Final = logging.getLogger("heartwork")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file."""

    code: FailureCode
    message: str
    remedy: Remedy
    """What helps. With ``rescue`` all that was committed can be written into the file that this process has open."""


class FileWatch:
    """The files of one database, from the first connection of this process on."""

    def __init__(self, path: Path, connect: Callable[[float], sqlite3.Connection]) -> None:
        """Nothing is opened yet.

        Args:
            path: the database file.
            connect: opens a connection that waits so many seconds for others.
        """
        self._path: Final = path
        self._connect: Final = connect
        self._lock: Final = Lock()
        self._connection: sqlite3.Connection | None = None
        self._files: tuple[OpenFile, ...] = ()
        self._header = DatabaseHeader(b"", 0, 0, 0)
        self._size = 0
        self._salts, self._last_frame = b"", 0
        self._reported: Fault | None = None
        self._rescued = False

    def begin(self) -> None:
        """Watch the files as they are now; nothing happens if they are watched already.

        Raises:
            UnavailableError: one of them is not there, or is not what it should be.
            sqlite3.Error: the database cannot be read.
        """
        with self._lock:
            if self._connection is not None:
                return
            connection = self._connect(RESCUE_SECONDS)
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # makes the log and its index
                path = Path(os.path.realpath(self._path))  # SQLite puts both beside what a link leads to
                names = (self._path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"))
                self._files = tuple(map(OpenFile, names))
            except OSError as error:
                connection.close()
                raise UnavailableError(code="gone") from error
            except BaseException:
                connection.close()
                raise
            header = DatabaseHeader.parse(self._files[0].read(HEADER_BYTES))
            self._header = header or self._header
            self._connection = connection

    def verify(self) -> None:
        """Make sure that the files are still in place.

        Raises:
            UnavailableError: ``gone`` or ``damaged``.
        """
        if (code := self.fault()) is not None:
            raise UnavailableError(code=code)

    def fault(self) -> FailureCode | None:
        """What is wrong with the files now; logged once, with what an operator can do."""
        with self._lock:
            if self._connection is None:
                return None
            for look in range(LOOKS):
                if (fault := self._look()) is None:
                    break
                time.sleep(PAUSE_SECONDS * (look < LOOKS - 1))
            if fault is None:
                if self._reported is not None:
                    log.warning("the database %s is in its place again", self._path)
                self._reported, self._rescued = None, False
                return None
            self._report(fault)
            return fault.code

    def close(self, *, is_last: bool) -> None:
        """End watching; ``is_last`` says that all other connections of this process are closed.

        SQLite carries the log over into the file when the last connection is closed. It must not where one of them is
        not what it was: parts of a log would be mixed with a file that does not belong to it.
        """
        with self._lock:
            if self._connection is None:
                return
            connection, self._connection = self._connection, None
            if self._reported is not None and self._reported.remedy in {"restore", "restart"}:
                _keep_open(connection)
                return
            connection.close()
            for file in self._files if is_last else ():
                file.close()

    def _look(self) -> Fault | None:
        # What is in the open files comes first: only if that is whole may a rescue carry the log over.
        return self._look_into_database() or self._look_into_log() or self._look_at_paths()

    def _look_at_paths(self) -> Fault | None:
        for file in self._files:
            try:
                if not file.is_in_place():
                    return Fault("gone", f"{file.path} is another file than before", "rescue")
            except (FileNotFoundError, NotADirectoryError):
                return Fault("gone", f"{file.path} is not there any more", "rescue")
            except OSError as error:
                return Fault("read_only", f"{file.path} cannot be reached ({error.strerror})", "permit")
        return None

    def _look_into_database(self) -> Fault | None:
        file = self._files[0]
        header, size, before = DatabaseHeader.parse(file.read(HEADER_BYTES)), file.size(), self._header
        full_size = self._size if header is None else header.size
        if size < full_size and (size < self._size or not _grows(file, full_size)):
            return Fault("gone", f"{file.path} was cut from {full_size:,} to {size:,} bytes", "restore")
        if header is None:
            return Fault("damaged", f"{file.path} was overwritten, and is not a database", "restore")
        is_earlier = 0 < (before.changes - header.changes) % 2**32 < 2**31
        is_other = before.shape not in {b"", header.shape} or before.identity not in {0, header.identity}
        if is_other or is_earlier:
            message = f"{file.path} was overwritten with another database, or with an earlier state of it"
            return Fault("gone", message, "restore")
        self._header, self._size = header, size
        return None

    def _look_into_log(self) -> Fault | None:
        _, write_ahead_log, index_file = self._files
        raw = index_file.read(INDEX_BYTES)
        index = LogIndex.parse(raw)
        if index is None or index.log_size == 0:
            return None
        # A log that was cut while it was being written is as long as before, with nothing in its middle.
        frames = {index.last_frame, self._last_frame if index.salts == self._salts else index.last_frame}
        places = {LOG_SALTS, *(frame + FRAME_SALTS for frame in frames)}
        is_whole = all(write_ahead_log.read(SALTS_BYTES, place) == index.salts for place in places)
        if is_whole and write_ahead_log.size() >= index.log_size:
            self._salts, self._last_frame = index.salts, index.last_frame
            return None
        if index_file.read(INDEX_BYTES) != raw:  # a writer has just begun the log again: the next look sees that
            return None
        return Fault("gone", f"{write_ahead_log.path} was cut or overwritten, and with it the last answers", "restart")

    def _report(self, fault: Fault) -> None:
        """Save what can be saved, and log the fault if it is new."""
        if fault.remedy == "rescue" and not self._rescued:
            self._rescued = self._rescue()
        if fault == self._reported:
            return
        self._reported = fault
        log.error("%s; nothing more is kept or shown: %s", fault.message, self._advice(fault))

    def _rescue(self) -> bool:
        """Write everything from the log into the database file that is open, wherever that is now."""
        with suppress(sqlite3.Error):
            if self._connection is not None:
                busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                return not busy
        return False

    def _advice(self, fault: Fault) -> str:
        if fault.remedy != "rescue":
            return ADVICE[fault.remedy]
        completeness = "all" if self._rescued else "nearly all"
        with suppress(OSError):
            if self._files[0].is_in_place():
                return f"{completeness} that was acknowledged is in {self._path}, restart"
        copy = f"/proc/{os.getpid()}/fd/{self._files[0].descriptor}"
        return (
            f"put it back; if it was deleted, copy {copy}, which has {completeness} that was acknowledged,"
            f" before you stop process {os.getpid()}, then run `heartwork db restore` with the copy and restart"
        )


def _grows(file: OpenFile, size: int) -> bool:
    """Whether a file gets this size soon: a checkpoint writes the page first that says how many pages there are."""
    deadline = time.monotonic() + GROWTH_SECONDS
    while file.size() < size:
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True


def _keep_open(connection: sqlite3.Connection) -> None:
    """Keep a connection open until the process is gone: a thread that waits for ever is not cleaned up at its end."""

    def hold(_: sqlite3.Connection) -> None:
        while not _kept_open.wait(DAY_SECONDS):
            pass

    Thread(target=hold, args=(connection,), name="held connection", daemon=True).start()
