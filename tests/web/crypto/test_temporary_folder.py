"""Temporary folders are removed after use, and those of killed processes are removed later."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.paths import ROOT
from tests.servers.waiting import Output, run_at_once, wait_for_exit
from web.crypto.temporary_folder import LOCK_FILE, PREFIX, remove_abandoned, temporary_folder

NAME: Final = PREFIX + "0123456789abcdef" * 2
HOLDER: Final = """
import sys, threading
from pathlib import Path
from web.crypto.temporary_folder import temporary_folder
with temporary_folder(Path(sys.argv[1])) as folder:
    (folder / "copy").write_text("everything")
    print(folder, flush=True)
    threading.Event().wait(120)
"""


def abandon(parent: Path, name: str = NAME) -> Path:
    """Make what a killed process leaves behind: a folder and its lock file without a lock."""
    folder = parent / name
    folder.mkdir(parents=True, mode=0o700)
    for file in (LOCK_FILE, "copy", "copy-journal"):
        (folder / file).touch(0o600)
    return folder


def test_it_goes_with_its_files(tmp_path: Path) -> None:
    """The folder is private, in its parent, and removed with its files, also after an error."""
    with temporary_folder(tmp_path) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.parent == tmp_path
        (folder / "copy").write_text("everything")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError), temporary_folder(tmp_path):
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    with temporary_folder(tmp_path / "new"):
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_folder_in_use_stays_until_its_process_is_killed(tmp_path: Path) -> None:
    """A folder in use is not removed; after its process is killed, it is removed with all files."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        folder = Path(Output(process.stdout).wait_for(r"\S+")[0])
        assert remove_abandoned(tmp_path) == ()
        assert (folder / "copy").read_text() == "everything"
        process.send_signal(signal.SIGKILL)
        wait_for_exit(process, "a process that uses a folder")
    assert folder.exists()
    assert remove_abandoned(tmp_path) == (folder,)
    assert list(tmp_path.iterdir()) == []
    assert remove_abandoned(tmp_path) == ()


def test_a_folder_without_a_lock_yet(tmp_path: Path) -> None:
    """An empty folder, left by a process that was killed before it made the lock file, is removed."""
    (tmp_path / NAME).mkdir()
    assert remove_abandoned(tmp_path) == (tmp_path / NAME,)


def rename(name: str) -> Callable[[Path], object]:
    return lambda folder: folder.rename(folder.with_name(name))


def replace_by_link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


def replace_lock(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / LOCK_FILE).unlink()
        make(folder / LOCK_FILE)

    return change


OTHERS: Final[dict[str, Callable[[Path], object]]] = {
    "shorter": rename(NAME[:-1]),
    "longer": rename(f"{NAME}0"),
    "with an ending": rename(f"{NAME}.bak"),
    "with a line break": rename(f"{NAME}\n"),
    "capitals": rename(NAME.replace("f", "F")),
    "no digits": rename(f"{PREFIX}{'x' * 32}"),
    "without a dot": rename(NAME.removeprefix(".")),
    "of an earlier version": rename(".restoring.ab12cd34"),
    "a link": replace_by_link,
    "a folder in it": lambda folder: (folder / "more").mkdir(),
    "a link in it": lambda folder: (folder / "more").symlink_to(folder / "copy"),
    "no lock": lambda folder: (folder / LOCK_FILE).unlink(),
    "a pipe as lock": replace_lock(os.mkfifo),
    "a folder as lock": replace_lock(Path.mkdir),
    "a link as lock": replace_lock(lambda path: path.symlink_to(path.with_name("copy"))),
}
"""Changes to an abandoned folder after which it must not be removed."""


def everything_in(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("other", OTHERS)
def test_nothing_else_is_removed(tmp_path: Path, other: str) -> None:
    """Folders that only resemble an abandoned one stay, with everything in them."""
    OTHERS[other](abandon(tmp_path))
    before = everything_in(tmp_path)
    assert remove_abandoned(tmp_path) == ()
    assert everything_in(tmp_path) == before


def test_a_file_of_such_a_name_stays(tmp_path: Path) -> None:
    """Only folders directly in the parent are removed."""
    (tmp_path / NAME).touch()
    abandon(tmp_path / "deeper")
    before = everything_in(tmp_path)
    assert remove_abandoned(tmp_path) == ()
    assert everything_in(tmp_path) == before
    assert remove_abandoned(tmp_path / NAME) == remove_abandoned(tmp_path / "nowhere") == ()


def test_folders_of_other_users_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of other users stay, because their processes may be running."""
    folder = abandon(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    assert remove_abandoned(tmp_path) == ()
    assert len(everything_in(tmp_path)) == 4


def test_files_of_other_users_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a file of another user is not removed."""
    folder = abandon(tmp_path)
    original = os.stat

    def stat_of(name: str, *, dir_fd: int, follow_symlinks: bool) -> os.stat_result:
        state = original(name, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
        return os.stat_result((*state[:4], state.st_uid + (name == "copy"), *state[5:]))

    monkeypatch.setattr(os, "stat", stat_of)
    assert remove_abandoned(tmp_path) == ()
    monkeypatch.undo()
    assert len(everything_in(folder)) == 3


def test_a_disk_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk without locks, folders can be used and are never removed as abandoned."""

    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with temporary_folder(tmp_path) as folder:
        assert remove_abandoned(tmp_path) == ()
        assert folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the lock file cannot be made, an error is raised and no folder remains."""
    original = os.open

    def open_file(path: str | Path, flags: int, *arguments: int, **options: int) -> int:
        if Path(path).name == LOCK_FILE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return original(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", open_file)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)), temporary_folder(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_making_and_removing_at_once(tmp_path: Path) -> None:
    """A folder is never removed between its creation and the creation of its lock."""
    makers = [1, 1, 1]

    def make() -> None:
        try:
            for number in range(150):
                with temporary_folder(tmp_path) as folder:
                    (folder / "copy").write_text(str(number))
                    assert (folder / "copy").read_text() == str(number)
        finally:
            makers.pop()

    def remove() -> None:
        while makers:
            remove_abandoned(tmp_path)

    run_at_once([make, make, make, remove], "all folders")
    remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == []
