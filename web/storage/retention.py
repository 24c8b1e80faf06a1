"""What an operator does with all journeys at once, without being able to read one: forget, and apply deletions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, exists, select

from web.storage.deletion_log import Deletions, hash_of
from web.storage.store import Storage
from web.storage.tables import content, delete_journeys, delete_sittings, journey, sitting

BATCH: Final = 500
"""Rows in one transaction, so that requests do not wait long."""


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
    journeys = select(journey.c.locator).where(idle | (resting & ~finished))
    drafts = select(sitting.c.id).join(journey).where(resting, sitting.c.state == "draft")
    unused = delete(content).where(~exists().where(sitting.c.content_digest == content.c.digest))
    return Purged(
        journeys=_delete_in_batches(storage, journeys, delete_journeys),
        drafts=_delete_in_batches(storage, drafts, delete_sittings),
        contents=storage.database.write(lambda connection: connection.execute(unused).rowcount),
        swept=storage.database.sweep(),
    )


def _delete_in_batches(
    storage: Storage, query: Select[Any], delete_rows: Callable[[Connection, Sequence[Any]], None]
) -> int:
    def work(connection: Connection) -> int:
        names = connection.execute(query.limit(BATCH).with_for_update()).scalars().all()
        delete_rows(connection, names)
        return len(names)

    count = batch_count = storage.database.write(work)
    while batch_count == BATCH:
        batch_count = storage.database.write(work)
        count += batch_count
    return count


def apply_deletions(storage: Storage) -> int:
    """Delete what the deletion log lists and a restored backup brought back; return how many rows were deleted.

    Call it after a restore and at every start: it also finishes what a crash left half done.
    """
    deletions = storage.deletion_log.read()
    if deletions == Deletions():
        return 0
    deleted = storage.database.write(lambda connection: _apply(storage, deletions, connection))
    if deleted:
        storage.database.sweep()
    return deleted


def _apply(storage: Storage, deletions: Deletions, connection: Connection) -> int:
    # All names are hashed at each start: only those of a kind that the log speaks of.
    locators = connection.scalars(select(journey.c.locator)) if deletions.journeys or deletions.replacing else ()
    ids = connection.scalars(select(sitting.c.id)) if deletions.sittings else ()
    locators_by_hash = {hash_of(locator): locator for locator in locators}
    ids_by_hash = {hash_of(sitting_id): sitting_id for sitting_id in ids}
    for old, new, day in deletions.replacing:
        if new in locators_by_hash and old not in locators_by_hash and old not in deletions.journeys:
            storage.deletion_log.record_journey_hash(old, day)
    deleted_locators = [locators_by_hash[digest] for digest in deletions.journeys & locators_by_hash.keys()]
    deleted_ids = [ids_by_hash[digest] for digest in deletions.sittings & ids_by_hash.keys()]
    for start in range(0, max(len(deleted_locators), len(deleted_ids)), BATCH):
        delete_journeys(connection, deleted_locators[start : start + BATCH])
        delete_sittings(connection, deleted_ids[start : start + BATCH])
    return len(deleted_locators) + len(deleted_ids)
