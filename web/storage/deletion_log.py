"""The deletion log: a file beside the database that keeps deleted data deleted after the restore of a backup.

The file is named ``tombstones`` and has these kinds of line, in which HASH is the SHA-256 of a locator or an id:

- ``journey HASH DAY`` and ``sitting HASH DAY``: this was deleted.
- ``replacing OLD NEW DAY``: written before a link is replaced. It means that the journey with the hash OLD is deleted,
  but only if a journey with the hash NEW exists and none with OLD.
- ``backup NUMBER DAY``: written to the log of the installation and to that of the backup. A log without the line of a
  backup does not know the deletions after that backup.
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
"""How many bytes a probe writes. The longest line has 151."""

_LINE: Final = re.compile(
    r"(?P<kind>journey|sitting|backup) (?P<hash>[0-9a-f]{64}) \d{4}-\d\d-\d\d"
    r"|replacing (?P<old>[0-9a-f]{64}) (?P<new>[0-9a-f]{64}) (?P<day>\d{4}-\d\d-\d\d)"
)


@dataclass(frozen=True, slots=True)
class Deletions:
    """The deletions in a log, as hashes."""

    journeys: frozenset[str] = frozenset()
    sittings: frozenset[str] = frozenset()
    replacing: tuple[tuple[str, str, str], ...] = ()
    """The old hash, the new hash and the day of each announced replacement of a link."""


def hash_of(name: bytes | str) -> str:
    """The hash of a locator or of a sitting's id."""
    return hashlib.sha256(name.encode() if isinstance(name, str) else name).hexdigest()


class DeletionLog:
    """A deletion log. Lines are only ever added, and each is on the disk before the call returns.

    The folder of the file must exist. A file that has disappeared is not created again, because without its old lines
    a restore would bring deleted data back.

    Every call may raise ``UnavailableError``, whose cause is the ``OSError``.
    """

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self._has_existed = False

    def is_used(self) -> bool:
        """Whether the file exists and is not empty."""
        return self.path.is_file() and self.path.stat().st_size > 0

    def record_journey(self, locator: bytes, day: date) -> None:
        self.record_journey_hash(hash_of(locator), str(day))

    def record_journey_hash(self, journey_hash: str, day: str) -> None:
        self._append(f"journey {journey_hash} {day}")

    def record_sitting(self, sitting_id: str, day: date) -> None:
        self._append(f"sitting {hash_of(sitting_id)} {day}")

    def announce_replacement(self, old: bytes, new: bytes, day: date) -> None:
        """Record that a link is being replaced, in case the process ends before it records the old journey."""
        self._append(f"replacing {hash_of(old)} {hash_of(new)} {day}")

    def record_backup(self, day: date) -> None:
        self._append(f"backup {os.urandom(32).hex()} {day}")

    def entries(self) -> frozenset[str]:
        """All valid lines. The last word of each is its day."""
        return frozenset(line for line in self._lines() if _LINE.fullmatch(line))

    def read(self) -> Deletions:
        """Parse the file, ignoring lines that a crash left incomplete."""
        matches = [match for line in self._lines() if (match := _LINE.fullmatch(line))]
        return Deletions(
            journeys=frozenset(match["hash"] for match in matches if match["kind"] == "journey"),
            sittings=frozenset(match["hash"] for match in matches if match["kind"] == "sitting"),
            replacing=tuple((match["old"], match["new"], match["day"]) for match in matches if match["old"]),
        )

    def merge(self, other: Path) -> int:
        """Append the valid lines of another log that this one lacks; return how many there were.

        Raises:
            OSError: the other log cannot be read.
        """
        own_lines = set(self._lines())
        lines = dict.fromkeys(other.read_text("ascii", "replace").splitlines())
        new_lines = [line for line in lines if _LINE.fullmatch(line) and line not in own_lines]
        if new_lines:
            self._append("\n".join(new_lines))
        return len(new_lines)

    def check(self) -> None:
        """Make sure that the file does not exist yet, or can be read and appended to. Nothing is written."""
        with _errors_reported():
            if self._exists():
                for flags in (os.O_RDONLY, os.O_WRONLY | os.O_APPEND):
                    os.close(self._open(flags))

    def probe(self) -> None:
        """Make sure that a line could be appended now: the file can be opened, and the disk has room for a line.

        The log itself stays unchanged: blank lines would make it grow for ever, and truncating it could remove a line
        that another process has appended meanwhile. Instead a nameless file in the same folder is written at the offset
        at which the log ends, so that the same disk, quota and limit of file size apply.
        """
        self.check()
        with _errors_reported(), TemporaryFile(dir=self.path.parent, buffering=0) as file:
            end = self.path.stat().st_size if self._has_existed else 0
            if os.pwrite(file.fileno(), bytes(PROBE_BYTES), end) != PROBE_BYTES:
                raise _os_error(errno.ENOSPC)
            os.fsync(file.fileno())

    def _lines(self) -> list[str]:
        with _errors_reported():
            if not self._exists():
                return []
            with os.fdopen(self._open(os.O_RDONLY), encoding="ascii", errors="replace") as file:
                return file.read().splitlines()

    def _append(self, line: str) -> None:
        text = f"\n{line}\n".encode()  # the first line break ends a line that a crash left incomplete
        with _errors_reported():
            is_new = not self._exists()
            flags = os.O_WRONLY | os.O_APPEND | (os.O_CREAT if is_new else 0)
            with os.fdopen(self._open(flags), "wb", buffering=0) as file:
                if file.write(text) != len(text):  # the disk has room for a part of it only
                    raise _os_error(errno.ENOSPC)
                os.fsync(file.fileno())
            if is_new:
                sync(self.path.parent)

    def _exists(self) -> bool:
        """Whether the file exists.

        Raises:
            FileNotFoundError: it has existed before.
        """
        exists = os.path.lexists(self.path)
        if self._has_existed and not exists:
            raise _os_error(errno.ENOENT)
        return exists

    def _open(self, flags: int) -> int:
        """Open the file. It must be a regular file, because opening a pipe or a device may block for ever."""
        descriptor = os.open(self.path, flags | os.O_NONBLOCK, 0o600)
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            self._has_existed = True
            return descriptor
        os.close(descriptor)
        raise _os_error(errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL)


def _os_error(code: int) -> OSError:
    return OSError(code, os.strerror(code))


@contextmanager
def _errors_reported() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(code="deletion_log") from error
