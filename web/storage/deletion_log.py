"""What was deleted, in a file beside the database: a backup that is restored must not bring it back.

The file is called ``tombstones``. One line each: ``journey HASH DAY``, ``sitting HASH DAY``, and ``replacing HASH
HASH DAY`` before a link is replaced. That one counts only if the new journey is there and the old one is not.
Hashes are SHA-256 of a locator or an id. ``backup NUMBER DAY`` stands in the log of an installation and in that of its
backup: a log that lacks the line cannot know what was deleted after the backup was made.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from web.crypto.private_files import sync
from web.storage.errors import UnavailableError

PROBE_BYTES: Final = 256
"""Bytes that a probe writes: the longest line has 151."""

_LINE: Final = re.compile(
    r"(?P<kind>journey|sitting|backup) (?P<hash>[0-9a-f]{64}) \d{4}-\d\d-\d\d"
    r"|replacing (?P<old>[0-9a-f]{64}) (?P<new>[0-9a-f]{64}) (?P<day>\d{4}-\d\d-\d\d)"
)


@dataclass(frozen=True, slots=True)
class Deletions:
    """Everything the file says."""

    journeys: frozenset[str] = frozenset()
    sittings: frozenset[str] = frozenset()
    replacing: tuple[tuple[str, str, str], ...] = ()
    """The old and the new hash, and the day."""


def hash_of(name: bytes | str) -> str:
    """What stands in the file for a locator or a sitting's id."""
    return hashlib.sha256(name.encode() if isinstance(name, str) else name).hexdigest()


class DeletionLog:
    """The file. Lines are only ever added, and each is on the disk before the call returns.

    Its folder has to be there. A file that was there and is not any more is not begun again: a backup that is restored
    then would bring back what the old lines were to keep deleted.

    Every call may raise ``UnavailableError``, whose cause is the system's error.
    """

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self._was_there = False

    def is_used(self) -> bool:
        """Whether anything was ever deleted here."""
        return self.path.is_file() and self.path.stat().st_size > 0

    def record_journey(self, locator: bytes, day: date) -> None:
        self.record_journey_hash(hash_of(locator), str(day))

    def record_journey_hash(self, journey_hash: str, day: str) -> None:
        self._append(f"journey {journey_hash} {day}")

    def record_sitting(self, sitting_id: str, day: date) -> None:
        self._append(f"sitting {hash_of(sitting_id)} {day}")

    def announce_replacement(self, old: bytes, new: bytes, day: date) -> None:
        """Record that a link is about to be replaced, in case the process ends before the old one is recorded."""
        self._append(f"replacing {hash_of(old)} {hash_of(new)} {day}")

    def record_backup(self, day: date) -> None:
        self._append(f"backup {os.urandom(32).hex()} {day}")

    def entries(self) -> frozenset[str]:
        """All lines that mean something; the last word of each is its day."""
        return frozenset(line for line in self._lines() if _LINE.fullmatch(line))

    def read(self) -> Deletions:
        """What the file says; lines that a crash tore are passed over."""
        matches = [match for line in self._lines() if (match := _LINE.fullmatch(line))]
        return Deletions(
            journeys=frozenset(match["hash"] for match in matches if match["kind"] == "journey"),
            sittings=frozenset(match["hash"] for match in matches if match["kind"] == "sitting"),
            replacing=tuple((match["old"], match["new"], match["day"]) for match in matches if match["old"]),
        )

    def merge(self, other: Path) -> int:
        """Take over what another file knows and this one does not; return how many lines that were.

        Raises:
            OSError: it cannot be read.
        """
        own_lines = set(self._lines())
        lines = dict.fromkeys(other.read_text("ascii", "replace").splitlines())
        new_lines = [line for line in lines if _LINE.fullmatch(line) and line not in own_lines]
        if new_lines:
            self._append("\n".join(new_lines))
        return len(new_lines)

    def check(self) -> None:
        """Do nothing if the file can be read and appended to, or is not there yet. Nothing is written."""
        with _errors_reported():
            if self._is_there():
                for flags in (os.O_RDONLY, os.O_WRONLY | os.O_APPEND):
                    os.close(self._open(flags))

    def probe(self) -> None:
        """Do nothing if a line could be appended now: the file can be opened, and its disk takes as much as a line.

        Nothing is written to the file itself: a blank line for each probe would make it grow for ever, and bytes that
        were taken back could be those that another process has appended meanwhile. The bytes go to a nameless file in
        the same folder, at the offset at which the log ends: so they meet the same disk, quota and limit of file size.
        """
        self.check()
        with _errors_reported(), TemporaryFile(dir=self.path.parent, buffering=0) as file:
            end = self.path.stat().st_size if self._was_there else 0
            if os.pwrite(file.fileno(), bytes(PROBE_BYTES), end) != PROBE_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())

    def _lines(self) -> list[str]:
        with _errors_reported():
            if not self._is_there():
                return []
            with os.fdopen(self._open(os.O_RDONLY), encoding="ascii", errors="replace") as file:
                return file.read().splitlines()

    def _append(self, line: str) -> None:
        # The line break before it parts it from a line that a crash tore.
        text = f"\n{line}\n".encode()
        with _errors_reported():
            is_new = not self._is_there()
            descriptor = self._open(os.O_WRONLY | os.O_APPEND | (os.O_CREAT if is_new else 0))
            try:
                if os.write(descriptor, text) != len(text):  # how a disk that has room for a part of it answers
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if is_new:
                sync(self.path.parent)

    def _is_there(self) -> bool:
        """Whether the file exists; a symbolic link to nothing, and a file that is gone, are errors."""
        is_there = os.path.lexists(self.path)
        if self._was_there and not is_there:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return is_there

    def _open(self, flags: int) -> int:
        """A descriptor of the file, which has to be a regular one: to open a pipe or a device may block for ever."""
        descriptor = os.open(self.path, flags | os.O_NONBLOCK, 0o600)
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            self._was_there = True
            return descriptor
        os.close(descriptor)
        code = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        raise OSError(code, os.strerror(code))


@contextmanager
def _errors_reported() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(code="deletion_log") from error
