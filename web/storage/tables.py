"""The three tables. What is said here, the migrations do; a test compares the two."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Date, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

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
"""What was asked and advised, once for all who took it: the snapshot by its SHA-256. It is public and not encrypted."""

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
