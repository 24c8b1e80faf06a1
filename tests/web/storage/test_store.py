"""The storage returns what was stored, refuses stale changes, and opens nothing without the secret."""

from __future__ import annotations

import os
import sqlite3
import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, cast

import pytest
from sqlalchemy import create_engine, event, insert, select, update

from tests.factories.sample_journey import (
    CONTENT,
    DAY,
    JOURNEY_BODY,
    OTHER_SECRET,
    SECRET,
    SITTING_ID,
    content_snapshot,
    sample_new_sitting,
)
from web.crypto.encrypted_body import UnreadableError, decrypt_body
from web.crypto.private_link import Secret
from web.journeys.journey import Journeys
from web.server.startup import open_migrated
from web.storage import (
    AlreadyExistsError,
    Content,
    NewSitting,
    NotFoundError,
    StaleRevisionError,
    Storage,
    StoredJourney,
    StoredSitting,
    UnavailableError,
    tables,
)
from web.storage.databases import sqlite_connection
from web.storage.databases.base import Database

SECOND: Final = "fedcba9876543210" * 2


@pytest.fixture
def filled_storage(storage: Storage) -> Storage:
    """A storage with a journey of two sittings, and another journey."""
    storage.create_journey(SECRET, JOURNEY_BODY, sample_new_sitting(SITTING_ID, {"answers": {"sleep": 1}}), DAY)
    storage.add_sitting(SECRET, 1, {"next_number": 3}, sample_new_sitting(SECOND, {"answers": {}}, state="finished"))
    storage.create_journey(OTHER_SECRET, {}, sample_new_sitting("0" * 32, {"answers": {"sleep": 4}}), DAY)
    return storage


def change(storage: Storage, table: Any, **values: Any) -> None:
    """Change the database directly, as only someone with access to it can."""
    with storage.database.writing() as connection:
        connection.execute(update(table).values(**values))


# Reading what was stored


def test_a_journey_comes_back(filled_storage: Storage) -> None:
    """A journey is read with its own sittings, their revisions and states."""
    assert filled_storage.read_journey(SECRET) == StoredJourney(
        revision=2,
        seen_day=DAY,
        body={"next_number": 3},
        sittings=(
            StoredSitting(SITTING_ID, CONTENT.digest, "draft", 1, {"answers": {"sleep": 1}}),
            StoredSitting(SECOND, CONTENT.digest, "finished", 1, {"answers": {}}),
        ),
    )


def test_it_comes_back_after_a_restart(filled_storage: Storage, folder: Path, database: str | None) -> None:
    """Another process can read the stored journeys."""
    before = filled_storage.read_journey(SECRET)
    filled_storage.close()
    again = open_migrated(folder, database)
    assert again.read_journey(SECRET) == before
    again.close()


def test_sittings_are_saved(filled_storage: Storage) -> None:
    """Saving a sitting sets its next revision, its new body and its new state."""
    assert filled_storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {"sleep": 2}}, "draft") == 2
    assert filled_storage.save_sitting(SECRET, SITTING_ID, 2, {"answers": {"sleep": 3}}, "finished") == 3
    expected = StoredSitting(SITTING_ID, CONTENT.digest, "finished", 3, {"answers": {"sleep": 3}})
    assert filled_storage.read_sitting(SECRET, SITTING_ID) == expected


def test_journeys_are_saved(filled_storage: Storage) -> None:
    """Saving a journey sets its next revision and does not change its sittings."""
    before = filled_storage.read_journey(SECRET)
    assert filled_storage.save_journey(SECRET, 2, {"next_number": 9}) == 3
    after = filled_storage.read_journey(SECRET)
    assert before is not None
    assert after is not None
    assert (after.revision, after.body, after.sittings) == (3, {"next_number": 9}, before.sittings)


def test_content_is_kept_once(filled_storage: Storage) -> None:
    """A snapshot is stored once for all its sittings, and read by its digest."""
    with filled_storage.database.reading() as connection:
        assert connection.execute(select(tables.content.c.digest)).scalars().all() == [CONTENT.digest]
    assert filled_storage.read_content(CONTENT.digest) == CONTENT.json
    assert filled_storage.read_content("0" * 64) is None


def test_content_is_what_its_digest_says(filled_storage: Storage) -> None:
    """Content that was changed in the database is unreadable."""
    change(filled_storage, tables.content, json='{"title":"Something else"}')
    with pytest.raises(UnreadableError):
        filled_storage.read_content(CONTENT.digest)


# Only with the secret


def test_an_unknown_link_leads_nowhere(filled_storage: Storage) -> None:
    """Without the secret no journey or sitting can be read or written."""
    stranger = Secret(b"\7" * 16)
    assert filled_storage.read_journey(stranger) is None
    assert filled_storage.read_sitting(stranger, SITTING_ID) is None
    assert filled_storage.read_sitting(OTHER_SECRET, SITTING_ID) is None
    for secret in (stranger, OTHER_SECRET):
        with pytest.raises(NotFoundError):
            filled_storage.save_sitting(secret, SITTING_ID, 1, {}, "draft")
    with pytest.raises(NotFoundError):
        filled_storage.save_journey(stranger, 1, {})
    with pytest.raises(NotFoundError):
        filled_storage.add_sitting(stranger, 1, {}, sample_new_sitting("1" * 32))
    with pytest.raises(NotFoundError):
        filled_storage.replace_link(stranger, Secret(b"\6" * 16), DAY)
    filled_storage.delete_sitting(OTHER_SECRET, SITTING_ID, DAY)
    filled_storage.delete_journey(stranger, DAY)
    assert filled_storage.read_sitting(SECRET, SITTING_ID) is not None


