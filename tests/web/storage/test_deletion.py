"""Deleted data is gone from the tables and from the bytes of the files, and stays gone after a restore."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select, update

from tests.factories.sample_journey import (
    CONTENT,
    DAY,
    OTHER_SECRET,
    SECRET,
    SITTING_ID,
    content_snapshot,
    sample_new_sitting,
)
from web.crypto.private_link import Secret
from web.server.startup import open_migrated
from web.storage import NewSitting, NotFoundError, Storage, UnavailableError, retention, tables
from web.storage.deletion_log import DeletionLog, hash_of
from web.storage.retention import Purged, apply_deletions, purge

THIRD: Final = Secret(b"\3" * 16)


def on_disk(folder: Path) -> bytes:
    """All bytes of an SQLite database: the file, its log and its index; nothing for PostgreSQL."""
    if not folder.exists():
        return b""
    return b"".join(Path(entry).read_bytes() for entry in os.scandir(folder) if entry.name.startswith("heartwork"))


def bodies_of(storage: Storage, secret: Secret) -> dict[str, bytes]:
    """The encrypted bodies of a journey and its sittings by their keys."""
    with storage.database.reading() as connection:
        journey_body = connection.execute(
            select(tables.journey.c.body).where(tables.journey.c.locator == secret.locator)
        )
        bodies = {"journey": journey_body.scalar_one()}
        condition = tables.sitting.c.locator == secret.locator
        bodies |= {row.id: row.body for row in connection.execute(select(tables.sitting).where(condition))}
    return bodies


def count_pieces(envelope: bytes, raw: bytes) -> int:
    """How many pieces of an envelope these bytes contain."""
    return sum(envelope[start : start + 16] in raw for start in range(0, len(envelope) - 16, 61))


@pytest.fixture
def filled_storage(storage: Storage) -> Storage:
    """A storage with a journey of two sittings, and another journey."""
    storage.create_journey(SECRET, {"next_number": 2}, sample_new_sitting(SITTING_ID), DAY)
    storage.add_sitting(SECRET, 1, {"next_number": 3}, sample_new_sitting("f" * 32, state="finished"))
    storage.create_journey(OTHER_SECRET, {}, sample_new_sitting("0" * 32), DAY)
    return storage


@pytest.mark.sqlite
def test_a_deleted_sitting_leaves_no_bytes(filled_storage: Storage, folder: Path) -> None:
    """No file contains the id or any piece of a deleted sitting; the others are intact."""
    before = bodies_of(filled_storage, SECRET)
    assert count_pieces(before[SITTING_ID], on_disk(folder)) > 10
    assert filled_storage.delete_sitting(SECRET, SITTING_ID, DAY) is True
    raw = on_disk(folder)
    assert count_pieces(before[SITTING_ID], raw) == 0
    assert SITTING_ID.encode() not in raw
    assert count_pieces(before["f" * 32], raw) == count_pieces(before["f" * 32], before["f" * 32])
    assert filled_storage.read_sitting(SECRET, SITTING_ID) is None


@pytest.mark.sqlite
def test_a_deleted_journey_leaves_no_bytes(filled_storage: Storage, folder: Path) -> None:
    """No file contains a body, id or locator of a deleted journey, and its link is dead."""
    before = bodies_of(filled_storage, SECRET)
    assert filled_storage.delete_journey(SECRET, DAY) is True
    raw = on_disk(folder)
    assert [count_pieces(envelope, raw) for envelope in before.values()] == [0, 0, 0]
    for name in (SECRET.locator, SITTING_ID.encode(), b"f" * 32):
        assert name not in raw
    assert filled_storage.read_journey(SECRET) is None
    assert filled_storage.read_journey(OTHER_SECRET) is not None
    assert filled_storage.database.check() == ()


@pytest.mark.sqlite
def test_a_replaced_link_leaves_no_bytes(filled_storage: Storage, folder: Path) -> None:
    """After a link was replaced, no file contains data that the old link could decrypt."""
    before = bodies_of(filled_storage, SECRET)
    assert filled_storage.replace_link(SECRET, THIRD, DAY) is True
    raw = on_disk(folder)
    assert [count_pieces(envelope, raw) for envelope in before.values()] == [0, 0, 0]
    assert SECRET.locator not in raw


@pytest.mark.sqlite
def test_earlier_revisions_leave_no_bytes(filled_storage: Storage, folder: Path) -> None:
    """The earlier revisions of a deleted sitting, which the log contained, are wiped as well."""
    earlier = []
    for revision in range(1, 20):
        earlier.append(bodies_of(filled_storage, SECRET)[SITTING_ID])
        filled_storage.save_sitting(SECRET, SITTING_ID, revision, {"answers": {"note": "x" * 150 * revision}}, "draft")
    filled_storage.delete_journey(SECRET, DAY)
    raw = on_disk(folder)
    assert [count_pieces(envelope, raw) for envelope in earlier] == [0] * 19


@pytest.mark.sqlite
def test_deleting_among_many_leaves_no_bytes(storage: Storage, folder: Path) -> None:
    """Deleted data is wiped also when pages of the file were split, merged and reused."""
    chance = random.Random(3)
    alive: dict[bytes, list[bytes]] = {}
    deleted: list[bytes] = []
    for number in range(120):
        secret = Secret(number.to_bytes(16, "big"))
        size = chance.choice((10, 2_000, 5_000))
        storage.create_journey(secret, {}, sample_new_sitting(f"{number:032x}", {"note": "x" * size}), DAY)
        alive[secret.raw] = [*bodies_of(storage, secret).values()]
        if chance.random() < 0.4:
            raw_secret = chance.choice(list(alive))
            deleted += alive.pop(raw_secret)
            storage.delete_journey(Secret(raw_secret), DAY)
    raw = on_disk(folder)
    assert sum(count_pieces(envelope, raw) for envelope in deleted) == 0
    assert all(storage.read_journey(Secret(alive_secret)) is not None for alive_secret in alive)


def test_deleting_twice_is_deleting(filled_storage: Storage) -> None:
    """Deleting missing data is no error and adds no line to the deletion log."""
    for _ in range(2):
        assert filled_storage.delete_sitting(SECRET, SITTING_ID, DAY) is True
        assert filled_storage.delete_journey(SECRET, DAY) is True
    deletions = filled_storage.deletion_log.read()
    assert deletions.journeys == {hash_of(SECRET.locator)}
    assert deletions.sittings == {hash_of(SITTING_ID)}
    assert len(filled_storage.deletion_log.path.read_text().split("\n\n")) == 2


@pytest.mark.sqlite
def test_a_reader_in_the_way(filled_storage: Storage, folder: Path) -> None:
    """While a reader uses the old state, deleting returns that bytes remain; later they are wiped."""
    before = bodies_of(filled_storage, SECRET)
    reader = sqlite3.connect(folder / "heartwork.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM journey").fetchone()
    assert filled_storage.delete_journey(SECRET, DAY) is False
    assert filled_storage.read_journey(SECRET) is None
    reader.execute("COMMIT")
    reader.close()
    assert filled_storage.database.sweep() is True
    assert sum(count_pieces(envelope, on_disk(folder)) for envelope in before.values()) == 0


@pytest.mark.sqlite
def test_what_a_crash_left_is_wiped_at_the_next_start(
    filled_storage: Storage, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the process ended between deleting and wiping, opening the storage wipes."""
    before = bodies_of(filled_storage, SECRET)
    monkeypatch.setattr(filled_storage.database, "sweep", lambda: False)
    filled_storage.delete_journey(SECRET, DAY)
    crashed = tmp_path / "crashed"
    shutil.copytree(folder, crashed)
    assert sum(count_pieces(envelope, on_disk(crashed)) for envelope in before.values()) > 0
    again = open_migrated(crashed)
    assert sum(count_pieces(envelope, on_disk(crashed)) for envelope in before.values()) == 0
    again.close()


