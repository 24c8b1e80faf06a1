"""The answers file and its draft, which is complete on the disk after each answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from engine.errors import FileError, Location, problem
from web.crypto.private_files import sync

ENDING: Final = ".draft"


class Draft:
    """An answers file that is not finished.

    Each save replaces ``FILE.draft`` atomically and returns when the data is on the disk. ``finish`` creates ``FILE``
    and never overwrites an existing file. Only the owner can read both files.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ENDING)
        self._new = target.with_name(f"{target.name}{ENDING}.new")
        with _as_file_error(self.path):
            self._own_versions: set[bytes | None] = {self._read()}

    @property
    def exists(self) -> bool:
        """Whether there is a draft, from this process or an earlier one."""
        return os.path.lexists(self.path)

    def prepare(self) -> None:
        """Check before the first question that the answers file can be written.

        Raises:
            FileError: the file exists, or the folder is not writable.
        """
        with _as_file_error(self.target):
            self._require_no_file()
            self._write("")
            self._new.unlink()

    def save(self, text: str) -> None:
        """Replace the draft, and flush it to the disk.

        Raises:
            FileError: the draft cannot be written, or another process has changed it.
        """
        with _as_file_error(self.path):
            stored = self._read_checked()
            self._own_versions = {stored, text.encode()}  # an interruption may leave either version
            self._write(text)
            self._new.replace(self.path)
            self._sync_folder()
            self._own_versions = {text.encode()}

    def finish(self, text: str) -> None:
        """Write the answers file and remove the draft.

        Raises:
            FileError: the file cannot be written, or exists already; then the draft stays.
        """
        with _as_file_error(self.target):
            self._read_checked()
            self._write(text)
            try:
                os.link(self._new, self.target)  # unlike a rename, a link never replaces a file
            except OSError:
                self._require_no_file()
                self._new.replace(self.target)  # the file system has no links
        self.discard()

    def discard(self) -> None:
        """Remove the draft."""
        with _as_file_error(self.path):
            for path in (self._new, self.path):
                path.unlink(missing_ok=True)
            self._sync_folder()

    def _read(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None

    def _read_checked(self) -> bytes | None:
        """Read the draft, and check that no other process has changed it."""
        stored = self._read()
        if stored not in self._own_versions:
            raise FileError([problem("HW612", Location(str(self.path)))])
        return stored

    def _require_no_file(self) -> None:
        if os.path.lexists(self.target):
            self._new.unlink(missing_ok=True)
            raise FileError([problem("HW608", Location(str(self.target)), reason="it exists already")])

    def _write(self, text: str) -> None:
        self._new.unlink(missing_ok=True)
        descriptor = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    def _sync_folder(self) -> None:
        with suppress(PermissionError):  # some systems cannot open folders
            sync(self.path.parent)


@contextmanager
def _as_file_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError([problem("HW608", Location(str(path)), reason=error.strerror or error)]) from error
