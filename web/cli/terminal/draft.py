"""The file that answers go to, and the unfinished copy beside it: complete after every answer, whatever happens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from engine.errors import FileError, Location, problem

ENDING: Final = ".draft"
_EXISTS: Final = "it exists already"


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

    def finished_as(self, text: str) -> bool:
        """True if the file is there with just these answers: the end was reached, and only the draft is left."""
        with _as_file_error(self.target):
            return self.target.is_file() and self.target.read_bytes() == text.encode()

    def prepare(self) -> None:
        """Find out now, and not after all questions, whether the file can be written.

        Raises:
            FileError: it cannot, or it exists already.
        """
        if os.path.lexists(self.target):
            raise FileError([problem("HW608", Location(str(self.target)), reason=_EXISTS)])
        with _as_file_error(self.target):
            self._write(b"")
            self._new.unlink()

    def save(self, text: str) -> None:
        """Replace the draft; when this returns, it is on the disk.

        Raises:
            FileError: it cannot be written, or another process has changed it.
        """
        raw = text.encode()
        with _as_file_error(self.path):
            stored = self._read_checked()
            self._own_versions = {stored, raw}  # both, in case this is interrupted
            self._write(raw)
            self._new.replace(self.path)
            self._sync_folder()
            self._own_versions = {raw}

    def finish(self, text: str) -> None:
        """Write the file and remove the draft.

        Raises:
            FileError: it cannot be written, or has come to exist meanwhile; the draft is still there.
        """
        with _as_file_error(self.target):
            self._read_checked()
            self._write(text.encode())
            try:
                os.link(self._new, self.target)  # unlike renaming, this never replaces another file
            except FileExistsError:
                self._new.unlink()
                raise
            except OSError:  # a file system without links
                if os.path.lexists(self.target):
                    self._new.unlink()
                    raise FileError([problem("HW608", Location(str(self.target)), reason=_EXISTS)]) from None
                self._new.replace(self.target)
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

    def _write(self, raw: bytes) -> None:
        self._new.unlink(missing_ok=True)
        descriptor = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())

    def _sync_folder(self) -> None:
        with suppress(PermissionError):  # some systems do not open folders; there the file's own fsync has to do
            descriptor = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextmanager
def _as_file_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError([problem("HW608", Location(str(path)), reason=error.strerror or error)]) from error


def drafts_in(folder: Path, pattern: str) -> list[Path]:
    """The files of which there are drafts in a folder, sorted."""
    try:
        return sorted(path.with_name(path.name.removesuffix(ENDING)) for path in folder.glob(pattern + ENDING))
    except OSError:
        return []
