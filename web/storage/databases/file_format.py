"""What SQLite's files say about themselves, read from their first bytes without SQLite.

The formats are documented: https://sqlite.org/fileformat2.html (database, write-ahead log) and
https://sqlite.org/walformat.html (index of the log, which is the ``-shm`` file).
"""

from __future__ import annotations

import sys
from typing import Final, NamedTuple

HEADER_BYTES: Final = 100
INDEX_BYTES: Final = 96
"""The header of the index and its copy; they differ while one of them is being written."""
INDEX_VERSION: Final = 3_007_000
FRAME_HEADER_BYTES: Final = 24
LOG_HEADER_BYTES: Final = 32
SALTS_BYTES: Final = 8
LOG_SALTS: Final = 16
"""Where the salts stand in the header of the log."""
FRAME_SALTS: Final = 8
"""Where they stand in the header of a frame."""
_MAGIC: Final = b"SQLite format 3\0"


class DatabaseHeader(NamedTuple):
    """The beginning of a database file, which a checkpoint writes and nothing else."""

    shape: bytes
    """What never changes in the life of a database: magic bytes, page size, versions of the format, fractions."""
    changes: int
    """The change counter. Each commit that changes the first page increases it, also one that restores a backup."""
    size: int
    """Bytes of the file by its own account."""
    identity: int
    """``user_version``, which names this database (``Sqlite.give_name``); 0 if it has no name."""

    @classmethod
    def parse(cls, raw: bytes) -> DatabaseHeader | None:
        """The header; None if these bytes are not the beginning of a database."""
        if len(raw) < HEADER_BYTES or not raw.startswith(_MAGIC):
            return None
        page_size = _page_size(int.from_bytes(raw[16:18], "big"))
        changes, pages = int.from_bytes(raw[24:28], "big"), int.from_bytes(raw[28:32], "big")
        return cls(raw[:24], changes, pages * page_size, int.from_bytes(raw[60:64], "big"))


class LogIndex(NamedTuple):
    """What the index says about the log. Both files have to agree as long as there are frames."""

    salts: bytes
    """The salts in the header of the log."""
    log_size: int
    """Bytes the log has at least; 0 if there is nothing in it."""
    last_frame: int
    """Where the last frame begins. Its header holds the salts as well."""

    @classmethod
    def parse(cls, raw: bytes) -> LogIndex | None:
        """The header of the index; None if it is being written, or is of an unknown version."""
        version = int.from_bytes(raw[:4], sys.byteorder)
        if len(raw) < INDEX_BYTES or raw[:48] != raw[48:96] or version != INDEX_VERSION:
            return None
        page_size = _page_size(int.from_bytes(raw[14:16], sys.byteorder))
        frames = int.from_bytes(raw[16:20], sys.byteorder)
        frame_size = FRAME_HEADER_BYTES + page_size
        log_size = LOG_HEADER_BYTES + frames * frame_size if frames else 0
        return cls(raw[32:40], log_size, log_size - frame_size)


def _page_size(stored: int) -> int:
    return 65536 if stored == 1 else stored
