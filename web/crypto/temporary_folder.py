"""Folders for unfinished files, which a process that was killed leaves behind and a later one can safely remove.

A folder is called ``.heartwork-unfinished-`` and 32 hexadecimal digits. The process that uses it holds a lock
(``flock``) on the file ``lock`` in it, which ends with the process, however that ends. No process id is noted: the
system may give it to another process, and an abandoned folder would look as if it were in use.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = ".heartwork-unfinished-"
LOCK_FILE: Final = "lock"
_NAME: Final = re.compile(rf"{re.escape(PREFIX)}[0-9a-f]{{32}}")
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """A folder that only this user can open, on the same disk as its parent; it goes with all files in it.

    Args:
        parent: the folder to make it in; if it is missing, it is made for this user alone.

    Raises:
        OSError: it cannot be made.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, lock = _make_locked(parent)
    try:
        yield path
    finally:
        try:
            with _opened(path, _FOLDER_FLAGS) as folder:
                _remove_files(folder)
            with suppress(FileNotFoundError):  # once it is empty, another process may remove it as well
                path.rmdir()
        finally:
            os.close(lock)


def remove_abandoned(parent: Path) -> tuple[Path, ...]:
    """Remove the folders here that killed processes of this user left behind, and return their paths.

    What is in use stays, and so does all that was not certainly made by ``temporary_folder``: links, folders of other
    users, folders that hold anything but files of this user. A parent that cannot be read has none.
    """
    with suppress(OSError), _opened(parent, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        names = sorted(filter(_NAME.fullmatch, _names_in(descriptor)))
        return tuple(parent / name for name in names if _remove_if_abandoned(name, descriptor))
    return ()


def _make_locked(parent: Path) -> tuple[Path, int]:
    """A new folder and the descriptor of its lock. If another process took it for abandoned just then, a next one."""
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
        if _try_lock(lock, if_unsupported=True) and os.fstat(lock).st_nlink:
            return path, lock
        os.close(lock)


def _remove_if_abandoned(name: str, parent: int) -> bool:
    """Remove a folder by descriptors only, so that nothing else can be put in its place meanwhile."""
    try:
        with _opened(name, _FOLDER_FLAGS, parent) as folder:
            if os.fstat(folder).st_uid != os.geteuid():
                return False
            if _names_in(folder):  # an empty one was made by a process that ended before it made the lock
                with _opened(LOCK_FILE, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK, folder) as lock:
                    if not _holds_own_files_only(folder) or not _try_lock(lock, if_unsupported=False):
                        return False
                    _remove_files(folder)
        os.rmdir(name, dir_fd=parent)
    except OSError:
        return False
    return True


def _holds_own_files_only(folder: int) -> bool:
    states = [os.stat(name, dir_fd=folder, follow_symlinks=False) for name in _names_in(folder)]
    return all(stat.S_ISREG(state.st_mode) and state.st_uid == os.geteuid() for state in states)


def _remove_files(folder: int) -> None:
    """Remove everything in a folder, the lock last: while anything is left, the folder can be recognised."""
    for name in sorted(_names_in(folder), key=LOCK_FILE.__eq__):
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)


def _names_in(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def _try_lock(descriptor: int, *, if_unsupported: bool) -> bool:
    """Whether the lock is this process's now.

    Args:
        if_unsupported: what to return on a disk without locks, where a folder is used all the same and never removed by
            another process.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return if_unsupported
    return True


@contextmanager
def _opened(path: str | Path, flags: int, parent: int | None = None) -> Iterator[int]:
    descriptor = os.open(path, flags, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
