"""Files that are held open for as long as a database is watched.

Closing any descriptor of a file ends all locks that this process has on it (POSIX), also those of SQLite
(https://sqlite.org/howtocorrupt.html, section 2.2). So a process opens a file once for all its watches, and closes it
after the last one.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import Final

Identity = tuple[int, int]
"""Device and inode."""
_lock: Final = Lock()
_descriptors: Final[dict[Identity, int]] = {}
_users: Final[dict[Identity, int]] = {}


class OpenFile:
    """A file by its path, and which file that was when it was opened.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        with _lock:
            identity = _identity(path.stat())
            if identity not in _descriptors:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                identity = _identity(os.fstat(descriptor))
                _descriptors[identity] = descriptor
            _users[identity] = _users.get(identity, 0) + 1
            self.descriptor: Final = _descriptors[identity]
        self.identity: Final = identity

    def is_in_place(self) -> bool:
        """Whether its path still leads to it.

        Raises:
            OSError: the path leads nowhere, or may not be followed.
        """
        return _identity(self.path.stat()) == self.identity

    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def read(self, length: int, offset: int = 0) -> bytes:
        return os.pread(self.descriptor, length, offset)

    def close(self) -> None:
        """Let go of it. No connection of this process to this file may be open any more."""
        with _lock:
            _users[self.identity] -= 1
            if not _users[self.identity]:
                del _users[self.identity]
                os.close(_descriptors.pop(self.identity))


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino
