"""Folders for unfinished files. If the process is killed, a later process can safely remove its folder.

A folder is named ``.heartwork-unfinished-`` and 32 hexadecimal digits. Its process holds a lock (``flock``) on the file
``lock`` in it, which ends with the process. A process id would not do: the system reuses ids, and an abandoned folder
could seem to be in use.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from web.crypto.private_files import opened, try_lock

PREFIX: Final = ".heartwork-unfinished-"
LOCK_FILE: Final = "lock"
_NAME: Final = re.compile(rf"{re.escape(PREFIX)}[0-9a-f]{{32}}")
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """Create a folder that only this user can open, on the same disk as its parent, and remove it with its files.

    Args:
        parent: the folder to create it in; a missing parent is created, readable by this user alone.

    Raises:
        OSError: the folder cannot be created.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, lock = _make_locked(parent)
    try:
        yield path
    finally:
        try:
            with opened(path, _FOLDER_FLAGS) as folder:
                _remove_files(folder)
            with suppress(FileNotFoundError):  # another process may remove the empty folder first
                path.rmdir()
        finally:
            os.close(lock)


def remove_abandoned(parent: Path) -> tuple[Path, ...]:
    """Remove the folders in ``parent`` that killed processes of this user left behind, and return their paths.

    Folders in use stay, and so does everything that ``temporary_folder`` may not have made: links, folders of other
    users, and folders that hold anything but files of this user. A parent that cannot be read counts as empty.
    """
    with suppress(OSError), opened(parent, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        names = sorted(filter(_NAME.fullmatch, os.listdir(descriptor)))  # noqa: PTH208 - a Path has no descriptor
        return tuple(parent / name for name in names if _remove_if_abandoned(name, descriptor))
    return ()


def _make_locked(parent: Path) -> tuple[Path, int]:
    """Make a folder and lock it; return its path and the lock's descriptor.

    A folder that another process removes as abandoned before it is locked is made again under another name.
    """
    while True:
        path = parent / f"{PREFIX}{secrets.token_hex(16)}"
        path.mkdir(mode=0o700)
        try:
            lock = os.open(path / LOCK_FILE, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        except FileNotFoundError:
            continue
        except OSError:
            with suppress(FileNotFoundError):
                path.rmdir()
            raise
        try:
            is_locked = try_lock(lock)
        except OSError:  # without locks the folder can be used, and no other process removes it
            is_locked = True
        if is_locked and os.fstat(lock).st_nlink:
            return path, lock
        os.close(lock)


def _remove_if_abandoned(name: str, parent: int) -> bool:
    """Remove a folder through descriptors only, so that no other folder can be put in its place meanwhile."""
    try:
        with opened(name, _FOLDER_FLAGS, parent) as folder:
            if os.fstat(folder).st_uid != os.geteuid():
                return False
            # An empty folder belongs to a process that was killed before it made the lock file.
            if os.listdir(folder):  # noqa: PTH208 - a Path has no descriptor
                with opened(LOCK_FILE, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK, folder) as lock:
                    if not _holds_own_files_only(folder) or not try_lock(lock):
                        return False
                    _remove_files(folder)
        os.rmdir(name, dir_fd=parent)
    except OSError:
        return False
    return True


def _holds_own_files_only(folder: int) -> bool:
    states = [os.stat(name, dir_fd=folder, follow_symlinks=False) for name in os.listdir(folder)]
    return all(stat.S_ISREG(state.st_mode) and state.st_uid == os.geteuid() for state in states)


def _remove_files(folder: int) -> None:
    """Remove all files of a folder, the lock file last: without it a folder that still has files is never removed."""
    for name in sorted(os.listdir(folder), key=LOCK_FILE.__eq__):
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
