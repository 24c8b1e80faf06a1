"""``heartwork db`` as operators run it, also beside a server that goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.factories.sample_journey import DAY, OTHER_SECRET, SECRET, SITTING_ID, sample_new_sitting
from tests.paths import ROOT
from tests.servers.server_process import HttpClient, serve
from tests.servers.waiting import SECONDS, read_chunk
from tests.tools.make_fixtures import FIXTURES
from tests.web.cli.test_serve import begin
from web.cli.database import INVALID_BACKUP
from web.cli.main import cli
from web.crypto.private_link import Secret
from web.server.startup import open_migrated
from web.storage import Storage, UnavailableError
from web.storage.backups import back_up, restore
from web.storage.migrations import head_revision

THIRD = Secret(b"\3" * 16)


def db(folder: Path, *arguments: str, **environment: str) -> Result:
    """Call one of the commands on the installation in a folder."""
    variables = {name: None for name in os.environ if name.startswith("HEARTWORK_")}
    return CliRunner(env={**variables, "HEARTWORK_DATA_DIR": str(folder), **environment}).invoke(
        cli, ["db", *arguments], prog_name="heartwork", catch_exceptions=False
    )


def output_of(result: Result) -> str:
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def error_of(result: Result, code: int = 1) -> str:
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("heartwork db ")
    return result.stderr


@pytest.fixture
def filled_storage(storage: Storage) -> Storage:
    """A storage with two journeys."""
    storage.create_journey(SECRET, {"next_number": 2}, sample_new_sitting(SITTING_ID), DAY)
    storage.create_journey(OTHER_SECRET, {}, sample_new_sitting("0" * 32), DAY)
    return storage


def test_tables_are_made_and_named(folder: Path) -> None:
    """An empty folder has no tables and is left alone by asking; after an upgrade it has those of this version."""
    assert f"needs {head_revision()}." in db(folder, "current").stdout
    assert not folder.exists()
    assert head_revision() in output_of(db(folder, "upgrade"))
    assert f"{head_revision()}; " in output_of(db(folder, "current"))
    assert head_revision() in output_of(db(folder, "upgrade"))


def test_a_backup_is_private_and_whole(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """The file is one file, for this user only, is a whole database, and holds what was there; none is overwritten."""
    file = tmp_path / "saved.sqlite"
    assert f"Saved 2 journeys in {file}" in output_of(db(folder, "backup", str(file)))
    assert {path.name for path in tmp_path.iterdir()} == {"kept", "saved.sqlite", "saved.sqlite.tombstones"}
    for path in (file, file.with_name("saved.sqlite.tombstones")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM journey").fetchone() == (2,)
    assert str(file) in error_of(db(folder, "backup", str(file)))
    assert "cannot be used" in error_of(db(folder, "backup", "/proc/nowhere/saved.sqlite"))


def test_what_was_deleted_stays_deleted(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """A restored backup brings back what was lost, but neither a deleted journey, nor a sitting, nor an old link."""
    filled_storage.create_journey(THIRD, {}, sample_new_sitting("a" * 32), DAY)
    filled_storage.add_sitting(THIRD, 1, {}, sample_new_sitting("b" * 32))
    file = tmp_path / "saved.sqlite"
    output_of(db(folder, "backup", str(file)))
    filled_storage.delete_journey(SECRET, DAY)
    filled_storage.delete_sitting(THIRD, "a" * 32, DAY)
    with filled_storage.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM sitting WHERE id = ?", ("0" * 32,))
    assert "2 journeys" in error_of(db(folder, "restore", str(file)))
    assert filled_storage.read_sitting(OTHER_SECRET, "0" * 32) is None, "a refusal changes nothing"
    assert "Restored 2 journeys; 2 rows" in output_of(db(folder, "restore", str(file), "--replace"))
    assert filled_storage.read_journey(SECRET) is None
    assert filled_storage.read_sitting(OTHER_SECRET, "0" * 32) is not None, (
        "what was lost is back, for those who had the file open too"
    )
    third = filled_storage.read_journey(THIRD)
    assert third is not None
    assert [sitting.id for sitting in third.sittings] == ["b" * 32]
    assert not [path for path in folder.iterdir() if path.name.startswith(".")], "no copy is left"


def test_a_lost_machine_comes_back(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """On a new machine an old backup and the tombstones of a newer one give what there was, without what was deleted."""
    for name in ("first", "second"):
        output_of(db(folder, "backup", str(tmp_path / name)))
        filled_storage.delete_journey({"first": SECRET, "second": THIRD}[name], DAY)
    assert (tmp_path / "second.tombstones").exists()
    assert stat.S_IMODE((tmp_path / "second.tombstones").stat().st_mode) == 0o600
    new = tmp_path / "new"
    newer = ("--tombstones", str(tmp_path / "second.tombstones"))
    assert "Restored 1 journeys; 1 rows" in output_of(db(new, "restore", str(tmp_path / "first"), *newer))
    storage = open_migrated(new)
    assert storage.read_journey(SECRET) is None
    assert storage.read_journey(OTHER_SECRET) is not None
    storage.close()


@pytest.mark.parametrize(("answer", "code", "journeys"), [("y\n", 0, 2), ("n\n", 1, 0), ("\n", 1, 0), ("\x04", 1, 0)])
def test_it_asks_at_a_terminal(filled_storage: Storage, tmp_path: Path, answer: str, code: int, journeys: int) -> None:
    """On a new machine a restore waits for a yes; no, nothing and the end of input change nothing."""
    back_up(filled_storage, tmp_path / "saved", DAY)
    new = tmp_path / "new"
    own_end, child_end = os.openpty()
    try:
        os.write(own_end, answer.encode())
        command = [sys.executable, "-m", "web.cli", "db", "restore", str(tmp_path / "saved"), "--data-dir", str(new)]
        process = subprocess.run(
            command, cwd=ROOT, stdin=child_end, stdout=subprocess.PIPE, stderr=child_end, check=False, timeout=SECONDS
        )
        os.close(child_end)
        screen = b""
        while chunk := read_chunk(own_end, "what the terminal shows"):
            screen += chunk
    finally:
        os.close(own_end)
    assert (process.returncode, b"Traceback" in screen) == (code, False), screen
    assert str(DAY).encode() in screen
    storage = open_migrated(new)
    assert storage.count() == journeys
    assert (new / "tombstones").exists() == bool(journeys)
    storage.close()


@pytest.mark.parametrize("closed", ["stdin is closed", "stderr is no terminal"])
def test_it_never_waits_for_an_answer_that_cannot_come(filled_storage: Storage, tmp_path: Path, closed: str) -> None:
    """A process without an input, or whose question would go to a file, is refused at once, as one without a terminal is."""
    back_up(filled_storage, tmp_path / "saved", DAY)
    own_end, child_end = os.openpty()
    try:
        command = [sys.executable, "-m", "web.cli", "db", "restore", str(tmp_path / "saved")]
        process = subprocess.run(
            ["sh", "-c", 'exec "$@" <&-' if closed == "stdin is closed" else 'exec "$@"', "sh", *command],
            cwd=ROOT,
            env={**os.environ, "HEARTWORK_DATA_DIR": str(tmp_path / "new")},
            stdin=child_end,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    finally:
        os.close(own_end)
        os.close(child_end)
    assert (process.returncode, process.stdout) == (1, "")
    assert "--yes" in process.stderr


def test_released_backups_are_restored(folder: Path) -> None:
    """A backup of any released version is brought up to date."""
    for file in FIXTURES.glob("heartwork-*.sqlite"):
        output_of(db(folder, "restore", str(file), "--replace", "--yes"))
        storage = open_migrated(folder)
        assert storage.read_journey(SECRET) is not None
        storage.close()


def test_no_backup_is_restored(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """What is no backup is refused in a sentence, and what is there stays."""
    other, torn, newer = (tmp_path / name for name in ("other", "torn", "newer"))
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE something (x)")
    output_of(db(folder, "backup", str(newer)))
    torn.write_bytes(newer.read_bytes()[:9000])
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '999'")
    for file, code in ((other, "foreign"), (torn, "damaged"), (newer, "newer")):
        assert INVALID_BACKUP[code] in error_of(db(folder, "restore", str(file), "--replace"))
    assert INVALID_BACKUP["absent"] in error_of(db(folder, "restore", str(tmp_path / "none"), "--replace"))
    assert filled_storage.read_journey(SECRET) is not None


def test_a_damaged_database_is_restored(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """What `heartwork doctor` advises works: a backup takes the place also of pages that cannot be read."""
    output_of(db(folder, "backup", str(tmp_path / "saved")))
    query = "SELECT rootpage FROM sqlite_master WHERE name LIKE '%journey%'"
    with filled_storage.database.reading() as connection:
        pages = connection.exec_driver_sql(query).scalars().all()
    filled_storage.close()
    with (folder / "heartwork.sqlite").open("r+b") as handle:
        for page in pages:
            handle.seek((page - 1) * 4096)
            handle.write(b"\xff" * 4096)
    assert "cannot be used now" in error_of(db(folder, "backup", str(tmp_path / "damaged")))
    assert not (tmp_path / "damaged").exists()
    assert "Restored 2 journeys" in output_of(db(folder, "restore", str(tmp_path / "saved"), "--replace"))
    assert filled_storage.database.check() == ()


def test_an_empty_database_on_purpose(filled_storage: Storage, folder: Path) -> None:
    """Where the database is lost every command refuses and makes nothing, until `heartwork db init` makes an empty one."""
    assert "already" in error_of(db(folder, "init"))
    assert filled_storage.read_journey(SECRET) is not None
    filled_storage.close()
    (folder / "heartwork.sqlite").unlink()
    (folder / "heartwork.sqlite-wal").write_bytes(b"the last answers")
    for arguments in (["upgrade"], ["backup", str(folder / "saved")], ["purge"], ["copy", "--to", "sqlite:///none"]):
        assert "`heartwork db init`" in error_of(db(folder, *arguments))
    error_of(db(folder, "current"))
    assert not (folder / "heartwork.sqlite").exists()
    assert "heartwork.sqlite.damaged-wal" in output_of(db(folder, "init"))
    assert (folder / "heartwork.sqlite.damaged-wal").read_bytes() == b"the last answers"
    with closing(open_migrated(folder)) as storage:
        assert storage.count() == 0
    assert "already" in error_of(db(folder, "init"))


def test_a_refused_init_changes_nothing(tmp_path: Path) -> None:
    """Where the deletion log cannot be used, what was left of a lost database stays where it is."""
    (tmp_path / "tombstones").mkdir()
    (tmp_path / "heartwork.sqlite-wal").write_bytes(b"the last answers")
    assert "deletion log" in error_of(db(tmp_path, "init"))
    assert not (tmp_path / "heartwork.sqlite").exists()
    assert (tmp_path / "heartwork.sqlite-wal").read_bytes() == b"the last answers"


def test_init_makes_the_first_one_too(tmp_path: Path) -> None:
    """In a new folder it makes what `heartwork serve` would make; something else in the place of the file stays."""
    assert "empty database" in output_of(db(tmp_path / "new", "init"))
    (tmp_path / "heartwork.sqlite").write_bytes(b"something else" * 1000)
    error_of(db(tmp_path, "init"))
    assert (tmp_path / "heartwork.sqlite").read_bytes() == b"something else" * 1000


@pytest.mark.parametrize("lost", ["deleted", "emptied", "overwritten", "another"])
def test_a_lost_database_is_restored(filled_storage: Storage, folder: Path, tmp_path: Path, lost: str) -> None:
    """A backup comes back where there is no database, or none that can be read, and what was left of that is kept."""
    file = folder / "heartwork.sqlite"
    output_of(db(folder, "backup", str(tmp_path / "saved")))
    filled_storage.close()
    match lost:
        case "deleted":
            file.unlink()
        case "emptied":
            os.truncate(file, 0)
        case "overwritten":
            file.write_bytes(b"something else" * 1000)
        case "another":
            open_migrated(tmp_path / "other").close()
            shutil.copy(tmp_path / "other" / "heartwork.sqlite", file)
    before = file.read_bytes() if file.exists() else b""
    if before:
        error_of(db(folder, "restore", str(tmp_path / "saved")))
        assert file.read_bytes() == before
    if lost in {"overwritten", "another"}:  # a refused restore changes nothing
        assert INVALID_BACKUP["absent"] in error_of(db(folder, "restore", str(tmp_path / "none"), "--replace"))
        assert file.read_bytes() == before
        assert not list(folder.glob("*.damaged*"))
    assert "Restored 2 journeys" in output_of(
        db(folder, "restore", str(tmp_path / "saved"), *["--replace"] * bool(before))
    )
    if before:
        assert (folder / "heartwork.sqlite.damaged").read_bytes() == before
    with closing(open_migrated(folder)) as storage:
        assert storage.count() == 2


def test_a_restore_that_fails_makes_no_database(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """After a restore into a lost database was refused, the database is as lost as before."""
    filled_storage.close()
    (folder / "heartwork.sqlite").unlink()
    assert INVALID_BACKUP["absent"] in error_of(db(folder, "restore", str(tmp_path / "none")))
    assert "`heartwork db init`" in error_of(db(folder, "upgrade"))


def test_a_restore_waits_not_for_ever(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """If another process writes for longer than the patience, the restore gives up, and what was there stays."""
    back_up(filled_storage, tmp_path / "saved", DAY)
    filled_storage.delete_journey(SECRET, DAY)
    with closing(sqlite3.connect(folder / "heartwork.sqlite", isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError):
            restore(filled_storage, tmp_path / "saved", replace=True)
    assert filled_storage.count() == 1


def test_beside_a_server(folder: Path, tmp_path: Path) -> None:
    """A backup and a restore while a server runs: it goes on, and what it shows is what was restored."""
    server = serve(folder)
    try:
        early, late = HttpClient(server.url), HttpClient(server.url)
        begin(early)
        output_of(db(folder, "backup", str(tmp_path / "one")))
        begin(late)
        output_of(db(folder, "restore", str(tmp_path / "one"), "--replace"))
        assert early.get("/quiz/1").status == 303
        assert late.get("/quiz/1").location == "/lost"
        begin(late)
    finally:
        server.stop()
    assert "Saved 2 journeys" in output_of(db(folder, "backup", str(tmp_path / "two")))


def test_purging(filled_storage: Storage, folder: Path) -> None:
    """What is old by the settings is forgotten, and what is not stays."""
    assert "0 journeys, " in output_of(db(folder, "purge", "--idle-days", "3650", "--draft-days", "3650"))
    filled_storage.touch(SECRET, DAY.replace(year=2200))
    filled_storage.create_journey(THIRD, {}, sample_new_sitting("d" * 32), DAY.replace(year=2020))
    filled_storage.touch(OTHER_SECRET, DAY.replace(year=2200))
    assert "1 journeys, " in output_of(db(folder, "purge", HEARTWORK_IDLE_DAYS="1", HEARTWORK_DRAFT_DAYS="1"))
    assert filled_storage.read_journey(SECRET) is not None


def test_copying_is_verified_and_goes_on(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """A copy holds the same by count and hash; the next one takes the differences, also what was deleted."""
    target = tmp_path / "target.sqlite"
    url = f"sqlite:///{target}"
    text = output_of(db(folder, "copy", "--to", url))
    assert "journeys: 2 compared, 2 written." in text
    assert "checksums" in text
    filled_storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {"sleep": 2}}, "draft")
    filled_storage.delete_journey(OTHER_SECRET, DAY)
    text = output_of(db(folder, "copy", "--to", url))
    assert "journeys: 1 compared, 0 written." in text
    assert "sittings: 1 compared, 1 written." in text
    copied = open_migrated(tmp_path / "elsewhere", url)
    assert copied.read_journey(SECRET) == filled_storage.read_journey(SECRET)
    assert copied.read_journey(OTHER_SECRET) is None
    copied.create_journey(THIRD, {}, sample_new_sitting("c" * 32), DAY)
    copied.close()
    assert "2 additional rows" in error_of(db(folder, "copy", "--to", url))


def test_what_cannot_be_used(folder: Path, tmp_path: Path) -> None:
    """Wrong settings end with 2 and databases that are none with 1, each with a sentence."""
    assert "--draft-days" in error_of(db(folder, "purge", "--draft-days", "often"), 2)
    assert "HEARTWORK_DATABASE_URL" in error_of(db(folder, "upgrade", HEARTWORK_DATABASE_URL="mysql://h/d"))
    assert "HEARTWORK_DATABASE_URL" in error_of(db(folder, "current", HEARTWORK_DATABASE_URL="mysql://h/d"))
    assert "--to " in error_of(db(folder, "copy", "--to", "nonsense"))
    folder.mkdir(exist_ok=True)
    (folder / "heartwork.sqlite").write_text("no database at all" * 100)
    assert "locked" in error_of(db(folder, "upgrade"))
    assert "locked" in error_of(db(folder, "current"))


def test_a_restore_that_cannot_say_so_is_kept(
    filled_storage: Storage, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last line of a restore cannot be written, the backup stays restored, beside what was set aside."""
    output_of(db(folder, "backup", str(tmp_path / "saved")))
    filled_storage.close()
    (folder / "heartwork.sqlite").write_bytes(b"something else" * 1000)

    def fail(*_: object) -> None:
        raise BrokenPipeError

    with monkeypatch.context() as patch:
        patch.setattr("web.storage.store.Storage.count", fail)
        db(folder, "restore", str(tmp_path / "saved"), "--replace")
    with closing(open_migrated(folder)) as storage:
        assert storage.count() == 2
    assert (folder / "heartwork.sqlite.damaged").exists()
