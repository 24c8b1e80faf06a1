"""Files that stay open while a database is watched.

By POSIX, closing any descriptor of a file releases all locks that the process holds on it, also those of SQLite
(https://sqlite.org/howtocorrupt.html, section 2.2). So the watches of a process share one descriptor of each file,
which the last of them closes.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Final

Identity = tuple[int, int]
"""Device and inode."""
_lock: Final = Lock()
_descriptors: Final[dict[Identity, int]] = {}
_users: Final[Counter[Identity]] = Counter()


class OpenFile:
    """An open file, with the path and the identity that it had when it was opened.

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
            _users[identity] += 1
            self.descriptor: Final = _descriptors[identity]
        self.identity: Final = identity

    def is_in_place(self) -> bool:
        """Whether its path still leads to this file.

        Raises:
            OSError: the path does not exist or is not accessible.
        """
        return _identity(self.path.stat()) == self.identity

    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def read(self, length: int, offset: int = 0) -> bytes:
        return os.pread(self.descriptor, length, offset)

    def close(self) -> None:
        """Close the file for this user. All SQLite connections of this process to it must be closed before."""
        with _lock:
            _users[self.identity] -= 1
            if not _users[self.identity]:
                del _users[self.identity]
                os.close(_descriptors.pop(self.identity))


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino
