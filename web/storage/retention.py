"""Operations on all journeys that need no secret: purge old ones, and apply the deletion log."""

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
"""Rows deleted in one transaction, so that requests do not wait long."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were deleted. ``swept`` is false if some of their bytes may still be in the files."""

    journeys: int = 0
    drafts: int = 0
    contents: int = 0
    swept: bool = True


def purge(storage: Storage, today: date, *, draft_days: int = 30, idle_days: int = 400) -> Purged:
    """Delete journeys, drafts and contents that are no longer used.

    Journeys are deleted if they were last opened more than ``idle_days`` ago. After ``draft_days`` their drafts are
    deleted, and journeys that have only drafts. Contents are deleted if no sitting refers to them.
    """
    idle = journey.c.seen_day < today - timedelta(days=idle_days)
    draft_expired = journey.c.seen_day < today - timedelta(days=draft_days)
    finished = exists().where((sitting.c.locator == journey.c.locator) & (sitting.c.state != "draft"))
    journeys = select(journey.c.locator).where(idle | (draft_expired & ~finished))
    drafts = select(sitting.c.id).join(journey).where(draft_expired, sitting.c.state == "draft")
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

    count = 0
    while (batch_count := storage.database.write(work)) == BATCH:
        count += batch_count
    return count + batch_count


def apply_deletions(storage: Storage) -> int:
    """Delete all rows that the deletion log lists; return how many were deleted.

    Call it after a restore, which may have brought such rows back, and at every start, to finish deletions that a crash
    interrupted.
    """
    deletions = storage.deletion_log.read()
    if deletions == Deletions():
        return 0
    deleted = storage.database.write(lambda connection: _apply(storage, deletions, connection))
    if deleted:
        storage.database.sweep()
    return deleted


def _apply(storage: Storage, deletions: Deletions, connection: Connection) -> int:
    # Every start hashes these names, so only those of a kind that the log mentions are read.
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
