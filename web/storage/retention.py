"""What an operator does with all journeys at once, without being able to read one: forget, bury, check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, exists, select

from web.storage.deletion_log import Deletions, hash_of
from web.storage.store import Storage
from web.storage.tables import content, journey, sitting

BATCH: Final = 500
"""Journeys in one transaction, so that nobody who is answering waits long."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows went. ``swept`` is false while some of their bytes may still be in the files."""

    journeys: int = 0
    drafts: int = 0
    contents: int = 0
    swept: bool = True


def purge(storage: Storage, today: date, *, draft_days: int = 30, idle_days: int = 400) -> Purged:
    """Forget what nobody has looked at for long.

    That is: journeys after ``idle_days``; after ``draft_days`` the drafts in them, and journeys that have nothing
    else; and content that nobody's sitting needs any more.
    """
    idle = journey.c.seen_day < today - timedelta(days=idle_days)
    resting = journey.c.seen_day < today - timedelta(days=draft_days)
    finished = exists().where((sitting.c.locator == journey.c.locator) & (sitting.c.state != "draft"))
    journeys = _forget_journeys(storage, idle | (resting & ~finished))
    drafts = _forget_drafts(storage, resting)
    unused = ~exists().where(sitting.c.content_digest == content.c.digest)
    contents = storage.database.write(lambda connection: connection.execute(delete(content).where(unused)).rowcount)
    return Purged(journeys, drafts, contents, storage.database.sweep())


def _forget_journeys(storage: Storage, which: ColumnElement[bool]) -> int:
    def work(connection: Connection) -> int:
        chosen = select(journey.c.locator).where(which).limit(BATCH).with_for_update()
        locators = connection.execute(chosen).scalars().all()
        _delete_journeys(connection, locators)
        return len(locators)

    return _until_few(storage, work)


def _forget_drafts(storage: Storage, resting: ColumnElement[bool]) -> int:
    def work(connection: Connection) -> int:
        drafts = select(sitting.c.id).join(journey).where(resting, sitting.c.state == "draft")
        names = connection.execute(drafts.limit(BATCH).with_for_update()).scalars().all()
        connection.execute(delete(sitting).where(sitting.c.id.in_(names)))
        return len(names)

    return _until_few(storage, work)


def _until_few(storage: Storage, work: Callable[[Connection], int]) -> int:
    count = 0
    while True:
        done = storage.database.write(work)
        count += done
        if done < BATCH:
            return count


def _delete_journeys(connection: Connection, locators: Sequence[bytes]) -> None:
    connection.execute(delete(sitting).where(sitting.c.locator.in_(locators)))
    connection.execute(delete(journey).where(journey.c.locator.in_(locators)))


def apply_deletions(storage: Storage) -> int:
    """Delete what has a tombstone and is there all the same, because a backup was restored; return how many rows went.

    Call it after a restore and at every start: it also finishes what a crash left half done.
    """
    graves = storage.tombstones.read()
    if graves == Deletions(frozenset(), frozenset(), ()):
        return 0
    gone = storage.database.write(lambda connection: _bury(storage, graves, connection))
    if gone:
        storage.database.sweep()
    return gone


def _bury(storage: Storage, graves: Deletions, connection: Connection) -> int:
    living = {hash_of(one): one for one in connection.execute(select(journey.c.locator)).scalars()}
    for old, new, day in graves.replacing:
        if new in living and old not in living and old not in graves.journeys:
            storage.tombstones.bury_hash(old, day)
    journeys = [living[one] for one in graves.journeys & living.keys()]
    ids = {hash_of(one): one for one in connection.execute(select(sitting.c.id)).scalars()}
    sittings = [ids[one] for one in graves.sittings & ids.keys()]
    for start in range(0, max(len(journeys), len(sittings)), BATCH):
        _delete_journeys(connection, journeys[start : start + BATCH])
        connection.execute(delete(sitting).where(sitting.c.id.in_(sittings[start : start + BATCH])))
    return len(journeys) + len(sittings)


def check(storage: Storage) -> tuple[str, ...]:
    """What is wrong with the database: nothing, if all is well."""
    return storage.database.check()
