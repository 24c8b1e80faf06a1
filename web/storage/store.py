"""The storage of journeys and their sittings. Each change is one transaction, durable when the call returns.

A change names the revision that it is based on, and raises ``StaleRevisionError`` if that is no longer the current one.
Secrets are passed to each call and not retained. Every call may raise ``UnavailableError`` besides the errors that it
documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from web.crypto.encrypted_body import Body, UnreadableError
from web.crypto.private_link import Secret
from web.storage.databases.admission import Admission
from web.storage.databases.base import PATIENCE, Database
from web.storage.databases.location import DELETION_LOG_FILE, database_file, had_database, open_database
from web.storage.databases.mark import DatabaseMark
from web.storage.databases.sqlite_connection import is_empty
from web.storage.deletion_log import DeletionLog
from web.storage.errors import (
    AlreadyExistsError,
    NoDatabaseError,
    NotFoundError,
    StaleRevisionError,
    StorageError,
)
from web.storage.records import NewSitting, State, StoredJourney, StoredSitting
from web.storage.tables import (
    content,
    delete_journeys,
    delete_sittings,
    encrypted_columns,
    insert_journey,
    insert_sitting,
    is_sitting,
    journey,
    journey_address,
    load_journey,
    load_sitting,
    sitting,
    sitting_address,
)

T = TypeVar("T")


class Storage:
    """The storage of all journeys. Each process has one, which its threads share."""

    def __init__(self, database: Database, deletion_log: DeletionLog, mark: DatabaseMark | None = None) -> None:
        """Use a database and a deletion log.

        Args:
            mark: the mark of the data folder; temporary copies need none.
        """
        self.database: Final = database
        self.deletion_log: Final = deletion_log
        self._mark: Final = mark

    @classmethod
    def connect(
        cls,
        folder: Path,
        url: str | None = None,
        *,
        patience: float = PATIENCE,
        threads: int = 8,
        makes_database: bool = False,
    ) -> Storage:
        """Open the database without migrating it: SQLite in this folder, unless a URL names another one.

        The tables may be missing or old; ``web.server.startup.open_migrated`` also brings them up to date.

        Args:
            folder: the data folder, with the SQLite file and the deletion log; it is created if it is missing.
            patience: seconds to wait for other writers.
            threads: how many threads use the storage at once.
            makes_database: whether to create an SQLite file even if this folder has had a database.

        Raises:
            BadDatabaseUrlError: the URL is not valid, or names a database that is not supported.
            NoDatabaseError: this folder has had a database, and its file is missing or empty.
        """
        file = database_file(folder, url)
        if not makes_database and file is not None and is_empty(file) and had_database(folder):
            raise NoDatabaseError
        database = open_database(folder, url, patience, threads)
        database.admission = Admission(threads, stalled_as=database.stalled_as)
        return cls(database, DeletionLog(folder / DELETION_LOG_FILE), DatabaseMark(folder))

    def mark_folder(self, *, is_new: bool = False) -> None:
        """Record in the mark of the data folder that it has this database.

        Args:
            is_new: whether to accept another database than those recorded, as after a restore.

        Raises:
            OtherDatabaseError: the folder has had other databases, but not this one.
            OSError: the mark cannot be read or written.
        """
        if self._mark is not None:
            name = self.database.name()
            self._mark.add(name or self.database.give_name(), is_new=is_new or name is None)

    def close(self) -> None:
        self.database.close()

    def count(self) -> int:
        """The number of journeys."""
        with self.database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(journey)).scalar_one())

    # Reading

    def read_journey(self, secret: Secret) -> StoredJourney | None:
        """Read a journey with its sittings; None, after the same work, if the secret is unknown or no longer valid.

        Raises:
            UnreadableError: the row of the journey is damaged.
        """
        with self.database.reading() as connection:
            return load_journey(connection, secret)

    def read_sitting(self, secret: Secret, sitting_id: str) -> StoredSitting | None:
        """Read one sitting of this journey; None if there is none.

        Raises:
            UnreadableError: its row is damaged.
        """
        with self.database.reading() as connection:
            return load_sitting(connection, secret, sitting_id)

    def read_content(self, digest: str) -> str | None:
        """Read the content snapshot with this digest; None if there is none.

        Raises:
            UnreadableError: the text does not match its digest.
        """
        with self.database.reading() as connection:
            text = connection.execute(select(content.c.json).where(content.c.digest == digest)).scalar_one_or_none()
        if text is not None and hashlib.sha256(text.encode()).hexdigest() != digest:
            raise UnreadableError
        return text

    # Writing

    def create_journey(self, secret: Secret, body: Body, first: NewSitting, day: date) -> None:
        """Store a new journey with its first sitting; both get revision 1.

        Raises:
            AlreadyExistsError: a journey with this secret, or a sitting with this id, exists already.
        """

        def work(connection: Connection) -> None:
            insert_journey(connection, secret, 1, day, body)
            insert_sitting(connection, secret, first)

        self._create(work)

    def save_journey(self, secret: Secret, revision: int, body: Body) -> int:
        """Write the body of a journey, and return its new revision.

        Raises:
            StaleRevisionError, NotFoundError
        """
        return self.database.write(lambda connection: _save_journey(connection, secret, revision, body))

    def add_sitting(self, secret: Secret, revision: int, body: Body, new: NewSitting) -> int:
        """Write the body of a journey together with a new sitting, and return the journey's new revision.

        Raises:
            StaleRevisionError, NotFoundError: of the journey.
            AlreadyExistsError: a sitting with this id exists already.
        """

        def work(connection: Connection) -> int:
            next_revision = _save_journey(connection, secret, revision, body)
            insert_sitting(connection, secret, new)
            return next_revision

        return self._create(work)

    def save_sitting(self, secret: Secret, sitting_id: str, revision: int, body: Body, state: State) -> int:
        """Write a sitting and return its new revision.

        Raises:
            StaleRevisionError, NotFoundError
            UnreadableError: the revision is stale, and the stored sitting is damaged.
        """

        def work(connection: Connection) -> int:
            encrypted = encrypted_columns(secret, sitting_address(sitting_id, revision + 1), body)
            change = update(sitting).where(is_sitting(secret, sitting_id), sitting.c.revision == revision)
            if connection.execute(change.values(state=state, **encrypted)).rowcount != 1:
                raise _conflict(load_sitting(connection, secret, sitting_id))
            return revision + 1

        return self.database.write(work)

    def touch(self, secret: Secret, day: date) -> None:
        """Record that the journey was opened on this day, unless a later day is recorded."""
        change = update(journey).where(journey.c.locator == secret.locator, journey.c.seen_day < day)
        self.database.write(lambda connection: connection.execute(change.values(seen_day=day)))

    # Deleting. Each call returns whether all bytes are wiped already; otherwise a later sweep wipes them.

    def delete_sitting(self, secret: Secret, sitting_id: str, day: date) -> bool:
        """Delete one sitting, which may be damaged or missing."""

        def work(connection: Connection) -> None:
            if connection.execute(select(sitting.c.id).where(is_sitting(secret, sitting_id))).first() is not None:
                self.deletion_log.record_sitting(sitting_id, day)
                delete_sittings(connection, [sitting_id])

        self.database.write(work)
        return self.database.sweep()

    def delete_journey(self, secret: Secret, day: date) -> bool:
        """Delete a journey with all its sittings. The journey may be missing."""
        locator = secret.locator

        def work(connection: Connection) -> None:
            # The lock waits for writers that are adding a sitting, which would otherwise remain.
            query = select(journey.c.locator).where(journey.c.locator == locator).with_for_update()
            if connection.execute(query).first() is not None:
                self.deletion_log.record_journey(locator, day)
                delete_journeys(connection, [locator])

        self.database.write(work)
        return self.database.sweep()

    def replace_link(self, old: Secret, new: Secret, day: date) -> bool:
        """Encrypt a journey with another secret, after which the old secret opens nothing.

        Call this only after the person has taken the new link, so that an interruption never leaves them without a
        link that works. The call may be repeated.

        Raises:
            NotFoundError: neither secret has a journey.
            AlreadyExistsError: another journey has the new secret.
            UnreadableError: a part of the journey is damaged; nothing has changed.
        """

        def work(connection: Connection) -> None:
            _move_journey(connection, old, new)
            self.deletion_log.announce_replacement(old.locator, new.locator, day)

        self._create(work)
        self.deletion_log.record_journey(old.locator, day)
        return self.database.sweep()

    def _create(self, work: Callable[[Connection], T]) -> T:
        try:
            return self.database.write(work)
        except IntegrityError:
            raise AlreadyExistsError from None


def _save_journey(connection: Connection, secret: Secret, revision: int, body: Body) -> int:
    encrypted = encrypted_columns(secret, journey_address(secret, revision + 1), body)
    change = update(journey).where(journey.c.locator == secret.locator, journey.c.revision == revision)
    if connection.execute(change.values(**encrypted)).rowcount != 1:
        raise _conflict(load_journey(connection, secret))
    return revision + 1


def _conflict(stored: StoredJourney | StoredSitting | None) -> StorageError:
    """The error of a change whose revision is not the stored one."""
    return NotFoundError() if stored is None else StaleRevisionError(stored)


def _move_journey(connection: Connection, old: Secret, new: Secret) -> None:
    stored = load_journey(connection, old, lock=True)
    if stored is None:
        if connection.execute(select(journey.c.locator).where(journey.c.locator == new.locator)).first() is None:
            raise NotFoundError
        return
    if stored.unreadable:
        raise UnreadableError
    # Revisions stay the same, so that pages open in other tabs do not become stale.
    insert_journey(connection, new, stored.revision, stored.seen_day, stored.body)
    for moved in stored.sittings:
        encrypted = encrypted_columns(new, sitting_address(moved.id, moved.revision), moved.body)
        connection.execute(update(sitting).where(sitting.c.id == moved.id).values(locator=new.locator, **encrypted))
    connection.execute(delete(journey).where(journey.c.locator == old.locator))
