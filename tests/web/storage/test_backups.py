"""Backups and restores that are killed or refused leave no copy, and restores bring nothing deleted back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.factories.sample_journey import DAY, OTHER_SECRET, SECRET, SITTING_ID, sample_new_sitting
from tests.paths import ROOT
from tests.servers.waiting import SECONDS
from tests.web.cli.test_database import db, error_of
from web.crypto.private_link import Secret
from web.crypto.temporary_folder import LOCK_FILE, PREFIX
from web.server.startup import open_migrated
from web.storage import Storage, UnavailableError, backups
from web.storage.backups import (
    DatabaseNotEmptyError,
    InvalidBackupError,
    UnknownDeletionsError,
    back_up,
    deletion_log_of,
    restore,
)
from web.storage.deletion_log import DeletionLog, Deletions, hash_of

THIRD: Final = Secret(b"\3" * 16)
LATER: Final = DAY + timedelta(days=3)
QUICK_STEP: Final = 37
"""Lines between two kills. The tests that always run use large steps to be quick."""
SMALL_STEP: Final = 5
"""The same for the exhaustive tests, which must not miss a relevant moment."""
every_line = pytest.mark.parametrize("step", [QUICK_STEP, pytest.param(SMALL_STEP, marks=pytest.mark.exhaustive)])


@pytest.fixture
def filled_storage(storage: Storage) -> Storage:
    """A storage with two journeys, and one that was deleted."""
    for number, secret in enumerate((SECRET, OTHER_SECRET, THIRD)):
        storage.create_journey(secret, {}, sample_new_sitting(f"{number:032x}"), DAY)
    storage.delete_journey(THIRD, DAY)
    return storage


def enlarge(storage: Storage) -> None:
    """Add 16 MB of incompressible data, so that copying takes long enough to be killed."""
    body = {"answers": {}, "text": "x" * 200_000}
    for number in range(80):
        storage.add_sitting(OTHER_SECRET, number + 1, {}, sample_new_sitting(f"{number + 16:032x}", body))


def locators_in(file: Path) -> set[bytes]:
    """The journeys in a database, which must be sound."""
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'journey'").fetchone():
            return set()
        return {row[0] for row in connection.execute("SELECT locator FROM journey")}


def leftovers_in(*folders: Path) -> list[Path]:
    return [path for folder in folders if folder.exists() for path in folder.glob(f"{PREFIX}*")]


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def is_tidy(data_folder: Path) -> bool:
    """Whether a data folder has only the files of one in which no command was killed."""
    undisturbed = data_folder.with_name("undisturbed")
    assert db(undisturbed, "upgrade").exit_code == 0
    usual_names = names_in(undisturbed) | {"tombstones"}
    shutil.rmtree(undisturbed)
    return names_in(data_folder) <= usual_names


def run_killed(folder: Path, unit: str, step: int, *command: str) -> list[Path]:
    """Run a command in copies of a folder and kill it later in each; return the copies in which it was killed."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HEARTWORK_")}
    process = subprocess.run(
        [sys.executable, "-m", "tests.clients.killed_commands", str(folder), unit, str(step), str(step), *command],
        cwd=ROOT,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=4 * SECONDS,
    )
    assert process.returncode == 0, process.stderr
    copies = [line.rpartition(" ") for line in process.stdout.splitlines() if line.endswith((" killed", " ended"))]
    assert [end for *_, end in copies[-2:]] == ["killed", "ended"]
    return [Path(path) for path, _, end in copies if end == "killed"]


def announced(stderr: str, leftovers: list[Path]) -> bool:
    """Whether each path is in a line of the output."""
    return all(sum(str(path) in line for line in stderr.splitlines()) == 1 for path in leftovers)


# Killed


def check_after_killed_backup(folder: Path, known_deletions: frozenset[str]) -> str:
    """Check that the killed backup is complete or missing, and that the next one leaves no other file.

    Returns:
        The paths that the killed command left behind.
    """
    file = folder / "saved"
    leftovers = leftovers_in(folder, folder / "kept")
    state = "file" if file.exists() else "tombstones" if deletion_log_of(file).exists() else "copy" if leftovers else ""
    if file.exists():
        assert locators_in(file) == {SECRET.locator, OTHER_SECRET.locator}
        assert DeletionLog(deletion_log_of(file)).entries() >= known_deletions
    result = db(folder / "kept", "backup", str(file))
    assert announced(result.stderr, leftovers)
    assert (str(file) in error_of_backup(result.stderr)) == (state == "file")
    assert result.exit_code == (state == "file")
    assert names_in(folder) == {"kept", "saved", "saved.tombstones"}
    assert is_tidy(folder / "kept")
    assert locators_in(file) == locators_in(folder / "kept" / "heartwork.sqlite")
    assert DeletionLog(deletion_log_of(file)).entries() >= known_deletions
    assert db(folder / "kept", "restore", str(file), "--replace").exit_code == 0, "all deletions are known"
    return state