def test_unknown_links_cost_as_much(filled_storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown and dead links run as many statements and decryptions as an empty journey."""
    filled_storage.delete_sitting(SECRET, SITTING_ID, DAY)
    filled_storage.delete_sitting(SECRET, SECOND, DAY)
    filled_storage.delete_journey(OTHER_SECRET, DAY)
    operations: list[str] = []
    event.listen(
        filled_storage.database.engine, "before_cursor_execute", lambda *arguments: operations.append(arguments[2])
    )

    def counted_decrypt(*arguments: Any) -> dict[str, Any]:
        operations.append("decrypt_body")
        return decrypt_body(*arguments)

    monkeypatch.setattr(tables, "decrypt_body", counted_decrypt)
    work = []
    for secret in (SECRET, OTHER_SECRET, Secret(b"\7" * 16)):
        filled_storage.read_journey(secret)  # the first call creates the decoy
        operations.clear()
        filled_storage.read_journey(secret)
        work.append(list(operations))
    assert work[0] == work[1] == work[2]
    assert "decrypt_body" in work[0]


# Revisions


def test_stale_sittings_are_not_saved(filled_storage: Storage) -> None:
    """A change of an older revision is refused with the stored state, and changes nothing."""
    filled_storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {"sleep": 2}}, "draft")
    for revision in (0, 1, 3):
        with pytest.raises(StaleRevisionError) as refused:
            filled_storage.save_sitting(SECRET, SITTING_ID, revision, {"answers": {}}, "finished")
        expected = StoredSitting(SITTING_ID, CONTENT.digest, "draft", 2, {"answers": {"sleep": 2}})
        assert refused.value.current == filled_storage.read_sitting(SECRET, SITTING_ID) == expected
        assert refused.value.code == "stale"


def test_stale_journeys_are_not_saved(filled_storage: Storage) -> None:
    """A change of an older revision of a journey, or a sitting added to one, is refused with the stored journey."""
    before = filled_storage.read_journey(SECRET)
    with pytest.raises(StaleRevisionError) as refused:
        filled_storage.save_journey(SECRET, 1, {})
    assert refused.value.current == before
    with pytest.raises(StaleRevisionError) as refused:
        filled_storage.add_sitting(SECRET, 1, {}, sample_new_sitting("1" * 32))
    assert refused.value.current == filled_storage.read_journey(SECRET) == before


def test_nothing_is_made_twice(filled_storage: Storage) -> None:
    """An existing secret or sitting id is refused, and the transaction changes nothing."""
    fresh = Secret(b"\7" * 16)
    with pytest.raises(AlreadyExistsError):
        filled_storage.create_journey(SECRET, {}, sample_new_sitting("1" * 32), DAY)
    with pytest.raises(AlreadyExistsError):
        filled_storage.create_journey(fresh, {}, sample_new_sitting(SITTING_ID), DAY)
    before = filled_storage.read_journey(SECRET)
    with pytest.raises(AlreadyExistsError):
        filled_storage.add_sitting(SECRET, 2, {}, sample_new_sitting(SITTING_ID))
    assert filled_storage.read_journey(SECRET) == before
    assert filled_storage.read_journey(fresh) is None
    with pytest.raises(AlreadyExistsError):
        filled_storage.replace_link(SECRET, OTHER_SECRET, DAY)
    assert filled_storage.read_journey(SECRET) == before


def test_looking_is_noted_once_a_day(storage: Storage) -> None:
    """The day on which a journey was last opened never moves back, and is written once a day at most."""
    journeys = Journeys(storage)
    journeys.start(SECRET, "breakup", CONTENT, DAY)
    written: list[str] = []
    event.listen(
        storage.database.engine, "before_cursor_execute", lambda *arguments: written.append(arguments[2].split()[0])
    )
    later = DAY + timedelta(days=1)
    for day in (DAY, later, later, DAY):
        journeys.load(SECRET, day)
    journeys.load(Secret(b"\7" * 16), later)
    assert written.count("UPDATE") == 1
    storage.touch(SECRET, DAY)
    journey = storage.read_journey(SECRET)
    assert journey is not None
    assert (journey.seen_day, journey.revision) == (later, 1)


# Damage


@pytest.mark.parametrize("values", [{"revision": 5}, {"body": b"\1" + bytes(1052)}, {"id": "9" * 32}])
def test_a_damaged_sitting_is_set_apart(filled_storage: Storage, values: dict[str, Any]) -> None:
    """A changed sitting is listed as unreadable and can be deleted; the others can be read."""
    with filled_storage.database.writing() as connection:
        connection.execute(update(tables.sitting).where(tables.sitting.c.id == SITTING_ID).values(**values))
    name = str(values.get("id", SITTING_ID))
    journey = filled_storage.read_journey(SECRET)
    assert journey is not None
    assert ([sitting.id for sitting in journey.sittings], journey.unreadable) == ([SECOND], (name,))
    with pytest.raises(UnreadableError):
        filled_storage.read_sitting(SECRET, name)
    with pytest.raises(UnreadableError):
        filled_storage.replace_link(SECRET, Secret(b"\7" * 16), DAY)
    assert filled_storage.read_journey(SECRET) == journey
    filled_storage.delete_sitting(SECRET, name, DAY)
    journey = filled_storage.read_journey(SECRET)
    assert journey is not None
    assert journey.unreadable == ()


def test_swapped_bodies_are_damage(filled_storage: Storage) -> None:
    """Two swapped bodies, or an older body that was put back, cannot be decrypted."""
    with filled_storage.database.reading() as connection:
        rows = connection.execute(select(tables.sitting.c.id, tables.sitting.c.body)).all()
    bodies = {row.id: row.body for row in rows}
    filled_storage.save_sitting(SECRET, SECOND, 1, {"answers": {"sleep": 0}}, "finished")
    with filled_storage.database.writing() as connection:
        for name, body in ((SITTING_ID, bodies[SECOND]), (SECOND, bodies[SECOND])):
            connection.execute(update(tables.sitting).where(tables.sitting.c.id == name).values(body=body))
    journey = filled_storage.read_journey(SECRET)
    assert journey is not None
    assert journey.unreadable == (SITTING_ID, SECOND)


def test_a_damaged_journey_cannot_be_read(filled_storage: Storage) -> None:
    """A journey whose row was changed is unreadable and can be deleted."""
    change(filled_storage, tables.journey, revision=7)
    for attempt in (lambda: filled_storage.read_journey(SECRET), lambda: filled_storage.save_journey(SECRET, 2, {})):
        with pytest.raises(UnreadableError):
            attempt()
    filled_storage.delete_journey(SECRET, DAY)
    assert filled_storage.read_journey(SECRET) is None


def test_check_finds_no_fault(filled_storage: Storage) -> None:
    """A database without damage passes the check."""
    assert filled_storage.database.check() == ()


@pytest.mark.sqlite
def test_check_finds_loose_rows(filled_storage: Storage, folder: Path) -> None:
    """The check finds a sitting whose journey is missing."""
    raw = sqlite3.connect(folder / "heartwork.sqlite")
    raw.execute("DELETE FROM journey WHERE locator = ?", (OTHER_SECRET.locator,))
    raw.commit()
    raw.close()
    assert len(filled_storage.database.check()) == 1


@pytest.mark.sqlite
def test_check_finds_damage(filled_storage: Storage, folder: Path) -> None:
    """The check finds overwritten pages, and calls that need them raise ``UnavailableError``."""
    with filled_storage.database.reading() as connection:
        pages = (
            connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name LIKE '%journey%'").scalars().all()
        )
    filled_storage.close()
    with (folder / "heartwork.sqlite").open("r+b") as handle:
        for page in pages:
            handle.seek((page - 1) * 4096)
            handle.write(b"\xff" * 4096)
    damaged = open_migrated(folder, patience=0.0)
    assert damaged.database.check()
    with pytest.raises(UnavailableError):
        damaged.read_journey(SECRET)
    damaged.close()


# The files


@pytest.mark.sqlite
def test_sqlite_is_set_up(storage: Storage) -> None:
    """Every connection uses WAL, synchronous commits, secure deletion and foreign keys."""
    expected = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "busy_timeout": 200}
    with storage.database.reading() as first, storage.database.reading() as second:
        for connection in (first, second):
            pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in expected}
            assert pragmas == expected


@pytest.mark.sqlite
def test_files_are_private(filled_storage: Storage, folder: Path) -> None:
    """Only this user can read the folder and its files."""
    filled_storage.delete_sitting(SECRET, SITTING_ID, DAY)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in os.scandir(folder)}
    names = {"heartwork.sqlite", "heartwork.sqlite-wal", "heartwork.sqlite-shm", "tombstones", "database.id"}
    assert modes == dict.fromkeys(names, 0o600)


def test_a_url_says_where_the_file_lies(folder: Path, tmp_path: Path) -> None:
    """An SQLite URL moves the database elsewhere; the deletion log and the mark stay in the folder."""
    storage = open_migrated(folder, f"sqlite:///{tmp_path}/else/where.db")
    storage.create_journey(SECRET, {}, sample_new_sitting(), DAY)
    storage.delete_journey(SECRET, DAY)
    storage.close()
    assert (tmp_path / "else" / "where.db").exists()
    assert {entry.name for entry in folder.iterdir()} == {"tombstones", "database.id"}


@pytest.mark.sqlite
def test_the_database_reads_as_noise(storage: Storage, folder: Path) -> None:
    """No file ever contains an answer, name, secret, code, word or key."""
    answers = {
        "pronoun": "she",
        "partner_name": "Żaneta",
        "self_harm": "yes",
        "ties": ["children"],
        "note": "Zuversicht",
    }
    storage.create_journey(
        SECRET, {"settings": {"country": "Iceland"}}, sample_new_sitting(SITTING_ID, {"answers": answers}), DAY
    )
    storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {**answers, "sleep": 3}}, "finished")
    storage.replace_link(SECRET, OTHER_SECRET, DAY)
    hidden = {*answers, '"she"', "Żaneta", "children", "Zuversicht", "Iceland", "country", "answers", "settings"}
    needles = [text.encode() for text in hidden]
    for secret in (SECRET, OTHER_SECRET):
        needles += [
            secret.raw,
            secret.key,
            secret.code.encode(),
            secret.old_code.encode(),
            secret.raw.hex().encode(),
            secret.key.hex().encode(),
        ]
        needles += [" ".join(secret.words[at : at + 2]).encode() for at in range(11)]
    files = {entry.name: Path(entry).read_bytes() for entry in os.scandir(folder)}
    assert len(files) == 5
    for name, raw in files.items():
        readable = [needle for needle in needles if needle in raw]
        assert not readable, name


# Failures


@pytest.mark.sqlite
def test_a_locked_database_is_unavailable(filled_storage: Storage, folder: Path) -> None:
    """If another process writes for too long, the change fails as ``busy`` and nothing is written."""
    blocker = sqlite3.connect(folder / "heartwork.sqlite", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError) as refused:
        filled_storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {}}, "draft")
    assert refused.value.code == "busy"
    assert filled_storage.read_sitting(SECRET, SITTING_ID) is not None
    blocker.execute("ROLLBACK")
    blocker.close()
    assert filled_storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {}}, "draft") == 2


@pytest.mark.sqlite
def test_a_writer_waits_for_its_turn(filled_storage: Storage) -> None:
    """If another thread writes for too long, the error is the same."""
    with filled_storage.database.writing(), pytest.raises(UnavailableError):
        filled_storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {}}, "draft")
    assert filled_storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {}}, "draft") == 2


@pytest.mark.sqlite
def test_a_full_disk_is_unavailable(filled_storage: Storage) -> None:
    """On a full disk nothing is written in part."""
    before = filled_storage.read_sitting(SECRET, SITTING_ID)
    with filled_storage.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
    filled_storage.database.engine.dispose()
    event.listen(
        filled_storage.database.engine,
        "connect",
        lambda connection, _: connection.execute("PRAGMA max_page_count=1").close(),
    )
    with pytest.raises(UnavailableError):
        filled_storage.save_sitting(SECRET, SITTING_ID, 1, {"answers": {"note": "x" * 100_000}}, "draft")
    assert filled_storage.read_sitting(SECRET, SITTING_ID) == before


def test_a_new_database_that_somebody_else_makes(folder: Path) -> None:
    """Opening a database that another process is creating waits for a limited time."""
    folder.mkdir()
    other = sqlite3.connect(folder / "heartwork.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UnavailableError):
        open_migrated(folder, patience=0.05)
    other.execute("ROLLBACK")
    other.close()
    open_migrated(folder).close()


class BrokenDisk:
    """A connection to a database on a disk that fails."""

    def execute(self, statement: str) -> None:
        if "wal_checkpoint" in statement or "journal_mode" in statement:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

    def cursor(self) -> BrokenDisk:
        return self

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.sqlite
def test_waiting_is_for_locks_only(filled_storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of the disk are not retried as locks are; opening fails, and a sweep is not done."""
    with pytest.raises(sqlite3.OperationalError):
        sqlite_connection._uses_wal(cast("sqlite3.Connection", BrokenDisk()))
    monkeypatch.setattr(sqlite3, "connect", lambda *_arguments, **_options: BrokenDisk())
    assert filled_storage.database.sweep() is False


def test_a_file_that_is_no_database(folder: Path) -> None:
    """A file that is not a database is unavailable and not changed."""
    folder.mkdir()
    (folder / "heartwork.sqlite").write_bytes(b"something else" * 1000)
    with pytest.raises(UnavailableError):
        open_migrated(folder, patience=0.0)
    assert (folder / "heartwork.sqlite").read_bytes() == b"something else" * 1000


def test_another_database_checks_itself(tmp_path: Path) -> None:
    """A plain ``Database`` has nothing to wipe, and its check only connects."""
    plain = Database(create_engine(f"sqlite:///{tmp_path}/plain.db"))
    assert plain.check() == ()
    assert plain.sweep() is True
    plain.close()


def test_content_that_another_transaction_adds(storage: Storage) -> None:
    """Content that exists already is not written again."""
    existing = content_snapshot('{"title":"Other words"}')
    with storage.database.writing() as connection:
        connection.execute(insert(tables.content).values(digest=existing.digest, json=existing.json))
    storage.create_journey(
        SECRET, {}, NewSitting(SITTING_ID, Content(existing.digest, "not looked at"), "draft", {}), DAY
    )
    assert storage.read_content(existing.digest) == existing.json


def test_errors_tell_nothing(filled_storage: Storage) -> None:
    """The texts of rows and errors contain no body."""
    journey = filled_storage.read_journey(SECRET)
    with pytest.raises(StaleRevisionError) as refused:
        filled_storage.save_sitting(SECRET, SITTING_ID, 9, {}, "draft")
    for text in (repr(journey), repr(refused.value), str(refused.value), repr(sample_new_sitting()), repr(CONTENT)):
        assert "answers" not in text
        assert "Words" not in text
    assert date(2026, 11, 23) == DAY
