"""What an operator does with all journeys at once, without being able to read one: forget, apply deletions, check."""

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


def _forget_journeys(storage: Storage, condition: ColumnElement[bool]) -> int:
    def work(connection: Connection) -> int:
        query = select(journey.c.locator).where(condition).limit(BATCH).with_for_update()
        locators = connection.execute(query).scalars().all()
        _delete_journeys(connection, locators)
        return len(locators)

    return _in_batches(storage, work)


def _forget_drafts(storage: Storage, resting: ColumnElement[bool]) -> int:
    def work(connection: Connection) -> int:
        query = select(sitting.c.id).join(journey).where(resting, sitting.c.state == "draft")
        sitting_ids = connection.execute(query.limit(BATCH).with_for_update()).scalars().all()
        connection.execute(delete(sitting).where(sitting.c.id.in_(sitting_ids)))
        return len(sitting_ids)

    return _in_batches(storage, work)


def _in_batches(storage: Storage, work: Callable[[Connection], int]) -> int:
    count = 0
    while True:
        batch_count = storage.database.write(work)
        count += batch_count
        if batch_count < BATCH:
            return count


def _delete_journeys(connection: Connection, locators: Sequence[bytes]) -> None:
    connection.execute(delete(sitting).where(sitting.c.locator.in_(locators)))
    connection.execute(delete(journey).where(journey.c.locator.in_(locators)))


def apply_deletions(storage: Storage) -> int:
    """Delete what the deletion log lists and a restored backup brought back; return how many rows were deleted.

    Call it after a restore and at every start: it also finishes what a crash left half done.
    """
    deletions = storage.deletion_log.read()
    if deletions == Deletions(frozenset(), frozenset(), ()):
        return 0
    deleted = storage.database.write(lambda connection: _apply(storage, deletions, connection))
    if deleted:
        storage.database.sweep()
    return deleted


def _apply(storage: Storage, deletions: Deletions, connection: Connection) -> int:
    locators_by_hash = {
        hash_of(locator): locator for locator in connection.execute(select(journey.c.locator)).scalars()
    }
    for old, new, day in deletions.replacing:
        if new in locators_by_hash and old not in locators_by_hash and old not in deletions.journeys:
            storage.deletion_log.record_journey_hash(old, day)
    locators = [locators_by_hash[digest] for digest in deletions.journeys & locators_by_hash.keys()]
    ids_by_hash = {hash_of(sitting_id): sitting_id for sitting_id in connection.execute(select(sitting.c.id)).scalars()}
    sitting_ids = [ids_by_hash[digest] for digest in deletions.sittings & ids_by_hash.keys()]
    for start in range(0, max(len(locators), len(sitting_ids)), BATCH):
        _delete_journeys(connection, locators[start : start + BATCH])
        connection.execute(delete(sitting).where(sitting.c.id.in_(sitting_ids[start : start + BATCH])))
    return len(locators) + len(sitting_ids)


def check(storage: Storage) -> tuple[str, ...]:
    """What is wrong with the database: nothing, if all is well."""
    return storage.database.check()
