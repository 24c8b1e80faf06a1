"""The file that answers go to, and the unfinished copy beside it: complete after every answer, whatever happens."""

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
    """A file of answers that is being made.

    ``FILE.draft`` is replaced as a whole after each answer and is on the disk before the next question comes. At the
    end it becomes ``FILE``, which is never one that was there before. Only its owner may read either.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ENDING)
        self._new = target.with_name(f"{target.name}{ENDING}.new")
        with _as_file_error(self.path):
            self._own_versions: set[bytes | None] = {self._read()}

    @property
    def exists(self) -> bool:
        """True if something was saved, now or before."""
        return os.path.lexists(self.path)

    def prepare(self) -> None:
        """Find out now, and not after all questions, whether the file can be written.

        Raises:
            FileError: it cannot, or it exists already.
        """
        with _as_file_error(self.target):
            self._require_no_file()
            self._write("")
            self._new.unlink()

    def save(self, text: str) -> None:
        """Replace the draft; when this returns, it is on the disk.

        Raises:
            FileError: it cannot be written, or another process has changed it.
        """
        with _as_file_error(self.path):
            stored = self._read_checked()
            self._own_versions = {stored, text.encode()}  # both, in case this is interrupted
            self._write(text)
            self._new.replace(self.path)
            self._sync_folder()
            self._own_versions = {text.encode()}

    def finish(self, text: str) -> None:
        """Write the file and remove the draft.

        Raises:
            FileError: it cannot be written, or has come to exist meanwhile; the draft is still there.
        """
        with _as_file_error(self.target):
            self._read_checked()
            self._write(text)
            try:
                os.link(self._new, self.target)  # unlike renaming, this never replaces another file
            except OSError:
                self._require_no_file()
                self._new.replace(self.target)  # a file system without links
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
        """What is there. It must come from here: two processes must not undo each other's answers."""
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
        with suppress(PermissionError):  # some systems do not open folders; there the file's own fsync has to do
            sync(self.path.parent)


@contextmanager
def _as_file_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError([problem("HW608", Location(str(path)), reason=error.strerror or error)]) from error
