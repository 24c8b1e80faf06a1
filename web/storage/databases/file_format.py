"""The headers of SQLite's files, parsed without SQLite.

The formats are documented: https://sqlite.org/fileformat2.html (database and write-ahead log) and
https://sqlite.org/walformat.html (the index of the log, which is the ``-shm`` file).
"""

from __future__ import annotations

import sys
from typing import Final, NamedTuple

HEADER_BYTES: Final = 100
INDEX_BYTES: Final = 96
"""The header of the index and its copy, which differ while a process writes one of them."""
INDEX_VERSION: Final = 3_007_000
FRAME_HEADER_BYTES: Final = 24
LOG_HEADER_BYTES: Final = 32
SALTS_BYTES: Final = 8
LOG_SALTS: Final = 16
"""The offset of the salts in the header of the log."""
FRAME_SALTS: Final = 8
"""The offset of the salts in the header of a frame."""
_MAGIC: Final = b"SQLite format 3\0"


class DatabaseHeader(NamedTuple):
    """The header of a database file. Only checkpoints write it."""

    shape: bytes
    """Bytes that never change in a database: magic string, page size, format versions, payload fractions."""
    changes: int
    """The change counter. Every commit that changes the first page increases it, also the restore of a backup."""
    size: int
    """The size of the file in bytes according to its header."""
    identity: int
    """``user_version``, which names this database (``Sqlite.give_name``); 0 if it has no name."""

    @classmethod
    def parse(cls, raw: bytes) -> DatabaseHeader | None:
        """Parse the first bytes of a file; None if it is not a database."""
        if len(raw) < HEADER_BYTES or not raw.startswith(_MAGIC):
            return None
        page_size = _page_size(int.from_bytes(raw[16:18], "big"))
        changes, pages = int.from_bytes(raw[24:28], "big"), int.from_bytes(raw[28:32], "big")
        return cls(raw[:24], changes, pages * page_size, int.from_bytes(raw[60:64], "big"))


class LogIndex(NamedTuple):
    """The part of the log's index that must agree with the log while the log has frames."""

    salts: bytes
    """The salts in the header of the log."""
    log_size: int
    """The minimum size of the log in bytes; 0 if it has no frames."""
    last_frame: int
    """The offset of the last frame, whose header contains the salts as well."""

    @classmethod
    def parse(cls, raw: bytes) -> LogIndex | None:
        """Parse the header of the index; None if a process is writing it or its version is unknown."""
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
