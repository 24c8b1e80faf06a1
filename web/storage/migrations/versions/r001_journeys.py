"""Creates the tables for journeys, sittings and content snapshots."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "001"
down_revision: Final = None


def upgrade() -> None:
    op.create_table(
        "content",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("json", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_content"),
    )
    op.create_table(
        "journey",
        sa.Column("locator", sa.LargeBinary(32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seen_day", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("locator", name="pk_journey"),
    )
    op.create_index("ix_journey_seen_day", "journey", ["seen_day"])
    op.create_table(
        "sitting",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("locator", sa.LargeBinary(32), nullable=False),
        sa.Column("content_digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sitting"),
        sa.ForeignKeyConstraint(["locator"], ["journey.locator"], name="fk_sitting_locator"),
        sa.ForeignKeyConstraint(["content_digest"], ["content.digest"], name="fk_sitting_content_digest"),
    )
    op.create_index("ix_sitting_locator", "sitting", ["locator"])
    op.create_index("ix_sitting_content_digest", "sitting", ["content_digest"])