# New links


def test_a_new_link_leads_to_the_same(filled_storage: Storage) -> None:
    """A new link opens the same sittings at the same revisions and can write; the old one is dead."""
    before = filled_storage.read_journey(SECRET)
    filled_storage.replace_link(SECRET, THIRD, DAY)
    assert filled_storage.read_journey(THIRD) == before
    assert filled_storage.read_journey(SECRET) is None
    with pytest.raises(NotFoundError):
        filled_storage.save_sitting(SECRET, SITTING_ID, 1, {}, "draft")
    assert filled_storage.save_sitting(THIRD, SITTING_ID, 1, {"answers": {"sleep": 1}}, "draft") == 2


def test_replacing_can_be_repeated(filled_storage: Storage) -> None:
    """Repeating a replacement is no error and changes nothing."""
    filled_storage.replace_link(SECRET, THIRD, DAY)
    before = filled_storage.read_journey(THIRD)
    assert filled_storage.replace_link(SECRET, THIRD, DAY) is True
    assert filled_storage.read_journey(THIRD) == before
    assert filled_storage.deletion_log.read().journeys == {hash_of(SECRET.locator)}


# The deletion log and backups


def backup(folder: Path, storage: Storage, target: Path) -> None:
    """A complete copy of the database as it is now."""
    storage.database.sweep()
    target.mkdir()
    shutil.copy(folder / "heartwork.sqlite", target)


