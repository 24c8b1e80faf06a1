"""Detects that the files of an SQLite database are no longer those that this process opened.

A process that has a file open can read and write it without an error after it was deleted, moved or replaced. So the
watch compares paths, the header of the database, and the log with its index, before and after each transaction. It
keeps one connection open: SQLite removes the ``-wal`` and ``-shm`` files only when the last connection closes, so no
process may remove them meanwhile. See docs/decisions/027.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Literal

from web.storage.databases.deadline import wait_until
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
from web.storage.databases.sqlite_connection import checkpoint
from web.storage.errors import FailureCode, UnavailableError

Remedy = Literal["rescue", "restore", "restart", "permit"]
ATTEMPTS: Final = 5
"""How often a fault must be seen in a row: a header may be read while another process writes it."""
PAUSE_SECONDS: Final = 0.002
GROWTH_SECONDS: Final = 1.0
"""How long another process may take to write the pages that the header already counts."""
RESCUE_SECONDS: Final = 0.5
"""How long one attempt of a rescue waits for readers and writers. Each later check tries again."""
ADVICE: Final[Mapping[Remedy, str]] = {
    "restore": "stop all processes, run `heartwork db restore FILE --replace`, and start them",
    "restart": "restart all processes, which go on with what is in the database file",
    "permit": "let the user who runs the server use it again",
}
log: Final = logging.getLogger("heartwork")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a file."""

    code: FailureCode
    message: str
    remedy: Remedy
    """``rescue`` means that all committed data can still be written into the file that this process has open."""


class FileWatch:
    """Watches the files of one database, from the first connection of this process on."""

    def __init__(self, path: Path, connect: Callable[[float], sqlite3.Connection]) -> None:
        """Prepare a watch without opening anything.

        Args:
            path: the database file.
            connect: opens a connection that waits at most this many seconds for other processes.
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
        """Start watching the files as they are now, unless they are watched already.

        Raises:
            UnavailableError: a file is missing or not accessible.
            sqlite3.Error: the database cannot be read.
        """
        with self._lock:
            if self._connection is not None:
                return
            connection = self._connect(RESCUE_SECONDS)
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # creates the log and its index
                path = Path(os.path.realpath(self._path))  # SQLite puts both beside the target of a symbolic link
                names = (self._path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"))
                self._files = tuple(map(OpenFile, names))
            except BaseException as error:
                connection.close()
                if isinstance(error, OSError):
                    raise UnavailableError(code="gone") from error
                raise
            self._header = DatabaseHeader.parse(self._files[0].read(HEADER_BYTES)) or self._header
            self._connection = connection

    def verify(self) -> None:
        """Make sure that the files have no fault.

        Raises:
            UnavailableError: ``gone``, ``damaged`` or ``read_only``.
        """
        if (code := self.fault()) is not None:
            raise UnavailableError(code=code)

    def fault(self) -> FailureCode | None:
        """The kind of the current fault, if any. A new fault is logged with advice for the operator."""
        with self._lock:
            if self._connection is None:
                return None
            for attempt in range(ATTEMPTS):
                if (fault := self._find_fault()) is None:
                    break
                time.sleep(PAUSE_SECONDS * (attempt < ATTEMPTS - 1))
            if fault is None:
                if self._reported is not None:
                    log.warning("the database %s is in its place again", self._path)
                self._reported, self._rescued = None, False
                return None
            self._report(fault)
            return fault.code

    def close(self, *, is_last: bool) -> None:
        """Stop watching.

        SQLite writes the log into the database file when the last connection closes. If the two no longer belong
        together, this would damage the file, so the connection then stays open.

        Args:
            is_last: whether all other connections of this process are closed.
        """
        with self._lock:
            if self._connection is None:
                return
            connection, self._connection = self._connection, None
            if self._reported is not None and self._reported.remedy in {"restore", "restart"}:
                # With one reference too many, Python never closes the connection, not even at its end.
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
                return
            connection.close()
            for file in self._files if is_last else ():
                file.close()

    def _find_fault(self) -> Fault | None:
        # The contents come first: a rescue, which a wrong path leads to, must not write the log into a damaged file.
        return self._fault_of_database() or self._fault_of_log() or self._fault_of_paths()

    def _fault_of_paths(self) -> Fault | None:
        for file in self._files:
            try:
                if not file.is_in_place():
                    return Fault("gone", f"{file.path} is another file than before", "rescue")
            except (FileNotFoundError, NotADirectoryError):
                return Fault("gone", f"{file.path} is not there any more", "rescue")
            except OSError as error:
                return Fault("read_only", f"{file.path} cannot be reached ({error.strerror})", "permit")
        return None

    def _fault_of_database(self) -> Fault | None:
        file = self._files[0]
        header, size, before = DatabaseHeader.parse(file.read(HEADER_BYTES)), file.size(), self._header
        full_size = self._size if header is None else header.size
        # A checkpoint writes the page that counts the pages first, so the file may still be growing.
        if size < full_size and (
            size < self._size or not wait_until(lambda: file.size() >= full_size, GROWTH_SECONDS, pause=PAUSE_SECONDS)
        ):
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

    def _fault_of_log(self) -> Fault | None:
        _, write_ahead_log, index_file = self._files
        raw = index_file.read(INDEX_BYTES)
        index = LogIndex.parse(raw)
        if index is None or index.log_size == 0:
            return None
        # If the log was cut and then written further, its size is right, but the earlier frames have become zeros.
        frames = {index.last_frame, self._last_frame if index.salts == self._salts else index.last_frame}
        offsets = {LOG_SALTS, *(frame + FRAME_SALTS for frame in frames)}
        is_whole = all(write_ahead_log.read(SALTS_BYTES, offset) == index.salts for offset in offsets)
        if is_whole and write_ahead_log.size() >= index.log_size:
            self._salts, self._last_frame = index.salts, index.last_frame
            return None
        if index_file.read(INDEX_BYTES) != raw:  # a writer has just restarted the log; the next check sees the result
            return None
        return Fault("gone", f"{write_ahead_log.path} was cut or overwritten, and with it the last answers", "restart")

    def _report(self, fault: Fault) -> None:
        """Rescue the log if possible, and write a new fault to the server's log."""
        if fault.remedy == "rescue" and not self._rescued:
            with suppress(sqlite3.Error):
                self._rescued = self._connection is not None and checkpoint(self._connection)
        if fault == self._reported:
            return
        self._reported = fault
        log.error("%s; nothing more is read or written: %s", fault.message, self._advice(fault))

    def _advice(self, fault: Fault) -> str:
        if fault.remedy != "rescue":
            return ADVICE[fault.remedy]
        completeness = "all" if self._rescued else "nearly all"
        with suppress(OSError):
            if self._files[0].is_in_place():
                return f"{self._path} has {completeness} acknowledged answers, restart"
        copy = f"/proc/{os.getpid()}/fd/{self._files[0].descriptor}"
        return (
            f"put it back; if it was deleted, copy {copy}, which has {completeness} acknowledged answers,"
            f" before you stop process {os.getpid()}, then run `heartwork db restore` with the copy and restart"
        )
