"""A database file that is deleted, moved, replaced, cut or overwritten while it is open is detected at once."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Connection

from tests.factories.sample_journey import DAY, OTHER_SECRET, SECRET, SITTING_ID, sample_new_sitting
from tests.paths import ROOT
from tests.servers.waiting import Output, wait_for_exit
from web.crypto.private_link import Secret
from web.server.startup import open_migrated
from web.storage import NoDatabaseError, OtherDatabaseError, Storage, UnavailableError
from web.storage.backups import back_up, restore
from web.storage.databases import open_file
from web.storage.databases.sqlite import Sqlite
from web.storage.tables import insert_journey, insert_sitting

SECRETS: Final = [Secret(bytes([number]) * 16) for number in range(100, 140)]
FILE: Final = "heartwork.sqlite"


def fill(storage: Storage, secrets: Sequence[Secret]) -> None:
    """Insert journeys in one transaction and checkpoint them into the file."""
    with storage.database.writing() as connection:
        for secret in secrets:
            insert_journey(connection, secret, 1, DAY, {})
            insert_sitting(connection, secret, sample_new_sitting(secret.raw.hex()))
    assert storage.database.sweep()


@pytest.fixture
def filled(storage: Storage) -> Storage:
    """A storage with forty journeys in the file and one in the log."""
    fill(storage, SECRETS)
    storage.create_journey(SECRET, {}, sample_new_sitting(SITTING_ID), DAY)
    return storage


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The file of another installation, of about the same size."""
    storage = open_migrated(tmp_path / "other")
    fill(storage, [*SECRETS, OTHER_SECRET])
    storage.close()
    return tmp_path / "other" / FILE


def delete(folder: Path) -> None:
    (folder / FILE).unlink()


def delete_all(folder: Path) -> None:
    for path in folder.glob(f"{FILE}*"):
        path.unlink()


def move_folder(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))


def replace_with_copy(folder: Path) -> None:
    shutil.copy(folder / FILE, folder / "copy")
    (folder / "copy").rename(folder / FILE)


def replace_with_folder(folder: Path) -> None:
    delete(folder)
    (folder / FILE).mkdir()


def delete_log(folder: Path) -> None:
    (folder / f"{FILE}-wal").unlink()


def replace_log(folder: Path) -> None:
    delete_log(folder)
    (folder / f"{FILE}-wal").touch()


def delete_index(folder: Path) -> None:
    (folder / f"{FILE}-shm").unlink()