DELETIONS: Final[dict[str, Callable[[Storage], object]]] = {
    "sitting": lambda storage: storage.delete_sitting(SECRET, SITTING_ID, DAY),
    "journey": lambda storage: storage.delete_journey(SECRET, DAY),
    "link": lambda storage: storage.replace_link(SECRET, THIRD, DAY),
}


@pytest.mark.sqlite
@pytest.mark.parametrize("deletion", DELETIONS)
def test_a_backup_brings_nothing_back(filled_storage: Storage, folder: Path, tmp_path: Path, deletion: str) -> None:
    """Exactly the data deleted after a backup is deleted again after its restore."""
    backup(folder, filled_storage, tmp_path / "backup")
    DELETIONS[deletion](filled_storage)
    shutil.copy(folder / "tombstones", tmp_path / "backup")
    restored = open_migrated(tmp_path / "backup")
    assert restored.read_sitting(SECRET, SITTING_ID) is not None
    assert apply_deletions(restored) == 1
    assert restored.read_sitting(SECRET, SITTING_ID) is None
    assert (restored.read_journey(SECRET) is None) == (deletion != "sitting")
    assert restored.read_journey(OTHER_SECRET) == filled_storage.read_journey(OTHER_SECRET)
    assert apply_deletions(restored) == 0
    assert restored.database.check() == ()
    restored.close()


def test_applying_deletions_leaves_the_rest(filled_storage: Storage) -> None:
    """If all recorded deletions are applied, nothing more is deleted."""
    assert apply_deletions(filled_storage) == 0
    filled_storage.delete_sitting(SECRET, SITTING_ID, DAY)
    assert apply_deletions(filled_storage) == 0
    assert filled_storage.read_journey(SECRET) is not None


def test_a_crash_before_a_new_link_is_kept(filled_storage: Storage) -> None:
    """If the process ended before the new link was committed, the old one opens everything."""
    filled_storage.deletion_log.announce_replacement(SECRET.locator, THIRD.locator, DAY)
    assert apply_deletions(filled_storage) == 0
    assert filled_storage.read_journey(SECRET) is not None
    assert filled_storage.deletion_log.read().journeys == frozenset()


@pytest.mark.sqlite
def test_a_crash_after_a_new_link_was_kept(filled_storage: Storage, folder: Path, tmp_path: Path) -> None:
    """If the process ended before the old link was recorded as deleted, the next start records it."""
    backup(folder, filled_storage, tmp_path / "backup")
    filled_storage.replace_link(SECRET, THIRD, DAY)
    lines = filled_storage.deletion_log.path.read_text().splitlines(keepends=True)
    filled_storage.deletion_log.path.write_text("".join(line for line in lines if "journey" not in line))
    assert apply_deletions(filled_storage) == 0
    assert filled_storage.deletion_log.read().journeys == {hash_of(SECRET.locator)}
    assert filled_storage.read_journey(THIRD) is not None
    apply_deletions(filled_storage)
    assert len([line for line in filled_storage.deletion_log.path.read_text().splitlines() if line]) == 2


def test_a_torn_line_harms_no_other(tmp_path: Path) -> None:
    """Incomplete and foreign lines are ignored; lines after them count."""
    log = DeletionLog(tmp_path / "tombstones")
    assert log.read().journeys == frozenset()
    log.record_journey(SECRET.locator, DAY)
    with log.path.open("a", encoding="utf-8") as handle:
        handle.write("# größer\njourney " + "a" * 40)
    log.record_journey(OTHER_SECRET.locator, DAY)
    log.record_sitting(SITTING_ID, DAY)
    deletions = log.read()
    assert deletions.journeys == {hash_of(SECRET.locator), hash_of(OTHER_SECRET.locator)}
    assert deletions.sittings == {hash_of(SITTING_ID)}


def test_tombstones_tell_nothing_but_days(filled_storage: Storage) -> None:
    """A line has a hash and a day, which reveal neither locator nor secret."""
    filled_storage.delete_journey(SECRET, DAY)
    raw = filled_storage.deletion_log.path.read_bytes()
    assert raw == f"\njourney {hash_of(SECRET.locator)} 2026-11-23\n".encode()
    assert SECRET.locator not in raw
    assert SECRET.locator.hex().encode() not in raw


@pytest.mark.parametrize("deletion", DELETIONS)
def test_nothing_goes_without_its_tombstone(filled_storage: Storage, deletion: str) -> None:
    """If the deletion log cannot be written, nothing is deleted and an error is raised."""
    before = filled_storage.read_journey(SECRET)
    filled_storage.deletion_log.path.mkdir(parents=True)
    with pytest.raises(UnavailableError):
        DELETIONS[deletion](filled_storage)
    assert filled_storage.read_journey(SECRET) == before
    assert filled_storage.read_journey(THIRD) is None
    with pytest.raises(UnavailableError):
        apply_deletions(filled_storage)


