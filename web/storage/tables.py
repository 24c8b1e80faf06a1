"""The three tables, and functions that write and read their rows with encrypted bodies.

A test compares these tables with those that the migrations create. The caller begins and ends the transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from web.crypto.encrypted_body import Body, BodyAddress, UnreadableError, decrypt_body, encrypt_body
from web.crypto.private_link import Secret
from web.storage.records import NewSitting, StoredJourney, StoredSitting

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

content: Final = Table(
    "content",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("json", Text, nullable=False),
)
"""Content snapshots by their SHA-256, shared by all sittings. They are public, so they are not encrypted."""

journey: Final = Table(
    "journey",
    metadata,
    Column("locator", LargeBinary(32), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("seen_day", Date, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)

sitting: Final = Table(
    "sitting",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("locator", LargeBinary(32), ForeignKey(journey.c.locator), nullable=False, index=True),
    Column("content_digest", String(64), ForeignKey(content.c.digest), nullable=False, index=True),
    Column("state", String(9), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

_DECOY_ADDRESS: Final = BodyAddress("journey", bytes(32), 0)


def journey_address(secret: Secret, revision: int) -> BodyAddress:
    return BodyAddress("journey", secret.locator, revision)


def sitting_address(sitting_id: str, revision: int) -> BodyAddress:
    return BodyAddress("sitting", sitting_id.encode(), revision)


def encrypted_columns(secret: Secret, address: BodyAddress, body: Body) -> dict[str, Any]:
    """The columns for a revision and for the body, which is bound to that revision."""
    return {"revision": address.revision, "body": encrypt_body(secret.key, address, body)}


def insert_journey(connection: Connection, secret: Secret, revision: int, seen_day: date, body: Body) -> None:
    encrypted = encrypted_columns(secret, journey_address(secret, revision), body)
    connection.execute(insert(journey).values(locator=secret.locator, seen_day=seen_day, **encrypted))


def insert_sitting(connection: Connection, secret: Secret, new: NewSitting) -> None:
    """Insert a sitting, and its content if that is not stored yet."""
    snapshot = new.content
    existing = select(content.c.digest).where(content.c.digest == snapshot.digest)
    if connection.execute(existing).first() is None:
        # On PostgreSQL another writer may insert the same content at the same time.
        with suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(content).values(digest=snapshot.digest, json=snapshot.json))
    row = {"id": new.id, "locator": secret.locator, "content_digest": snapshot.digest, "state": new.state}
    row |= encrypted_columns(secret, sitting_address(new.id, 1), new.body)
    connection.execute(insert(sitting).values(row))


def load_journey(connection: Connection, secret: Secret, *, lock: bool = False) -> StoredJourney | None:
    """Read a journey with all its sittings; None if there is none.

    An unknown secret takes as much work as a known one, so that the time does not reveal which links have existed.

    Args:
        lock: whether to keep other writers from these rows until the transaction ends.

    Raises:
        UnreadableError: the row of the journey is damaged. Damaged sittings are listed in ``unreadable`` instead.
    """
    journey_query = select(journey).where(journey.c.locator == secret.locator)
    row = connection.execute(journey_query.with_for_update() if lock else journey_query).one_or_none()
    sittings_query = select(sitting).where(sitting.c.locator == secret.locator).order_by(sitting.c.id)
    sitting_rows = connection.execute(sittings_query.with_for_update() if lock else sittings_query).all()
    if row is None:
        decoy, envelope = _decoy()
        decrypt_body(decoy.key, _DECOY_ADDRESS, envelope)
        return None
    body = decrypt_body(secret.key, journey_address(secret, row.revision), row.body)
    sittings, unreadable = [], []
    for sitting_row in sitting_rows:
        try:
            sittings.append(_decrypt_sitting(secret, sitting_row))
        except UnreadableError:
            unreadable.append(sitting_row.id)
    return StoredJourney(row.revision, row.seen_day, body, tuple(sittings), tuple(unreadable))


def load_sitting(connection: Connection, secret: Secret, sitting_id: str) -> StoredSitting | None:
    """Read one sitting of this journey; None if there is none.

    Raises:
        UnreadableError: its row is damaged.
    """
    row = connection.execute(select(sitting).where(is_sitting(secret, sitting_id))).one_or_none()
    return None if row is None else _decrypt_sitting(secret, row)


def is_sitting(secret: Secret, sitting_id: str) -> ColumnElement[bool]:
    """The SQL condition for one sitting of this journey; it does not match sittings of other journeys."""
    return (sitting.c.id == sitting_id) & (sitting.c.locator == secret.locator)


def delete_sittings(connection: Connection, sitting_ids: Sequence[str]) -> None:
    connection.execute(delete(sitting).where(sitting.c.id.in_(sitting_ids)))


def delete_journeys(connection: Connection, locators: Sequence[bytes]) -> None:
    """Delete journeys with all their sittings."""
    connection.execute(delete(sitting).where(sitting.c.locator.in_(locators)))
    connection.execute(delete(journey).where(journey.c.locator.in_(locators)))


def _decrypt_sitting(secret: Secret, row: Row[Any]) -> StoredSitting:
    body = decrypt_body(secret.key, sitting_address(row.id, row.revision), row.body)
    return StoredSitting(row.id, row.content_digest, row.state, row.revision, body)


@lru_cache(maxsize=1)
def _decoy() -> tuple[Secret, bytes]:
    """A secret and an encrypted body, for the work that an unknown secret takes."""
    secret = Secret.mint()
    return secret, encrypt_body(secret.key, _DECOY_ADDRESS, {})