def cut(name: str, share: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / name
        os.truncate(path, int(path.stat().st_size * share))

    damage.__name__ = f"cut {name.removeprefix(FILE)} to {share}"
    return damage


def overwrite(name: str, content: bytes) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        with (folder / name).open("r+b") as handle:
            handle.write(content)

    damage.__name__ = f"overwrite {name.removeprefix(FILE)} with {len(content)} bytes"
    return damage


NOISE: Final = bytes(range(255, 0, -1)) * 64
GONE: Final = [
    delete,
    delete_all,
    move_folder,
    replace_with_copy,
    replace_with_folder,
    delete_log,
    replace_log,
    delete_index,
    cut(FILE, 0),
    cut(FILE, 0.5),
    cut(f"{FILE}-wal", 0),
    cut(f"{FILE}-wal", 0.5),
    overwrite(f"{FILE}-wal", NOISE),
]
DAMAGED: Final = [overwrite(FILE, NOISE), overwrite(FILE, b"\0" * 100)]
FAULTS: Final = [(fault, "gone") for fault in GONE] + [(fault, "damaged") for fault in DAMAGED]


def calls(storage: Storage) -> list[Callable[[], object]]:
    """Calls of a storage that succeed if the files have no fault."""
    return [
        lambda: storage.read_journey(SECRET),
        lambda: storage.read_journey(OTHER_SECRET),
        storage.count,
        lambda: storage.save_journey(SECRET, 1, {"page": 2}),
        lambda: storage.delete_journey(SECRET, DAY),
        storage.database.sweep,
        storage.database.verify,
    ]


@pytest.mark.parametrize(("fault", "code"), FAULTS, ids=lambda value: getattr(value, "__name__", value))
def test_nothing_is_shown_or_kept(filled: Storage, folder: Path, fault: Callable[[Path], None], code: str) -> None:
    """After any fault every call fails, at once and later, and no new file appears."""
    fault(folder)
    before = sorted(folder.parent.rglob("*"))
    for call in calls(filled) * 2:
        with pytest.raises(UnavailableError) as caught:
            call()
        assert caught.value.code == code
    assert sorted(folder.parent.rglob("*")) == before


@pytest.mark.parametrize(("fault", "code"), FAULTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_commit_into_nothing(filled: Storage, folder: Path, fault: Callable[[Path], None], code: str) -> None:
    """A commit is not acknowledged if the file disappears during its transaction."""

    def work(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE journey SET revision = revision + 1")
        fault(folder)

    with pytest.raises(UnavailableError) as caught:
        filled.database.write(work)
    assert caught.value.code == code


@pytest.mark.parametrize("end", ["killed", "stopped"])
@pytest.mark.parametrize("fault", [delete_log, replace_log, delete_index])
def test_what_was_acknowledged_is_saved(filled: Storage, folder: Path, fault: Callable[[Path], None], end: str) -> None:
    """If only the log is deleted, the process writes its content into the file, so that its end loses nothing."""
    fault(folder)
    with pytest.raises(UnavailableError):
        filled.count()
    if end == "stopped":
        filled.close()
    shutil.copytree(folder, folder.with_name("later"))
    with closing(open_migrated(folder.with_name("later"))) as storage:
        assert storage.read_journey(SECRET) is not None
        assert storage.count() == len(SECRETS) + 1
        assert storage.database.check() == ()


@pytest.mark.parametrize("fault", [delete, delete_all, replace_with_copy, move_folder])
def test_a_deleted_file_can_be_copied(
    filled: Storage, folder: Path, tmp_path: Path, fault: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """The server's log names, once, the descriptor from which the deleted file can be copied completely."""
    fault(folder)
    for _ in range(3):
        with pytest.raises(UnavailableError):
            filled.count()
    (record,) = caplog.records
    match = re.search(r"/proc/\d+/fd/\d+", record.getMessage())
    assert match is not None
    shutil.copy(match[0], tmp_path / "rescued")
    with closing(open_migrated(tmp_path / "new", makes_database=True)) as storage:
        restore(storage, tmp_path / "rescued", revive_unknown=True)
        assert storage.read_journey(SECRET) is not None
        assert storage.count() == len(SECRETS) + 1


def test_a_folder_that_is_moved_back(filled: Storage, folder: Path) -> None:
    """When the same file is back in its place, the process uses it again."""
    move_folder(folder)
    with pytest.raises(UnavailableError):
        filled.count()
    folder.with_name("moved").rename(folder)
    assert filled.save_journey(SECRET, 1, {"page": 2}) == 2
    assert filled.count() == len(SECRETS) + 1


@pytest.mark.parametrize("in_place", [True, False])
def test_another_database(filled: Storage, folder: Path, other: Path, in_place: bool) -> None:
    """Another installation's database is detected, copied over the file or moved into its place."""
    if in_place:
        (folder / FILE).write_bytes(other.read_bytes())
    else:
        other.rename(folder / FILE)
    for call in calls(filled):
        with pytest.raises(UnavailableError) as caught:
            call()
        assert caught.value.code == "gone"


def test_a_copy_over_the_file_stays_as_it_is(filled: Storage, folder: Path, other: Path) -> None:
    """If the log was deleted and a file copied over the database, the old log is not written into it."""
    delete_log(folder)
    (folder / FILE).write_bytes(other.read_bytes())
    for call in calls(filled):
        with pytest.raises(UnavailableError):
            call()
    filled.close()
    assert (folder / FILE).read_bytes() == other.read_bytes()


@pytest.mark.parametrize("kind", ["backup", "copy"])
def test_an_earlier_state(filled: Storage, folder: Path, tmp_path: Path, kind: str) -> None:
    """A backup or an earlier copy of the same database that is copied over the file is detected."""
    earlier = tmp_path / "earlier"
    if kind == "backup":
        back_up(filled, earlier, DAY)
    else:
        shutil.copy(folder / FILE, earlier)
        fill(filled, [Secret(bytes([200 + number]) * 16) for number in range(30)])
        filled.database.verify()
    (folder / FILE).write_bytes(earlier.read_bytes().ljust((folder / FILE).stat().st_size, b"\0"))
    with pytest.raises(UnavailableError) as caught:
        filled.count()
    assert caught.value.code == "gone"


def test_a_link_to_the_file(folder: Path, tmp_path: Path) -> None:
    """A symbolic link is followed, for the log as well, and a change of its target is detected."""
    link = tmp_path / "link.sqlite"
    (tmp_path / "disk").mkdir()
    link.symlink_to(tmp_path / "disk" / "real.sqlite")
    with closing(open_migrated(folder, f"sqlite:///{link}")) as storage:
        storage.create_journey(SECRET, {}, sample_new_sitting(SITTING_ID), DAY)
        assert storage.count() == 1
        (tmp_path / "disk" / "real.sqlite-wal").rename(tmp_path / "wal")
        with pytest.raises(UnavailableError):
            storage.count()
        (tmp_path / "wal").rename(tmp_path / "disk" / "real.sqlite-wal")
        assert storage.count() == 1
        link.unlink()
        link.symlink_to(tmp_path / "disk" / "none.sqlite")
        with pytest.raises(UnavailableError):
            storage.count()


def test_damage_that_is_met_while_serving(filled: Storage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After damage was found, every call fails until a check finds no damage."""
    assert filled.database.sweep()
    with (folder / FILE).open("r+b") as handle:
        pages = handle.seek(0, os.SEEK_END) // 4096
        original = {page: os.pread(handle.fileno(), 4096, page * 4096) for page in range(1, pages)}
        for page in original:
            os.pwrite(handle.fileno(), b"\xff" * 4096, page * 4096)
    with closing(open_database(filled)) as fresh:
        for call in (lambda: fresh.read_journey(SECRETS[0]), lambda: fresh.save_journey(SECRET, 1, {}), fresh.count):
            with pytest.raises(UnavailableError) as caught:
                call()
            assert caught.value.code == "damaged"
        with (folder / FILE).open("r+b") as handle:
            for page, content in original.items():
                os.pwrite(handle.fileno(), content, page * 4096)
        with pytest.raises(UnavailableError):
            fresh.database.verify()
        monkeypatch.setattr("web.storage.databases.sqlite.RECHECK_SECONDS", 0.0)
        monkeypatch.setattr(fresh.database, "_checked_again_at", 0.0)
        assert fresh.count() == len(SECRETS) + 1


def open_database(storage: Storage) -> Storage:
    """Another storage on the same file, with empty caches."""
    database = storage.database
    assert isinstance(database, Sqlite)
    return Storage(Sqlite(database.path, patience=0.2), storage.deletion_log)


# No false alarms


def test_others_at_work_are_no_fault(filled: Storage, folder: Path, tmp_path: Path) -> None:
    """Checkpoints, backups, restores, a smaller database and other processes are not faults."""
    back_up(filled, tmp_path / "small", DAY)
    fill(filled, [Secret(bytes([160 + number]) * 16) for number in range(60)])
    with closing(open_database(filled)) as neighbour:
        neighbour.mark_folder()
        back_up(neighbour, tmp_path / "large", DAY)
        for file, count in (("small", 41), ("large", 101), ("small", 41)):
            restore(neighbour, tmp_path / file, replace=True)
            assert (filled.count(), neighbour.count()) == (count, count)
            assert filled.save_journey(SECRET, 1, {"page": 2}) == 2
            with closing(sqlite3.connect(folder / FILE)) as raw:
                raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            filled.database.verify()
            neighbour.database.verify()
    assert filled.save_journey(SECRET, 2, {"page": 3}) == 3
    assert filled.database.check() == ()


def test_descriptors_outlive_connections(filled: Storage) -> None:
    """The watches of a process share one descriptor per file and close it last, which keeps SQLite's locks."""
    descriptors = dict(open_file._descriptors)
    second = open_database(filled)
    second.count()
    assert open_file._descriptors == descriptors
    second.close()
    assert open_file._descriptors == descriptors
    identities = set(descriptors)
    filled.close()
    assert identities - set(open_file._descriptors)


# The next start


@pytest.mark.parametrize("fault", [delete, delete_all, cut(FILE, 0)], ids=["delete", "delete_all", "empty"])
def test_a_lost_database_is_not_made_again(filled: Storage, folder: Path, fault: Callable[[Path], None]) -> None:
    """A folder that has had a database gets an empty one only on request."""
    filled.close()
    fault(folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for connect in (open_migrated, Storage.connect):
        with pytest.raises(NoDatabaseError):
            connect(folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    with closing(open_migrated(folder, makes_database=True)) as storage:
        assert storage.count() == 0
    open_migrated(folder).close()


def test_a_database_without_tables_is_lost(filled: Storage, folder: Path) -> None:
    """A database file without tables is not mistaken for a new installation."""
    filled.close()
    delete_all(folder)
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("VACUUM")
    with pytest.raises(NoDatabaseError):
        open_migrated(folder)


def test_a_url_that_leads_nowhere(folder: Path, tmp_path: Path) -> None:
    """The folder also records a database elsewhere, whose folder may be missing."""
    url = f"sqlite:///{tmp_path}/else/where.db"
    open_migrated(folder, url).close()
    shutil.rmtree(tmp_path / "else")
    for wanted in (url, None):
        with pytest.raises(NoDatabaseError):
            open_migrated(folder, wanted)
    assert not (tmp_path / "else").exists()


def test_deletions_are_a_mark(storage: Storage, folder: Path) -> None:
    """Older installations without a mark are recognised by their deletion log."""
    storage.create_journey(SECRET, {}, sample_new_sitting(), DAY)
    storage.delete_journey(SECRET, DAY)
    storage.close()
    (folder / "database.id").unlink()
    delete_all(folder)
    with pytest.raises(NoDatabaseError):
        open_migrated(folder)


def test_databases_without_a_mark_go_on(filled: Storage, folder: Path) -> None:
    """Older installations get a mark, also if a backup has replaced the file."""
    back_up(filled, folder.with_name("saved"), DAY)
    filled.close()
    (folder / "database.id").unlink()
    open_migrated(folder).close()
    (name,) = (folder / "database.id").read_text().split()
    shutil.copy(folder.with_name("saved"), folder / FILE)
    open_migrated(folder).close()
    names = (folder / "database.id").read_text().split()
    assert names[0] == name
    assert len(set(names)) == 2


def test_another_database_at_the_start(filled: Storage, folder: Path, other: Path) -> None:
    """Another installation's database is refused until the mark is deleted."""
    filled.close()
    shutil.copy(other, folder / FILE)
    with pytest.raises(OtherDatabaseError):
        open_migrated(folder)
    (folder / "database.id").unlink()
    open_migrated(folder).close()


def test_a_copy_over_the_file_at_the_start(filled: Storage, folder: Path, other: Path) -> None:
    """A database that was copied over this one beside its log is not served."""
    shutil.copytree(folder, folder.with_name("killed"))
    shutil.copyfile(other, folder.with_name("killed") / FILE)
    with pytest.raises((OtherDatabaseError, UnavailableError)):
        open_checked(folder.with_name("killed"))


def test_a_cut_file_at_the_start(filled: Storage, folder: Path) -> None:
    """A file that was cut while no process ran is damaged, and not served."""
    filled.close()
    cut(FILE, 0.5)(folder)
    with pytest.raises(UnavailableError) as caught:
        open_checked(folder)
    assert caught.value.code == "damaged"


CLOSE: Final = """
import sys
from pathlib import Path
from tests.factories.sample_journey import DAY, SECRET, sample_new_sitting
from web.server.startup import open_migrated
folder = Path(sys.argv[1])
storage = open_migrated(folder)
storage.create_journey(SECRET, {}, sample_new_sitting(), DAY)
print("acknowledged", flush=True)
input()
storage.close()
"""


@pytest.mark.parametrize("fault", [cut(f"{FILE}-wal", 0.5), overwrite(f"{FILE}-wal", NOISE), None])
def test_an_end_mixes_nothing(
    storage: Storage, folder: Path, other: Path, fault: Callable[[Path], None] | None
) -> None:
    """A process that ends writes neither a damaged log into its file nor its log into another file."""
    storage.close()
    process = subprocess.Popen(
        [sys.executable, "-c", CLOSE, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    output = Output(process.stdout)
    output.wait_for("acknowledged")
    fault(folder) if fault else (folder / FILE).write_bytes(other.read_bytes())
    before = (folder / FILE).read_bytes()
    process.stdin.write("go on\n")
    process.stdin.close()
    assert wait_for_exit(process, "a process with a storage") == 0
    output.close()
    assert (folder / FILE).read_bytes() == before


def open_checked(folder: Path) -> None:
    """Open a database as a server does."""
    with closing(open_migrated(folder)) as storage:
        if storage.database.quick_check(10) is not None:
            raise UnavailableError(code="damaged")


def test_a_quick_check_ends(filled: Storage) -> None:
    """A check without time finds nothing, and one with time finds nothing in a sound database."""
    assert filled.database.quick_check(0) is None
    assert filled.database.quick_check(10) is None