# Purging


def set_seen_day(storage: Storage, secret: Secret, day: date) -> None:
    """Set the day on which a journey was last opened."""
    with storage.database.writing() as connection:
        condition = tables.journey.c.locator == secret.locator
        connection.execute(update(tables.journey).where(condition).values(seen_day=day))


def test_what_is_looked_at_stays(filled_storage: Storage) -> None:
    """Nothing is purged on the last day of its retention."""
    set_seen_day(filled_storage, SECRET, DAY - timedelta(days=30))
    set_seen_day(filled_storage, OTHER_SECRET, DAY - timedelta(days=30))
    assert purge(filled_storage, DAY) == Purged()
    set_seen_day(filled_storage, OTHER_SECRET, DAY)
    with filled_storage.database.writing() as connection:
        connection.execute(update(tables.sitting).values(state="finished"))
    set_seen_day(filled_storage, SECRET, DAY - timedelta(days=400))
    assert purge(filled_storage, DAY) == Purged()


def test_drafts_are_forgotten(filled_storage: Storage, folder: Path) -> None:
    """After 30 days a draft is purged, with its journey if that has nothing else, and leaves no bytes."""
    for secret in (SECRET, OTHER_SECRET):
        set_seen_day(filled_storage, secret, DAY - timedelta(days=31))
    forgotten_bodies = [
        bodies_of(filled_storage, SECRET)[SITTING_ID],
        *bodies_of(filled_storage, OTHER_SECRET).values(),
    ]
    assert purge(filled_storage, DAY) == Purged(journeys=1, drafts=1)
    journey = filled_storage.read_journey(SECRET)
    assert journey is not None
    assert [sitting.id for sitting in journey.sittings] == ["f" * 32]
    assert filled_storage.read_journey(OTHER_SECRET) is None
    assert sum(count_pieces(envelope, on_disk(folder)) for envelope in forgotten_bodies) == 0


def test_what_was_finished_once_is_no_draft(filled_storage: Storage) -> None:
    """A continued sitting was finished once, and stays as long as its journey."""
    filled_storage.save_sitting(SECRET, SITTING_ID, 1, {}, "continued")
    set_seen_day(filled_storage, SECRET, DAY - timedelta(days=399))
    assert purge(filled_storage, DAY) == Purged()
    assert purge(filled_storage, DAY + timedelta(days=2)) == Purged(journeys=1)
    assert filled_storage.read_journey(SECRET) is None


def test_an_operator_may_keep_things_shorter(filled_storage: Storage) -> None:
    """With 0 days, only journeys opened today stay."""
    set_seen_day(filled_storage, SECRET, DAY - timedelta(days=1))
    assert purge(filled_storage, DAY, draft_days=0, idle_days=0) == Purged(journeys=1)


def test_content_goes_with_its_last_sitting(filled_storage: Storage) -> None:
    """Content without a sitting is purged, and other content stays."""
    other_content = content_snapshot('{"title":"Other words"}')
    filled_storage.add_sitting(OTHER_SECRET, 1, {}, NewSitting("1" * 32, other_content, "draft", {}))
    filled_storage.delete_sitting(OTHER_SECRET, "1" * 32, DAY)
    assert filled_storage.read_content(other_content.digest) is not None
    assert purge(filled_storage, DAY) == Purged(contents=1)
    assert filled_storage.read_content(other_content.digest) is None
    assert filled_storage.read_content(CONTENT.digest) is not None


def test_many_are_forgotten_in_batches(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each transaction purges a limited number of rows, and in the end all are purged."""
    monkeypatch.setattr(retention, "BATCH", 3)
    for number in range(7):
        secret = Secret(number.to_bytes(16, "big"))
        storage.create_journey(secret, {}, sample_new_sitting(f"{number:032x}"), DAY)
        if number < 3:
            storage.add_sitting(secret, 1, {}, sample_new_sitting(f"{number + 100:032x}", state="finished"))
            storage.add_sitting(secret, 2, {}, sample_new_sitting(f"{number + 200:032x}"))
    purged = purge(storage, DAY + timedelta(days=31))
    assert (purged.journeys, purged.drafts) == (4, 6)
    for number in range(3):
        storage.deletion_log.record_journey(Secret(number.to_bytes(16, "big")).locator, DAY)
        storage.deletion_log.record_sitting(f"{number + 100:032x}", DAY)
    assert apply_deletions(storage) == 6
    assert purge(storage, DAY) == Purged(contents=1)
