"""The mark of a data folder that has had a database, so that a lost database is not taken for a new installation.

The file is called ``database.id``. Each line is the name of a database that was used here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from web.crypto.private_files import make_private
from web.storage.errors import OtherDatabaseError

MARK_FILE: Final = "database.id"


class DatabaseMark:
    """The file. Lines are only ever added."""

    def __init__(self, folder: Path) -> None:
        self.path: Final = folder / MARK_FILE

    def exists(self) -> bool:
        """Whether this folder has had a database."""
        return bool(self._names())

    def add(self, name: str, *, is_new: bool) -> None:
        """Note that this database is used here.

        Args:
            is_new: whether it came here on purpose, or has just got its name.

        Raises:
            OtherDatabaseError: others were used here, and not this one.
            OSError: the file cannot be read or written.
        """
        names = self._names()
        if name in names:
            return
        if names and not is_new:
            raise OtherDatabaseError
        make_private(self.path)
        descriptor = os.open(self.path, os.O_APPEND | os.O_WRONLY)
        try:
            os.write(descriptor, f"{name}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _names(self) -> list[str]:
        try:
            return self.path.read_text("ascii", "replace").split()
        except FileNotFoundError:
            return []
