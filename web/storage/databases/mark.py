"""The mark of a data folder, so that a lost database is not mistaken for a new installation.

The mark is the file ``database.id``. Each of its lines is the name of a database that this folder has had.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from web.crypto.private_files import make_private
from web.storage.errors import OtherDatabaseError

MARK_FILE: Final = "database.id"


class DatabaseMark:
    """The mark of one data folder. Lines are only ever added."""

    def __init__(self, folder: Path) -> None:
        self.path: Final = folder / MARK_FILE

    def exists(self) -> bool:
        """Whether this folder has had a database."""
        return bool(self._names())

    def add(self, name: str, *, is_new: bool) -> None:
        """Record that this folder has this database.

        Args:
            is_new: whether to accept another database than those recorded, as after a restore.

        Raises:
            OtherDatabaseError: the folder has had other databases, but not this one.
            OSError: the file cannot be read or written.
        """
        names = self._names()
        if name in names:
            return
        if names and not is_new:
            raise OtherDatabaseError
        make_private(self.path)
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{name}\n".encode())
            os.fsync(file.fileno())

    def _names(self) -> list[str]:
        try:
            return self.path.read_text("ascii", "replace").split()
        except FileNotFoundError:
            return []
