"""What was deleted, in a file beside the database: a backup that is restored must not bring it back.

The file is called ``tombstones``. One line each: ``journey HASH DAY``, ``sitting HASH DAY``, and ``replacing HASH
HASH DAY`` before a link is replaced. That one counts only if the new journey is there and the old one is not.
Hashes are SHA-256 of a locator or an id. ``backup NUMBER DAY`` stands in the log of an installation and in that of its
backup: a log that lacks the line cannot know what was deleted after the backup was made.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from web.crypto.private_files import make_private
from web.storage.errors import UnavailableError

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
    """The file. Lines are only ever added, and each is on the disk before the call returns."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path

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

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text("ascii", "replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UnavailableError(code="deletion_log") from error

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

    def _append(self, line: str) -> None:
        try:
            make_private(self.path)
            descriptor = os.open(self.path, os.O_APPEND | os.O_WRONLY)
            try:
                # The line break before it parts it from a line that a crash tore.
                os.write(descriptor, f"\n{line}\n".encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise UnavailableError(code="deletion_log") from error