def error_of_backup(stderr: str) -> str:
    return "".join(line for line in stderr.splitlines() if line.startswith("heartwork db backup: "))


@every_line
def test_a_backup_that_is_killed(filled_storage: Storage, folder: Path, tmp_path: Path, step: int) -> None:
    """A backup killed at any line leaves a complete file or none; the next backup works and cleans up."""
    known_deletions = filled_storage.deletion_log.entries()
    filled_storage.close()
    template = tmp_path / "killed"
    shutil.copytree(folder, template / "kept")
    states = {
        check_after_killed_backup(copy, known_deletions)
        for copy in run_killed(template, "line", step, "backup", "saved")
    }
    assert states >= ({"", "copy", "tombstones", "file"} if step == SMALL_STEP else {"copy"}), (
        "all kinds of moment occurred"
    )


@pytest.mark.exhaustive
def test_a_backup_that_is_killed_within_a_step(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """The same holds at any moment, also while SQLite writes the copy."""
    enlarge(filled_storage)
    known_deletions = filled_storage.deletion_log.entries()
    filled_storage.close()
    template = tmp_path / "killed"
    shutil.copytree(folder, template / "kept")
    copies = run_killed(template, "ms", 12, "backup", "saved")
    assert "copy" in {check_after_killed_backup(copy, known_deletions) for copy in copies}


@pytest.mark.parametrize(
    ("unit", "step"),
    [
        ("line", QUICK_STEP),
        pytest.param("line", SMALL_STEP, marks=pytest.mark.exhaustive),
        pytest.param("ms", 12, marks=pytest.mark.exhaustive),
    ],
)
@pytest.mark.parametrize("machine", ["the same", "a new one"])
def test_a_restore_that_is_killed(
    filled_storage: Storage, folder: Path, tmp_path: Path, unit: str, step: int, machine: str
) -> None:
    """A restore killed at any moment has either happened or not, brings nothing deleted back, and leaves no copy."""
    template = tmp_path / "killed"
    if unit == "ms":
        enlarge(filled_storage)
    back_up(filled_storage, template / "saved", DAY)
    filled_storage.delete_journey(SECRET, LATER)
    filled_storage.create_journey(Secret(b"\4" * 16), {}, sample_new_sitting("f" * 32), LATER)
    deletions = filled_storage.deletion_log.entries()
    filled_storage.close()
    before = locators_in(folder / "heartwork.sqlite")
    options = ["--replace"]
    if machine == "the same":
        shutil.copytree(folder, template / "kept")
    else:
        shutil.copy(folder / "tombstones", template / "newer")
        options, before = ["--tombstones", "newer"], set()
    states = []
    for copy in run_killed(template, unit, step, "restore", "saved", *options):
        kept, leftovers = copy / "kept", leftovers_in(copy, copy / "kept")
        locators = locators_in(kept / "heartwork.sqlite") if (kept / "heartwork.sqlite").exists() else set()
        assert locators in (before, {OTHER_SECRET.locator})
        if machine == "the same" or locators:
            assert DeletionLog(kept / "tombstones").entries() >= deletions
        states.append((bool(leftovers), locators != before))
        again = [str(copy / option) if option == "newer" else option for option in options]
        result = db(kept, "restore", str(copy / "saved"), "--replace", *again)
        assert result.exit_code == 0, result.stderr
        assert announced(result.stderr, leftovers)
        assert is_tidy(kept)
        assert names_in(copy) == names_in(template) | {"kept"}
        assert locators_in(kept / "heartwork.sqlite") == {OTHER_SECRET.locator}
    met = {(True, False), (True, True)} if step == SMALL_STEP else {(True, False)}
    assert met <= set(states), "killed before and after the copy took its place"


@every_line
def test_a_first_start_that_is_killed(tmp_path: Path, step: int) -> None:
    """A first start killed at any line leaves no copy of the server's key and no probe after the next start."""
    template = tmp_path / "killed"
    template.mkdir()
    states = set()
    for copy in run_killed(template, "line", step, "upgrade"):
        leftovers = leftovers_in(copy / "kept")
        states.add(bool(leftovers))
        result = db(copy / "kept", "upgrade")
        assert result.exit_code == 0, result.stderr
        assert announced(result.stderr, leftovers)
        assert is_tidy(copy / "kept")
        assert (copy / "kept" / "server.key").stat().st_nlink == 1
    assert states >= ({True, False} if step == SMALL_STEP else {False})


def test_which_folders_a_command_cleans_up(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """A backup cleans up beside its file and in the data folder; other commands only in the data folder."""
    places = (folder, tmp_path / "elsewhere")
    for place in places:
        (place / f"{PREFIX}{'0' * 32}").mkdir(parents=True)
        (place / f"{PREFIX}{'0' * 32}" / LOCK_FILE).touch()
    assert db(folder, "current").exit_code == 0, "this command changes nothing"
    assert len(leftovers_in(*places)) == 2
    assert announced(db(folder, "purge").stderr, leftovers_in(places[0]))
    assert leftovers_in(*places) == leftovers_in(places[1])
    assert announced(db(folder, "backup", str(places[1] / "saved")).stderr, leftovers_in(places[1]))
    assert leftovers_in(*places) == []
    filled_storage.close()


# Refused


def contents(folder: Path) -> dict[Path, bytes]:
    """All files of a data folder except the database, which a checkpoint may change."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "sqlite" not in path.name}


def spoil(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


REFUSALS: Final[dict[str, tuple[Callable[[Path], object], type[Exception]]]] = {
    "absent": (Path.unlink, InvalidBackupError),
    "damaged": (lambda file: file.write_bytes(file.read_bytes()[:9000]), InvalidBackupError),
    "foreign": (lambda file: spoil(file, "DROP TABLE alembic_version"), InvalidBackupError),
    "newer": (lambda file: spoil(file, "UPDATE alembic_version SET version_num = '999'"), InvalidBackupError),
    "unknown deletions": (lambda _file: None, UnknownDeletionsError),
    "not empty": (lambda _file: None, DatabaseNotEmptyError),
    "tombstones that are not there": (lambda _file: None, FileNotFoundError),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refused_restore_changes_nothing(filled_storage: Storage, folder: Path, tmp_path: Path, refusal: str) -> None:
    """A refused restore leaves no copy and changes neither database nor deletion log."""
    file = tmp_path / "saved"
    back_up(filled_storage, file, DAY)
    DeletionLog(deletion_log_of(file)).record_journey(SECRET.locator, LATER)
    change, error = REFUSALS[refusal]
    change(file)
    filled_storage.create_journey(THIRD, {}, sample_new_sitting("e" * 32), DAY)
    before = contents(folder)
    with pytest.raises(error):
        restore(
            filled_storage,
            file,
            replace=refusal != "not empty",
            deletion_logs=(tmp_path / "nowhere",) if refusal.startswith("tombstones") else (),
        )
    assert contents(folder) == before
    assert leftovers_in(folder, tmp_path) == []
    assert filled_storage.count() == 3
    assert filled_storage.read_journey(THIRD) is not None
    assert filled_storage.read_journey(SECRET) is not None


def test_nothing_is_overwritten(filled_storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup overwrites no file, no link, nothing at the log's path, and no file that appears meanwhile."""
    for number, taken in enumerate(("saved", "saved.tombstones")):
        place = tmp_path / str(number)
        place.mkdir()
        (place / taken).write_text("something else")
        with pytest.raises(FileExistsError):
            back_up(filled_storage, place / "saved", DAY)
        (place / taken).unlink()
        for target in (place / "nowhere", filled_storage.deletion_log.path):
            (place / taken).symlink_to(target)
            with pytest.raises(FileExistsError):
                back_up(filled_storage, place / "saved", DAY)
            assert (place / taken).readlink() == target
            (place / taken).unlink()
        assert names_in(place) == set()
    file = tmp_path / "saved"

    def make_file(_: Path) -> bool:
        file.write_text("made by another process")
        return True

    monkeypatch.setattr(backups, "_is_whole", make_file)
    with pytest.raises(FileExistsError):
        back_up(filled_storage, file, DAY)
    assert file.read_text() == "made by another process"
    assert leftovers_in(tmp_path) == []


def test_orphaned_tombstones_are_taken_over(filled_storage: Storage, tmp_path: Path) -> None:
    """A backup adds its deletions to those of a deletion log that has no backup."""
    file = tmp_path / "saved"
    DeletionLog(deletion_log_of(file)).record_sitting(SITTING_ID, DAY)
    back_up(filled_storage, file, DAY)
    deletions = DeletionLog(deletion_log_of(file)).read()
    assert deletions.sittings == {hash_of(SITTING_ID)}
    assert deletions.journeys == {hash_of(THIRD.locator)}


# Deletions after the backup


def test_a_log_that_goes_on_is_believed(storage: Storage, tmp_path: Path) -> None:
    """In the installation that made the backup the restore does not ask, even if its log has no deletions."""
    storage.create_journey(SECRET, {}, sample_new_sitting(SITTING_ID), DAY)
    back_up(storage, tmp_path / "saved", DAY)
    assert storage.deletion_log.read() == Deletions()
    assert restore(storage, tmp_path / "saved", replace=True) == 0
    assert storage.read_journey(SECRET) is not None
    storage.delete_journey(SECRET, LATER)
    assert restore(storage, tmp_path / "saved", replace=True) == 1
    assert storage.read_journey(SECRET) is None


@pytest.mark.parametrize("what_is_here", ["nothing", "deletions of its own", "an earlier backup"])
def test_a_new_machine_does_not_know(filled_storage: Storage, tmp_path: Path, what_is_here: str) -> None:
    """A log without the lines of the backup's log is not complete; the error has the last day of the latter."""
    new = open_migrated(tmp_path / "new")
    if what_is_here == "an earlier backup":
        back_up(filled_storage, tmp_path / "earlier", DAY)
        new.deletion_log.merge(tmp_path / "earlier.tombstones")
    back_up(filled_storage, tmp_path / "saved", LATER)
    if what_is_here == "deletions of its own":
        new.deletion_log.record_journey(b"\5" * 16, LATER + timedelta(days=9))
    with pytest.raises(UnknownDeletionsError) as caught:
        restore(new, tmp_path / "saved")
    assert (caught.value.journeys, caught.value.since) == (2, str(LATER))
    assert restore(new, tmp_path / "saved", revive_unknown=True) == 0
    assert new.count() == 2
    assert restore(new, tmp_path / "saved", replace=True) == 0, "the log is complete from now on"
    new.close()


def test_a_backup_without_its_log(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """Without the backup's log no day is known; an installation's log with deletions is trusted."""
    back_up(filled_storage, tmp_path / "saved", DAY)
    deletion_log_of(tmp_path / "saved").unlink()
    assert restore(filled_storage, tmp_path / "saved", replace=True) == 0
    (folder / "tombstones").unlink()
    with (
        closing(open_migrated(folder)) as without_log,
        pytest.raises(UnknownDeletionsError) as caught,
    ):
        restore(without_log, tmp_path / "saved", replace=True)
    assert caught.value.since is None


def test_an_empty_backup_brings_nothing_back(storage: Storage, tmp_path: Path) -> None:
    """A backup without journeys is restored without asking."""
    back_up(storage, tmp_path / "saved", DAY)
    new = open_migrated(tmp_path / "new")
    assert restore(new, tmp_path / "saved") == 0
    new.close()


def test_a_backup_while_the_log_cannot_be_written(
    filled_storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk does not prevent a backup to another disk, but its restore asks."""
    original = DeletionLog._append

    def append(log: DeletionLog, line: str) -> None:
        if log is filled_storage.deletion_log:
            raise UnavailableError(code="deletion_log")
        original(log, line)

    with monkeypatch.context() as full_disk:
        full_disk.setattr(DeletionLog, "_append", append)
        back_up(filled_storage, tmp_path / "saved", DAY)
    with pytest.raises(UnknownDeletionsError):
        restore(filled_storage, tmp_path / "saved", replace=True)


def test_deletions_while_a_restore_is_at_work(
    filled_storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data that is deleted during a restore stays deleted."""
    back_up(filled_storage, tmp_path / "saved", DAY)
    original = filled_storage.database.replace_with  # type: ignore[attr-defined] # it is an SQLite database

    def replace_with(file: Path) -> None:
        filled_storage.delete_journey(SECRET, LATER)
        original(file)

    monkeypatch.setattr(filled_storage.database, "replace_with", replace_with)
    assert restore(filled_storage, tmp_path / "saved", replace=True) == 1
    assert filled_storage.read_journey(SECRET) is None


def test_a_restore_with_unknown_deletions_is_refused(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """Without a terminal the command is refused and names two options, each of which works."""
    file, new = tmp_path / "saved", tmp_path / "new"
    back_up(filled_storage, file, LATER)
    filled_storage.delete_journey(SECRET, LATER)
    filled_storage.close()
    message = error_of(db(new, "restore", str(file)))
    for part in (str(LATER), "2 journeys", "--tombstones", "--yes"):
        assert part in message
    assert locators_in(new / "heartwork.sqlite") == set()
    assert "Restored 2 journeys" in db(new, "restore", str(file), "--yes").stdout
    newer = ("--tombstones", str(folder / "tombstones"))
    assert "Restored 1 journeys" in db(tmp_path / "newest", "restore", str(file), *newer).stdout
